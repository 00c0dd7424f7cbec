import { isSameTcpEndpoint, parseMqEndpoint } from '../../cloud/mq-endpoint';
import { RECEIPT_KEYS } from '../../cloud/receipt-hint';
import { type DiagnosisItem, messageCheck } from '../report';
import { aboutAsked, type Account, item, listIn, openService, record, text, within } from './account';

export async function mqIsActivated(account: Account): Promise<DiagnosisItem> {
  const name = 'MQ is activated';
  const instances = await account.instances();
  return 'unknown' in instances && instances.notOpen
    ? {
        check: name,
        state: 'fault',
        detail: instances.unknown,
        fix: openService('MQ', 'mq', 'the data source alicloud_ons_service with enable = "On"'),
      }
    : item(name, instances, () => ({ detail: 'it is' }));
}

export function instanceIsInRegion(account: Account): Promise<DiagnosisItem> {
  const { region } = account.outputs;
  return item(`${instanceOf(account)} is in ${region}`, account.instances(), (found) =>
    account.hasInstance(found)
      ? { detail: 'it is' }
      : {
          detail: `${region} has ${found?.map((one) => one.InstanceId).join(', ') || 'no instance'}`,
          fix:
            `deploy the channel to an instance in ${region}, the region of DLA` +
            (found?.length ? '' : '; only existing users of RocketMQ 4.x can make one, others take DlaMnsNotification'),
        },
  );
}

export function endpointBelongsToInstance(account: Account): Promise<DiagnosisItem> {
  const { region, endpoint = '' } = account.outputs;
  const endpoints = account.onInstance('OnsInstanceBaseInfo', {}, (body) =>
    record(within(body, 'InstanceBaseInfo').Endpoints),
  );
  return item(`endpoint ${endpoint} belongs to ${instanceOf(account)}`, endpoints, (found) => {
    // Assumption: DLA sends over TCP only, so an HTTP endpoint of the instance does not do.
    const known = [text(found?.TcpEndpoint), text(found?.TcpInternetEndpoint)].filter((value) => value !== '');
    const fix = `set ${RECEIPT_KEYS.mq.keys.endpoint} to ${known[0] ?? 'a TCP endpoint of the instance'} (DlaMqNotification: MqEndpoint.TCP)`;
    const other = parseMqEndpoint(endpoint)?.region;
    if (other !== undefined && other !== region) {
      return { detail: `it is in ${other}, DLA is in ${region}`, fix };
    }
    return known.some((value) => isSameTcpEndpoint(value, endpoint))
      ? { detail: 'it does' }
      : { detail: `DLA needs a TCP endpoint, the instance has ${known.join(', ') || 'none'}`, fix };
  });
}

export function topicExists(account: Account): Promise<DiagnosisItem> {
  const { region, topic = '' } = account.outputs;
  const topics = account.onInstance('OnsTopicList', { Topic: topic }, (body) => listIn(body, 'Data', 'PublishInfoDo'));
  return item(`topic ${topic} is on ${instanceOf(account)}`, topics, (found) =>
    found?.some((one) => one.Topic === topic)
      ? { detail: 'it is' }
      : {
          detail: 'there is no such topic',
          fix: `aliyun ons OnsTopicCreate --region ${region} --InstanceId ${account.instanceId} --Topic ${topic} --MessageType 0`,
        },
  );
}

export function groupExists(account: Account): Promise<DiagnosisItem> {
  const { region, producerId = '' } = account.outputs;
  const groups = account.onInstance('OnsGroupList', { GroupId: producerId }, (body) =>
    listIn(body, 'Data', 'SubscribeInfoDo'),
  );
  const create = `aliyun ons OnsGroupCreate --region ${region} --InstanceId ${account.instanceId} --GroupId ${producerId} --GroupType tcp`;
  return item(`group ${producerId} is on ${instanceOf(account)}, for TCP`, groups, (found) => {
    const group = found?.find((one) => one.GroupId === producerId);
    if (group === undefined) {
      return { detail: 'there is no such group', fix: create };
    }
    // Assumption: a group that tells no type is one of the TCP protocol, the service's default.
    return text(group.GroupType || 'tcp').toLowerCase() === 'tcp'
      ? { detail: 'it is' }
      : {
          detail: `its protocol is ${text(group.GroupType)}, and groups of the two protocols are not shared`,
          fix: `deploy a group with the protocol tcp under another id, or delete this one and run: ${create}`,
        };
  });
}

/** The message that DLA says it sent. Assumption: its mq_message_id is MQ's own id. */
export function messageIsOnTopic(account: Account): Promise<DiagnosisItem> {
  const { topic = '' } = account.outputs;
  const { messageId } = account.request;
  const message =
    messageId === undefined
      ? { unknown: 'DLA told no mq_message_id' }
      : account.onInstance('OnsMessageGetByMsgId', { Topic: topic, MsgId: messageId }, (body) =>
          aboutAsked(within(body, 'Data').MsgId, messageId),
        );
  return item(messageCheck(messageId, topic), message, (found) =>
    found
      ? { detail: 'it is' }
      : {
          detail: 'there is no such message',
          fix: 'compare topic and instance of the channel with those of the consumer; messages are kept for days only',
        },
  );
}

function instanceOf({ instanceId }: Account): string {
  return `instance ${instanceId ?? '(not told)'}`;
}
