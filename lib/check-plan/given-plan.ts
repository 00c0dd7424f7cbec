import { UsageError } from '../cli/command-line';
import type { ComparedStack, PlanDocument, StateDocument, SynthesizedStack } from './documents';
import { terraformIn } from './stack-plan';
import { readJson, type SynthesizedStackFolder } from './synthesized-app';

const FORM = 'expected --plan STACK=FILE';

/** What is needed of what `terraform show -json` tells of a plan. */
interface GivenPlan extends PlanDocument {
  readonly format_version?: string;
  readonly errored?: boolean;
  readonly planned_values?: object;
  readonly configuration?: {
    readonly root_module?: { readonly resources?: readonly { readonly mode: string; readonly address: string }[] };
  };
  readonly prior_state?: {
    readonly values?: { readonly root_module?: { readonly resources?: readonly PriorResource[] } };
  };
}

interface PriorResource {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Stacks whose plans are read from files.
 *
 * @param texts `STACK=FILE`
 * @throws UsageError for another form, a stack that is not there, and a file that has no whole plan of it
 */
export function givenPlans(texts: readonly string[], stacks: readonly SynthesizedStackFolder[]): ComparedStack[] {
  const given = texts.map((text) => {
    const at = text.indexOf('=');
    const [name, file] = [text.slice(0, at), text.slice(at + 1)];
    const stack = stacks.find((one) => one.name === name);
    if (at < 1 || stack === undefined) {
      throw new UsageError(
        `${FORM} with one of ${stacks.map((one) => one.name).join(', ')}, got ${JSON.stringify(text)}`,
      );
    }
    const plan = readJson(file, 'write it by terraform show -json of a saved plan') as GivenPlan;
    if (plan.format_version === undefined || plan.planned_values === undefined) {
      throw new UsageError(
        `${name}: expected in ${file} what terraform show -json tells of a plan, got something else`,
      );
    }
    if (plan.errored) {
      throw new UsageError(`${name}: expected a whole plan in ${file}, got one that failed`);
    }
    const { configuration, folder } = stack;
    const other = differenceOf(addressesOfPlan(plan), addressesOf(configuration));
    if (other !== undefined) {
      throw new UsageError(`${name}: expected in ${file} a plan of this stack as it is synthesised, got one ${other}`);
    }
    return { name, command: terraformIn(folder, process.env), configuration, plan, state: priorState(plan) };
  });
  const twice = given.find(({ name }, index) => given.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) {
    throw new UsageError(`${FORM} once for a stack, got ${twice.name} several times`);
  }
  return given;
}

function addressesOfPlan({ configuration }: GivenPlan): string[] {
  const resources = configuration?.root_module?.resources ?? [];
  return resources.filter(({ mode }) => mode === 'managed').map(({ address }) => address);
}

function addressesOf({ resource = {} }: SynthesizedStack): string[] {
  return Object.entries(resource).flatMap(([type, ofType]) => Object.keys(ofType).map((name) => `${type}.${name}`));
}

function differenceOf(planned: readonly string[], synthesized: readonly string[]): string | undefined {
  const more = planned.find((address) => !synthesized.includes(address));
  const missing = synthesized.find((address) => !planned.includes(address));
  return more !== undefined ? `with ${more}` : missing && `without ${missing}`;
}

/** A plan does not tell by which alias of its provider something was made. */
function priorState({ prior_state: prior }: GivenPlan): StateDocument {
  return {
    resources: prior?.values?.root_module?.resources?.map(({ mode, type, name, index, values }) => ({
      ...{ mode, type, name },
      instances: [{ index_key: index, attributes: values }],
    })),
  };
}
