import { CloudError } from '../account/cloud-error';
import type { Tags } from '../account/ram';
import { excerpt } from '../account/excerpt';

/** Parameters of a call, from its query and its form. */
export type Parameters = ReadonlyMap<string, string>;

/** Reads one parameter by its name. */
export type ParameterParser<T> = (name: string, parameters: Parameters) => T;

export type ParameterTable = Readonly<Record<string, ParameterParser<unknown>>>;

export type ValuesOf<P extends ParameterTable> = { readonly [K in keyof P]: ReturnType<P[K]> };

export function valuesOf<P extends ParameterTable>(table: P, parameters: Parameters): ValuesOf<P> {
  return Object.fromEntries(Object.entries(table).map(([name, kind]) => [name, kind(name, parameters)])) as ValuesOf<P>;
}

/** A text that must be given. */
export const text: ParameterParser<string> = (name, parameters) => {
  const value = parameters.get(name);
  if (value === undefined || value === '') {
    throw new CloudError(`MissingParameter`, `The parameter ${name} is mandatory and missing`);
  }
  return value;
};

export const optionalText: ParameterParser<string | undefined> = (name, parameters) => parameters.get(name);

/** A whole number that may be left out. */
export const integer: ParameterParser<number | undefined> = (name, parameters) => {
  const value = parameters.get(name);
  if (value === undefined || value === '') {
    return undefined;
  }
  if (!/^-?\d{1,15}$/.test(value)) {
    throw new CloudError(`InvalidParameter.${name}`, `${name}: expected a whole number, got ${excerpt(value)}`);
  }
  return Number(value);
};

/** `true` or `false`, which may be left out. */
export const flag: ParameterParser<boolean | undefined> = (name, parameters) => {
  const value = parameters.get(name);
  if (value === undefined || value === '') {
    return undefined;
  }
  if (!/^(true|false)$/i.test(value)) {
    throw new CloudError(`InvalidParameter.${name}`, `${name}: expected true or false, got ${excerpt(value)}`);
  }
  return value.toLowerCase() === 'true';
};

/** A list of texts: `Name.1`, `Name.2` …, or a JSON list. */
export const list: ParameterParser<string[]> = (name, parameters) => {
  const json = jsonList(name, parameters);
  return json ? json.map(String) : indices(name, parameters).map((index) => parameters.get(`${name}.${index}`) ?? '');
};

/** Tags: `Tag.1.Key`, `Tag.1.Value` …, or a JSON list of objects with Key and Value. */
export const tags: ParameterParser<Tags> = (name, parameters) => {
  const json = jsonList(name, parameters) as { Key?: unknown; Value?: unknown }[] | undefined;
  const pairs = json
    ? json.map((tag) => [String(tag?.Key ?? ''), String(tag?.Value ?? '')])
    : indices(name, parameters).map((index) =>
        ['Key', 'Value'].map((part) => parameters.get(`${name}.${index}.${part}`) ?? ''),
      );
  const unnamed = pairs.find(([key]) => key === '');
  if (unnamed) {
    throw new CloudError(`InvalidParameter.${name}`, `${name} holds a tag without a key`);
  }
  return Object.fromEntries(pairs) as Tags;
};

const MAX_INDEX = 100;

/** The numbers after `name.`, in order. */
function indices(name: string, parameters: Parameters): number[] {
  const found = new Set<number>();
  for (const key of parameters.keys()) {
    const [, index] = key.startsWith(`${name}.`) ? (/^(\d{1,9})(?:\.|$)/.exec(key.slice(name.length + 1)) ?? []) : [];
    if (index !== undefined) {
      found.add(Number(index));
    }
  }
  if (found.size > MAX_INDEX) {
    throw new CloudError(`InvalidParameter.${name}`, `${name}: expected up to ${MAX_INDEX} members, got ${found.size}`);
  }
  return [...found].sort((a, b) => a - b);
}

function jsonList(name: string, parameters: Parameters): unknown[] | undefined {
  const value = parameters.get(name);
  if (value === undefined || value === '') {
    return undefined;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = undefined;
  }
  if (!Array.isArray(parsed) || parsed.length > MAX_INDEX) {
    const got = Array.isArray(parsed) ? `${parsed.length} members` : excerpt(value);
    throw new CloudError(
      `InvalidParameter.${name}`,
      `${name}: expected a JSON list of up to ${MAX_INDEX} members, got ${got}`,
    );
  }
  return parsed as unknown[];
}
