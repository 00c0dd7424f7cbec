import { str, typeTable } from './table';

/** The policy of a bucket. */
export const ossBucketPolicy = typeTable({
  name: 'alicloud_oss_bucket_policy',
  attributes: {
    bucket: str({ required: true, forceNew: true }),
    policy: str({ required: true, equivalence: 'json' }),
  },
  timeouts: { create: '5m', update: '5m', delete: '5m' },
  importable: true,
});
