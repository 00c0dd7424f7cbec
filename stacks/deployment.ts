import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../lib/cli/command-line';
import { runCommand } from '../lib/cli/run-command';
import { missingCredentials } from '../lib/smoke/environment';
import { ask, checkCanAsk } from './approval';
import { capture } from '../lib/cli/captured-run';
import {
  checkFolderIsOf,
  DEFAULT_SETTINGS_FILE,
  deploymentFolder,
  giveFolderBack,
  SETTINGS_VARIABLE,
  takeFolder,
} from './deployment-folder';
import { Interrupted, type Interruption } from '../lib/cli/interruption';
import type { ComparedStack } from '../lib/check-plan/documents';
import { madeTwice, planConflicts, withoutReferences } from '../lib/check-plan/plan-conflicts';
import { recordedStack } from '../lib/check-plan/recorded-stack';
import type { Progress } from '../lib/cli/progress';
import { quoted } from '../lib/cli/shell';
import {
  type DeployedStack,
  otherDeployedStacks,
  ownerOf,
  stacksOfAccount,
  stacksOfOtherSettings,
  stacksOfOtherSettingsInOss,
} from './deployed-stacks';
import { makeWritable } from './folder-in-use';
import { readSettings, type Settings } from './settings';
import { type ForeignResource, StackError, StackRun } from './stack-run';
import { synthWarnings } from './synth-warnings';
import { ACCOUNT_STACK, notificationStackName } from './stack-names';
import { changesOf, lossesLine, lossesOf, stepsOf, summaryOf, type TerraformEvent } from './terraform-events';

/** A new role takes some seconds to work; a receipt that fails is tried again within this time. */
const SETTLE = '60s';

/** What can be done with a deployment. */
export type Verb = 'deploy' | 'diff' | 'destroy';

/** How somebody goes on from here: commands as they are typed. */
export interface NextSteps {
  readonly deploy: string;
  readonly destroy: string;
  /** The smoke test again. */
  readonly smoke: string;
  readonly look: { readonly command: string; readonly purpose: string };
  /** What goes before a command of Terraform, so that it reaches the account. */
  readonly prefix: string;
  /** Where all of it is. */
  readonly place: (accountId: string) => string;
}

export interface DeploymentOptions {
  readonly settingsFile: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether to change without a question. */
  readonly approve: boolean;
  readonly progress: Progress;
  readonly interruption: Interruption;
  readonly next: NextSteps;
}

interface PlannedStack {
  readonly stack: StackRun;
  readonly events: readonly TerraformEvent[];
  readonly hasChanges: boolean;
  /** What stays when the stack is destroyed. */
  readonly kept?: readonly ForeignResource[];
}

/** One deployment: its settings, and the folder that keeps what it leaves. */
export class Deployment {
  /** Where everything lies that deployments of this settings file leave. */
  public readonly folder: string;
  private readonly settings: Settings;
  private readonly outputs: string;
  private readonly env: NodeJS.ProcessEnv;
  /** The stacks that Terraform may have begun to change. */
  private begun: readonly PlannedStack[] = [];
  private isDeployed = false;
  /** What runs that were killed had made, and the state has now. */
  private recovered: readonly string[] = [];
  private stacks: readonly StackRun[] = [];
  /** Stacks that are deployed, and that the settings have no longer. */
  private orphans: readonly DeployedStack[] = [];
  /** Why they are not known. */
  private orphansError?: string;
  /** Stacks that other settings files have deployed. */
  private others: readonly DeployedStack[] = [];

  /** @throws SettingsError */
  constructor(private readonly options: DeploymentOptions) {
    this.settings = readSettings(options.settingsFile);
    this.folder = deploymentFolder(options.settingsFile);
    this.outputs = path.join(this.folder, 'outputs.json');
    this.env = {
      // Inside the checkout: Terraform's own choice is none, and each stack would have a copy of the provider.
      TF_PLUGIN_CACHE_DIR: path.resolve('.deploy', 'plugin-cache'),
      ...options.env,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      CDKTF_OUTDIR: path.join(this.folder, 'cdktf.out'),
      [SETTINGS_VARIABLE]: path.resolve(options.settingsFile),
    };
  }

