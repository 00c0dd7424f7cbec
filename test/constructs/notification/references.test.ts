import { App, TerraformOutput } from 'cdktf';
import { afterEach, expect, it, vi } from 'vitest';
import { DlaMnsNotification, DlaMqNotification, MqInstance } from '../../../lib/index';
import { synth, synthApp, testStack } from '../../synth';
import { scratchFolder } from '../../scratch';

afterEach(() => vi.restoreAllMocks());

/** What the stack's output says of its channels. */
function outputOf(stack: ReturnType<typeof testStack>): Record<string, Record<string, string>> {
  return synth(stack).output!.receipt_channels.value as Record<string, Record<string, string>>;
}

it.each([
  ['mq', (stack: ReturnType<typeof testStack>) => new DlaMqNotification(stack, 'n')],
  ['mns', (stack: ReturnType<typeof testStack>) => new DlaMnsNotification(stack, 'n')],
])('a further channel of %s takes no stack trace, which were most of what it cost', (_kind, make) => {
  const traces = (channels: number) => {
    const app = new App({ outdir: scratchFolder() });
    const stack = testStack('receipts', app);
    const captured = vi.spyOn(Error, 'captureStackTrace');
    const first = make(stack);
    for (let index = 1; index < channels; index += 1) {
      first.addChannel(`c${index}`);
    }
    app.synth();
    const { length } = captured.mock.calls;
    captured.mockRestore();
    return length;
  };
  expect(traces(12)).toBe(traces(2));
});

it('the outputs of a channel refer to what its stack makes as tokens do', () => {
  const stack = testStack();
  const mq = new DlaMqNotification(stack, 'mq');
  const mns = new DlaMnsNotification(stack, 'mns');
  new TerraformOutput(stack, 'tokens', { staticId: true, value: { mq: mq.outputs, mns: mns.outputs } });
  expect(outputOf(stack)).toEqual(synth(stack).output!.tokens.value);
});

it('the outputs of a channel refer to the state of another stack that makes a part', () => {
  const files = synthApp((app) => {
    const [home, other] = [testStack('home', app), testStack('other', app)];
    const topic = new MqInstance(home, 'mq').addTopic('orders');
    new DlaMqNotification(other, 'n', { topic });
  });
  const { receipt_channels: output } = (JSON.parse(files.other) as { output: Record<string, { value: object }> })
    .output;
  expect(output.value).toMatchObject({
    n: {
      instanceId: expect.stringMatching(/^\$\{data\.terraform_remote_state\..*mq_.*id\}$/),
      topic: expect.stringMatching(/^\$\{data\.terraform_remote_state\..*orders.*topic_name\}$/),
      producerId: expect.stringMatching(/^\$\{alicloud_ons_group\.n_Group_.*\.group_name\}$/),
    },
  });
});

it('a topic, group or queue can be given another address as long as nobody has referred to it', () => {
  const stack = testStack();
  const mq = new DlaMqNotification(stack, 'mq');
  const mns = new DlaMnsNotification(stack, 'mns');
  [mq.topic, mq.group, mns.queue].forEach((part, index) => part.resource!.overrideLogicalId(`renamed_${index}`));
  expect(outputOf(stack)).toMatchObject({
    mq: {
      topic: '${alicloud_ons_topic.renamed_0.topic_name}',
      producerId: '${alicloud_ons_group.renamed_1.group_name}',
    },
    mns: { queue: '${alicloud_message_service_queue.renamed_2.queue_name}' },
  });
  expect(Object.keys(synth(stack).resource!.alicloud_ons_topic)).toEqual(['renamed_0']);
});
