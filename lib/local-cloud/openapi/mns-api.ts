import { queueUrl } from '../../cloud/hosts';
import { CloudError } from '../account/cloud-error';
import type { Queue, QueueAttributes } from '../account/mns';
import type { Tags } from '../account/ram';
import { action, type Api, type ActionCall, type Result } from './action';
import { givenTags, pageFields, STATUS_OK, success, tagFields } from './mns-fields';
import { MNS_TOPIC_ACTIONS } from './mns-topics-api';
import { flag, integer, list, optionalText, type Parameters, tags, text, type ValuesOf } from './parameters';

const attributes = {
  DelaySeconds: integer,
  EnableLogging: flag,
  MaximumMessageSize: integer,
  MessageRetentionPeriod: integer,
  PollingWaitSeconds: integer,
  VisibilityTimeout: integer,
  DlqPolicy: optionalText,
  'DlqPolicy.Enabled': flag,
  'DlqPolicy.DeadLetterTargetQueue': optionalText,
  'DlqPolicy.MaxReceiveCount': integer,
};

const queueResource = (values: Parameters) => `/queues/${values.get('QueueName')}`;

/** SMQ (formerly MNS): its queues and topics, as the console and Terraform manage them. */
export const mnsApi: Api = {
  product: 'mns-open',
  version: '2022-01-19',
  policyPrefixes: ['mns'],
  actions: {
    ...MNS_TOPIC_ACTIONS,
    CreateQueue: action(
      { QueueName: text, QueueType: optionalText, ...attributes, Tag: tags },
      (values, { account, region }) => {
        account.mns.createQueue(region, {
          queueName: values.QueueName,
          ...definedAttributes(values),
          queueType: values.QueueType,
          ...givenTags(values.Tag),
        });
        return success({ QueueUrl: queueUrl(account.identity.accountId, region, values.QueueName), ...STATUS_OK });
      },
      queueResource,
    ),
    GetQueueAttributes: action(
      { QueueName: text },
      ({ QueueName }, { account, region }) =>
        success(queueFields(account.mns.getQueue(region, QueueName), messageCounts(account, region, QueueName))),
      queueResource,
    ),
    SetQueueAttributes: action(
      { QueueName: text, ...attributes },
      (values, { account, region }) => {
        account.mns.updateQueue(region, values.QueueName, definedAttributes(values));
        return success(STATUS_OK);
      },
      queueResource,
    ),
    DeleteQueue: action(
      { QueueName: text },
      async ({ QueueName }, { account, region }) => {
        await account.mns.deleteQueue(region, QueueName);
        return success(STATUS_OK);
      },
      queueResource,
    ),
    ListQueue: action(
      { QueueName: optionalText, PageNum: integer, PageSize: integer },
      ({ QueueName = '', ...page }, { account, region }) => {
        const found = account.mns.listQueues(region).filter((queue) => queue.queueName.includes(QueueName));
        return success(
          pageFields(found, page, (queue) => queueFields(queue, messageCounts(account, region, queue.queueName))),
        );
      },
    ),
    TagResources: action({ ResourceType: text, ResourceId: list, Tag: tags }, (values, call) => {
      for (const queue of taggedQueues(values, call)) {
        setTags(call, queue, { ...queue.tags, ...values.Tag });
      }
    }),
    UntagResources: action({ ResourceType: text, ResourceId: list, TagKey: list, All: flag }, (values, call) => {
      for (const queue of taggedQueues(values, call)) {
        const kept = Object.entries(queue.tags).filter(([key]) => !values.All && !values.TagKey.includes(key));
        setTags(call, queue, Object.fromEntries(kept));
      }
    }),
    ListTagResources: action({ ResourceType: text, ResourceId: list }, (values, call) => ({
      TagResources: {
        TagResource: taggedQueues(values, call).flatMap((queue) =>
          tagFields(queue.tags).map((tag) => ({ ...tag, ResourceType: 'queue', ResourceId: queue.queueName })),
        ),
      },
    })),
  },
};

function definedAttributes(values: ValuesOf<typeof attributes>): Partial<QueueAttributes> {
  const given: { [K in keyof QueueAttributes]: QueueAttributes[K] | undefined } = {
    delaySeconds: values.DelaySeconds,
    loggingEnabled: values.EnableLogging,
    maximumMessageSize: values.MaximumMessageSize,
    messageRetentionPeriod: values.MessageRetentionPeriod,
    pollingWaitSeconds: values.PollingWaitSeconds,
    visibilityTimeout: values.VisibilityTimeout,
    dlqPolicy: deadLetterPolicy(values),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Given part by part, or as one JSON object. */
function deadLetterPolicy(values: ValuesOf<typeof attributes>): QueueAttributes['dlqPolicy'] | undefined {
  let json: Record<string, unknown> = {};
  if (values.DlqPolicy) {
    try {
      json = Object(JSON.parse(values.DlqPolicy)) as Record<string, unknown>;
    } catch {
      throw new CloudError(
        'InvalidArgument',
        `DlqPolicy: expected a JSON object, got ${JSON.stringify(values.DlqPolicy)}`,
      );
    }
  }
  const enabled = values['DlqPolicy.Enabled'] ?? json.Enabled;
  const target = values['DlqPolicy.DeadLetterTargetQueue'] ?? json.DeadLetterTargetQueue;
  const count = values['DlqPolicy.MaxReceiveCount'] ?? json.MaxReceiveCount;
  return enabled === undefined && target === undefined && count === undefined
    ? undefined
    : {
        enabled: enabled === true || enabled === 'true',
        deadLetterTargetQueue: String(target ?? ''),
        maxReceiveCount: Number(count ?? 0),
      };
}

function messageCounts({ mns }: ActionCall['account'], region: string, queueName: string): Result {
  const { active, inactive, delayed } = mns.messageCounts(region, queueName);
  return { ActiveMessages: active, InactiveMessages: inactive, DelayMessages: delayed };
}

function queueFields(queue: Queue, counts: Result): Result {
  return {
    QueueName: queue.queueName,
    CreateTime: queue.createTime,
    LastModifyTime: queue.lastModifyTime,
    DelaySeconds: queue.delaySeconds,
    LoggingEnabled: queue.loggingEnabled,
    MaximumMessageSize: queue.maximumMessageSize,
    MessageRetentionPeriod: queue.messageRetentionPeriod,
    PollingWaitSeconds: queue.pollingWaitSeconds,
    VisibilityTimeout: queue.visibilityTimeout,
    QueueType: queue.queueType,
    ...(queue.dlqPolicy.enabled && {
      DlqPolicy: {
        Enabled: true,
        DeadLetterTargetQueue: queue.dlqPolicy.deadLetterTargetQueue,
        MaxReceiveCount: String(queue.dlqPolicy.maxReceiveCount),
      },
    }),
    ...counts,
    Tags: tagFields(queue.tags),
  };
}

function taggedQueues(
  { ResourceType, ResourceId }: { ResourceType: string; ResourceId: readonly string[] },
  { account, region }: ActionCall,
): Queue[] {
  if (ResourceType.toLowerCase() !== 'queue') {
    throw new CloudError('InvalidArgument', `ResourceType: expected queue, got ${JSON.stringify(ResourceType)}`);
  }
  return ResourceId.map((name) => account.mns.getQueue(region, name));
}

function setTags({ account, region }: ActionCall, queue: Queue, next: Tags): void {
  account.mns.updateQueue(region, queue.queueName, { tags: next });
}