  /**
   * What `run` does first; also for who prepares something for it.
   *
   * @throws UsageError when something that the run will need is missing
   */
  public checkCan(verb: Verb): void {
    checkFolderIsOf(this.options.settingsFile);
    if (verb !== 'diff' && !this.options.approve) {
      checkCanAsk();
    }
    if (verb === 'deploy') {
      this.checkSmokeCredentials();
    }
  }

  /**
   * @returns the exit code
   * @throws UsageError when something that it needs is missing
   */
  public async run(verb: Verb): Promise<number> {
    this.checkCan(verb);
    try {
      switch (verb) {
        case 'deploy':
          return await this.deploy();
        case 'diff':
          return await this.diff();
        case 'destroy':
          return await this.destroy();
      }
    } catch (error) {
      if (error instanceof Interrupted) {
        this.options.interruption.end();
        await this.tellWhatExists(verb);
        return error.exitCode;
      }
      if (error instanceof StackError) {
        this.options.progress.problem(`${error.message}\n`);
        await this.tellWhatExists(verb);
        return 1;
      }
      throw error;
    } finally {
      this.stacks.forEach((stack) => stack.end());
    }
  }

  private async deploy(): Promise<number> {
    const stacks = await this.prepare();
    await this.recover(stacks);
    const planned = await this.plan(stacks);
    const changed = planned.filter(({ hasChanges }) => hasChanges);
    const losses = lossesOfStacks(planned);
    this.checkOrphans(planned, 'deploy');
    await this.checkConflicts(planned);
    if (changed.length > 0 && !(await this.isApproved(changed, losses, 'Deploy this?'))) {
      this.tellNothingWasDone('deploy');
      return 1;
    }
    // What an earlier deploy wrote must not be taken for this one's.
    fs.rmSync(this.outputs, { force: true });
    takeFolder(this.options.settingsFile);
    await this.apply(planned, 'deploying');
    await this.writeOutputs(planned);
    this.isDeployed = true;
    const code = await this.smokeTest();
    this.options.interruption.check();
    this.options.progress.result(`${losses}\n`);
    if (code === 0) {
      this.tellNext(accountOf(planned[0].events) ?? 'of the credentials');
    } else {
      await this.tellWhatExists('deploy');
    }
    return code;
  }

  private async diff(): Promise<number> {
    const planned = await this.plan(await this.prepare());
    await this.show(planned);
    this.options.progress.result(`${lossesOfStacks(planned)}\n`);
    await this.checkConflicts(planned);
    return 0;
  }

  private async destroy(): Promise<number> {
    const stacks = await this.prepare();
    const owners = await eachOf(stacks, async (stack) => ({ stack, events: await stack.checkOwner() }));
    const lost = this.lostStates(owners);
    if (lost !== undefined) {
      throw new StackError(`${lost}: what it made would not be destroyed`);
    }
    await this.recover(stacks);
    const planned = await this.planDestroy(stacks);
    const changed = planned.filter(({ hasChanges, kept = [] }) => hasChanges || kept.length > 0);
    this.checkOrphans(planned, 'destroy');
    await this.checkConflicts(planned, 'destroy');
    if (changed.length > 0 && !(await this.isApproved(changed, lossesOfStacks(planned), 'Destroy this?'))) {
      this.tellNothingWasDone('destroy');
      return 1;
    }
    fs.rmSync(this.outputs, { force: true });
    await this.apply(planned, 'destroying');
    giveFolderBack(this.options.settingsFile);
    return 0;
  }

  /** @throws StackError when the account would lose a role that a stack which is no longer in the settings may need */
  private checkOrphans(planned: readonly PlannedStack[], verb: Verb): void {
    const roles = planned
      .filter(({ stack }) => stack.name === ACCOUNT_STACK)
      .flatMap(({ events }) => lossesOf(events).destroyed)
      .filter((address) => address.startsWith('alicloud_ram_role.'));
    const loss = `${ACCOUNT_STACK}: ${roles.join(', ')} would be destroyed, and may still be needed`;
    if (roles.length > 0 && this.orphans.length > 0) {
      throw new StackError(`${loss}: ${this.orphansText()}`);
    }
    // Who destroys all asks for the loss of the role.
    if (roles.length > 0 && verb === 'deploy' && this.orphansError !== undefined) {
      throw new StackError(
        `${loss} by a deployed stack that is not in ${this.options.settingsFile}: ${this.orphansError}. Where no other ` +
          `stack is deployed: ${this.cdktf('deploy', ACCOUNT_STACK)}`,
      );
    }
  }

