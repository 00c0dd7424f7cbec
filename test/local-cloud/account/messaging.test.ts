import { describe, expect, it, vi } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import { refusal, scratchAccount } from './scratch-account';

const REGION = 'cn-hangzhou';

/** An account with one instance that has a topic and a group. */
function withInstance() {
  const account = scratchAccount();
  const { instanceId } = account.ons.createInstance(REGION, { instanceName: 'orders' });
  account.ons.createTopic(REGION, { instanceId, topic: 'topic', messageType: 0 });
  account.ons.createGroup(REGION, { instanceId, groupId: 'GID_group', groupType: 'tcp' });
  return { account, ons: account.ons, instanceId };
}

describe('Ons', () => {
  it('knows an instance in its own region only', () => {
    const { ons, instanceId } = withInstance();
    expect(ons.getInstance(REGION, instanceId).instanceName).toBe('orders');
    expect(refusal(() => ons.getInstance('cn-shanghai', instanceId))).toBe('404 INSTANCE_NOT_FOUND');
    expect(ons.listInstances('cn-shanghai')).toEqual([]);
  });

  it('gives endpoints that carry account, region and instance, and no local address', () => {
    const { account, ons, instanceId } = withInstance();
    const { accountId } = account.identity;
    expect(instanceId).toMatch(new RegExp(`^MQ_INST_${accountId}_\\w{8}$`));
    expect(ons.endpointsOf(ons.getInstance(REGION, instanceId))).toEqual({
      tcp: `http://${instanceId}.cn-hangzhou.mq-internal.aliyuncs.com:8080`,
      tcpInternet: `http://${instanceId}.mq.cn-hangzhou.aliyuncs.com:80`,
      httpInternal: `http://${accountId}.mqrest.cn-hangzhou-internal.aliyuncs.com`,
      httpInternet: `http://${accountId}.mqrest.cn-hangzhou.aliyuncs.com`,
      httpInternetSecure: `https://${accountId}.mqrest.cn-hangzhou.aliyuncs.com`,
    });
  });

  it('finds messages by a time that does not go back with the clock', () => {
    const { ons, instanceId } = withInstance();
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now');
    try {
      const message = { instanceId, topic: 'topic', body: 'x', producerId: 'GID_group' };
      for (const time of [now + 3_600_000, now, now + 1]) {
        clock.mockReturnValue(time);
        ons.sendMessage(REGION, message);
      }
      ons.messages.send(4, [message, message, message]);
    } finally {
      clock.mockRestore();
    }
    const from = (time: number) => ons.messages.positionOnTopicAt(instanceId, 'topic', time);
    expect([from(now), from(now + 3_600_000), from(now + 3_600_001)]).toEqual([0, 0, 6]);
    const times = [...ons.messagesFrom(instanceId, 'topic', 0)].map(({ storeTimestamp }) => storeTimestamp);
    expect(times).toEqual(Array(6).fill(now + 3_600_000));
  });

  it('keeps messages in the order they came, and finds one by its id', () => {
    const { ons, instanceId } = withInstance();
    const send = (body: string) =>
      ons.sendMessage(REGION, { instanceId, topic: 'topic', body, producerId: 'GID_group' });
    const sent = Array.from({ length: 12 }, (_, n) => send(String(n)));
    expect([...ons.messagesFrom(instanceId, 'topic', 9)].map(({ body }) => body)).toEqual(['9', '10', '11']);
    expect(ons.getMessage(REGION, instanceId, 'topic', sent[3].msgId).body).toBe('3');
    expect(ons.messageCount(instanceId, 'topic')).toBe(12);
    void ons.deleteTopic(REGION, instanceId, 'topic');
    expect(ons.findMessage(sent[3].msgId)).toBeUndefined();
    expect(ons.messageCount(instanceId, 'topic')).toBe(0);
  });

  it.each<[string, string, (setup: ReturnType<typeof withInstance>) => unknown]>([
    ['400 INSTANCE_NOT_EMPTY', 'an instance in use', ({ ons, instanceId }) => ons.deleteInstance(REGION, instanceId)],
    ['400 INSTANCE_NAME_EXIST', 'a name twice', ({ ons }) => ons.createInstance(REGION, { instanceName: 'orders' })],
    ['400 BIZ_FIELD_CHECK_INVALID', 'a short name', ({ ons }) => ons.createInstance(REGION, { instanceName: 'x' })],
    [
      '400 BIZ_TOPIC_EXISTED',
      'a topic twice',
      ({ ons, instanceId }) => ons.createTopic(REGION, { instanceId, topic: 'topic', messageType: 0 }),
    ],
    ['404 BIZ_TOPIC_NOT_FOUND', 'no topic', ({ ons, instanceId }) => ons.getTopic(REGION, instanceId, 'none')],
    [
      '400 BIZ_FIELD_CHECK_INVALID',
      'message type 3',
      ({ ons, instanceId }) => ons.createTopic(REGION, { instanceId, topic: 'other', messageType: 3 }),
    ],
    [
      '400 BIZ_FIELD_CHECK_INVALID',
      'a topic of two letters',
      ({ ons, instanceId }) => ons.createTopic(REGION, { instanceId, topic: 'ab', messageType: 0 }),
    ],
    [
      '400 BIZ_FIELD_CHECK_INVALID',
      'a topic named like a group',
      ({ ons, instanceId }) => ons.createTopic(REGION, { instanceId, topic: 'GID_t', messageType: 0 }),
    ],
    [
      '400 BIZ_SUBSCRIPTION_EXISTED',
      'a group twice',
      ({ ons, instanceId }) => ons.createGroup(REGION, { instanceId, groupId: 'GID_group', groupType: 'http' }),
    ],
    [
      '404 BIZ_SUBSCRIPTION_NOT_FOUND',
      'no group',
      ({ ons, instanceId }) => ons.getGroup(REGION, instanceId, 'GID_xxx'),
    ],
    [
      '400 BIZ_FIELD_CHECK_INVALID',
      'a group without GID',
      ({ ons, instanceId }) => ons.createGroup(REGION, { instanceId, groupId: 'group', groupType: 'tcp' }),
    ],
    [
      '404 MSG_NOT_FOUND',
      'no message',
      ({ ons, instanceId }) => ons.getMessage(REGION, instanceId, 'topic', 'F'.repeat(32)),
    ],
    [
      '403 ONS_SERVICE_UNOPENED',
      'a closed service',
      ({ account, ons }) => {
        account.activation.deactivate('ons');
        ons.listInstances(REGION);
      },
    ],
  ])('answers %s for %s', (expected, _what, action) => {
    const setup = withInstance();
    expect(refusal(() => action(setup))).toBe(expected);
  });
});

