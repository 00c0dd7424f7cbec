import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import type { Mns, QueueAttributes } from '../../../lib/local-cloud/account/mns';
import { scratchFolder } from '../../scratch';
import { refusal, scratchAccount } from './scratch-account';

const REGION = 'cn-hangzhou';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

function policy(maxReceiveCount: number, deadLetterTargetQueue = 'dead'): Partial<QueueAttributes> {
  return { dlqPolicy: { enabled: true, deadLetterTargetQueue, maxReceiveCount } };
}

function withDeadLetters(mns: Mns, maxReceiveCount = 2): void {
  mns.createQueue(REGION, { queueName: 'dead' });
  mns.createQueue(REGION, { queueName: 'q', visibilityTimeout: 10, ...policy(maxReceiveCount) });
}

const bodies = (mns: Mns, queue: string) => mns.allMessages(REGION, queue).map(({ body }) => body);

it('is hidden no longer when the clock is put back', () => {
  const { mns } = scratchAccount();
  mns.createQueue(REGION, { queueName: 'q', visibilityTimeout: 10 });
  mns.sendMessage(REGION, 'q', 'hidden');
  const [{ receiptHandle }] = mns.receiveMessages(REGION, 'q', 1);
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(9_999);
  expect(mns.receiveMessages(REGION, 'q', 1)).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(mns.receiveMessages(REGION, 'q', 1)).toMatchObject([{ body: 'hidden', dequeueCount: 2 }]);
  expect(() => mns.deleteMessage(REGION, 'q', receiptHandle)).toThrow('receipt handle');
});

describe('a dead letter', () => {
  it('moves once it was received as often as it may be, though nobody receives', () => {
    const { mns } = scratchAccount();
    withDeadLetters(mns);
    let told = 0;
    mns.messages.onArrival(REGION, 'dead', () => (told += 1));
    const [sent] = mns.sendMessages(REGION, 'q', [
      { body: 'poison', priority: 3, userProperties: [{ name: 'a', type: 'STRING', value: '1' }] },
    ]);
    mns.receiveMessages(REGION, 'q', 1);
    vi.advanceTimersByTime(10_000);
    expect([bodies(mns, 'q'), bodies(mns, 'dead'), told]).toEqual([['poison'], [], 0]);
    mns.receiveMessages(REGION, 'q', 1);
    vi.advanceTimersByTime(9_999);
    expect([bodies(mns, 'q'), bodies(mns, 'dead'), told]).toEqual([['poison'], [], 0]);
    vi.advanceTimersByTime(1);
    expect(told).toBe(1);
    expect(bodies(mns, 'q')).toEqual([]);
    const [letter] = mns.receiveMessages(REGION, 'dead', 1);
    expect(letter).toMatchObject({
      body: 'poison',
      priority: 3,
      dequeueCount: 1,
      enqueueTime: sent.enqueueTime,
      userProperties: [{ name: 'a', type: 'STRING', value: '1' }],
    });
    expect(letter.systemProperties?.map(({ value }) => value)).toEqual([
      expect.stringMatching(/^acs:mns:cn-hangzhou:\d{16}:queues\/q$/),
      sent.messageId,
    ]);
    expect(letter.messageId).not.toBe(sent.messageId);
  });

  it('moves at once when its receiver shows it again, and when the policy comes later', () => {
    const { mns } = scratchAccount();
    withDeadLetters(mns, 1);
    mns.sendMessage(REGION, 'q', 'shown');
    const [{ receiptHandle }] = mns.receiveMessages(REGION, 'q', 1);
    mns.changeVisibility(REGION, 'q', receiptHandle, 0);
    expect([bodies(mns, 'q'), bodies(mns, 'dead')]).toEqual([[], ['shown']]);
    mns.createQueue(REGION, { queueName: 'later', visibilityTimeout: 1 });
    mns.sendMessage(REGION, 'later', 'later');
    mns.receiveMessages(REGION, 'later', 1);
    vi.advanceTimersByTime(1000);
    mns.updateQueue(REGION, 'later', policy(1));
    expect([bodies(mns, 'later'), bodies(mns, 'dead')]).toEqual([[], ['shown', 'later']]);
  });

  it('is not one when it is deleted in time', () => {
    const { mns } = scratchAccount();
    withDeadLetters(mns, 1);
    mns.sendMessage(REGION, 'q', 'done');
    const [{ receiptHandle }] = mns.receiveMessages(REGION, 'q', 1);
    mns.deleteMessage(REGION, 'q', receiptHandle);
    vi.advanceTimersByTime(60_000);
    expect([bodies(mns, 'q'), bodies(mns, 'dead')]).toEqual([[], []]);
  });

  it('stays where it is while the other queue is not there', () => {
    const { mns } = scratchAccount();
    withDeadLetters(mns, 1);
    void mns.deleteQueue(REGION, 'dead');
    mns.sendMessage(REGION, 'q', 'kept');
    mns.receiveMessages(REGION, 'q', 1);
    vi.advanceTimersByTime(10_000);
    expect(mns.receiveMessages(REGION, 'q', 1)).toMatchObject([{ body: 'kept', dequeueCount: 2 }]);
    mns.updateQueue(REGION, 'q', { pollingWaitSeconds: 5 });
    mns.createQueue(REGION, { queueName: 'dead' });
    vi.advanceTimersByTime(10_000);
    expect([bodies(mns, 'q'), bodies(mns, 'dead')]).toEqual([[], ['kept']]);
  });

  it('moves after a restart, and stays as long as it would have', () => {
    const folder = scratchFolder();
    const before = new Account(folder);
    withDeadLetters(before.mns, 1);
    before.mns.updateQueue(REGION, 'dead', { messageRetentionPeriod: 60 });
    before.mns.sendMessage(REGION, 'q', 'poison');
    before.mns.receiveMessages(REGION, 'q', 1);
    before.close();
    vi.setSystemTime(Date.now() + 20_000);
    const account = new Account(folder);
    const { mns } = account;
    vi.advanceTimersByTime(0);
    expect([bodies(mns, 'q'), bodies(mns, 'dead')]).toEqual([[], ['poison']]);
    vi.advanceTimersByTime(39_999);
    expect(bodies(mns, 'dead')).toEqual(['poison']);
    vi.advanceTimersByTime(1);
    expect(bodies(mns, 'dead')).toEqual([]);
    account.close();
  });

  it.each<[string, string, Partial<QueueAttributes>]>([
    ['400 InvalidArgument', 'itself', policy(1, 'q')],
    ['404 QueueNotExist', 'a queue that is not there', policy(1, 'none')],
    ['400 InvalidArgument', 'no number', policy(0)],
    ['400 InvalidArgument', 'a number too high', policy(1001)],
  ])('is answered %s when the policy names %s', (expected, _what, attributes) => {
    const { mns } = scratchAccount();
    mns.createQueue(REGION, { queueName: 'dead' });
    mns.createQueue(REGION, { queueName: 'q' });
    expect(refusal(() => mns.updateQueue(REGION, 'q', attributes))).toBe(expected);
    expect(mns.getQueue(REGION, 'q').dlqPolicy.enabled).toBe(false);
  });
});