  /**
   * @throws StackError when something would be destroyed that a stack refers to, or that one makes or has elsewhere; what
   *   is destroyed as a whole refers to nothing any longer
   */
  private async checkConflicts(planned: readonly PlannedStack[], verb: Verb = 'deploy'): Promise<void> {
    if (verb === 'deploy') {
      await this.checkCreations(planned);
    }
    const losing = planned.filter(({ events }) => {
      const { replaced, destroyed } = lossesOf(events);
      return replaced.length + destroyed.length > 0;
    });
    if (losing.length === 0) {
      return;
    }
    const compared =
      verb === 'destroy'
        ? (await eachOf(losing, ({ stack }) => stack.compared())).map(withoutReferences)
        : await eachOf(planned, ({ stack }) => stack.compared());
    const conflicts = planConflicts([...compared, ...this.recordedStacks(compared)]);
    if (conflicts.length > 0) {
      throw new StackError(conflicts.join('\n'));
    }
  }

  /** @throws StackError when something would be made that another stack of the account has by its state */
  private async checkCreations(planned: readonly PlannedStack[]): Promise<void> {
    const account = accountOf(planned[0].events);
    const others = [...this.orphans, ...stacksOfAccount(this.others, account)].flatMap(({ name, state }) =>
      state !== undefined && account !== undefined && ownerOf(state) === account ? [recordedStack(name, state)] : [],
    );
    const creating = others.length === 0 ? [] : planned.filter(({ events }) => stepsOf(events).rest.length > 0);
    const conflicts = madeTwice(await eachOf(creating, ({ stack }) => stack.compared()), others);
    if (conflicts.length > 0) {
      throw new StackError(conflicts.map(({ text }) => text).join('\n'));
    }
  }

  /** What else is deployed, by its states: of stacks that the settings have no longer, and of other settings. */
  private recordedStacks(compared: readonly ComparedStack[]): ComparedStack[] {
    const account = compared.map(({ state }) => ownerOf(state)).find((one) => one !== undefined);
    const others = [...this.orphans, ...stacksOfAccount(this.others, account)];
    return others.flatMap(({ name, state }) => (state === undefined ? [] : [recordedStack(name, state)]));
  }

  /** Stacks that were deployed by what is left of it, and whose state has nothing; undefined where there are none. */
  private lostStates(planned: readonly Pick<PlannedStack, 'stack' | 'events'>[]): string | undefined {
    const deployed = this.stacksWithOutputs();
    const lost = planned.filter(({ stack, events }) => deployed.includes(stack.name) && stack.isNew(events));
    return lost.length === 0
      ? undefined
      : `${lost.map(({ stack }) => stack.name).join(', ')}: deployed before, by ${path.relative('', this.outputs)}, but ` +
          'there is nothing in the state: if it was lost, put it back (a bucket with versioning keeps earlier ones), and ' +
          'where all was destroyed otherwise, remove that file';
  }

  /** Stacks of which an earlier deploy wrote outputs. */
  private stacksWithOutputs(): string[] {
    try {
      return Object.keys(JSON.parse(fs.readFileSync(this.outputs, 'utf8')) as object);
    } catch {
      return [];
    }
  }

