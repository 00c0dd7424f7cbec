import * as fs from 'node:fs';
import * as path from 'node:path';
import { readCommandLine } from '../lib/cli/options';
import { runMain, UsageError } from '../lib/cli/command-line';
import { runCommand } from '../lib/cli/run-command';
import { missingCredentials } from '../lib/smoke/environment';
import { DEFAULT_SETTINGS_FILE, SETTINGS_VARIABLE, deploymentFolder } from './deployment-folder';
import { missingRequirement } from './requirements';
import { readSettings, type Settings } from './settings';
import { notificationStackName } from './stacks';
import { stateRefusal } from './state-owner-check';

const HELP = `Deploys the stacks of a settings file and proves the receipts.

Usage:
  npm run deploy  -- [--settings FILE] [--auto-approve]   cdktf deploy, then dla-smoke on the outputs
  npm run diff    -- [--settings FILE]                    what a deploy would change
  npm run destroy -- [--settings FILE] [--auto-approve]   removes what was deployed

Options:
  --settings FILE   the account and its environments      default: ${DEFAULT_SETTINGS_FILE}
  --auto-approve    do not ask before changes; always so without a terminal
  --help            this text

Environment:
  credentials as the alicloud provider reads them (ALICLOUD_ACCESS_KEY, ALICLOUD_SECRET_KEY, …),
  and DLA_USER, DLA_PASSWORD for the smoke test

Exit codes: 0 done, 1 failed, 2 usage or configuration; of dla-smoke also 3 timeout, 130 interrupted

Example:
  npm run deploy -- --settings settings.yaml
`;

/** A new role takes some seconds to work; a receipt that fails is tried again within this time. */
const SETTLE = '60s';

const VERBS = ['deploy', 'diff', 'destroy'] as const;
type Verb = (typeof VERBS)[number];

/** One deployment: its settings, and the folder that keeps what it leaves. */
class Deployment {
  private readonly folder: string;
  private readonly settings: Settings;
  private readonly outputs: string;

  constructor(
    private readonly file: string,
    private readonly approve: boolean,
  ) {
    this.settings = readSettings(file);
    this.folder = deploymentFolder(file);
    this.outputs = path.join(this.folder, 'outputs.json');
  }

  public async deploy(): Promise<number> {
    const tested = this.environmentsWith('warn', 'fail');
    if (tested.length > 0) {
      const { environments, region } = this.settings;
      const missing = missingCredentials(
        process.env,
        tested.map((name) => environments[name].region ?? region),
      );
      if (missing !== undefined) {
        throw new UsageError(
          `${missing}; they are needed by the smoke test after the deploy (smoke: off does without)`,
        );
      }
    }
    // What an earlier deploy wrote must not be taken for this one's.
    fs.rmSync(this.outputs, { force: true });
    const code = await this.cdktf(['deploy', '*', ...this.approval(), '--outputs-file', this.outputs]);
    return code === 0 ? this.smokeTest() : this.explained(code);
  }

  public async diff(): Promise<number> {
    for (const [index, stack] of this.stacks().entries()) {
      const code = await this.cdktf(['diff', stack, ...(index > 0 ? ['--skip-synth'] : [])]);
      if (code !== 0) {
        return this.explained(code);
      }
    }
    return 0;
  }

  /** Terraform destroys without a plan's conditions: with credentials of another account it would forget everything. */
  public async destroy(): Promise<number> {
    const code = await this.cdktf(['synth']);
    if (code !== 0) {
      return code;
    }
    return this.tellRefusals() ? 1 : this.cdktf(['destroy', '*', '--skip-synth', ...this.approval()]);
  }

  /** cdktf-cli may lose the last lines of a Terraform that fails, and with them whose state it is. */
  private explained(code: number): number {
    this.tellRefusals();
    return code;
  }

