import { bool, str, typeTable } from './table';

/** Whether public access to a bucket is blocked, whatever its ACL and policy say. */
export const ossBucketPublicAccessBlock = typeTable({
  name: 'alicloud_oss_bucket_public_access_block',
  attributes: {
    block_public_access: bool({ required: true }),
    bucket: str({ required: true, forceNew: true }),
  },
  timeouts: { create: '5m', update: '5m', delete: '5m' },
  importable: true,
});
