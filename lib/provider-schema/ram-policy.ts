import { bool, num, str, stringMap, strings, typeTable } from './table';

/** A custom policy of RAM. */
export const ramPolicy = typeTable({
  name: 'alicloud_ram_policy',
  attributes: {
    attachment_count: num({ computed: true }),
    create_time: str({ computed: true }),
    default_version: str({ computed: true }),
    description: str({ optional: true }),
    document: str({
      optional: true,
      computed: true,
      deprecated: true,
      json: true,
      equivalence: 'json',
      conflictsWith: ['policy_document', 'version', 'statement'],
    }),
    force: bool({ optional: true }),
    name: str({ optional: true, computed: true, deprecated: true, forceNew: true, conflictsWith: ['policy_name'] }),
    policy_document: str({
      optional: true,
      computed: true,
      json: true,
      equivalence: 'json',
      conflictsWith: ['document', 'version', 'statement'],
    }),
    policy_name: str({ optional: true, computed: true, forceNew: true, conflictsWith: ['name'] }),
    rotate_strategy: str({ optional: true, allowed: ['None', 'DeleteOldestNonDefaultVersionWhenLimitExceeded'] }),
    tags: stringMap({ optional: true }),
    type: str({ computed: true }),
    version: str({ optional: true, deprecated: true, default: '1', allowed: ['1'], conflictsWith: ['document'] }),
    version_id: str({ computed: true }),
  },
  blocks: {
    statement: {
      nesting: 'set',
      computed: true,
      deprecated: true,
      conflictsWith: ['document'],
      attributes: {
        action: strings({ required: true }),
        effect: str({ required: true, allowed: ['Allow', 'Deny'] }),
        resource: strings({ required: true }),
      },
    },
  },
  timeouts: { create: '5m', update: '5m', delete: '26m' },
  importable: true,
});
