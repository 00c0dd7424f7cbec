import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../lib/cli/command-line';

/** Settings file that is used when none is named. */
export const DEFAULT_SETTINGS_FILE = 'settings.yaml';

/** Variable that names the settings file for the app, which cdktf starts without arguments. */
export const SETTINGS_VARIABLE = 'DLA_SETTINGS';

/** In a deployment's folder: the settings file whose deployment it is. */
const OWNER_FILE = 'settings-file';

/** Folder of everything that deployments of one settings file leave: synthesised stacks, local state, outputs, report. */
export function deploymentFolder(settingsFile: string): string {
  return path.resolve('.deploy', path.parse(settingsFile).name);
}

/**
 * Two settings files never share a state, also where they have the same name in different folders.
 *
 * @throws UsageError when the folder has the deployment of another file
 */
export function checkFolderIsOf(settingsFile: string): void {
  const [folder, file] = [deploymentFolder(settingsFile), shown(settingsFile)];
  const ownerFile = path.join(folder, OWNER_FILE);
  const owner = fs.existsSync(ownerFile) ? fs.readFileSync(ownerFile, 'utf8').trim() : file;
  if (owner !== file) {
    throw new UsageError(
      `${path.relative('', folder)} has the deployment of ${owner}, got ${file}: give one of the two files another name, ` +
        `or, where it was moved, remove ${path.relative('', ownerFile)}`,
    );
  }
}

/** Before something is deployed. */
export function takeFolder(settingsFile: string): void {
  fs.writeFileSync(path.join(deploymentFolder(settingsFile), OWNER_FILE), `${shown(settingsFile)}\n`);
}

/** After everything was destroyed. */
export function giveFolderBack(settingsFile: string): void {
  fs.rmSync(path.join(deploymentFolder(settingsFile), OWNER_FILE), { force: true });
}

/** Relative, so that a checkout can be moved. */
function shown(settingsFile: string): string {
  return path.relative(fs.realpathSync(''), fs.realpathSync(settingsFile));
}
