#!/usr/bin/env node
import { createRequire } from 'node:module';
import { readOptions } from '../../cli/options';
import { runMain, UsageError } from '../../cli/command-line';
import { LocalCloud, type LocalCloudOptions, type ProviderSource } from './local-cloud';
import { runCommand } from '../../cli/run-command';

const EXIT_MILLIS = 300;

const HELP = `alicloud-local: a stand-in for one account of Alibaba Cloud, on this machine only

Usage:
  alicloud-local start [options]                 run until SIGTERM or SIGINT
  alicloud-local run [options] -- COMMAND…       run COMMAND against it, then stop

\`start\` prints one line of JSON with every address and credential, then "Ready.".
\`run\` gives COMMAND the environment that Terraform, cdktf and dla-smoke need, passes signals on,
and exits with the command's code.

Options:
  --state DIR     folder that keeps the account          default: a scratch folder, removed at the end
  --region R      region whose DLA is served; may be given more than once   default: cn-hangzhou
  --dla-port N    port of DLA in the first region, 0 is any free one        default: 0
  --http-port N   port of the OpenAPI services and OSS, 0 is any free one   default: 0
  --rocketmq-port N  port of MQ for its TCP clients, 0 is any free one      default: 0
  --provider P    local: Terraform uses the provider that the local cloud serves; registry: the real one,
                  downloaded, whose block needs registryProviderConfig()    default: local
  --help          this text
  --version       the version

Exit codes: 0 stopped, 1 could not start, 2 usage; \`run\`: those of COMMAND.

Example:
  alicloud-local run --state .deploy/local/cloud -- npx cdktf deploy '*' --auto-approve
`;

interface CommandLine {
  readonly verb: 'start' | 'run';
  readonly options: LocalCloudOptions;
  readonly command: readonly string[];
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') && !isAfterSeparator(argv, '--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (argv[0] === '--version') {
    const { version } = createRequire(__filename)('cdktf-alicloud-dla/package.json') as { version: string };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const { verb, options, command } = parse(argv);
  // A promise that nobody awaits must not end the servers for everybody else when it fails.
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  });
  return verb === 'start' ? start(options) : run(options, command);
}

function isAfterSeparator(argv: readonly string[], word: string): boolean {
  return argv.includes('--') && argv.indexOf('--') < argv.indexOf(word);
}

function parse(argv: readonly string[]): CommandLine {
  const [verb, ...rest] = argv;
  if (verb !== 'start' && verb !== 'run') {
    throw new UsageError(`the first argument: expected start or run, got ${verb ?? 'missing'}`);
  }
  const separator = rest.indexOf('--');
  const command = separator < 0 ? [] : rest.slice(separator + 1);
  const values = readOptions(separator < 0 ? rest : rest.slice(0, separator), {
    state: { type: 'string' },
    region: { type: 'string', multiple: true },
    'dla-port': { type: 'string' },
    'http-port': { type: 'string' },
    'rocketmq-port': { type: 'string' },
    provider: { type: 'string' },
  } as const);
  if ((verb === 'run') !== command.length > 0) {
    throw new UsageError(verb === 'run' ? 'run needs a command after --' : 'start takes no command: use run');
  }
  return {
    verb,
    options: {
      onRefused: (reason) => process.stderr.write(`alicloud-local: ${reason}\n`),
      state: values.state,
      provider: providerOf(values.provider ?? 'local'),
      regions: values.region,
      dlaPort: portOf('--dla-port', values['dla-port']),
      httpPort: portOf('--http-port', values['http-port']),
      rocketmqPort: portOf('--rocketmq-port', values['rocketmq-port']),
    },
    command,
  };
}

/** @throws UsageError */
function providerOf(text: string): ProviderSource {
  if (text !== 'local' && text !== 'registry') {
    throw new UsageError(`--provider: expected local or registry, got ${JSON.stringify(text)}`);
  }
  return text;
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text !== undefined && (!/^\d{1,5}$/.test(text) || Number(text) > 65535)) {
    throw new UsageError(`${option}: expected a whole number from 0 to 65535, got ${JSON.stringify(text)}`);
  }
  return text === undefined ? undefined : Number(text);
}

async function start(options: LocalCloudOptions): Promise<number> {
  const cloud = await LocalCloud.start(options);
  const told = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  process.stdout.write(`${JSON.stringify(cloud.endpoints)}\nReady.\n`);
  await told;
  await stop(cloud);
  return 0;
}

async function run(options: LocalCloudOptions, [file, ...args]: readonly string[]): Promise<number> {
  const cloud = await LocalCloud.start(options);
  try {
    return await runCommand(file, args, { ...process.env, ...cloud.endpoints.environment });
  } finally {
    await stop(cloud);
  }
}

async function stop(cloud: LocalCloud): Promise<void> {
  await cloud.stop();
  // What has not ended by then, ends with the process; its exit code is set until then.
  setTimeout(() => process.exit(), EXIT_MILLIS).unref();
}

runMain(main);
