import type { Attribute } from '../../provider-schema/table';
import { UNKNOWN, type Container, type Value, type Values } from './values';

/**
 * The state of a resource: what the account has, and for what the account does not tell (`force_destroy`, `timeouts`)
 * what the state or plan had before. An argument that was left out stays left out while the account has nothing there.
 */
export function mergeState(container: Container, before: Values, actual: Values): Values {
  const state: Values = {};
  for (const [name, attribute] of Object.entries(container.attributes)) {
    const previous = known(before[name]);
    const value = name in actual ? actual[name] : previous;
    state[name] = canBeLeftOut(attribute) && isEmpty(value) && isEmpty(previous) ? previous : value;
  }
  for (const [name, block] of Object.entries(container.blocks ?? {})) {
    const earlier = (known(before[name]) ?? []) as Values[];
    const items = (name in actual ? actual[name] : earlier) as Values[];
    // The elements of a set have no position by which an earlier one could be recognised.
    state[name] =
      block.nesting === 'list' ? items.map((item, index) => mergeState(block, earlier[index] ?? {}, item)) : items;
  }
  if (container.timeouts) {
    state.timeouts = known(before.timeouts);
  }
  return state;
}

/** Whether a configuration may leave the argument out, so that nobody else fills it in. */
function canBeLeftOut({ optional, computed }: Attribute): boolean {
  return Boolean(optional && !computed);
}

function known(value: Value | undefined): Value {
  return value === UNKNOWN || value === undefined ? null : value;
}

function isEmpty(value: Value): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}
