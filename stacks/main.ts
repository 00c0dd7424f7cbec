import { App } from 'cdktf';
import { DEFAULT_SETTINGS_FILE, SETTINGS_VARIABLE, deploymentFolder } from './deployment-folder';
import { readSettings, SettingsError } from './settings';
import { addStacks } from './stacks';

const file = process.env[SETTINGS_VARIABLE] ?? DEFAULT_SETTINGS_FILE;
try {
  const app = new App();
  addStacks(app, readSettings(file), deploymentFolder(file));
  app.synth();
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`${process.env.DEBUG || !(error instanceof SettingsError) ? stack : message}\n`);
  process.exitCode = error instanceof SettingsError ? 2 : 1;
}
