import { UsageError } from '../cli/command-line';
import type { ComparedStack, PlanDocument, StateDocument, SynthesizedStack, Values } from './documents';
import { KINDS, textOf } from './kinds';
import { terraformIn } from './stack-plan';
import { readJson, type SynthesizedStackFolder } from './synthesized-app';

const FORM = 'expected --plan STACK=FILE';

/** What is needed of what `terraform show -json` tells of a plan. */
interface GivenPlan extends PlanDocument {
  readonly format_version?: string;
  readonly errored?: boolean;
  readonly planned_values?: object;
  readonly configuration?: {
    readonly root_module?: { readonly resources?: readonly PlannedResource[] };
  };
  readonly prior_state?: {
    readonly values?: { readonly root_module?: { readonly resources?: readonly PriorResource[] } };
  };
}

/** A resource as the code that was planned has it. */
interface PlannedResource {
  readonly mode: string;
  readonly address: string;
  readonly type: string;
  readonly expressions?: Readonly<Record<string, { readonly constant_value?: unknown } | undefined>>;
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
    const other = differenceOf(plan, configuration);
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

/** Addresses and names: those of environments of one code are alike but for the names. */
function differenceOf({ configuration }: GivenPlan, { resource = {} }: SynthesizedStack): string | undefined {
  const planned = (configuration?.root_module?.resources ?? []).filter(({ mode }) => mode === 'managed');
  const synthesized = new Map<string, Values>(
    Object.entries(resource).flatMap(([type, ofType]) =>
      Object.entries(ofType).map(([name, values]) => [`${type}.${name}`, values]),
    ),
  );
  const more = planned.find(({ address }) => !synthesized.has(address));
  if (more !== undefined) {
    return `with ${more.address}`;
  }
  const missing = [...synthesized.keys()].find((address) => !planned.some((one) => one.address === address));
  if (missing !== undefined) {
    return `without ${missing}`;
  }
  return planned.flatMap((one) => otherNames(one, synthesized.get(one.address)!)).at(0);
}

/** Only what both have as literals can be compared. */
function otherNames({ type, address, expressions = {} }: PlannedResource, synthesized: Values): string[] {
  const { name = [], instance } = KINDS[type] ?? {};
  return [...name, ...(instance === undefined ? [] : [instance])].flatMap((attribute) => {
    const [planned, now] = [expressions[attribute]?.constant_value, textOf(synthesized, attribute)];
    const isKnown = typeof planned === 'string' && now !== undefined && !/[$%]\{/.test(now);
    return isKnown && planned !== now ? [`where ${address} has ${attribute} ${planned}, and not ${now}`] : [];
  });
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
