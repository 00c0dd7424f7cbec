import { BUCKET_ACLS, ENCRYPTION_ALGORITHMS, REDUNDANCY_TYPES, STORAGE_CLASSES } from '../cloud/limits';
import { BUCKET_NAME } from '../cloud/names';
import { bool, num, str, stringMap, strings, typeTable } from './table';

/** An OSS bucket. */
export const ossBucket = typeTable({
  name: 'alicloud_oss_bucket',
  attributes: {
    acl: str({
      optional: true,
      computed: true,
      deprecated: true,
      allowed: BUCKET_ACLS,
    }),
    bucket: str({ optional: true, computed: true, forceNew: true, length: BUCKET_NAME.length }),
    creation_date: str({ computed: true }),
    extranet_endpoint: str({ computed: true }),
    force_destroy: bool({ optional: true, default: false }),
    intranet_endpoint: str({ computed: true }),
    lifecycle_rule_allow_same_action_overlap: bool({ optional: true, default: false }),
    location: str({ computed: true }),
    logging_isenable: bool({ optional: true, deprecated: true }),
    owner: str({ computed: true }),
    policy: str({ optional: true }),
    redundancy_type: str({ optional: true, forceNew: true, default: 'LRS', allowed: REDUNDANCY_TYPES }),
    resource_group_id: str({ optional: true, computed: true }),
    storage_class: str({
      optional: true,
      forceNew: true,
      default: 'Standard',
      allowed: STORAGE_CLASSES,
    }),
    tags: stringMap({ optional: true }),
  },
  blocks: {
    access_monitor: {
      nesting: 'list',
      maxItems: 1,
      computed: true,
      attributes: {
        status: str({ optional: true, computed: true, allowed: ['Enabled', 'Disabled'] }),
      },
    },
    cors_rule: {
      nesting: 'list',
      maxItems: 10,
      attributes: {
        allowed_headers: strings({ optional: true }),
        allowed_methods: strings({ required: true }),
        allowed_origins: strings({ required: true }),
        expose_headers: strings({ optional: true }),
        max_age_seconds: num({ optional: true }),
      },
    },
    lifecycle_rule: {
      nesting: 'list',
      maxItems: 1000,
      attributes: {
        enabled: bool({ required: true }),
        id: str({ optional: true, computed: true, length: [0, 255] }),
        prefix: str({ optional: true, default: '' }),
        tags: stringMap({ optional: true }),
      },
      blocks: {
        abort_multipart_upload: {
          nesting: 'set',
          attributes: {
            created_before_date: str({ optional: true, date: true }),
            days: num({ optional: true }),
          },
        },
        expiration: {
          nesting: 'set',
          attributes: {
            created_before_date: str({ optional: true, date: true }),
            date: str({ optional: true, date: true }),
            days: num({ optional: true }),
            expired_object_delete_marker: bool({ optional: true }),
          },
        },
        filter: {
          nesting: 'list',
          maxItems: 1,
          attributes: {
            object_size_greater_than: num({ optional: true, range: [1, Infinity] }),
            object_size_less_than: num({ optional: true, range: [1, Infinity] }),
          },
          blocks: {
            not: {
              nesting: 'list',
              maxItems: 1,
              attributes: {
                prefix: str({ optional: true }),
              },
              blocks: {
                tag: {
                  nesting: 'list',
                  maxItems: 1,
                  attributes: {
                    key: str({ required: true }),
                    value: str({ required: true }),
                  },
                },
              },
            },
          },
        },
        noncurrent_version_expiration: {
          nesting: 'set',
          attributes: {
            days: num({ required: true }),
          },
        },
        noncurrent_version_transition: {
          nesting: 'set',
          attributes: {
            days: num({ required: true }),
            is_access_time: bool({ optional: true }),
            return_to_std_when_visit: bool({ optional: true }),
            storage_class: str({
              required: true,
              allowed: STORAGE_CLASSES,
            }),
          },
        },
        transitions: {
          nesting: 'set',
          attributes: {
            created_before_date: str({ optional: true, date: true }),
            days: num({ optional: true }),
            is_access_time: bool({ optional: true }),
            return_to_std_when_visit: bool({ optional: true }),
            storage_class: str({
              required: true,
              allowed: STORAGE_CLASSES,
            }),
          },
        },
      },
    },
    logging: {
      nesting: 'list',
      maxItems: 1,
      attributes: {
        target_bucket: str({ required: true }),
        target_prefix: str({ optional: true }),
      },
    },
    referer_config: {
      nesting: 'list',
      maxItems: 1,
      attributes: {
        allow_empty: bool({ optional: true, computed: true }),
        referers: strings({ required: true }),
      },
    },
    server_side_encryption_rule: {
      nesting: 'list',
      maxItems: 1,
      attributes: {
        kms_data_encryption: str({ optional: true, allowed: ['SM4', ''] }),
        kms_master_key_id: str({ optional: true }),
        sse_algorithm: str({ required: true, allowed: ENCRYPTION_ALGORITHMS }),
      },
    },
    transfer_acceleration: {
      nesting: 'list',
      maxItems: 1,
      attributes: {
        enabled: bool({ required: true }),
      },
    },
    versioning: {
      nesting: 'list',
      maxItems: 1,
      attributes: {
        status: str({ required: true, allowed: ['Enabled', 'Suspended'] }),
      },
    },
    website: {
      nesting: 'list',
      maxItems: 1,
      attributes: {
        error_document: str({ optional: true }),
        index_document: str({ required: true }),
      },
    },
  },
  importable: true,
});