  private async findOrphans(): Promise<void> {
    const { interruption, progress, settingsFile } = this.options;
    const search = {
      state: this.settings.state,
      folder: this.folder,
      env: this.env,
      signal: interruption.abortSignal,
    };
    try {
      this.orphans = await otherDeployedStacks(
        this.stacks.map(({ name }) => name),
        search,
      );
    } catch (error) {
      interruption.check();
      if (error instanceof StackError) {
        throw error;
      }
      this.orphansError = (error as Error).message;
      progress.problem(
        `warning: deployed stacks that are not in ${settingsFile} are not looked for: ${this.orphansError}\n`,
      );
    }
    if (this.orphans.length > 0) {
      progress.problem(`warning: ${this.orphansText()}\n`);
    }
    this.others = stacksOfOtherSettings(this.folder);
    try {
      this.others = [...this.others, ...(await stacksOfOtherSettingsInOss(search))];
    } catch (error) {
      interruption.check();
      const { message } = error as Error;
      // Told above.
      if (message !== this.orphansError) {
        progress.problem(
          `warning: stacks of other settings files, whose state is in OSS, are not looked for: ${message}\n`,
        );
      }
    }
    const unread = [...this.orphans, ...this.others].filter(({ state }) => state === undefined);
    if (unread.length > 0) {
      const names = unread.map(({ name }) => name).join(' ');
      progress.problem(`warning: it is not known what ${names} has and refers to, whose state cannot be read\n`);
    }
  }

  private orphansText(): string {
    const stacks = this.orphans.map(({ name }) => name).join(' ');
    return (
      `${stacks} is deployed, but no longer in ${this.options.settingsFile}: it stays as it is. To remove it put it back, ` +
      `and take it out after ${this.cdktf('destroy', stacks)}`
    );
  }

  /** A command that does it to some stacks alone. */
  private cdktf(verb: Verb, stacks: string): string {
    const { settingsFile } = this.options;
    const variable = settingsFile === DEFAULT_SETTINGS_FILE ? '' : `${SETTINGS_VARIABLE}=${quoted(settingsFile)} `;
    return `${variable}${this.options.next.prefix}npx cdktf ${verb} ${stacks}`;
  }

  private checkSmokeCredentials(): void {
    const { environments, region } = this.settings;
    const regions = this.environmentsWith('warn', 'fail').map((name) => environments[name].region ?? region);
    const missing = regions.length > 0 ? missingCredentials(this.env, regions) : undefined;
    if (missing !== undefined) {
      throw new UsageError(`${missing}; they are needed by the smoke test after the deploy (smoke: off does without)`);
    }
  }

  /** Synthesises the stacks and opens the state of each. */
  private async prepare(): Promise<readonly StackRun[]> {
    const { progress, interruption, settingsFile } = this.options;
    makeWritable(this.env.TF_PLUGIN_CACHE_DIR!);
    progress.step(`synthesising the stacks of ${settingsFile}`);
    const app = path.join(__dirname, 'main.js');
    const { code, stdout, stderr } = await capture(process.execPath, [app], { env: this.env, interruption });
    if (code !== 0) {
      throw new StackError(`the stacks cannot be synthesised\n${(stderr || stdout).trim()}`);
    }
    synthWarnings(this.env.CDKTF_OUTDIR!).forEach((warning) => progress.problem(`warning: ${warning}\n`));
    const stacks = [ACCOUNT_STACK, ...Object.keys(this.settings.environments).map(notificationStackName)].map(
      (name) =>
        new StackRun(name, {
          folder: path.join(this.env.CDKTF_OUTDIR!, 'stacks', name),
          env: this.env,
          interruption,
          progress,
          prefix: this.options.next.prefix,
        }),
    );
    this.stacks = stacks;
    stacks.forEach((stack) => stack.checkState());
    if (this.settings.state.backend === 'local') {
      await this.findOrphans();
    }
    for (const stack of stacks) {
      progress.step(`${stack.name}: opening the state`);
      await stack.init();
    }
    // Terraform tells best why a bucket cannot be read.
    if (this.settings.state.backend === 'oss') {
      await this.findOrphans();
    }
    await eachOf(stacks, (stack) => stack.checkForgotten());
    return stacks;
  }

  private async plan(stacks: readonly StackRun[]): Promise<PlannedStack[]> {
    this.options.progress.step(`planning ${stacks.map(({ name }) => name).join(', ')}`);
    const planned = await eachOf(stacks, async (stack) => ({ stack, ...(await stack.plan()) }));
    const lost = this.lostStates(planned);
    if (lost !== undefined) {
      this.options.progress.problem(`warning: ${lost}: it is taken for new\n`);
    }
    return planned;
  }

