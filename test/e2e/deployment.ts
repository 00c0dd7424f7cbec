import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { LocalCloud } from '../../lib/local-cloud';
import type { SmokeReport } from '../../lib/smoke';
import { terraformBinary } from '../../lib/cli/requirements';
import { type Finished, ROOT, runNode, type RunOptions } from '../run-node';
import type { TestedProvider } from '../terraform-providers';

interface TerraformState {
  readonly serial: number;
  readonly resources: readonly { readonly mode: string; readonly type: string }[];
}

/** A project folder of its own with the app, and a local cloud to deploy to. */
export class TestDeployment {
  public static async start(settings: string, tested: TestedProvider): Promise<TestDeployment> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdktf-alicloud-dla-e2e-'));
    fs.writeFileSync(path.join(folder, 'settings.yaml'), settings);
    // For cdktf-cli, which the deploy script does without.
    fs.writeFileSync(
      path.join(folder, 'cdktf.json'),
      JSON.stringify({
        language: 'typescript',
        app: `node ${path.join(ROOT, 'dist/stacks/main.js')}`,
        sendCrashReports: 'false',
      }),
    );
    fs.mkdirSync(path.join(folder, 'home'));
    return new TestDeployment(folder, tested, await LocalCloud.start({ provider: tested.provider }));
  }

  private constructor(
    public readonly folder: string,
    private readonly tested: TestedProvider,
    public readonly cloud: LocalCloud,
  ) {}

  /** `npm run deploy`, `diff` or `destroy`, without a question. */
  public run(verb: string, env: NodeJS.ProcessEnv = {}, options: RunOptions = {}): Promise<Finished> {
    return this.runExactly([verb, ...(verb === 'diff' ? [] : ['--auto-approve'])], env, options);
  }

  /** The same as on another machine, which shares no file with this one. */
  public async runElsewhere(verb: string): Promise<Finished> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdktf-alicloud-dla-e2e-'));
    try {
      fs.copyFileSync(path.join(this.folder, 'settings.yaml'), path.join(folder, 'settings.yaml'));
      return await runNode('stacks/deploy.js', [verb, '--auto-approve'], { cwd: folder, env: this.environment() });
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The deploy script with a command line. */
  public runExactly(args: readonly string[], env: NodeJS.ProcessEnv = {}, options: RunOptions = {}): Promise<Finished> {
    return runNode('stacks/deploy.js', args, { cwd: this.folder, env: { ...this.environment(), ...env }, ...options });
  }

  /** Terraform on a synthesised stack, as a person runs it. */
  public async terraform(stack: string, ...args: readonly string[]): Promise<void> {
    await promisify(execFile)(terraformBinary(), [`-chdir=${this.file('cdktf.out/stacks', stack)}`, ...args], {
      env: { ...this.environment(), TF_PLUGIN_CACHE_DIR: path.join(this.folder, '.deploy/plugin-cache') },
    });
  }

  /** `dla-smoke` on what the deploy wrote, or on another outputs file. */
  public async smoke(
    args: readonly string[] = [],
    outputs = this.file('outputs.json'),
  ): Promise<Finished & { report: SmokeReport }> {
    const file = path.join(this.folder, 'report.json');
    fs.rmSync(file, { force: true });
    const finished = await runNode(
      'lib/smoke/cli.js',
      ['--outputs', outputs, '--interval', '50ms', '--report', file, ...args],
      { cwd: this.folder, env: this.environment() },
    );
    return { ...finished, report: JSON.parse(fs.readFileSync(file, 'utf8')) as SmokeReport };
  }

  /** A file of the deployment's own folder. */
  public file(...names: readonly string[]): string {
    return path.join(this.folder, '.deploy', 'settings', ...names);
  }

  /** Types of all resources in the state, by stack. */
  public resources(): Record<string, string[]> {
    return this.eachState(({ resources }) =>
      resources
        .filter(({ mode }) => mode === 'managed')
        .map(({ type }) => type)
        .sort(),
    );
  }

  /** Number that Terraform raises with each change of a state, by stack. */
  public serials(): Record<string, number> {
    return this.eachState(({ serial }) => serial);
  }

  public async stop(): Promise<void> {
    await this.cloud.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private eachState<T>(of: (state: TerraformState) => T): Record<string, T> {
    const folder = this.file('state');
    const files = fs.readdirSync(folder).filter((name) => name.endsWith('.tfstate'));
    return Object.fromEntries(
      files.map((name) => {
        const state = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as TerraformState;
        return [name.replace('.tfstate', ''), of(state)];
      }),
    );
  }

  public environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TF_PLUGIN_CACHE_DIR: undefined,
      HOME: path.join(this.folder, 'home'),
      ...this.cloud.endpoints.environment,
      ...this.tested.environment,
    };
  }
}
