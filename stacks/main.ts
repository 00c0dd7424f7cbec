import { App } from 'cdktf';
import { runMain } from '../lib/cli/command-line';
import { checkFolderIsOf, DEFAULT_SETTINGS_FILE, deploymentFolder, SETTINGS_VARIABLE } from './deployment-folder';
import { readSettings } from './settings';
import { addStacks } from './stacks';

runMain(async () => {
  const file = process.env[SETTINGS_VARIABLE] ?? DEFAULT_SETTINGS_FILE;
  const settings = readSettings(file);
  checkFolderIsOf(file);
  const app = new App();
  addStacks(app, settings, deploymentFolder(file));
  app.synth();
  return 0;
});