  private tellRefusals(): boolean {
    const refusals = this.stacks().flatMap((stack) => {
      const folder = path.resolve(this.folder, 'cdktf.out', 'stacks', stack);
      const refusal = fs.existsSync(folder) ? stateRefusal(folder, this.cdktfEnvironment()) : undefined;
      return refusal === undefined ? [] : [`${stack}: ${refusal}\n`];
    });
    process.stderr.write(refusals.join(''));
    return refusals.length > 0;
  }

  private async smokeTest(): Promise<number> {
    const strict = await this.smoke(this.environmentsWith('fail'), 'smoke-report.json');
    const lenient = await this.smoke(this.environmentsWith('warn'), 'smoke-report.warn.json');
    if (lenient !== 0) {
      process.stderr.write('warning: the smoke test of an environment with "smoke: warn" did not pass (see above)\n');
    }
    return strict;
  }

  private async smoke(environments: readonly string[], report: string): Promise<number> {
    if (environments.length === 0) {
      return 0;
    }
    const channels = environments.flatMap((name) => ['--channel', `${notificationStackName(name)}/notification`]);
    return runScript(path.join(__dirname, '../lib/smoke/cli.js'), [
      ...['--outputs', this.outputs, ...channels],
      ...['--settle', SETTLE, '--report', path.join(this.folder, report)],
    ]);
  }

  private environmentsWith(...modes: readonly string[]): string[] {
    return Object.entries(this.settings.environments)
      .filter(([, { smoke }]) => modes.includes(smoke))
      .map(([name]) => name);
  }

  private stacks(): string[] {
    return ['account', ...Object.keys(this.settings.environments).map(notificationStackName)];
  }

  private approval(): string[] {
    return this.approve || !process.stdin.isTTY ? ['--auto-approve'] : [];
  }

  private cdktf(args: readonly string[]): Promise<number> {
    return runScript(require.resolve('cdktf-cli/bundle/bin/cdktf'), this.cdktfArguments(args), this.cdktfEnvironment());
  }

  private cdktfArguments(args: readonly string[]): string[] {
    return [
      ...args,
      ...['--output', path.join(this.folder, 'cdktf.out'), '--skip-provider-lock'],
      ...(process.stdout.isTTY ? [] : ['--no-color']),
    ];
  }

  private cdktfEnvironment(): NodeJS.ProcessEnv {
    // Inside the checkout: cdktf-cli's own choice is a folder in the home.
    const pluginCache = path.resolve('.deploy', 'plugin-cache');
    for (const folder of [pluginCache, this.folder]) {
      fs.mkdirSync(folder, { recursive: true });
    }
    return {
      TF_PLUGIN_CACHE_DIR: pluginCache,
      ...process.env,
      CHECKPOINT_DISABLE: '1',
      // On a newer Node cdktf-cli uses what is deprecated, and shows the notice as an error.
      NODE_NO_WARNINGS: '1',
      // Without a terminal cdktf-cli still moves the cursor about, unless it believes itself in CI.
      ...(process.stdout.isTTY ? {} : { CI: '1' }),
      [SETTINGS_VARIABLE]: path.resolve(this.file),
    };
  }
}

function runScript(script: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<number> {
  return runCommand(process.execPath, [script, ...args], env);
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, words } = readCommandLine(argv, {
    settings: { type: 'string' },
    'auto-approve': { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const verb = VERBS.find((one) => one === words[0]);
  if (verb === undefined || words.length > 1) {
    throw new UsageError(`expected one of ${VERBS.join(', ')}, got ${words.join(' ') || 'nothing'}`);
  }
  const missing = missingRequirement();
  if (missing !== undefined) {
    throw new UsageError(missing);
  }
  return perform(verb, new Deployment(values.settings ?? DEFAULT_SETTINGS_FILE, values['auto-approve'] ?? false));
}

function perform(verb: Verb, deployment: Deployment): Promise<number> {
  switch (verb) {
    case 'deploy':
      return deployment.deploy();
    case 'diff':
      return deployment.diff();
    case 'destroy':
      return deployment.destroy();
  }
}

runMain(main);
