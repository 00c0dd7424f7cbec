import * as fs from 'node:fs';
import * as path from 'node:path';
import { capture, type CapturedRun } from './captured-run';
import type { Interruption } from './interruption';
import type { Progress } from './progress';
import { terraformBinary } from './requirements';
import { adviceOn, errorsOf, eventOf, eventsOf, logOf, type TerraformEvent, warningsOf } from './terraform-events';

/** Of this process alone: two of them may plan in one folder. */
const PLAN_FILE = `plan-${process.pid}`;

/** Where Terraform leaves a state that it cannot write where it belongs. */
const UNWRITTEN_STATE = 'errored.tfstate';

/** What the account stack may leave to others. */
const ROLE_TYPES = ['alicloud_ram_role', 'alicloud_ram_role_policy_attachment'];

/** Terraform did not do what it was asked for; the message has what it said. */
export class StackError extends Error {}

/** What a plan would do. */
export interface StackPlan {
  readonly events: readonly TerraformEvent[];
  /** Whether there is anything to apply, be it an output. */
  readonly hasChanges: boolean;
}

interface StackRunOptions {
  /** The synthesised stack's folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
  readonly progress: Progress;
}

/** Something in a state that somebody else made. */
export interface ForeignResource {
  readonly address: string;
  /** As the provider knows it. */
  readonly id: string;
}

/** Terraform on one synthesised stack, as cdktf-cli runs it, but that what is applied is the plan that was seen. */
export class StackRun {
  constructor(
    public readonly name: string,
    private readonly options: StackRunOptions,
  ) {}

  /**
   * Installs the providers and opens the state.
   *
   * @throws StackError when it cannot, or when the state lacks what an earlier run made
   */
  public async init(): Promise<void> {
    if (this.recovery !== undefined) {
      throw new StackError(this.recovery);
    }
    const first = await this.terraform('init', '-input=false', '-no-color');
    if (first.code === 0) {
      return;
    }
    // The lock file may be of an earlier release, with another version of the provider.
    const upgraded = await this.terraform('init', '-input=false', '-no-color', '-upgrade');
    if (upgraded.code !== 0) {
      const said = (first.stderr || first.stdout).trim();
      throw this.failure('terraform init failed', [
        said,
        ...(said.includes('Backend configuration changed')
          ? [
              `the settings keep the state elsewhere than at the last deploy: put state back, or move the state of each stack by`,
              `terraform -chdir=${this.relativeFolder} init -migrate-state`,
            ]
          : []),
      ]);
    }
  }

  /** @throws StackError when there is no plan, for one because the state belongs to another account */
  public async plan(...args: readonly string[]): Promise<StackPlan> {
    const { events, code } = await this.withEvents('plan', '-detailed-exitcode', `-out=${PLAN_FILE}`, ...args);
    const warnings = new Set(args.length === 0 ? warningsOf(events) : []);
    warnings.forEach((warning) => this.options.progress.problem(`warning: ${this.name}: ${warning}\n`));
    return { events, hasChanges: code === 2 };
  }

  /**
   * Refuses credentials of another account, as `StateOwner` lays down. A destroy does not look at a plan's conditions: it
   * would find nothing, and forget everything.
   */
  public async checkOwner(): Promise<void> {
    await this.withEvents('plan', '-lock=false', `-target=${this.ownerAddress}`);
  }

  /** What the state has of resources that the stack took over, and that stay when it is destroyed. */
  public async kept(): Promise<readonly ForeignResource[]> {
    const { import: imports = [], resource } = this.configuration;
    return this.managed(
      imports.flatMap(({ to, id }) => {
        const [type, name] = to.split('.');
        return resource[type]?.[name]?.lifecycle?.prevent_destroy ? [{ address: to, id }] : [];
      }),
    );
  }

  /** @throws StackError when the state still has what the stack only refers to: to apply would destroy it */
  public async checkForgotten(): Promise<void> {
    const former = await this.managed(
      ROLE_TYPES.flatMap((type) =>
        Object.entries(this.configuration.resource[type] ?? {})
          .filter(([, { count }]) => count === 0)
          .map(([name, { role_name, policy_name }]) => ({
            address: `${type}.${name}`,
            id: [policy_name, role_name].filter(Boolean).join(' of '),
          })),
      ),
    );
    if (former.length > 0) {
      throw this.failure('the state has what the settings leave to others', [
        `${former.map(({ id }) => id).join(', ')} would be destroyed: let the state go of it by terraform ` +
          `-chdir=${this.relativeFolder} state rm ${former.map(({ address }) => address).join(' ')}`,
      ]);
    }
  }

  /** Plans to destroy all but what is kept, and its owner, on which it depends. */
  public async planDestroy(kept: readonly ForeignResource[]): Promise<StackPlan> {
    if (kept.length === 0) {
      return this.plan('-destroy');
    }
    const stay = [this.ownerAddress, ...kept.map(({ address }) => address)];
    const gone = (await this.addresses()).filter((address) => !stay.includes(address));
    return gone.length === 0
      ? { events: [], hasChanges: false }
      : this.plan('-destroy', ...gone.map((address) => `-target=${address}`));
  }

  /** Forgets all that the state still has; what is there stays. */
  public async forget(): Promise<void> {
    const { code, stderr } = await this.terraform('state', 'rm', ...(await this.addresses()));
    if (code !== 0) {
      throw this.failure('terraform state rm failed', [stderr.trim()]);
    }
  }

