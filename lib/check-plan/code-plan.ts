import type { Environment } from '../smoke/environment';
import type { PlanDocument, ResourceChange, StateDocument, SynthesizedStack, Values } from './documents';
import { KINDS, textOf } from './kinds';
import { recordedIn } from './recorded-stack';
import { type VariableValues, variablesOf, withVariables } from './variables';

/** A synthesised stack with blocks of Terraform that say where resources went. */
export interface SynthesizedCode extends SynthesizedStack {
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
  readonly removed?: readonly { readonly from: string; readonly lifecycle?: { readonly destroy?: boolean } }[];
}

/**
 * What a plan would say of names and addresses, from the code and the state alone: Terraform cannot plan a stack that reads
 * outputs which are not there yet.
 */
export function planOfCode(configuration: SynthesizedCode, state: StateDocument, env: Environment): PlanDocument {
  const variables = variablesOf(configuration, env);
  const moves = new Map((configuration.moved ?? []).map(({ from, to }) => [from, to]));
  const forgotten = (configuration.removed ?? [])
    .filter(({ lifecycle }) => lifecycle?.destroy === false)
    .map(({ from }) => from);
  const wanted = wantedBy(configuration, variables);
  const recorded = recordedIn(state).map(({ address: previous, values }) => ({
    ...{ previous, values, address: movedTo(moves, previous) },
  }));
  const ofCode = (address: string) => address.replace(/\[[^\]]*\]$/, '');
  const known = new Set(recorded.map(({ address }) => ofCode(address)));
  return {
    variables,
    resource_changes: [
      ...recorded.map(({ address, previous, values }): ResourceChange => {
        const after = wanted.get(ofCode(address));
        const [type, name] = ofCode(address).split('.').slice(-2);
        return {
          ...{ address, previous_address: previous, mode: 'managed', type, name },
          change:
            after === undefined
              ? // What modules make is not in the code.
                address.startsWith('module.')
                ? { actions: ['no-op'], before: values, after: values }
                : { actions: [forgotten.includes(ofCode(address)) ? 'forget' : 'delete'], before: values, after: null }
              : changeOf(type, values, after),
        };
      }),
      ...[...wanted]
        .filter(([address]) => !known.has(address))
        .map(([address, after]): ResourceChange => {
          const [type, name] = address.split('.');
          return { ...{ address, mode: 'managed', type, name }, change: { actions: ['create'], before: null, after } };
        }),
    ],
  };
}

/** What Terraform knows before an apply of the resources that the code has, by address. */
function wantedBy({ resource = {} }: SynthesizedStack, variables: VariableValues): Map<string, Values> {
  return new Map(
    Object.entries(resource).flatMap(([type, all]) =>
      Object.entries(all)
        .filter(([, { count }]) => count !== 0)
        .map(([name, values]): [string, Values] => [
          `${type}.${name}`,
          Object.fromEntries(
            Object.entries(values)
              .map(([attribute, value]) => [
                attribute,
                typeof value === 'string' ? withVariables(value, variables) : value,
              ])
              .filter(([, value]) => typeof value !== 'string' || !value.includes('${')),
          ) as Values,
        ]),
    ),
  );
}

function movedTo(moves: ReadonlyMap<string, string>, address: string): string {
  const to = moves.get(address);
  return to === undefined || to === address
    ? address
    : movedTo(new Map([...moves].filter(([from]) => from !== address)), to);
}

/** A name that is another one has the thing replaced; one that is not known yet is taken for the same. */
function changeOf(type: string, before: Values, after: Values): ResourceChange['change'] {
  const kind = KINDS[type];
  const names = kind === undefined ? [] : [kind.name, ...(kind.instance === undefined ? [] : [[kind.instance]])];
  const replaced = names.filter((attributes) => {
    const name = textOf(after, ...attributes);
    return name !== undefined && name !== textOf(before, ...attributes);
  });
  return replaced.length === 0
    ? { actions: ['no-op'], before, after: before }
    : { actions: ['delete', 'create'], before, after, replace_paths: replaced.map(([attribute]) => [attribute]) };
}
