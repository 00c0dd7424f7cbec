import * as path from 'node:path';

/** Settings file that is used when none is named. */
export const DEFAULT_SETTINGS_FILE = 'settings.yaml';

/** Variable that names the settings file for the app, which cdktf starts without arguments. */
export const SETTINGS_VARIABLE = 'DLA_SETTINGS';

/**
 * Folder of everything that deployments of one settings file leave: synthesised stacks, local state, outputs, report.
 * One folder for each file, so that two accounts never share a state.
 */
export function deploymentFolder(settingsFile: string): string {
  return path.resolve('.deploy', path.parse(settingsFile).name);
}
