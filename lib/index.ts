export { Baseline, BaselineOutcome, type BaselineFinding, type BaselineProps } from './constructs/baseline/baseline';
export {
  MnsQueue,
  type IMnsQueue,
  type MnsDeadLetterPolicy,
  type MnsQueueImportOptions,
  type MnsQueueOptions,
  type MnsQueueProps,
} from './constructs/mns/mns-queue';
export {
  GroupProtocol,
  MqGroup,
  type IMqGroup,
  type MqGroupAttributes,
  type MqGroupOptions,
  type MqGroupProps,
} from './constructs/mq/mq-group';
export {
  MqInstance,
  type IMqInstance,
  type MqEndpoints,
  type MqInstanceAttributes,
  type MqInstanceImportOptions,
  type MqInstanceOptions,
  type MqInstanceProps,
} from './constructs/mq/mq-instance';
export {
  MessageType,
  MqTopic,
  type IMqTopic,
  type MqTopicAttributes,
  type MqTopicOptions,
  type MqTopicProps,
} from './constructs/mq/mq-topic';
export {
  DlaMqNotification,
  MqEndpoint,
  type DlaMqNotificationProps,
  type IDlaMqNotification,
  type MqChannelOptions,
} from './constructs/notification/dla-mq-notification';
export {
  DlaMnsNotification,
  type DlaMnsNotificationProps,
  type IDlaMnsNotification,
  type MnsChannelOptions,
} from './constructs/notification/dla-mns-notification';
export {
  ReceiptChannel,
  type ChannelDestination,
  type ChannelSmokeOptions,
  type IReceiptChannel,
  type ReceiptChannelOptions,
  type ReceiptHintOptions,
} from './constructs/notification/receipt-channel';
export type { ReceiptChannelImportOptions } from './constructs/notification/channel-outputs';
export { SmokeTest, type SmokeTestOptions, type SmokeTestProps } from './constructs/notification/smoke-test';
export type { BucketLifecycleRule, BucketTransition } from './constructs/oss/bucket-lifecycle';
export {
  BucketEncryption,
  BucketRedundancy,
  OssBucket,
  type BucketCorsRule,
  type BucketLogging,
  type IOssBucket,
  type OssBucketImportOptions,
  type OssBucketOptions,
  type OssBucketProps,
} from './constructs/oss/oss-bucket';
export { StorageClass } from './constructs/oss/storage-class';
export { QueryResultBucket, type QueryResultBucketProps } from './constructs/oss/query-result-bucket';
export type { Grant } from './constructs/ram/grant';
export { OpenAnalyticsMnsRole, type IOpenAnalyticsMnsRole } from './constructs/ram/open-analytics-mns-role';
export { OpenAnalyticsMqRole, type IOpenAnalyticsMqRole } from './constructs/ram/open-analytics-mq-role';
export {
  OpenAnalyticsRole,
  RolePermission,
  type IOpenAnalyticsRole,
  type OpenAnalyticsRoleImportOptions,
  type OpenAnalyticsRoleOptions,
  type OpenAnalyticsRoleProps,
} from './constructs/ram/open-analytics-role';
export type { OpenAnalyticsRoleKind } from './constructs/ram/role-owner';
export { GranteeKind, type IRamGrantee, type RamGranteeImportOptions } from './constructs/ram/ram-grantee';
export { RamRole } from './constructs/ram/ram-role';
export { RamUser } from './constructs/ram/ram-user';
export type { ReceiptChannelOutputs } from './cloud/receipt-channel';
export {
  MAX_RUNNING_TIME_SECONDS,
  ReceiptHint,
  ReceiptHintError,
  type MnsReceiptHintProps,
  type MqReceiptHintProps,
} from './cloud/receipt-hint';
export { ConstructError, type Fault, type PropertyError } from './constructs/validation';
