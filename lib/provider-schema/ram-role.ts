import { bool, num, str, stringMap, stringSet, typeTable } from './table';

/** A RAM role. */
export const ramRole = typeTable({
  name: 'alicloud_ram_role',
  attributes: {
    arn: str({ computed: true }),
    assume_role_policy_document: str({
      optional: true,
      computed: true,
      json: true,
      equivalence: 'json',
      conflictsWith: ['document', 'version', 'ram_users', 'services'],
    }),
    create_time: str({ computed: true }),
    description: str({ optional: true }),
    document: str({
      optional: true,
      computed: true,
      deprecated: true,
      json: true,
      equivalence: 'json',
      conflictsWith: ['assume_role_policy_document', 'version', 'ram_users', 'services'],
    }),
    force: bool({ optional: true }),
    max_session_duration: num({ optional: true, computed: true }),
    name: str({ optional: true, computed: true, deprecated: true, forceNew: true, conflictsWith: ['role_name'] }),
    ram_users: stringSet({
      optional: true,
      computed: true,
      deprecated: true,
      conflictsWith: ['assume_role_policy_document', 'document'],
    }),
    role_id: str({ computed: true }),
    role_name: str({ optional: true, computed: true, forceNew: true, conflictsWith: ['name'] }),
    services: stringSet({
      optional: true,
      computed: true,
      deprecated: true,
      conflictsWith: ['assume_role_policy_document', 'document'],
    }),
    tags: stringMap({ optional: true }),
    version: str({
      optional: true,
      deprecated: true,
      default: '1',
      allowed: ['1'],
      conflictsWith: ['assume_role_policy_document', 'document'],
    }),
  },
  timeouts: { create: '5m', update: '5m', delete: '5m' },
  importable: true,
});
