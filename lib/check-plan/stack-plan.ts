import * as path from 'node:path';
import { capture, type CapturedRun } from '../cli/captured-run';
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

/** Terraform did not do what it was asked for; the message has what it said. */
export class PlanError extends Error {}

/**
 * Plans a stack, changing nothing but what `terraform init` leaves in its folder, as `cdktf deploy` does.
 *
 * @throws PlanError
 */
export async function planStack(
  { name, folder, configuration }: SynthesizedStackFolder,
  { env, interruption, progress, folder: plans, destroy }: StackPlanOptions,
): Promise<ComparedStack> {
  const command = terraformIn(folder, env);
  const run = (...args: readonly string[]) =>
    capture(terraformBinary(env), [`-chdir=${folder}`, ...args], {
      ...{ env, interruption },
      onLine: (line) => progress.detail(`${name}: ${line}`),
    });
  const read = async (...args: readonly string[]) => {
    const ended = await run(...args);
    if (ended.code !== 0) {
      throw failure(name, args, ended);
    }
    return ended.stdout;
  };
  if ((await run('init', '-input=false', '-no-color')).code !== 0) {
    // The lock file may be of an earlier synth, with another version of the provider.
    await read('init', '-input=false', '-no-color', '-upgrade');
  }
  // Empty where nothing was ever deployed.
  const state = JSON.parse((await read('state', 'pull')) || '{}') as StateDocument;
  const file = path.join(plans, `plan-${encodeURIComponent(name)}`);
  const args = ['plan', '-input=false', '-no-color', `-out=${file}`, ...(destroy ? ['-destroy'] : [])];
  const planned = await run(...args);
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
  return { name, command, configuration, plan: planOfCode(configuration, state), state };
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
