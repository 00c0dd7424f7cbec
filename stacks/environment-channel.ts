import type { Construct } from 'constructs';
import {
  DlaMnsNotification,
  DlaMqNotification,
  type IOssBucket,
  type IReceiptChannel,
  MqInstance,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
} from '../lib';
import type { EnvironmentSettings } from './settings';

interface EnvironmentChannelProps {
  readonly region: string;
  readonly bucket: IOssBucket;
  readonly environment: EnvironmentSettings;
  readonly tags: Record<string, string>;
}

/**
 * The channel of an environment, of the kind that its settings name. The account stack owns the role; the constant name
 * needs no state of another stack.
 */
export function receiptChannel(
  scope: Construct,
  id: string,
  { region, bucket, environment, tags }: EnvironmentChannelProps,
): IReceiptChannel {
  const { smokeQuery, prepare: smokePrepare } = environment;
  const common = { region, bucket, smokeQuery, smokePrepare };
  switch (environment.channel) {
    case 'mq':
      return new DlaMqNotification(scope, id, {
        ...common,
        role: OpenAnalyticsMqRole.fromRoleName(scope, 'role'),
        ...(environment.existingInstanceId === undefined
          ? { instanceProps: { instanceName: environment.instanceName, tags } }
          : { instance: MqInstance.fromInstanceId(scope, 'instance', environment.existingInstanceId) }),
        topicProps: { topicName: environment.topicName, tags },
        groupProps: { groupId: environment.groupId, tags },
      });
    case 'mns':
      return new DlaMnsNotification(scope, id, {
        ...common,
        role: OpenAnalyticsMnsRole.fromRoleName(scope, 'role'),
        queueProps: { queueName: environment.queueName, tags },
      });
  }
}
