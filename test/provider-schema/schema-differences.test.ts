import { describe, expect, it } from 'vitest';
import type { ProviderSchema, SchemaBlock } from '../../lib/provider-schema/schema';
import { schemaDifferences } from '../../lib/provider-schema/schema-differences';

function withTopic(block: SchemaBlock, version = 0): ProviderSchema {
  return {
    provider: { version: 0, block: { attributes: { region: { type: 'string', optional: true } } } },
    resource_schemas: { topic: { version, block } },
    data_source_schemas: {},
  };
}

const TOPIC: SchemaBlock = {
  attributes: { name: { type: 'string', required: true }, tags: { type: ['map', 'string'], optional: true } },
  block_types: {
    rule: { nesting_mode: 'list', max_items: 1, block: { attributes: { days: { type: 'number', optional: true } } } },
  },
};
const RULE = TOPIC.block_types!.rule;

function differencesOf(real: SchemaBlock): string[] {
  return schemaDifferences(withTopic(TOPIC), withTopic(real));
}

describe('schemaDifferences', () => {
  it('finds none between equal schemas', () => {
    expect(differencesOf(structuredClone(TOPIC))).toEqual([]);
  });

  it('does not mind types that only the provider has', () => {
    const real = withTopic(TOPIC);
    const more = { ...real, resource_schemas: { ...real.resource_schemas, queue: { version: 0, block: TOPIC } } };
    expect(schemaDifferences(real, more)).toEqual([]);
  });

  it('takes a member list that is left out for an empty one', () => {
    expect(schemaDifferences(withTopic({ attributes: {}, block_types: {} }), withTopic({}))).toEqual([]);
  });

  it.each<[string, SchemaBlock, string]>([
    [
      'attribute that the table lacks',
      { ...TOPIC, attributes: { ...TOPIC.attributes, perm: { type: 'number', computed: true } } },
      'resource.topic.perm: attribute is missing in the table',
    ],
    [
      'attribute that the provider lacks',
      { ...TOPIC, attributes: { name: TOPIC.attributes!.name } },
      'resource.topic.tags: attribute is in the table, but not in the provider',
    ],
    [
      'type',
      { ...TOPIC, attributes: { ...TOPIC.attributes, tags: { type: ['map', 'number'], optional: true } } },
      'resource.topic.tags: type is ["map","string"] in the table, ["map","number"] in the provider',
    ],
    [
      'sensitive',
      { ...TOPIC, attributes: { ...TOPIC.attributes, name: { type: 'string', required: true, sensitive: true } } },
      'resource.topic.name: sensitive is false in the table, true in the provider',
    ],
    [
      'computed',
      { ...TOPIC, attributes: { ...TOPIC.attributes, name: { type: 'string', required: true, computed: true } } },
      'resource.topic.name: computed is false in the table, true in the provider',
    ],
    [
      'block that the provider lacks',
      { attributes: TOPIC.attributes },
      'resource.topic.rule: block is in the table, but not in the provider',
    ],
    [
      'block that the table lacks',
      { ...TOPIC, block_types: { ...TOPIC.block_types, not: RULE } },
      'resource.topic.not: block is missing in the table',
    ],
    [
      'nesting',
      { ...TOPIC, block_types: { rule: { ...RULE, nesting_mode: 'set' } } },
      'resource.topic.rule: nesting_mode is "list" in the table, "set" in the provider',
    ],
    [
      'most items',
      { ...TOPIC, block_types: { rule: { ...RULE, max_items: undefined } } },
      'resource.topic.rule: max_items is 1 in the table, not set in the provider',
    ],
    [
      'least items',
      { ...TOPIC, block_types: { rule: { ...RULE, min_items: 1 } } },
      'resource.topic.rule: min_items is not set in the table, 1 in the provider',
    ],
    [
      'attribute in a block',
      { ...TOPIC, block_types: { rule: { ...RULE, block: {} } } },
      'resource.topic.rule.days: attribute is in the table, but not in the provider',
    ],
  ])('names a difference in %s', (_what, real, difference) => {
    expect(differencesOf(real)).toEqual([difference]);
  });

  it('names both flags when required became optional', () => {
    const attributes = { ...TOPIC.attributes, name: { type: 'string', optional: true } as const };
    expect(differencesOf({ ...TOPIC, attributes })).toEqual([
      'resource.topic.name: required is true in the table, false in the provider',
      'resource.topic.name: optional is false in the table, true in the provider',
    ]);
  });

  it('names a schema version, a type, a data source and a provider argument that differ', () => {
    const ours = { ...withTopic(TOPIC), data_source_schemas: { topics: { version: 0, block: {} } } };
    expect(schemaDifferences(ours, { ...ours, resource_schemas: { topic: { version: 1, block: TOPIC } } })).toEqual([
      'resource.topic: schema version is 0 in the table, 1 in the provider',
    ]);
    expect(schemaDifferences(ours, { ...ours, resource_schemas: {} })).toEqual([
      'resource.topic: the provider does not have this type',
    ]);
    expect(schemaDifferences(ours, { ...ours, data_source_schemas: {} })).toEqual([
      'data.topics: the provider does not have this type',
    ]);
    expect(schemaDifferences(ours, { ...ours, provider: { version: 0, block: {} } })).toEqual([
      'provider.region: attribute is in the table, but not in the provider',
    ]);
  });
});