  /** The last plan as Terraform shows it to people. */
  public async show(): Promise<string> {
    const { stdout } = await this.terraform('show', ...(process.stdout.isTTY ? [] : ['-no-color']), PLAN_FILE);
    return stdout;
  }

  /** Does what the last plan says. */
  public async apply(): Promise<readonly TerraformEvent[]> {
    return (await this.withEvents('apply', PLAN_FILE)).events;
  }

  /** Takes away what only this process needs: a plan may hold secrets. */
  public end(): void {
    fs.rmSync(path.join(this.options.folder, PLAN_FILE), { force: true });
  }

  /** Outputs by name, without those that are sensitive. */
  public async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const { code, stdout, stderr } = await this.terraform('output', '-json');
    if (code !== 0) {
      throw this.failure('terraform output failed', [stderr.trim()]);
    }
    const outputs = JSON.parse(stdout) as Record<string, { readonly value: unknown; readonly sensitive: boolean }>;
    return Object.fromEntries(
      Object.entries(outputs).flatMap(([name, { value, sensitive }]) => (sensitive ? [] : [[name, value]])),
    );
  }

  /** What to do first where an apply could not write its state; undefined when all is in it. */
  public get recovery(): string | undefined {
    const file = path.join(this.relativeFolder, UNWRITTEN_STATE);
    return fs.existsSync(path.join(this.options.folder, UNWRITTEN_STATE))
      ? `${this.name}: what was made is known to ${file} alone: put it into the state, before anything else, by ` +
          `terraform -chdir=${this.relativeFolder} state push ${UNWRITTEN_STATE} && rm ${file}`
      : undefined;
  }

  /** How many resources the state has. */
  public async countResources(): Promise<number> {
    return (await this.addresses()).length;
  }

  /** Addresses of the resources in the state. */
  private async addresses(): Promise<string[]> {
    const { stdout } = await this.terraform('state', 'list');
    return stdout.split('\n').filter((address) => address !== '' && !/^(.*\.)?data\./.test(address));
  }

  private async managed(resources: readonly ForeignResource[]): Promise<readonly ForeignResource[]> {
    // With a count, though none is wanted, the state may know it as the first of them.
    const addresses = resources.length > 0 ? (await this.addresses()).map((one) => one.replace(/\[0]$/, '')) : [];
    return resources.filter(({ address }) => addresses.includes(address));
  }

  private get relativeFolder(): string {
    return path.relative('', this.options.folder);
  }

  private get configuration(): Configuration {
    return JSON.parse(fs.readFileSync(path.join(this.options.folder, 'cdk.tf.json'), 'utf8')) as Configuration;
  }

  private get ownerAddress(): string {
    const names = Object.keys(this.configuration.resource.terraform_data);
    return `terraform_data.${names.find((name) => name.startsWith('state-owner_'))}`;
  }

  /** @throws StackError with all that Terraform said, unless its exit code says that it went well */
  private async withEvents(verb: 'plan' | 'apply', ...args: readonly string[]): Promise<StackEvents> {
    const { code, stdout, stderr } = await this.terraform(verb, '-json', '-input=false', ...args);
    const events = eventsOf(stdout);
    if (code !== 0 && !(verb === 'plan' && code === 2)) {
      // Constructs do not know where the stack lies.
      const errors = errorsOf(events).map((error) =>
        error.replace('by terraform state rm', `by terraform -chdir=${this.relativeFolder} state rm`),
      );
      throw this.failure(
        `terraform ${verb} failed`,
        errors.length > 0 ? errors : [stderr.trim() || stdout.trim()],
        verb === 'apply' ? logOf(events) : [],
      );
    }
    return { code, events };
  }

  private terraform(...args: readonly string[]): Promise<CapturedRun> {
    const { folder, env, interruption, progress } = this.options;
    return capture(terraformBinary(env), [`-chdir=${folder}`, ...args], {
      env,
      interruption,
      onLine: (line) => {
        const message = eventOf(line)?.['@message'];
        if (message !== undefined) {
          progress.detail(`${this.name}: ${message}`);
        }
      },
    });
  }

  private failure(what: string, errors: readonly string[], log: readonly string[] = []): StackError {
    const lines = [...log, what, ...errors, ...adviceOn(errors), ...this.unlocking(errors)];
    return new StackError(lines.map((line) => `${this.name}: ${line}`).join('\n'));
  }

  /** How to take away the lock of a run that was killed. */
  private unlocking(errors: readonly string[]): string[] {
    const said = errors.join('\n');
    const id = /Error acquiring the state lock[^]*\bID: +(\S+)/.exec(said)?.[1];
    // A lock on this machine ends with its process.
    return id === undefined || said.includes('resource temporarily unavailable')
      ? []
      : [
          'wait until whoever has the lock has ended; if it was killed, take its lock away by ' +
            `terraform -chdir=${this.relativeFolder} force-unlock ${id}`,
        ];
  }
}

/** What is needed of a synthesised stack. */
interface Configuration {
  readonly import?: readonly { readonly to: string; readonly id: string }[];
  readonly resource: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly count?: number;
            readonly role_name?: string;
            readonly policy_name?: string;
            readonly lifecycle?: { readonly prevent_destroy?: boolean };
          }
        >
      >
    >
  >;
}

interface StackEvents {
  readonly code: number;
  readonly events: readonly TerraformEvent[];
}
