import * as path from 'node:path';
import { readCommandLine } from '../lib/cli/options';
import { runMain } from '../lib/cli/command-line';
import { quoted } from '../lib/cli/shell';
import { Deployment, type NextSteps, type Verb } from './deployment';
import { DEFAULT_SETTINGS_FILE, deploymentFolder } from './deployment-folder';
import { withFolder } from './folder-in-use';
import { runWatched } from '../lib/cli/watched-run';
import { checkRequirements, checkTakenByNpm, verbOf } from './script';

const HELP = `Deploys the stacks of a settings file and proves the receipts.

Usage:
  npm run deploy  -- [options]   plans the stacks, asks, deploys them, and runs dla-smoke on the outputs
  npm run diff    -- [options]   what a deploy would change
  npm run destroy -- [options]   removes what was deployed, after a question

Options:
  --settings FILE   the account and its environments      default: ${DEFAULT_SETTINGS_FILE}
  --auto-approve    change without a question; needed where there is no terminal to ask on
  --verbose         all that Terraform says
  --help            this text

Environment:
  credentials as the alicloud provider reads them (ALICLOUD_ACCESS_KEY, ALICLOUD_SECRET_KEY, …),
  and DLA_USER, DLA_PASSWORD for the smoke test

Exit codes: 0 done, 1 failed or not approved, 2 usage or configuration, 130 interrupted; of dla-smoke also 3 timeout

Examples:
  npm run diff
  npm run deploy -- --settings production.yaml
  npm run destroy -- --settings production.yaml --auto-approve
`;

const VERBS: readonly Verb[] = ['deploy', 'diff', 'destroy'];

async function main(argv: readonly string[]): Promise<number> {
  const { values, words } = readCommandLine(argv, {
    settings: { type: 'string' },
    'auto-approve': { type: 'boolean' },
    verbose: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  checkTakenByNpm();
  const verb = verbOf(words, VERBS);
  checkRequirements();
  const settingsFile = values.settings ?? DEFAULT_SETTINGS_FILE;
  return runWatched(values.verbose ?? false, (progress, interruption) => {
    const deployment = new Deployment({
      settingsFile,
      env: process.env,
      approve: values['auto-approve'] ?? false,
      progress,
      interruption,
      next: nextSteps(settingsFile),
    });
    deployment.checkCan(verb);
    return withFolder(deployment.folder, progress, () => deployment.run(verb));
  });
}

function nextSteps(settingsFile: string): NextSteps {
  const options = settingsFile === DEFAULT_SETTINGS_FILE ? '' : ` -- --settings ${quoted(settingsFile)}`;
  const folder = path.relative('', deploymentFolder(settingsFile));
  return {
    deploy: `npm run deploy${options}`,
    destroy: `npm run destroy${options}`,
    smoke: `npx dla-smoke --outputs ${quoted(`${folder}/outputs.json`)}`,
    look: { command: `npm run diff${options}`, purpose: 'what a deploy would change' },
    prefix: '',
    place: (accountId) => `Deployed to the account ${accountId}; outputs and reports are in ${folder}.`,
  };
}

runMain(main);
