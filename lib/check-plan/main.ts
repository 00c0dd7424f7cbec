import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { EXIT, UsageError } from '../cli/command-line';
import type { Interruption } from '../cli/interruption';
import { readCommandLine } from '../cli/options';
import { ownVersion } from '../cli/own-version';
import type { Progress } from '../cli/progress';
import { missingRequirement, sharedDataFolder } from '../cli/requirements';
import { runWatched } from '../cli/watched-run';
import type { ComparedStack } from './documents';
import { goneStacks } from './gone-stacks';
import { givenPlans } from './given-plan';
import { madeTwice, planConflicts, unknownReferences, withoutReferences } from './plan-conflicts';
import { recordedIn } from './recorded-stack';
import { initStack, PlanError, planStack } from './stack-plan';
import { readSynthesizedApp, stacksNamed, type SynthesizedStackFolder } from './synthesized-app';

export const HELP = `dla-check-plan: stops before a deploy destroys what the app still needs

It compares the plans of all stacks of a synthesised app, as Terraform alone cannot: where one would destroy a bucket,
queue, topic, group, instance or role that a stack still refers to, or that is made at another address or by another
stack at the same time, it tells the commands of Terraform, and the code, that keep it. It changes nothing. What a stack
refers to is what the constructs of cdktf-alicloud-dla in it refer to by its name.

usage: dla-check-plan [options] [STACK…]

  STACK…              those that are to be deployed; all are compared       default: all; * stands for any letters
  -o, --output DIR    what cdktf synth has written                          default: CDKTF_OUTDIR, cdktf.out
  --destroy           before cdktf destroy of the stacks
  --plan STACK=FILE   what terraform show -json tells of a plan of the stack, in place of planning it; may be repeated
  --verbose           all that Terraform says
  -h, --help          this text
  --version           the version

Environment:
  as for cdktf deploy: credentials of the provider and the backend, TF_VAR_name for variables,
  TF_CLI_ARGS_plan for other options of terraform plan, TERRAFORM_BINARY_NAME

Exit codes: 0 nothing in use is destroyed, 1 something is, or is made that another stack has, 2 usage, 3 it cannot be
checked, for a stack cannot be planned or a state cannot be read, 130 interrupted

Stacks that are deployed, but no longer in the code, are compared where their states lie beside those of the others, alike
but for the name of the stack: on this machine, or in OSS with the keys in the environment. Elsewhere a warning tells so.

Examples:
  npx cdktf synth && npx dla-check-plan && npx cdktf deploy '*' --skip-synth
  in cdktf.json, so that no cdktf deploy goes without: "app": "npx tsx main.ts && npx dla-check-plan"
  npx dla-check-plan --destroy orders && npx cdktf destroy orders --skip-synth
`;

/** Plans at once: each is a Terraform with its providers. */
const AT_ONCE = 4;

