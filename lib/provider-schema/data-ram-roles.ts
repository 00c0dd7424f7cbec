import { objects, str, stringMap, strings, typeTable } from './table';

/** The RAM roles of the account. */
export const dataRamRoles = typeTable({
  name: 'alicloud_ram_roles',
  attributes: {
    ids: strings({ optional: true, computed: true }),
    name_regex: str({ optional: true, regex: true }),
    names: strings({ computed: true }),
    output_file: str({ optional: true }),
    policy_name: str({ optional: true }),
    policy_type: str({ optional: true }),
    roles: objects(
      { computed: true },
      {
        arn: 'string',
        assume_role_policy_document: 'string',
        create_date: 'string',
        document: 'string',
        id: 'string',
        name: 'string',
        tags: ['map', 'string'],
        update_date: 'string',
      },
    ),
    tags: stringMap({ optional: true }),
  },
});
