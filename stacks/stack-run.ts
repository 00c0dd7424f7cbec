import * as fs from 'node:fs';
import * as path from 'node:path';
import { isAlive } from '../lib/cli/is-alive';
import { quoted } from '../lib/cli/shell';
import { showsColors } from '../lib/cli/terminal';
import { ApplyLog, killedApplies } from './apply-log';
import { capture, type CapturedRun } from '../lib/cli/captured-run';
import type { Interruption } from '../lib/cli/interruption';
import type { Progress } from '../lib/cli/progress';
import type { ComparedStack, PlanDocument, StateDocument, SynthesizedStack } from '../lib/check-plan/documents';
import { terraformBinary } from '../lib/cli/requirements';
import {
  adviceOn,
  creationsOf,
  errorsOf,
  eventOf,
  eventsOf,
  existingOf,
  hasEnded,
  logOf,
  type TerraformEvent,
  warningsOf,
} from './terraform-events';

/** Of this process alone: two of them may plan in one folder. */
const PLAN_FILE = `plan-${process.pid}`;
const PLAN = /^plan-(\d+)$/;

const MEGABYTE = 1 << 20;
/** For plan, state and its backup, and what Terraform says, in bytes. */
const LEAST_ROOM = 32 * MEGABYTE;

/** Where Terraform leaves a state that it cannot write where it belongs. */
const UNWRITTEN_STATE = 'errored.tfstate';

/** What Terraform says of an id that it cannot take in: it is gone, or is made anew without harm. */
const NOT_IMPORTED = /Cannot import non-existent remote object|doesn't support import|import is not supported/;

