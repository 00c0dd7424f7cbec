import * as fs from 'node:fs';
import * as path from 'node:path';
import { readCommandLine } from '../lib/cli/options';
import { LocalCloud, type LocalCloudEndpoints } from '../lib/local-cloud';
import { commandEnvironment } from '../lib/local-cloud/server/environment';
import { DEFAULT_PORTS } from '../lib/local-cloud/server/local-cloud';
import { onState } from '../lib/local-cloud/server/find-cloud';
import { OWNER_FOLDER } from '../lib/local-cloud/store/folder-lock';
import { runMain, UsageError } from '../lib/cli/command-line';
import { Deployment, type NextSteps } from './deployment';
import { deploymentFolder } from './deployment-folder';
import { withFolder } from './folder-in-use';
import { runWatched } from '../lib/cli/watched-run';
import { checkRequirements, checkTakenByNpm, verbOf } from './script';

const HELP = `Deploys the stacks to a local cloud, without an account: what npm run deploy does, without a question.

Usage:
  npm run deploy:local  [-- options]   starts the local cloud, deploys to it, runs the smoke test, and stops it;
                                       one that runs on .deploy/local/cloud already is used, and goes on running
  npm run destroy:local [-- options]   removes what was deployed, and the local cloud's account

Options:
  --provider P   local: the provider that the local cloud serves; registry: the real one, downloaded  default: local
  --verbose      all that Terraform says
  --help         this text

Exit codes: those of npm run deploy

Example:
  npm run deploy:local && npm run destroy:local
`;

const SETTINGS = 'stacks/settings/local.yaml';
/** Name of the folder with the local cloud's account. */
const CLOUD = 'cloud';
/** Follows the folder's name while what was in it is removed. */
const REMOVED = '.removed-';
const VERBS = ['deploy', 'destroy'] as const;

async function main(argv: readonly string[]): Promise<number> {
  const { values, words } = readCommandLine(argv, {
    provider: { type: 'string' },
    verbose: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  const { provider = 'local' } = values;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (provider !== 'local' && provider !== 'registry') {
    throw new UsageError(`--provider: expected local or registry, got ${JSON.stringify(provider)}`);
  }
  checkTakenByNpm();
  const verb = verbOf(words, VERBS);
  checkRequirements();
  const folder = deploymentFolder(SETTINGS);
  const state = path.join(folder, CLOUD);
  return runWatched(values.verbose ?? false, (progress, interruption) =>
    withFolder(folder, progress, async () => {
      removeLeftovers(folder);
      const deploy = async (endpoints: LocalCloudEndpoints, isKept: boolean) => {
        interruption.check();
        const next = nextSteps(folder, `http://${endpoints.http}/`, isKept);
        const env = commandEnvironment(process.env, endpoints);
        return new Deployment({ settingsFile: SETTINGS, env, approve: true, progress, interruption, next }).run(verb);
      };
      const running = await onState(state);
      if (running !== undefined) {
        if (values.provider !== undefined) {
          throw new UsageError('--provider: the local cloud runs already, with a provider of its own');
        }
        progress.step(`using the local cloud that runs on ${path.relative('', state)}`);
        const code = await deploy(await running.client.endpoints(), true);
        if (code === 0 && verb === 'destroy') {
          removeDeployment(folder);
        }
        return code;
      }
      progress.step(`starting the local cloud; its account is in ${path.relative('', state)}`);
      const cloud = await LocalCloud.start({ state, provider, defaultPorts: true });
      const code = await deploy(cloud.endpoints, false).finally(() => cloud.stop());
      if (code === 0 && verb === 'destroy') {
        removeAll(folder);
      }
      return code;
    }),
  );
}

/** All but the account of a local cloud that goes on running, and the lock of this run. */
function removeDeployment(folder: string): void {
  const left = fs.readdirSync(folder).filter((name) => name !== CLOUD && name !== OWNER_FOLDER);
  left.forEach((name) => fs.rmSync(path.join(folder, name), { recursive: true, force: true }));
  process.stdout.write('the local cloud goes on running: npx alicloud-local stop\n');
}

function removeAll(folder: string): void {
  // In one step: another run may begin as soon as the lock in it is gone, and takes what is left for a killed run's.
  const removed = fs.mkdtempSync(`${folder}${REMOVED}`);
  fs.renameSync(folder, removed);
  fs.rmSync(removed, { recursive: true, force: true });
  process.stdout.write(`removed ${path.relative('', folder)}, with the local cloud's account\n`);
}

/** Removes what a run that was killed while it removed a deployment has left beside it. */
function removeLeftovers(folder: string): void {
  const prefix = `${path.basename(folder)}${REMOVED}`;
  fs.readdirSync(path.dirname(folder))
    .filter((name) => name.startsWith(prefix))
    .forEach((name) => fs.rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true }));
}

/** @param isRunning whether the local cloud was there before, and stays */
function nextSteps(folder: string, consoleAddress: string, isRunning: boolean): NextSteps {
  const [cloud, outputs] = [CLOUD, 'outputs.json'].map((name) => path.relative('', path.join(folder, name)));
  const start = `npx alicloud-local start --state ${cloud}`;
  const prefix = `npx alicloud-local run --state ${cloud} -- `;
  // Any other port was only free by chance.
  const isUsual = new URL(consoleAddress).port === String(DEFAULT_PORTS.http);
  const consoleLater = isUsual ? `console at ${consoleAddress}` : 'and tells where its console is';
  return {
    deploy: 'npm run deploy:local',
    destroy: 'npm run destroy:local',
    smoke: `${prefix}npx dla-smoke --outputs ${outputs}`,
    prefix,
    look: isRunning
      ? { command: `npx alicloud-local status --state ${cloud}`, purpose: 'what runs there' }
      : { command: start, purpose: `starts it again, ${consoleLater}` },
    place: (accountId) =>
      isRunning
        ? `The local cloud runs with the account ${accountId}; its console is ${consoleAddress}`
        : `The local cloud has stopped; its account ${accountId} is kept in ${cloud}.`,
  };
}

runMain(main);
