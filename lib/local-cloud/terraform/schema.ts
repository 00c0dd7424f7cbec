import { dataSourceTables, provider, resourceTables } from '../../provider-schema/index';
import { str, type TypeSchema } from '../../provider-schema/table';
import type { Container } from './values';

const NESTING = { single: 1, list: 2, set: 3 };

/** The schemas of all types in the protocol's form. */
export function wireSchemas() {
  const byType = (tables: readonly TypeSchema[]) =>
    Object.fromEntries(tables.map((table) => [table.name, wireSchema(table)]));
  return {
    provider: wireSchema(provider),
    resource_schemas: byType(resourceTables),
    data_source_schemas: byType(dataSourceTables),
  };
}

function wireSchema(table: TypeSchema): object {
  return { version: 0, block: wireBlock(table) };
}

function wireBlock({ attributes, blocks = {}, timeouts }: Container): object {
  const nested = Object.entries(blocks).map(([name, block]) => ({
    type_name: name,
    block: wireBlock(block),
    nesting: NESTING[block.nesting],
    min_items: block.minItems ?? 0,
    max_items: block.maxItems ?? 0,
  }));
  const limits = Object.fromEntries(Object.keys(timeouts ?? {}).map((name) => [name, str({ optional: true })]));
  return {
    attributes: Object.entries(attributes).map(([name, { type, ...facts }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      required: facts.required,
      optional: facts.optional,
      computed: facts.computed,
      sensitive: facts.sensitive,
      deprecated: facts.deprecated,
    })),
    block_types: timeouts
      ? [...nested, { type_name: 'timeouts', block: wireBlock({ attributes: limits }), nesting: NESTING.single }]
      : nested,
  };
}
