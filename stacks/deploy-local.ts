import * as fs from 'node:fs';
import * as path from 'node:path';
import { readCommandLine } from '../lib/cli/options';
import { LocalCloud } from '../lib/local-cloud';
import { runMain, UsageError } from '../lib/cli/command-line';
import { runCommand } from '../lib/cli/run-command';
import { deploymentFolder } from './deployment-folder';
import { missingRequirement } from './requirements';

const HELP = `Deploys the stacks to a local cloud, without an account: the same script as npm run deploy.

Usage:
  npm run deploy:local  [-- --provider local|registry]
  npm run destroy:local [-- --provider local|registry]

Options:
  --provider P   local: the provider that the local cloud serves; registry: the real one, downloaded  default: local
  --help         this text

Exit codes: those of npm run deploy

Example:
  npm run deploy:local && npm run destroy:local
`;

const SETTINGS = 'stacks/settings/local.yaml';

async function main(argv: readonly string[]): Promise<number> {
  const { values, words } = readCommandLine(argv, { provider: { type: 'string' }, help: { type: 'boolean' } });
  const { provider = 'local' } = values;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (provider !== 'local' && provider !== 'registry') {
    throw new UsageError(`--provider: expected local or registry, got ${JSON.stringify(provider)}`);
  }
  const missing = missingRequirement();
  if (missing !== undefined) {
    throw new UsageError(missing);
  }
  const folder = deploymentFolder(SETTINGS);
  const code = await deploy(path.join(folder, 'cloud'), provider, words);
  if (code === 0 && words[0] === 'destroy') {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return code;
}

async function deploy(state: string, provider: 'local' | 'registry', verb: readonly string[]): Promise<number> {
  const cloud = await LocalCloud.start({ state, provider });
  try {
    const script = path.join(__dirname, 'deploy.js');
    const env = { ...process.env, ...cloud.endpoints.environment };
    return await runCommand(process.execPath, [script, ...verb, '--settings', SETTINGS, '--auto-approve'], env);
  } finally {
    await cloud.stop();
  }
}

runMain(main);
