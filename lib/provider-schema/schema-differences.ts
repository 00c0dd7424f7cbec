import { isDeepStrictEqual } from 'node:util';
import type { ProviderSchema, Schema, SchemaAttribute, SchemaBlock, SchemaBlockType } from './schema';

const FLAGS = ['required', 'optional', 'computed', 'sensitive'] as const;

/**
 * Every difference between our tables and the real provider's schema, one line each. Types that only the real provider
 * has are no difference: the tables hold just the types that this package uses.
 */
export function schemaDifferences(ours: ProviderSchema, real: ProviderSchema): string[] {
  return [
    ...blockDifferences('provider', ours.provider.block, real.provider.block),
    ...typeDifferences('resource', ours.resource_schemas, real.resource_schemas),
    ...typeDifferences('data', ours.data_source_schemas, real.data_source_schemas),
  ];
}

type Schemas = { readonly [type: string]: Schema };

function typeDifferences(kind: string, ours: Schemas, real: Schemas = {}): string[] {
  return Object.entries(ours).flatMap(([type, { version, block }]) => {
    const path = `${kind}.${type}`;
    const other = real[type];
    if (!other) {
      return [`${path}: the provider does not have this type`];
    }
    const versions = version === other.version ? [] : [mismatch(path, 'schema version', version, other.version)];
    return [...versions, ...blockDifferences(path, block, other.block)];
  });
}

function blockDifferences(path: string, ours: SchemaBlock, real: SchemaBlock): string[] {
  return [
    ...memberDifferences(path, 'attribute', ours.attributes, real.attributes, attributeDifferences),
    ...memberDifferences(path, 'block', ours.block_types, real.block_types, blockTypeDifferences),
  ];
}

function memberDifferences<M>(
  path: string,
  kind: string,
  ours: { readonly [name: string]: M } = {},
  real: { readonly [name: string]: M } = {},
  differences: (path: string, ours: M, real: M) => string[],
): string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(real)])].sort();
  return names.flatMap((name) => {
    const member = `${path}.${name}`;
    if (!(name in real)) {
      return [`${member}: ${kind} is in the table, but not in the provider`];
    }
    if (!(name in ours)) {
      return [`${member}: ${kind} is missing in the table`];
    }
    return differences(member, ours[name], real[name]);
  });
}

function attributeDifferences(path: string, ours: SchemaAttribute, real: SchemaAttribute): string[] {
  const types = isDeepStrictEqual(ours.type, real.type) ? [] : [mismatch(path, 'type', ours.type, real.type)];
  const flags = FLAGS.filter((flag) => Boolean(ours[flag]) !== Boolean(real[flag]));
  return [...types, ...flags.map((flag) => mismatch(path, flag, Boolean(ours[flag]), Boolean(real[flag])))];
}

function blockTypeDifferences(path: string, ours: SchemaBlockType, real: SchemaBlockType): string[] {
  const shape = (['nesting_mode', 'min_items', 'max_items'] as const).filter((key) => ours[key] !== real[key]);
  return [
    ...shape.map((key) => mismatch(path, key, ours[key], real[key])),
    ...blockDifferences(path, ours.block, real.block),
  ];
}

function mismatch(path: string, what: string, ours: unknown, real: unknown): string {
  return `${path}: ${what} is ${schemaText(ours)} in the table, ${schemaText(real)} in the provider`;
}

function schemaText(value: unknown): string {
  return JSON.stringify(value) ?? 'not set';
}
