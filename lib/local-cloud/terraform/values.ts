import { isDeepStrictEqual } from 'node:util';
import type { Attribute, Block, TypeSchema, ValueType } from '../../provider-schema/table';
import { ProviderError } from './diagnostics';

/** A value that Terraform does not know before the apply. */
export const UNKNOWN = Symbol('unknown');

/** A value of Terraform's type system. Lists and sets are arrays, maps and objects are objects. */
export type Value = null | string | number | boolean | typeof UNKNOWN | Value[] | Values;

/** The attributes and blocks of one object. */
export type Values = { [name: string]: Value };

/** What has attributes and blocks: a table, or a block in one. */
export type Container = Pick<TypeSchema, 'attributes' | 'blocks' | 'timeouts'>;

/**
 * Brings an object into the shape of its table: every attribute is there, missing ones as null, and unknown names are
 * dropped. Terraform accepts nothing less.
 *
 * @throws ProviderError where a value is of another type
 */
export function conform(container: Container, raw: unknown): Values {
  const given = objectOf(raw);
  const values: Values = {};
  for (const [name, { type }] of Object.entries(container.attributes)) {
    values[name] = conformValue(type, given[name] ?? null, name);
  }
  for (const [name, block] of Object.entries(container.blocks ?? {})) {
    values[name] = conformBlock(block, given[name] ?? [], name);
  }
  if (container.timeouts) {
    const limits = given.timeouts ?? null;
    const type = [
      'object',
      Object.fromEntries(Object.keys(container.timeouts).map((name) => [name, 'string'])),
    ] as const;
    values.timeouts = conformValue(type as ValueType, limits, 'timeouts');
  }
  return values;
}

function conformBlock(block: Block, raw: unknown, name: string): Value {
  if (raw === UNKNOWN) {
    return UNKNOWN;
  }
  if (!Array.isArray(raw)) {
    throw malformed(name, 'a list of blocks', raw);
  }
  return raw.map((item) => conform(block, item));
}

function conformValue(type: ValueType, raw: unknown, name: string): Value {
  if (raw === null || raw === UNKNOWN) {
    return raw;
  }
  switch (type) {
    case 'string':
      if (typeof raw !== 'string') {
        throw malformed(name, 'text', raw);
      }
      return raw;
    case 'number': {
      // Numbers that fit neither an integer nor a double travel as text.
      const number = typeof raw === 'string' && raw !== '' ? Number(raw) : raw;
      if (typeof number !== 'number' || Number.isNaN(number)) {
        throw malformed(name, 'a number', raw);
      }
      return number;
    }
    case 'bool':
      if (typeof raw !== 'boolean') {
        throw malformed(name, 'true or false', raw);
      }
      return raw;
  }
  if (type[0] === 'object') {
    const given = objectOf(raw);
    return Object.fromEntries(
      Object.entries(type[1]).map(([member, of]) => [member, conformValue(of, given[member] ?? null, name)]),
    );
  }
  if (type[0] === 'map') {
    return Object.fromEntries(
      Object.entries(objectOf(raw)).map(([key, value]) => [key, conformValue(type[1], value, name)]),
    );
  }
  if (!Array.isArray(raw)) {
    throw malformed(name, `a ${type[0]}`, raw);
  }
  return raw.map((item) => conformValue(type[1], item, name));
}

function objectOf(raw: unknown): { [name: string]: unknown } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw malformed('the value', 'an object', raw);
  }
  return raw as { [name: string]: unknown };
}

function malformed(name: string, expected: string, raw: unknown): ProviderError {
  const received = raw === null ? 'null' : Array.isArray(raw) ? 'a list' : `a value of type ${typeof raw}`;
  return new ProviderError('malformed value', `${name}: expected ${expected}, got ${received}`);
}

/** Whether two values of one type are equal: the order in a set does not count. */
export function equal(type: ValueType, a: Value, b: Value): boolean {
  if (Array.isArray(type) && type[0] === 'set') {
    return equalSets(a, b);
  }
  return isDeepStrictEqual(a, b);
}

/** Whether two sets have the same elements. */
export function equalSets(a: Value, b: Value): boolean {
  return isDeepStrictEqual(inOneOrder(a), inOneOrder(b));
}

function inOneOrder(set: Value): unknown {
  const text = (element: Value) =>
    JSON.stringify(element, (_name, value: unknown) => (value === UNKNOWN ? { unknown: true } : value));
  return Array.isArray(set) ? set.map(text).sort() : set;
}

/** Whether two values mean the same to the provider, though they may be written differently. */
export function meansTheSame({ type, equivalence }: Attribute, a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') {
    if (equivalence === 'json') {
      const [left, right] = [parseJson(a), parseJson(b)];
      return left === undefined || right === undefined ? a === b : isDeepStrictEqual(left, right);
    }
    if (equivalence === 'instant') {
      return Date.parse(a) === Date.parse(b) || a === b;
    }
  }
  return equal(type, a, b);
}

/** The JSON value of a text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Typed access to an object whose shape `conform` has checked. What is null or unknown is undefined here. */
export class AttributeValues {
  constructor(public readonly values: Values) {}

  public str(name: string): string | undefined {
    return this.known(name) as string | undefined;
  }

  public num(name: string): number | undefined {
    return this.known(name) as number | undefined;
  }

  public bool(name: string): boolean | undefined {
    return this.known(name) as boolean | undefined;
  }

  public strings(name: string): string[] {
    return (this.known(name) ?? []) as string[];
  }

  public map(name: string): Record<string, string> {
    return (this.known(name) ?? {}) as Record<string, string>;
  }

  public blocks(name: string): AttributeValues[] {
    return ((this.known(name) ?? []) as Values[]).map((values) => new AttributeValues(values));
  }

  public block(name: string): AttributeValues | undefined {
    return this.blocks(name).at(0);
  }

  /** The value under either spelling of an argument that was renamed. */
  public currentOrDeprecated(current: string, old: string): string {
    const value = this.str(current) ?? this.str(old);
    if (value === undefined) {
      throw new ProviderError(`missing argument ${current}`, `expected one of ${current} and ${old}, got neither`, [
        current,
      ]);
    }
    return value;
  }

  private known(name: string): unknown {
    const value = this.values[name];
    return value === null || value === UNKNOWN ? undefined : value;
  }
}
