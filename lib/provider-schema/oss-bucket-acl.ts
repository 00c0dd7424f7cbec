import { str, typeTable } from './table';

/** The access control list of a bucket. */
export const ossBucketAcl = typeTable({
  name: 'alicloud_oss_bucket_acl',
  attributes: {
    acl: str({ required: true }),
    bucket: str({ required: true, forceNew: true }),
  },
  timeouts: { create: '5m', update: '5m', delete: '5m' },
  importable: true,
});