  private async planDestroy(stacks: readonly StackRun[]): Promise<PlannedStack[]> {
    this.options.progress.step(`planning to destroy ${stacks.map(({ name }) => name).join(', ')}`);
    const planned = await eachOf(stacks, async (stack) => {
      const kept = await stack.kept();
      return { stack, kept, ...(await stack.planDestroy(kept)) };
    });
    return planned.reverse();
  }

  private async isApproved(changed: readonly PlannedStack[], losses: string, question: string): Promise<boolean> {
    const { approve, progress, interruption } = this.options;
    if (approve) {
      return true;
    }
    await this.show(changed);
    progress.result(`${losses}\n`);
    progress.pause();
    return ask(question, interruption);
  }

  private async show(changed: readonly PlannedStack[]): Promise<void> {
    for (const { stack, events, hasChanges, kept = [] } of changed) {
      const plan = hasChanges ? await stack.show() : '';
      this.options.progress.result(`${stack.name}: ${summaryOf(events)}\n${plan}${keptLine(stack, kept)}`);
    }
  }

  /**
   * The first stack is what the others depend on: they go after it, and before it takes something away, so that no channel
   * is without its role where they fail.
   */
  private async apply(planned: readonly PlannedStack[], doing: 'deploying' | 'destroying'): Promise<void> {
    this.begun = planned;
    const account = planned.find(({ stack }) => stack.name === ACCOUNT_STACK)!;
    const others = planned.filter((one) => one !== account);
    const { gone, rest } = stepsOf(account.events);
    const isSplit = doing === 'deploying' && gone.length > 0 && rest.length > 0;
    if (isSplit) {
      await this.applyStack(await planOf(account, rest), doing);
    } else if (doing === 'deploying' && gone.length === 0) {
      await this.applyStack(account, doing);
    }
    await eachOf(others, (one) => this.applyStack(one, doing));
    if (isSplit) {
      await this.applyStack(await planOf(account, gone), doing);
    } else if (doing === 'destroying' || gone.length > 0) {
      await this.applyStack(account, doing);
    }
    this.begun = [];
  }

  private async applyStack(
    { stack, events, hasChanges, kept = [] }: PlannedStack,
    doing: 'deploying' | 'destroying',
  ): Promise<void> {
    const { progress } = this.options;
    if (hasChanges) {
      progress.step(`${stack.name}: ${doing}`);
    }
    const done = hasChanges ? await stack.apply() : events;
    if (kept.length > 0) {
      await stack.forget();
    }
    progress.result(`${stack.name}: ${summaryOf(done)}\n${keptLine(stack, kept)}`);
  }

  /** In the form of `cdktf deploy --outputs-file`. */
  private async writeOutputs(planned: readonly PlannedStack[]): Promise<void> {
    const outputs = await eachOf(planned, async ({ stack }) => [stack.name, await stack.outputs()] as const);
    const given = outputs.filter(([, values]) => Object.keys(values).length > 0);
    fs.writeFileSync(this.outputs, `${JSON.stringify(Object.fromEntries(given), null, 2)}\n`);
  }

  private async smokeTest(): Promise<number> {
    if (this.environmentsWith('warn', 'fail').length > 0) {
      this.options.progress.step('smoke test: one query, until its receipt is known');
    }
    this.options.progress.pause();
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
    const script = path.join(__dirname, '../lib/smoke/cli.js');
    return runCommand(
      process.execPath,
      [
        script,
        ...['--outputs', this.outputs, ...channels],
        ...['--settle', SETTLE, '--report', path.join(this.folder, report)],
      ],
      this.env,
    );
  }

  private environmentsWith(...modes: readonly string[]): string[] {
    return Object.entries(this.settings.environments)
      .filter(([, { smoke }]) => modes.includes(smoke))
      .map(([name]) => name);
  }

