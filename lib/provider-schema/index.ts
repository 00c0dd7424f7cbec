import { dataCallerIdentity } from './data-caller-identity';
import { dataOnsInstances } from './data-ons-instances';
import { dataOnsService } from './data-ons-service';
import { dataOssService } from './data-oss-service';
import { dataRamRoles } from './data-ram-roles';
import { messageServiceQueue } from './message-service-queue';
import { messageServiceService } from './message-service-service';
import { onsGroup } from './ons-group';
import { onsInstance } from './ons-instance';
import { onsTopic } from './ons-topic';
import { ossBucket } from './oss-bucket';
import { ossBucketAcl } from './oss-bucket-acl';
import { ossBucketObject } from './oss-bucket-object';
import { ossBucketPolicy } from './oss-bucket-policy';
import { ossBucketPublicAccessBlock } from './oss-bucket-public-access-block';
import { provider } from './provider';
import { ramPolicy } from './ram-policy';
import { ramRole } from './ram-role';
import { ramRolePolicyAttachment } from './ram-role-policy-attachment';
import { ramUser } from './ram-user';
import { ramUserPolicyAttachment } from './ram-user-policy-attachment';
import type { TypeSchema } from './table';

export {
  dataCallerIdentity,
  dataOnsInstances,
  dataOnsService,
  dataOssService,
  dataRamRoles,
  messageServiceQueue,
  messageServiceService,
  onsGroup,
  onsInstance,
  onsTopic,
  ossBucket,
  ossBucketAcl,
  ossBucketObject,
  ossBucketPolicy,
  ossBucketPublicAccessBlock,
  provider,
  ramPolicy,
  ramRole,
  ramRolePolicyAttachment,
  ramUser,
  ramUserPolicyAttachment,
};

/** Tables of all resources that this package knows. */
export const resourceTables: readonly TypeSchema[] = [
  messageServiceQueue,
  messageServiceService,
  onsGroup,
  onsInstance,
  onsTopic,
  ossBucket,
  ossBucketAcl,
  ossBucketObject,
  ossBucketPolicy,
  ossBucketPublicAccessBlock,
  ramPolicy,
  ramRole,
  ramRolePolicyAttachment,
  ramUser,
  ramUserPolicyAttachment,
];

/** Tables of all data sources that this package knows. */
export const dataSourceTables: readonly TypeSchema[] = [
  dataCallerIdentity,
  dataOnsInstances,
  dataOnsService,
  dataOssService,
  dataRamRoles,
];
