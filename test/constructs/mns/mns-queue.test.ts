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
    visibilityTimeoutSeconds: 0,
    pollingWaitSeconds: 30,
    tags: { a: 'b' },
  });
  expect(resource(stack, 'alicloud_message_service_queue')).toEqual({
    queue_name: 'receipts',
    message_retention_period: 60,
    visibility_timeout: 0,
    polling_wait_seconds: 30,
    tags: { a: 'b' },
  });
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
      }),
    ).toEqual([
      '  - queueName: expected 1 to 120 letters, digits and hyphens, a letter or digit first, got "my_queue"; did you mean "my-queue"?',
      '  - retentionSeconds: expected a whole number from 60 to 604800, got 59',
      '  - visibilityTimeoutSeconds: expected a whole number from 0 to 43200, got 43201',
      '  - pollingWaitSeconds: expected a whole number from 0 to 30, got 1.5',
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