  private tellNext(accountId: string): void {
    const { destroy, smoke, look, place } = this.options.next;
    const commands = [
      [look.command, look.purpose],
      [smoke, 'the smoke test again'],
      [destroy, 'removes what was deployed'],
    ];
    const width = Math.min(60, Math.max(...commands.map(([command]) => command.length)));
    const lines = commands.map(([command, purpose]) => `  ${command.padEnd(width)}  # ${purpose}`);
    this.options.progress.result(`\n${[place(accountId), ...lines].join('\n')}\n`);
  }

  /** After a failure or an interruption: how far it came, and how to go on. */
  private async tellWhatExists(verb: Verb): Promise<void> {
    const { progress, next } = this.options;
    if (verb === 'diff') {
      return;
    }
    if (this.isDeployed) {
      progress.problem(`everything is deployed; the smoke test again: ${next.smoke}\n`);
      return;
    }
    if (this.begun.length === 0) {
      this.tellNothingWasDone(verb);
      return;
    }
    const recoveries = this.begun.flatMap(({ stack }) => stack.recovery ?? []);
    if (recoveries.length > 0) {
      progress.problem(`${recoveries.join('\n')}\n`);
      return;
    }
    const counts = await eachOf(
      this.begun,
      async ({ stack }) => `${stack.name} ${(await stack.countResources()) ?? 'not known'}`,
    );
    progress.problem(
      `resources that exist now: ${counts.join(', ')}\n` +
        (verb === 'deploy'
          ? `${next.deploy} goes on from here, ${this.removal()}\n`
          : `${next.destroy} goes on from here\n`),
    );
  }

  /** What removes what was begun: a destroy of all stops where a stack that is not in the settings may need a role. */
  private removal(): string {
    if (this.orphans.length === 0) {
      return `${this.options.next.destroy} removes them`;
    }
    const names = this.begun.map(({ stack }) => stack.name).filter((name) => name !== ACCOUNT_STACK);
    const orphans = this.orphans.map(({ name }) => name).join(' ');
    return `${this.cdktf('destroy', names.join(' '))} removes all but ${ACCOUNT_STACK}, which ${orphans} may need`;
  }

  private async recover(stacks: readonly StackRun[]): Promise<void> {
    const recovered = await eachOf(stacks, async (stack) =>
      (await stack.recover()).map((address) => `${stack.name}/${address}`),
    );
    this.recovered = recovered.flat();
  }

  private tellNothingWasDone(verb: Verb): void {
    const known = this.recovered.length === 0 ? '' : `; the state now has ${this.recovered.join(', ')} of a killed run`;
    this.options.progress.problem(`nothing was ${verb === 'deploy' ? 'deployed' : 'destroyed'}${known}\n`);
  }
}

/**
 * A part of what was seen, planned anew.
 *
 * @throws StackError when it has become something else
 */
async function planOf({ stack, events }: PlannedStack, addresses: readonly string[]): Promise<PlannedStack> {
  const part = await stack.plan(...addresses.map((address) => `-target=${address}`));
  const seen = changesOf(events);
  const others = changesOf(part.events).filter((change) => !seen.includes(change));
  if (others.length > 0) {
    throw new StackError(
      `${stack.name}: expected the changes that were seen, got also ${others.join(', ')}: deploy again`,
    );
  }
  return { stack, ...part };
}

/** The account that a plan's credentials belong to. */
function accountOf(events: readonly TerraformEvent[]): string | undefined {
  const read = events.find(
    ({ type, hook }) => type === 'apply_complete' && hook?.resource.resource_type === 'alicloud_caller_identity',
  );
  return read?.hook?.id_value;
}

function lossesOfStacks(planned: readonly PlannedStack[]): string {
  return lossesLine(Object.fromEntries(planned.map(({ stack, events }) => [stack.name, lossesOf(events)])));
}

function keptLine({ name }: StackRun, kept: readonly ForeignResource[]): string {
  const ids = kept.map(({ id }) => id).join(', ');
  return kept.length === 0 ? '' : `${name}: stays, as it was only taken over: ${ids}\n`;
}

/** Does the same with all at once, and fails as the first of them once all have ended. */
async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const ended = await Promise.allSettled(items.map(work));
  return ended.map((one) => {
    if (one.status === 'rejected') {
      throw one.reason as Error;
    }
    return one.value;
  });
}
