import * as fs from 'node:fs';
import * as path from 'node:path';
import { readCommandLine } from '../lib/cli/options';
import { LocalCloud } from '../lib/local-cloud';
import { runMain, UsageError } from '../lib/cli/command-line';
import { Deployment, type NextSteps } from './deployment';
import { deploymentFolder } from './deployment-folder';
import { missingRequirement } from './requirements';
import { runWatched } from './script';

const HELP = `Deploys the stacks to a local cloud, without an account: what npm run deploy does, without a question.

Usage:
  npm run deploy:local  [-- options]   starts the local cloud, deploys to it, runs the smoke test, and stops it
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
  const verb = VERBS.find((one) => one === words[0]);
  if (verb === undefined || words.length > 1) {
    throw new UsageError(`expected one of ${VERBS.join(', ')}, got ${words.join(' ') || 'nothing'}`);
  }
  const missing = missingRequirement();
  if (missing !== undefined) {
    throw new UsageError(missing);
  }
  const folder = deploymentFolder(SETTINGS);
  const state = path.join(folder, 'cloud');
  const code = await runWatched(values.verbose ?? false, async (progress, interruption) => {
    progress.step(`starting the local cloud; its account is in ${path.relative('', state)}`);
    const cloud = await LocalCloud.start({ state, provider });
    try {
      interruption.check();
      const env = { ...process.env, ...cloud.endpoints.environment };
      const options = { settingsFile: SETTINGS, env, approve: true, progress, interruption, next: nextSteps(folder) };
      return await new Deployment(options).run(verb);
    } finally {
      await cloud.stop();
    }
  });
  if (code === 0 && verb === 'destroy') {
    fs.rmSync(folder, { recursive: true, force: true });
    process.stdout.write(`removed ${path.relative('', folder)}, with the local cloud's account\n`);
  }
  return code;
}

function nextSteps(folder: string): NextSteps {
  const [cloud, outputs] = ['cloud', 'outputs.json'].map((name) => path.relative('', path.join(folder, name)));
  return {
    deploy: 'npm run deploy:local',
    destroy: 'npm run destroy:local',
    smoke: `npx alicloud-local run --state ${cloud} -- npx dla-smoke --outputs ${outputs}`,
    look: { command: `npx alicloud-local start --state ${cloud}`, purpose: 'starts it again, and tells its console' },
    place: (accountId) => `The local cloud has stopped; its account ${accountId} is kept in ${cloud}.`,
  };
}

runMain(main);
