import { bool, num, objects, str, stringMap, strings, typeTable } from './table';

/** The MQ instances of a region. */
export const dataOnsInstances = typeTable({
  name: 'alicloud_ons_instances',
  attributes: {
    enable_details: bool({ optional: true, default: false }),
    ids: strings({ optional: true, computed: true }),
    instances: objects(
      { computed: true },
      {
        http_internal_endpoint: 'string',
        http_internet_endpoint: 'string',
        http_internet_secure_endpoint: 'string',
        id: 'string',
        independent_naming: 'bool',
        instance_id: 'string',
        instance_name: 'string',
        instance_status: 'number',
        instance_type: 'number',
        release_time: 'string',
        remark: 'string',
        status: 'number',
        tags: ['map', 'string'],
        tcp_endpoint: 'string',
      },
    ),
    name_regex: str({ optional: true, regex: true }),
    names: strings({ computed: true }),
    output_file: str({ optional: true }),
    status: num({ optional: true, allowed: [0, 2, 5, 7] }),
    tags: stringMap({ optional: true }),
  },
});