it('counts what can be received, what was, and what is delayed', () => {
  const { mns } = scratchAccount();
  mns.createQueue(REGION, { queueName: 'q', visibilityTimeout: 10 });
  mns.sendMessages(REGION, 'q', [{ body: 'a' }, { body: 'b' }, { body: 'c', delaySeconds: 20 }]);
  mns.receiveMessages(REGION, 'q', 1);
  expect(mns.messageCounts(REGION, 'q')).toEqual({ active: 1, inactive: 1, delayed: 1 });
  vi.advanceTimersByTime(10_000);
  expect(mns.messageCounts(REGION, 'q')).toEqual({ active: 2, inactive: 0, delayed: 1 });
  vi.advanceTimersByTime(10_000);
  expect(mns.messageCounts(REGION, 'q')).toEqual({ active: 3, inactive: 0, delayed: 0 });
});

it('forgets what is older than the queue keeps, in the journal too', () => {
  const account = scratchAccount();
  const { mns } = account;
  mns.createQueue(REGION, { queueName: 'q', messageRetentionPeriod: 60 });
  mns.sendMessages(REGION, 'q', [{ body: 'old', priority: 9 }]);
  vi.advanceTimersByTime(30_000);
  mns.sendMessage(REGION, 'q', 'new');
  const [{ receiptHandle }] = mns.receiveMessages(REGION, 'q', 2);
  vi.advanceTimersByTime(29_999);
  expect(bodies(mns, 'q')).toEqual(['new', 'old']);
  vi.advanceTimersByTime(1);
  expect(bodies(mns, 'q')).toEqual(['new']);
  expect([...account.store.rows()].filter(([table]) => /^mns-(messages|deliveries)$/.test(table))).toHaveLength(2);
  vi.advanceTimersByTime(30_000);
  expect(refusal(() => mns.deleteMessage(REGION, 'q', receiptHandle))).toBe('404 MessageNotExist');
});

it('is told the same by memory as by what a restart reads', () => {
  const folder = scratchFolder();
  let account = new Account(folder);
  account.mns.createQueue(REGION, { queueName: 'q', visibilityTimeout: 5 });
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
  const handles: string[] = [];
  for (let step = 0; step < 400; step += 1) {
    const { mns } = account;
    switch (random(6)) {
      case 0:
      case 1:
        mns.sendMessages(REGION, 'q', [{ body: String(step), priority: 1 + random(16), delaySeconds: random(3) }]);
        break;
      case 2:
        handles.push(...mns.receiveMessages(REGION, 'q', 1 + random(3)).map(({ receiptHandle }) => receiptHandle));
        break;
      case 3:
      case 4: {
        const [handle] = handles.splice(random(handles.length || 1), 1);
        refusal(() =>
          random(2) === 0
            ? mns.deleteMessage(REGION, 'q', handle ?? '')
            : mns.changeVisibility(REGION, 'q', handle ?? '', random(9)),
        );
        break;
      }
      default:
        vi.advanceTimersByTime(random(3000));
    }
    if (step % 40 === 39) {
      const before = [mns.messageCounts(REGION, 'q'), mns.peekMessages(REGION, 'q', 1000)];
      account.close();
      account = new Account(folder);
      expect([account.mns.messageCounts(REGION, 'q'), account.mns.peekMessages(REGION, 'q', 1000)]).toEqual(before);
    }
  }
  account.close();
});