/** By what the provider knows them. */
const IDS: Readonly<Record<string, readonly string[]>> = {
  alicloud_oss_bucket: ['bucket'],
  alicloud_ons_topic: ['instance_id', 'topic_name'],
  alicloud_ons_group: ['instance_id', 'group_name'],
  alicloud_message_service_queue: ['queue_name'],
};

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
  /** What people put before Terraform, so that it reaches the account. */
  readonly prefix: string;
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
   * Puts a state file back that an apply was writing when it was killed.
   *
   * @throws StackError where an apply could not write its state, or goes on although the script was killed
   */
  public checkState(): void {
    if (this.recovery !== undefined) {
      throw new StackError(this.recovery);
    }
    const killed = killedApplies(this.options.folder);
    const pid = killed.find((one) => one.pid !== undefined)?.pid;
    if (pid !== undefined) {
      throw new StackError(
        `${this.name}: the last run was killed, and its Terraform (process ${pid}) still works: wait until it has ended`,
      );
    }
    const file = this.stateFile;
    if (killed.length > 0 && file !== undefined && !isJson(file)) {
      // Terraform keeps what it had before it writes; what the apply made meanwhile comes from its log.
      const backup = `${file}.backup`;
      fs.rmSync(file);
      if (fs.existsSync(backup)) {
        fs.copyFileSync(backup, file);
      }
    }
  }

  /**
   * Installs the providers and opens the state.
   *
   * @throws StackError when it cannot, or when the state lacks what an earlier run made
   */
  public async init(): Promise<void> {
    this.removePlans();
    this.checkRoom();
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
              `${this.command} init -migrate-state`,
            ]
          : []),
      ]);
    }
  }

  /** @throws StackError when there is no plan, for one because the state belongs to another account */
  public async plan(...args: readonly string[]): Promise<StackPlan> {
    const { events, code } = await this.withEvents('plan', ['-detailed-exitcode', `-out=${PLAN_FILE}`, ...args]);
    const warnings = new Set(args.length === 0 ? warningsOf(events) : []);
    warnings.forEach((warning) => this.options.progress.problem(`warning: ${this.name}: ${warning}\n`));
    return { events, hasChanges: code === 2 };
  }

  /**
   * Refuses credentials of another account, as `StateOwner` lays down. A destroy does not look at a plan's conditions: it
   * would find nothing, and forget everything.
   *
   * @returns what Terraform planned of the owner
   */
  public async checkOwner(): Promise<readonly TerraformEvent[]> {
    return (await this.withEvents('plan', ['-lock=false', `-target=${this.ownerAddress}`])).events;
  }

  /** Whether a plan is one of a state that has no owner yet: of a new one, or of one that was lost. */
  public isNew(events: readonly TerraformEvent[]): boolean {
    return events.some(
      ({ type, change }) =>
        type === 'planned_change' && change?.action === 'create' && change.resource.addr === this.ownerAddress,
    );
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
        `${former.map(({ id }) => id).join(', ')} would be destroyed: let the state go of it by ` +
          `${this.command} state rm ${former.map(({ address }) => address).join(' ')}`,
      ]);
    }
  }

  /** Plans to destroy all but what is kept, and its owner, on which it depends. */
  public async planDestroy(kept: readonly ForeignResource[]): Promise<StackPlan> {
    const addresses = await this.addresses();
    // Terraform would look first at whether a role may be made that the settings want, and that was never made.
    const lacksRole = Object.entries(this.configuration.resource.alicloud_ram_role ?? {}).some(
      ([name, { count }]) => count !== 0 && !addresses.includes(`alicloud_ram_role.${name}`),
    );
    if (kept.length === 0 && !lacksRole) {
      return this.plan('-destroy');
    }
    const stay = kept.length === 0 ? [] : [this.ownerAddress, ...kept.map(({ address }) => address)];
    const gone = addresses.filter((address) => !stay.includes(address));
    return gone.length === 0
      ? { events: [], hasChanges: false }
      : this.plan('-destroy', ...gone.map((address) => `-target=${address}`));
  }

  /** Forgets all that the state still has; what is there stays. */
  public async forget(): Promise<void> {
    await this.read('state', 'rm', ...(await this.addresses()));
  }

  /** The last plan, for a comparison with those of other stacks. */
  public async compared(): Promise<ComparedStack> {
    const { name, configuration, command } = this;
    const plan = JSON.parse(await this.read('show', '-json', PLAN_FILE)) as PlanDocument;
    // Empty where nothing was ever deployed.
    const state = JSON.parse((await this.read('state', 'pull')) || '{}') as StateDocument;
    return { name, command, configuration, plan, state };
  }

  /** The last plan as Terraform shows it to people. */
  public async show(): Promise<string> {
    const { stdout } = await this.terraform('show', ...(showsColors(process.stdout) ? [] : ['-no-color']), PLAN_FILE);
    return stdout;
  }

  /** Does what the last plan says. */
  public async apply(): Promise<readonly TerraformEvent[]> {
    const log = new ApplyLog(this.options.folder);
    try {
      return (await this.withEvents('apply', [PLAN_FILE], log)).events;
    } finally {
      this.keep(log.end());
    }
  }

  /** Keeps a state that Terraform could write nowhere, its disk being full: by now there is the room of its log. */
  private keep(state: object | undefined): void {
    if (state === undefined) {
      return;
    }
    const text = JSON.stringify(state);
    const file = path.join(this.options.folder, UNWRITTEN_STATE);
    try {
      fs.writeFileSync(file, text, { mode: 0o600 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.options.progress.problem(
        `${this.name}: the state cannot be written (${code}); put this line into ${this.relative(file)}:\n${text}\n`,
      );
    }
  }

  /** Takes away what only this process needs: a plan may hold secrets. */
  public end(): void {
    fs.rmSync(path.join(this.options.folder, PLAN_FILE), { force: true });
  }

  /** Terraform, and the services, may do what cannot be written down on a full disk. */
  private checkRoom(): void {
    const { bavail, bsize } = fs.statfsSync(this.options.folder);
    if (bavail * bsize < LEAST_ROOM) {
      throw new StackError(
        `${this.name}: expected ${LEAST_ROOM / MEGABYTE} MB free on the disk of ${this.relative(this.options.folder)}, got ` +
          `${Math.floor((bavail * bsize) / MEGABYTE)} MB`,
      );
    }
  }

  /** Takes away the plans of runs that were killed. */
  private removePlans(): void {
    const { folder } = this.options;
    fs.readdirSync(folder)
      .filter((name) => {
        const pid = PLAN.exec(name)?.[1];
        return pid !== undefined && !isAlive(Number(pid));
      })
      .forEach((name) => fs.rmSync(path.join(folder, name), { force: true }));
  }

  /** Outputs by name, without those that are sensitive. */
  public async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = JSON.parse(await this.read('output', '-json')) as Record<
      string,
      { readonly value: unknown; readonly sensitive: boolean }
    >;
    return Object.fromEntries(
      Object.entries(outputs).flatMap(([name, { value, sensitive }]) => (sensitive ? [] : [[name, value]])),
    );
  }

  /**
   * Puts into the state what an apply has made that was killed before the state knew it.
   *
   * @returns addresses of what it has put there
   * @throws StackError when Terraform cannot do it
   */
  public async recover(): Promise<readonly string[]> {
    const recovered: string[] = [];
    const killed = killedApplies(this.options.folder);
    if (killed.length > 0) {
      // To another account's keys nothing of it would exist, and what knows of it is removed below.
      await this.checkOwner();
    }
    for (const { file, events } of killed) {
      const { made, begun } = creationsOf(events);
      const known = await this.ids();
      for (const { address, id } of made.filter((one) => known.get(one.address) !== one.id)) {
        this.options.progress.step(`${this.name}: putting ${address} into the state, which a killed run made as ${id}`);
        if (known.has(address)) {
          await this.read('state', 'rm', address);
        }
        const { code, stderr } = await this.terraform('import', '-input=false', '-no-color', address, id);
        if (code !== 0 && !NOT_IMPORTED.test(stderr)) {
          throw this.failure('terraform import failed', [
            stderr.trim(),
            `${address} was made as ${id} by a run that was killed: put it into the state by ${this.command} import ` +
              `${quoted(address)} ${quoted(id)}, or remove it, and then ${quoted(this.relative(file))}`,
          ]);
        }
        if (code === 0) {
          recovered.push(address);
        }
      }
      const unknown = begun.filter((address) => !known.has(address));
      if (unknown.length > 0) {
        this.options.progress.problem(
          `warning: ${this.name}: a run was killed while it made ${unknown.join(', ')}: they may exist\n`,
        );
      }
      fs.rmSync(file);
    }
    return recovered;
  }

  /** What to do first where an apply could not write its state; undefined when all is in it. */
  public get recovery(): string | undefined {
    const file = path.join(this.options.folder, UNWRITTEN_STATE);
    if (!fs.existsSync(file)) {
      return undefined;
    }
    const unwritten = quoted(this.relative(file));
    const state = this.stateFile;
    // Terraform cannot open what it wrote in part.
    const command =
      state !== undefined && !isJson(state)
        ? `mv ${unwritten} ${quoted(this.relative(state))}`
        : `${this.command} state push ${UNWRITTEN_STATE} && rm ${unwritten}`;
    return (
      `${this.name}: what was made is known to ${this.relative(file)} alone: put it into the state, before anything ` +
      `else, by ${command}`
    );
  }

  /** How many resources the state has; undefined where it cannot be read. */
  public async countResources(): Promise<number | undefined> {
    try {
      return (await this.addresses()).length;
    } catch {
      return undefined;
    }
  }

  /** Addresses of the resources in the state. */
  private async addresses(): Promise<string[]> {
    const { code, stdout, stderr } = await this.terraform('state', 'list');
    if (code !== 0 && !stderr.includes('No state file was found')) {
      throw this.failure('terraform state list failed', [stderr.trim()]);
    }
    return stdout.split('\n').filter((address) => address !== '' && !/^(.*\.)?data\./.test(address));
  }

  private async managed(resources: readonly ForeignResource[]): Promise<readonly ForeignResource[]> {
    // With a count, though none is wanted, the state may know it as the first of them.
    const addresses = resources.length > 0 ? (await this.addresses()).map((one) => one.replace(/\[0]$/, '')) : [];
    return resources.filter(({ address }) => addresses.includes(address));
  }

  /** Of what the state has, by address. */
  private async ids(): Promise<ReadonlyMap<string, string>> {
    const { values } = JSON.parse((await this.read('show', '-json')) || '{}') as ShownState;
    return new Map(values?.root_module?.resources?.map(({ address, values: { id } }) => [address, id ?? '']));
  }

  /** The state where it is a file of this machine, and is there. */
  private get stateFile(): string | undefined {
    const { local } = this.configuration.terraform.backend;
    const file = local && path.resolve(this.options.folder, local.path);
    return file !== undefined && fs.existsSync(file) ? file : undefined;
  }

  private relative(file: string): string {
    return path.relative('', file);
  }

  /** Terraform on this stack, as people type it. */
  private get command(): string {
    const { env, folder, prefix } = this.options;
    return `${prefix}${terraformBinary(env)} ${quoted(`-chdir=${this.relative(folder)}`)}`;
  }

  private get configuration(): Configuration {
    return JSON.parse(fs.readFileSync(path.join(this.options.folder, 'cdk.tf.json'), 'utf8')) as Configuration;
  }

  private get ownerAddress(): string {
    const names = Object.keys(this.configuration.resource.terraform_data);
    return `terraform_data.${names.find((name) => name.startsWith('state-owner_'))}`;
  }

  /** @throws StackError with all that Terraform said, unless its exit code says that it went well */
  private async withEvents(verb: 'plan' | 'apply', args: readonly string[], log?: ApplyLog): Promise<StackEvents> {
    const { code, stdout, stderr } = await this.run([verb, '-json', '-input=false', ...args], log);
    const events = eventsOf(stdout);
    if (code === 0 || (verb === 'plan' && code === 2)) {
      return { code, events };
    }
    const isKilled = verb === 'apply' && !hasEnded(events);
    // Constructs do not know where the stack lies.
    const errors = errorsOf(events).map((error) =>
      error.replace('by terraform state rm', `by ${this.command} state rm`),
    );
    // Panics, and what comes before Terraform writes JSON.
    const others = (stderr || stdout).split('\n').filter((line) => line !== '' && eventOf(line) === undefined);
    throw this.failure(
      `terraform ${verb} ${isKilled ? `was ended before it was done (exit code ${code})` : 'failed'}`,
      [
        ...(errors.length > 0 ? errors : others),
        ...(isKilled ? untoldOf(events) : []),
        ...(await this.adopting(existingOf(events))),
      ],
      verb === 'apply' ? logOf(events) : [],
    );
  }

  /** How to go on where something exists that the state does not know. */
  private async adopting(addresses: readonly string[]): Promise<string[]> {
    if (addresses.length === 0) {
      return [];
    }
    const { stdout } = await this.terraform('show', '-json', PLAN_FILE);
    const { planned_values: plan } = JSON.parse(stdout || '{}') as ShownPlan;
    return addresses.map((address) => {
      const planned = plan?.root_module?.resources?.find((one) => one.address === address);
      const id = planned && IDS[planned.type]?.map((name) => planned.values[name]).join(':');
      return (
        `where an earlier run made it, which was killed or lost its state: ${this.command} import ` +
        `${quoted(address)} ${id === undefined ? 'ID' : quoted(id)}, and then the same again; where it is somebody else's, take another name`
      );
    });
  }

  /** @throws StackError unless it goes well */
  private async read(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.terraform(...args);
    if (code !== 0) {
      throw this.failure(`terraform ${args[0]} failed`, [stderr.trim()]);
    }
    return stdout.trim();
  }

  private terraform(...args: readonly string[]): Promise<CapturedRun> {
    return this.run(args);
  }

  private run(args: readonly string[], log?: ApplyLog): Promise<CapturedRun> {
    const { folder, env, interruption, progress } = this.options;
    return capture(terraformBinary(env), [`-chdir=${folder}`, ...args], {
      env,
      interruption,
      log,
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
            `${this.command} force-unlock ${id}`,
        ];
  }
}

/** What is known of an apply that told no end. */
function untoldOf(events: readonly TerraformEvent[]): string[] {
  const { made, begun } = creationsOf(events);
  return [
    ...(made.length > 0 ? ['what it has made comes into the state with the next run'] : []),
    ...(begun.length > 0 ? [`it is not known whether these were made: ${begun.join(', ')}`] : []),
  ];
}

interface ShownResource {
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}

interface ShownModule {
  readonly root_module?: { readonly resources?: readonly ShownResource[] };
}

/** What is needed of what Terraform shows as JSON. */
interface ShownState {
  readonly values?: ShownModule;
}

interface ShownPlan {
  readonly planned_values?: ShownModule;
}

function isJson(file: string): boolean {
  try {
    JSON.parse(fs.readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

/** What is needed of a synthesised stack. */
interface Configuration extends SynthesizedStack {
  readonly terraform: { readonly backend: { readonly local?: { readonly path: string } } };
  readonly import?: readonly { readonly to: string; readonly id: string }[];
  readonly resource: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly provider?: string;
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
