import type { Attribute, Block } from '../../provider-schema/table';
import type { Path } from './diagnostics';
import type { Resource } from './resource';
import {
  equal,
  equalSets,
  AttributeValues,
  meansTheSame,
  UNKNOWN,
  type Container,
  type Value,
  type Values,
} from './values';

export interface Plan {
  readonly planned: Values;
  /** Arguments whose change needs a new resource. */
  readonly requiresReplace: readonly Path[];
}

/** What a resource will be after the configuration is applied; `prior` is null when it does not exist yet. */
export function planChange(resource: Resource, config: Values, prior: Values | null): Plan {
  const { table, aliases = [], unknownOnChange = {} } = resource;
  const planned = planObject(table, config, prior);
  for (const [left, right] of aliases) {
    if (config[left] === null && config[right] !== null) {
      planned[left] = planned[right];
    } else if (config[right] === null && config[left] !== null) {
      planned[right] = planned[left];
    }
  }
  if (!prior) {
    return { planned, requiresReplace: [] };
  }
  const changed = (name: string) =>
    name in table.attributes
      ? !equal(table.attributes[name].type, planned[name], prior[name])
      : !equalSets(planned[name], prior[name]);
  for (const [trigger, dependents] of Object.entries(unknownOnChange)) {
    if (changed(trigger)) {
      for (const name of dependents.filter((dependent) => isUnset(config[dependent]))) {
        planned[name] = UNKNOWN;
      }
    }
  }
  const replacing = Object.keys(table.attributes).filter((name) => table.attributes[name].forceNew && changed(name));
  return { planned, requiresReplace: replacing.map((name) => [name]) };
}

function planObject(container: Container, config: Values, prior: Values | null): Values {
  const planned: Values = {};
  for (const [name, attribute] of Object.entries(container.attributes)) {
    planned[name] = planAttribute(name, attribute, config, prior);
  }
  for (const [name, block] of Object.entries(container.blocks ?? {})) {
    planned[name] = planBlocks(name, block, config, prior);
  }
  if (container.timeouts) {
    planned.timeouts = config.timeouts;
  }
  return planned;
}

function planAttribute(name: string, attribute: Attribute, config: Values, prior: Values | null): Value {
  const wanted = config[name];
  if (wanted !== null) {
    const kept = prior && (isIgnored(attribute, config) || meansTheSame(attribute, wanted, prior[name]));
    return kept ? prior[name] : wanted;
  }
  if (attribute.default !== undefined) {
    return attribute.default;
  }
  if (attribute.computed) {
    return prior ? prior[name] : UNKNOWN;
  }
  return null;
}

function isIgnored({ comparedIf = {} }: Attribute, config: Values): boolean {
  return Object.entries(comparedIf).some(([other, value]) => config[other] !== value);
}

function planBlocks(name: string, block: Block, config: Values, prior: Values | null): Value {
  if (config[name] === UNKNOWN) {
    return UNKNOWN;
  }
  if (block.computed && isUnset(config[name])) {
    return prior ? prior[name] : UNKNOWN;
  }
  const before = prior ? new AttributeValues(prior).blocks(name) : [];
  return new AttributeValues(config).blocks(name).map(({ values }, index) => {
    // The elements of a set have no position by which an earlier one could be recognised.
    const earlier = block.nesting === 'list' ? before.at(index) : undefined;
    return planObject(block, values, earlier?.values ?? null);
  });
}

function isUnset(value: Value): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
