import { atPath, readJson, readPath, writeJson } from '../json-text';
import type { Json } from '../json-text';
import { fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';

export const JSON_FUNCTIONS: Functions = {
  json_parse: fn('s:s', (text: string) => canonical(readJson(text) ?? fail(`Cannot convert value to JSON: '${text}'`))),
  json_quote: fn('s:s', (text: string) => JSON.stringify(text)),
  json_extract: fn('ss:s', (text: string, path: string) => {
    const found = inJson(text, path);
    return found ? writeJson(found, { isSorted: false }) : null;
  }),
  json_extract_scalar: fn('ss:s', (text: string, path: string) => {
    const found = inJson(text, path);
    return found ? scalarText(found) : null;
  }),
  json_array_length: fn('s:i', (text: string) => {
    const json = readJson(text);
    return json?.is === 'array' ? BigInt(json.items.length) : null;
  }),
  json_array_get: fn('si:s', (text: string, index: bigint) => {
    const json = readJson(text);
    const found = json?.is === 'array' ? json.items.at(Number(index)) : undefined;
    return !found || found.is === 'null' ? null : found.is === 'string' ? found.value : canonical(found);
  }),
  json_array_contains: fn('sss:b', (text: string, kind: string, value: string) => {
    const json = readJson(text);
    if (json?.is !== 'array') {
      return null;
    }
    return json.items.some((item) =>
      item.is === 'number'
        ? kind === (/[.e]/i.test(item.text) ? 'double' : 'bigint') && Number(item.text) === Number(value)
        : item.is === kind && scalarText(item) === value,
    );
  }),
  json_size: fn('ss:i', (text: string, path: string) => {
    const found = inJson(text, path);
    return found
      ? BigInt(found.is === 'array' ? found.items.length : found.is === 'object' ? found.members.size : 0)
      : null;
  }),
  is_json_scalar: fn('s:b', (text: string) => {
    const json = readJson(text) ?? fail(`Invalid JSON value: ${text}`);
    return json.is !== 'array' && json.is !== 'object';
  }),
  json_text: fn('s:s', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'array' || json.is === 'object' ? fail(`Cannot cast '${text}' to varchar`) : scalarText(json);
  }),
  json_scalar: fn('ss:s', jsonScalar),
  json_items: fn('s:S', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'null'
      ? null
      : json.is === 'array'
        ? json.items.map((item) => canonical(item))
        : fail(`Cannot cast to array: ${text}`);
  }),
  json_keys: fn('s:S', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'null'
      ? null
      : json.is === 'object'
        ? [...json.members.keys()]
        : fail(`Cannot cast to map: ${text}`);
  }),
  json_values: fn('s:S', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'object' ? [...json.members.values()].map((item) => canonical(item)) : null;
  }),
  json_is_null: fn('s:b', (text: string | null) => text === null || readJson(text)?.is === 'null', true),
  json_member: fn('sis:s', (text: string, at: bigint, name: string) => {
    const json = readJson(text)!;
    const found =
      json.is === 'array'
        ? json.items[Number(at) - 1]
        : json.is === 'object'
          ? [...json.members].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
          : fail(`Cannot cast to row: ${text}`);
    return !found || found.is === 'null' ? null : canonical(found);
  }),
  json_array: fn('S:s', (items: (string | null)[]) => `[${items.map((item) => item ?? 'null').join(',')}]`),
  json_object: fn('SS:s', (keys: string[], values: (string | null)[]) => {
    const members = keys
      .map((key, at) => [key, values[at] ?? 'null'] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
  }),
};

const paths = new Map<string, (string | number)[]>();

function inJson(text: string, path: string): Json | undefined {
  let steps = paths.get(path);
  if (!steps) {
    steps = readPath(path) ?? fail(`Invalid JSON path: '${path}'`);
    if (steps.some((step) => typeof step === 'number' && step < 0)) {
      return fail(`Invalid JSON path: '${path}'`);
    }
    if (paths.size > 200) {
      paths.clear();
    }
    paths.set(path, steps);
  }
  const json = readJson(text);
  return json && atPath(json, steps);
}

function canonical(json: Json): string {
  return writeJson(json);
}

function scalarText(json: Json): string | null {
  switch (json.is) {
    case 'string':
      return json.value;
    case 'number':
      return json.text;
    case 'boolean':
      return String(json.value);
    default:
      return null;
  }
}

function jsonScalar(text: string, kind: string): string | null {
  const json = readJson(text)!;
  const bad = (): never => fail(`Cannot cast '${text}' to ${kind}`);
  switch (json.is) {
    case 'null':
      return null;
    case 'boolean':
      return kind === 'boolean' ? String(json.value) : json.value ? '1' : '0';
    case 'number':
      if (kind === 'boolean') {
        return String(Number(json.text) !== 0);
      }
      if (['tinyint', 'smallint', 'integer', 'bigint'].includes(kind)) {
        return /^-?\d+$/.test(json.text) ? json.text : String(Math.round(Number(json.text)));
      }
      return json.text;
    case 'string':
      if (kind === 'boolean') {
        return /^(true|false|t|f|1|0)$/i.test(json.value) ? json.value : bad();
      }
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(json.value) ? json.value : bad();
    default:
      return bad();
  }
}