describe('Mns', () => {
  it('hides a received message until its time is over, and deletes it by its handle', () => {
    const { mns } = scratchAccount();
    mns.createQueue(REGION, { queueName: 'q', visibilityTimeout: 30 });
    mns.sendMessage(REGION, 'q', 'body');
    expect(mns.peekMessages(REGION, 'q', 1)).toHaveLength(1);
    const [message] = mns.receiveMessages(REGION, 'q', 1);
    expect(message).toMatchObject({ body: 'body', dequeueCount: 1 });
    expect(mns.receiveMessages(REGION, 'q', 1)).toEqual([]);
    const again = mns.changeVisibility(REGION, 'q', message.receiptHandle, 0);
    expect(refusal(() => mns.deleteMessage(REGION, 'q', message.receiptHandle))).toBe('404 MessageNotExist');
    expect(refusal(() => mns.deleteMessage(REGION, 'q', again.receiptHandle))).toBe('404 MessageNotExist');
    const [second] = mns.receiveMessages(REGION, 'q', 1);
    mns.deleteMessage(REGION, 'q', second.receiptHandle);
    expect(mns.allMessages(REGION, 'q')).toEqual([]);
  });

  it('gives the most urgent message first', () => {
    const { mns } = scratchAccount();
    mns.createQueue(REGION, { queueName: 'q' });
    mns.sendMessages(REGION, 'q', [{ body: 'later', priority: 9 }]);
    mns.sendMessages(REGION, 'q', [{ body: 'first', priority: 1 }]);
    expect(mns.receiveMessages(REGION, 'q', 2).map(({ body }) => body)).toEqual(['first', 'later']);
  });

  it.each<[string, string, (account: Account) => unknown]>([
    ['404 QueueNotExist', 'no queue', ({ mns }) => mns.getQueue(REGION, 'none')],
    ['404 QueueNotExist', 'a queue of another region', ({ mns }) => mns.getQueue('cn-shanghai', 'q')],
    [
      '409 QueueAlreadyExist',
      'a queue with other attributes',
      ({ mns }) => mns.createQueue(REGION, { queueName: 'q', delaySeconds: 1 }),
    ],
    ['400 QueueNameInvalid', 'a bad name', ({ mns }) => mns.createQueue(REGION, { queueName: '_q' })],
    ['400 InvalidArgument', 'a wait too long', ({ mns }) => mns.updateQueue(REGION, 'q', { pollingWaitSeconds: 31 })],
    ['400 InvalidArgument', 'no visibility', ({ mns }) => mns.updateQueue(REGION, 'q', { visibilityTimeout: 0 })],
    [
      '400 InvalidArgument',
      'a new queue without it',
      ({ mns }) => mns.createQueue(REGION, { queueName: 'r', visibilityTimeout: 0 }),
    ],
    ['400 InvalidArgument', 'a message too big', ({ mns }) => mns.sendMessage(REGION, 'q', 'x'.repeat(65537))],
    ['404 MessageNotExist', 'an unknown handle', ({ mns }) => mns.deleteMessage(REGION, 'q', '1-x')],
  ])('answers %s for %s', (expected, _what, action) => {
    const account = scratchAccount();
    account.mns.createQueue(REGION, { queueName: 'q' });
    expect(refusal(() => action(account))).toBe(expected);
  });
});
