import * as path from 'node:path';
import { capture, type CapturedRun } from '../cli/captured-run';
import { ExitError } from '../cli/command-line';
import type { Interruption } from '../cli/interruption';
import type { Progress } from '../cli/progress';
import { terraformBinary } from '../cli/requirements';
import { quoted } from '../cli/shell';
import { planOfCode } from './code-plan';
import type { ComparedStack, PlanDocument, StateDocument } from './documents';
import type { SynthesizedStackFolder } from './synthesized-app';

/** How Terraform is run on a stack. */
export interface StackPlanOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
  readonly progress: Progress;
  /** Where plans are kept, which may hold secrets. */
  readonly folder: string;
  readonly destroy: boolean;
}

/** What is destroyed cannot be known; the message has what Terraform or a service said. */
export class PlanError extends ExitError {
  constructor(message: string) {
    super(message, UNCHECKED);
  }
}

/** Exit code where it cannot be checked what a deploy would destroy. */
const UNCHECKED = 3;

/**
 * Makes a stack's folder ready for plans. One at a time: Terraform's cache of providers stands no two at once.
 *
 * @throws PlanError
 */
export async function initStack(
  stack: SynthesizedStackFolder,
  options: Pick<StackPlanOptions, 'env' | 'interruption' | 'progress'>,
): Promise<void> {
  const init = ['init', '-input=false', '-no-color'];
  if ((await shown(stack, options, init)).code === 0) {
    return;
  }
  // The lock file may be of an earlier synth, with another version of the provider.
  const ended = await shown(stack, options, [...init, '-upgrade']);
  if (ended.code !== 0) {
    throw failure(stack.name, init, ended);
  }
}

/**
 * Plans a stack that is ready, and changes nothing.
 *
 * @throws PlanError
 */
export async function planStack(stack: SynthesizedStackFolder, options: StackPlanOptions): Promise<ComparedStack> {
  const { name, folder, configuration } = stack;
  const { env, progress, folder: plans, destroy } = options;
  const command = terraformIn(folder, env);
  // States and plans have secrets in clear, which nobody is shown.
  const read = async (...args: readonly string[]) => {
    const ended = await terraform(stack, options, args);
    if (ended.code !== 0) {
      throw failure(name, args, ended);
    }
    return ended.stdout;
  };
  // Empty where nothing was ever deployed.
  const state = JSON.parse((await read('state', 'pull')) || '{}') as StateDocument;
  const file = path.join(plans, `plan-${encodeURIComponent(name)}`);
  const args = ['plan', '-input=false', '-no-color', `-out=${file}`, ...(destroy ? ['-destroy'] : [])];
  const planned = await shown(stack, options, args);
  if (planned.code === 0) {
    return { name, command, configuration, plan: JSON.parse(await read('show', '-json', file)) as PlanDocument, state };
  }
  if (destroy || !waitsForOutputs(planned.stderr)) {
    throw failure(name, args, planned);
  }
  progress.problem(
    `warning: ${name}: Terraform cannot plan it before what it reads outputs of is deployed; it is compared by its code ` +
      'and its state, which tell names, but not what else something may be replaced for\n',
  );
  return { name, command, configuration, plan: planOfCode(configuration, state, env), state };
}

function terraform(
  { folder }: SynthesizedStackFolder,
  { env, interruption }: Pick<StackPlanOptions, 'env' | 'interruption'>,
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<CapturedRun> {
  return capture(terraformBinary(env), [`-chdir=${folder}`, ...args], { env, interruption, onLine });
}

/** Terraform, with what it says among the words of `--verbose`. */
function shown(
  stack: SynthesizedStackFolder,
  options: Pick<StackPlanOptions, 'env' | 'interruption' | 'progress'>,
  args: readonly string[],
): Promise<CapturedRun> {
  return terraform(stack, options, args, (line) => options.progress.detail(`${stack.name}: ${line}`));
}

/** Terraform on a stack, as people type it. */
export function terraformIn(folder: string, env: NodeJS.ProcessEnv): string {
  return `${terraformBinary(env)} ${quoted(`-chdir=${path.relative('', folder) || '.'}`)}`;
}

function failure(name: string, [verb]: readonly string[], { stdout, stderr }: CapturedRun): PlanError {
  return new PlanError(`${name}: terraform ${verb} failed\n${(stderr || stdout).trim()}`);
}

/** Whether all that Terraform complains of are outputs of other stacks that are not there yet. */
function waitsForOutputs(said: string): boolean {
  const errors = said.split(/^Error: /m).slice(1);
  return (
    errors.length > 0 &&
    errors.every(
      (error) =>
        /^(Unable to find remote state|Unsupported attribute)\n/.test(error) &&
        error.includes('terraform_remote_state'),
    )
  );
}
