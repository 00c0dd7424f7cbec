import { BUCKET_ACLS } from '../cloud/limits';
import { str, typeTable } from './table';

/** An object in a bucket. */
export const ossBucketObject = typeTable({
  name: 'alicloud_oss_bucket_object',
  attributes: {
    acl: str({ optional: true, default: 'private', allowed: BUCKET_ACLS }),
    bucket: str({ required: true, forceNew: true }),
    cache_control: str({ optional: true }),
    content: str({ optional: true, conflictsWith: ['source'] }),
    content_disposition: str({ optional: true }),
    content_encoding: str({ optional: true }),
    content_length: str({ computed: true }),
    content_md5: str({ optional: true }),
    content_type: str({ optional: true, computed: true }),
    etag: str({ computed: true }),
    expires: str({ optional: true }),
    key: str({ required: true, forceNew: true }),
    kms_key_id: str({ optional: true, comparedIf: { server_side_encryption: 'KMS' } }),
    object_worm_mode: str({
      optional: true,
      computed: true,
      allowed: ['COMPLIANCE'],
      requiredWith: ['object_worm_retain_until_date'],
    }),
    object_worm_retain_until_date: str({
      optional: true,
      computed: true,
      equivalence: 'instant',
      requiredWith: ['object_worm_mode'],
    }),
    server_side_encryption: str({ optional: true, default: 'AES256', allowed: ['KMS', 'AES256'] }),
    source: str({ optional: true, conflictsWith: ['content'] }),
    version_id: str({ computed: true }),
  },
});