/** The command `dla-check-plan`. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, words } = readCommandLine(argv, {
    output: { type: 'string', short: 'o' },
    destroy: { type: 'boolean' },
    plan: { type: 'string', multiple: true },
    verbose: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
  });
  if (values.help || values.version) {
    process.stdout.write(values.help ? HELP : `${ownVersion()}\n`);
    return EXIT.ok;
  }
  const stacks = readSynthesizedApp(values.output ?? (process.env.CDKTF_OUTDIR || 'cdktf.out'));
  const chosen = stacksNamed(words, stacks);
  const given = givenPlans(values.plan ?? [], stacks);
  const toPlan = stacks.filter(({ name }) => !given.some((one) => one.name === name));
  const wrong = toPlan.length > 0 ? (missingRequirement() ?? sharedDataFolder(process.env)) : undefined;
  if (wrong !== undefined) {
    throw new UsageError(wrong);
  }
  return runWatched(
    values.verbose ?? false,
    async (progress, interruption) => {
      const { stacks: gone, unsearched } = await goneStacks(stacks, process.env, interruption.abortSignal).catch(
        (error: Error) => {
          interruption.check();
          throw error;
        },
      );
      const isDestroyed = (stack: { readonly name: string }) =>
        values.destroy === true && chosen.some(({ name }) => name === stack.name);
      const planned = [...given, ...(await planAll(toPlan, isDestroyed, progress, interruption))];
      const compared = planned.map((stack) => (isDestroyed(stack) ? withoutReferences(stack) : stack));
      tellUnknown(compared, gone, unsearched, progress);
      const changed = compared.filter((stack) => chosen.some(({ name }) => name === stack.name));
      const twice = values.destroy ? [] : madeTwice(changed, gone);
      twice.filter(({ isCertain }) => !isCertain).forEach(({ text }) => progress.problem(`warning: ${text}\n`));
      const conflicts = [
        ...planConflicts([...compared, ...gone], changed),
        ...twice.filter(({ isCertain }) => isCertain).map(({ text }) => text),
      ];
      const names = changed.map(({ name }) => name).join(', ');
      const rest = unsearched.length === 0 ? '' : ', but for stacks that are not looked for (see the warning)';
      progress.result(
        conflicts.length > 0
          ? `${conflicts.join('\n')}\n`
          : `Nothing that is in use is destroyed by ${names}${rest}.\n`,
      );
      return conflicts.length > 0 ? EXIT.failed : EXIT.ok;
    },
    'stopping',
  );
}

/** Plans stacks, and tells of all that cannot be planned at once. */
async function planAll(
  stacks: readonly SynthesizedStackFolder[],
  isDestroyed: (stack: SynthesizedStackFolder) => boolean,
  progress: Progress,
  interruption: Interruption,
): Promise<ComparedStack[]> {
  const folder = fs.mkdtempSync(path.resolve(os.tmpdir(), 'dla-check-plan-'));
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
  const waiting: SynthesizedStackFolder[] = [];
  const planned: ComparedStack[] = [];
  const errors: PlanError[] = [];
  const collecting = async (body: () => Promise<unknown>) => {
    try {
      await body();
    } catch (error) {
      if (!(error instanceof PlanError)) {
        throw error;
      }
      errors.push(error);
    }
  };
  const work = async () => {
    for (let stack = waiting.shift(); stack !== undefined; stack = waiting.shift()) {
      const one = stack;
      progress.step(`${one.name}: planning`);
      await collecting(async () =>
        planned.push(await planStack(one, { env, interruption, progress, folder, destroy: isDestroyed(one) })),
      );
    }
  };
  try {
    for (const stack of stacks) {
      progress.step(`${stack.name}: initialising`);
      await collecting(async () => {
        await initStack(stack, { env, interruption, progress });
        waiting.push(stack);
      });
    }
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    interruption.check();
    ended.forEach((one) => {
      if (one.status === 'rejected') {
        throw one.reason as Error;
      }
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  if (errors.length > 0) {
    throw new PlanError(
      [...errors.map(({ message }) => message), 'what is destroyed cannot be known: nothing was compared'].join('\n'),
    );
  }
  const inOrder = new Map(stacks.map(({ name }, index) => [name, index]));
  return planned.sort((one, other) => inOrder.get(one.name)! - inOrder.get(other.name)!);
}

/** Says loudly what the comparison does not see. */
function tellUnknown(
  planned: readonly ComparedStack[],
  gone: readonly ComparedStack[],
  unsearched: readonly string[],
  progress: Progress,
): void {
  const names = (all: readonly ComparedStack[]) => all.map(({ name }) => name).join(', ');
  const fresh = planned.filter(({ state }) => recordedIn(state).length === 0);
  if (fresh.length > 0) {
    progress.problem(
      `warning: nothing is deployed of ${names(fresh)}, by the state: if it was deployed before, put its state back first\n`,
    );
  }
  if (gone.length > 0) {
    progress.problem(`warning: deployed, but not in the code: ${names(gone)}; it is compared as its state has it\n`);
  }
  for (const by of planned.flatMap(unknownReferences)) {
    progress.problem(`warning: it is not known what ${by} refers to: set TF_VAR_name of the variable in it\n`);
  }
  for (const where of unsearched) {
    progress.problem(`warning: stacks that are deployed, but not in the code, are not looked for ${where}\n`);
  }
}
