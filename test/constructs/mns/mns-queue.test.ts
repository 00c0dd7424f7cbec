import { describe, expect, it } from 'vitest';
import { MnsQueue, type MnsQueueProps } from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { addresses, messageOf, resource, resources, synth, testStack } from '../../synth';

it('is made with a name of its path, at an address that never changes', () => {
  const stack = testStack();
  const queue = new MnsQueue(stack, 'queue');
  expect(addresses(stack)).toEqual(['alicloud_message_service_queue.queue_276F7297']);
  expect(resource(stack, 'alicloud_message_service_queue')).toEqual({
    queue_name: expect.stringMatching(/^dla-receipt-receipts-queue-[0-9a-f]{8}$/) as string,
  });
  expect(String(queue)).toBe('receipts/queue');
  expect(queue.region).toBe('cn-hangzhou');
  expect(MnsQueue.isMnsQueue(queue)).toBe(true);
  expect(MnsQueue.isMnsQueue('queue')).toBe(false);
});

it('hands its properties to the provider', () => {
  const stack = testStack();
  new MnsQueue(stack, 'queue', {
    queueName: 'receipts',
    retentionSeconds: 60,
    visibilityTimeoutSeconds: 1,
    pollingWaitSeconds: 30,
    delaySeconds: 0,
    maximumMessageBytes: 1024,
    tags: { a: 'b' },
  });
  expect(resource(stack, 'alicloud_message_service_queue')).toEqual({
    queue_name: 'receipts',
    message_retention_period: 60,
    visibility_timeout: 1,
    polling_wait_seconds: 30,
    delay_seconds: 0,
    maximum_message_size: 1024,
    tags: { a: 'b' },
  });
});

it('hands letters that nobody deletes to another queue, which is made before', () => {
  const stack = testStack();
  const dead = new MnsQueue(stack, 'dead');
  new MnsQueue(stack, 'queue', { queueName: 'receipts', deadLetterPolicy: { queue: dead, maxReceiveCount: 3 } });
  const elsewhere = MnsQueue.fromQueueName(stack, 'elsewhere', 'theirs');
  new MnsQueue(stack, 'other', { queueName: 'other', deadLetterPolicy: { queue: elsewhere, maxReceiveCount: 1 } });
  const policies = Object.values(resources(stack, 'alicloud_message_service_queue')).map(
    (queue) => (queue as { dlq_policy?: unknown }).dlq_policy,
  );
  expect(policies).toEqual([
    undefined,
    { dead_letter_target_queue: 'theirs', enabled: true, max_receive_count: 1 },
    {
      dead_letter_target_queue: '${alicloud_message_service_queue.dead_9A6F9BCE.queue_name}',
      enabled: true,
      max_receive_count: 3,
    },
  ]);
});

it('by name makes nothing', () => {
  const stack = testStack();
  const queue = MnsQueue.fromQueueName(stack, 'queue', 'receipts', { region: 'cn-shanghai' });
  expect(queue).toMatchObject({ queueName: 'receipts', region: 'cn-shanghai' });
  expect(MnsQueue.isMnsQueue(queue)).toBe(true);
  expect(addresses(stack)).toEqual([]);
});

it('may have the same name in another region', () => {
  const stack = testStack();
  const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
  new MnsQueue(stack, 'a', { queueName: 'receipts' });
  new MnsQueue(stack, 'b', { queueName: 'receipts', provider });
  expect(resources(stack, 'alicloud_message_service_queue')).toHaveLength(2);
});

describe('errors', () => {
  const TIMEOUT = 'expected a whole number from 1 to 43200';

  function refusal(props: MnsQueueProps): string[] {
    return messageOf(() => new MnsQueue(testStack(), 'queue', props))
      .split('\n')
      .slice(1);
  }

  it('tells all faults at once', () => {
    expect(
      refusal({
        queueName: 'my_queue',
        retentionSeconds: 59,
        visibilityTimeoutSeconds: 43201,
        pollingWaitSeconds: 1.5,
        delaySeconds: 604801,
        maximumMessageBytes: 1023,
        deadLetterPolicy: { queue: MnsQueue.fromQueueName(testStack(), 'dead', 'dead'), maxReceiveCount: 0 },
      }),
    ).toEqual([
      '  - queueName: expected 1 to 120 letters, digits and hyphens, a letter or digit first, got "my_queue"; did you mean "my-queue"?',
      '  - retentionSeconds: expected a whole number from 60 to 604800, got 59',
      `  - visibilityTimeoutSeconds: ${TIMEOUT}, got 43201`,
      '  - pollingWaitSeconds: expected a whole number from 0 to 30, got 1.5',
      '  - delaySeconds: expected a whole number from 0 to 604800, got 604801',
      '  - maximumMessageBytes: expected a whole number from 1024 to 65536, got 1023',
      '  - deadLetterPolicy.maxReceiveCount: expected a whole number from 1 to 1000, got 0',
    ]);
  });

  it('refuses a visibility timeout that the provider would not send', () => {
    expect(refusal({ visibilityTimeoutSeconds: 0 })).toEqual([`  - visibilityTimeoutSeconds: ${TIMEOUT}, got 0`]);
  });

  it('refuses dead letters that go nowhere, round in a circle, or to another region', () => {
    const stack = testStack();
    const theirs = MnsQueue.fromQueueName(stack, 'theirs', 'receipts', { region: 'cn-shanghai' });
    const without = {} as MnsQueueProps['deadLetterPolicy'];
    expect(refusal({ deadLetterPolicy: without })).toEqual([
      '  - deadLetterPolicy.queue: expected a value, got undefined',
    ]);
    expect(refusal({ queueName: 'receipts', deadLetterPolicy: { queue: theirs, maxReceiveCount: 1 } })).toEqual([
      '  - deadLetterPolicy.queue: expected another queue, got the queue itself',
    ]);
    expect(refusal({ deadLetterPolicy: { queue: theirs, maxReceiveCount: 1 } })).toEqual([
      "  - deadLetterPolicy.queue: expected one in the queue's region, cn-hangzhou, got one in cn-shanghai",
    ]);
  });

  it.each(['', '-a', 'a'.repeat(121)])('refuses the name %j', (queueName) => {
    const message = `queueName: expected 1 to 120 letters, digits and hyphens, a letter or digit first, got ${JSON.stringify(queueName)}`;
    expect(refusal({ queueName })[0]).toContain(message);
    expect(() => MnsQueue.fromQueueName(testStack(), 'queue', queueName)).toThrow(message);
  });

  it('refuses a region that has not the form of one', () => {
    expect(() => MnsQueue.fromQueueName(testStack(), 'queue', 'receipts', { region: 'Hangzhou' })).toThrow(
      'region: expected a region such as "cn-hangzhou", got "Hangzhou"',
    );
  });

  it('refuses at synth two queues of one name in one region', () => {
    const stack = testStack();
    new MnsQueue(stack, 'a', { queueName: 'receipts' });
    new MnsQueue(stack, 'b', { queueName: 'receipts' });
    expect(messageOf(() => synth(stack))).toContain(
      '[receipts/b] queue "receipts" is already made by receipts/a: give one of them another queueName',
    );
  });
});
