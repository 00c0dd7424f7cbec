export {
  MnsQueue,
  type IMnsQueue,
  type MnsQueueImportOptions,
  type MnsQueueOptions,
  type MnsQueueProps,
} from './mns/mns-queue';
export {
  GroupProtocol,
  MqGroup,
  type IMqGroup,
  type MqGroupAttributes,
  type MqGroupOptions,
  type MqGroupProps,
} from './mq/mq-group';
export {
  MqInstance,
  type IMqInstance,
  type MqEndpoints,
  type MqInstanceAttributes,
  type MqInstanceImportOptions,
  type MqInstanceOptions,
  type MqInstanceProps,
} from './mq/mq-instance';
export {
  MessageType,
  MqTopic,
  type IMqTopic,
  type MqTopicAttributes,
  type MqTopicOptions,
  type MqTopicProps,
} from './mq/mq-topic';
export {
  DlaMqNotification,
  MqEndpoint,
  type DlaMqNotificationProps,
  type MqChannelOptions,
} from './notification/dla-mq-notification';
export {
  DlaMnsNotification,
  type DlaMnsNotificationProps,
  type MnsChannelOptions,
} from './notification/dla-mns-notification';
export {
  ReceiptChannel,
  type ChannelDestination,
  type ChannelSmokeOptions,
  type IReceiptChannel,
  type ReceiptChannelOptions,
  type ReceiptHintOptions,
} from './notification/receipt-channel';
export { SmokeTest, type SmokeTestOptions, type SmokeTestProps } from './notification/smoke-test';
export {
  BucketEncryption,
  OssBucket,
  type BucketLifecycleRule,
  type IOssBucket,
  type OssBucketImportOptions,
  type OssBucketOptions,
  type OssBucketProps,
} from './oss/oss-bucket';
export { QueryResultBucket, type QueryResultBucketProps } from './oss/query-result-bucket';
export type { Grant } from './ram/grant';
export { OpenAnalyticsMnsRole, type IOpenAnalyticsMnsRole } from './ram/open-analytics-mns-role';
export { OpenAnalyticsMqRole, type IOpenAnalyticsMqRole } from './ram/open-analytics-mq-role';
export {
  OpenAnalyticsRole,
  RolePermission,
  type IOpenAnalyticsRole,
  type OpenAnalyticsRoleImportOptions,
  type OpenAnalyticsRoleKind,
  type OpenAnalyticsRoleOptions,
  type OpenAnalyticsRoleProps,
} from './ram/open-analytics-role';
export { GranteeKind, type IRamGrantee, type RamGranteeImportOptions } from './ram/ram-grantee';
export { RamRole } from './ram/ram-role';
export { RamUser } from './ram/ram-user';
export type { ReceiptChannelOutputs } from './receipt-channel';
export {
  MAX_RUNNING_TIME_SECONDS,
  ReceiptHint,
  type MnsReceiptHintProps,
  type MqReceiptHintProps,
} from './receipt-hint';
export { ConstructError, type Fault } from './validation';
