import { App, TerraformStack } from 'cdktf';
import { expect, it } from 'vitest';
import { DlaMqNotification, MnsQueue, MqInstance, OpenAnalyticsMqRole, OssBucket } from '../../lib/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { scratchFolder } from '../scratch';
import { messageOf, synth, testStack } from '../synth';

it.each([
  ['instance', (stack: TerraformStack) => new MqInstance(stack, 'one', { instanceName: 'receipts' })],
  ['queue', (stack: TerraformStack) => new MnsQueue(stack, 'one', { queueName: 'receipts' })],
])('an %s of one name may be in each region, also where the providers come later in the code', (_what, make) => {
  const build = (regions: readonly string[]) => {
    const app = new App({ outdir: scratchFolder() });
    const stacks = regions.map((region, at) => [new TerraformStack(app, `s${at}`), region] as const);
    stacks.forEach(([stack]) => make(stack));
    stacks.forEach(([stack, region]) => new AlicloudProvider(stack, 'alicloud', { region }));
    return app;
  };
  build(['cn-hangzhou', 'cn-shanghai']).synth();
  expect(messageOf(() => build(['cn-hangzhou', 'cn-hangzhou']).synth())).toMatch(
    /\[s1\/one\] (instance|queue) "receipts" is already made by s0\/one/,
  );
});

it('of three that claim one thing the others are told when the first is taken out', () => {
  const stack = testStack();
  for (const id of ['a', 'b', 'c']) {
    new OssBucket(stack, id, { bucketName: 'one-name' });
  }
  stack.node.tryRemoveChild('a');
  expect(messageOf(() => synth(stack))).toContain('[receipts/c] bucket "one-name" is already made by receipts/b');
  stack.node.tryRemoveChild('b');
  expect(() => synth(stack)).not.toThrow();
});

it.each<[string, string, (stack: TerraformStack) => { resource: { addOverride(path: string, value: string): void } }]>([
  ['bucket', 'bucket', (stack) => new OssBucket(stack, 'one', { bucketName: 'one-name' })],
  ['topic', 'topic_name', (stack) => new DlaMqNotification(stack, 'n').topic as never],
  ['group', 'group_name', (stack) => new DlaMqNotification(stack, 'n').group as never],
  ['queue', 'queue_name', (stack) => new MnsQueue(stack, 'one')],
])(
  'the name of a %s that addOverride changes is told, for grants and policies would name another one',
  (_what, attribute, make) => {
    const stack = testStack();
    make(stack).resource.addOverride(attribute, 'other-name');
    expect(messageOf(() => synth(stack))).toMatch(
      new RegExp(
        `\\[receipts/[\\w/]+\\] ${attribute}: expected "[\\w-]+", which grants and policies name.*got "other-name" by addOverride`,
      ),
    );
  },
);

it('other arguments may be overridden, and the name of a bucket that was given none', () => {
  const stack = testStack();
  const [named, unnamed] = [new OssBucket(stack, 'a', { bucketName: 'one-name' }), new OssBucket(stack, 'b')];
  named.resource.addOverride('tags', { team: 'data' });
  unnamed.resource.addOverride('bucket', 'other-name');
  expect(() => synth(stack)).not.toThrow();
});

it('a role that was taken out is not the owner of the next channel', () => {
  const stack = testStack();
  new OpenAnalyticsMqRole(stack, 'role');
  stack.node.tryRemoveChild('role');
  const { role } = new DlaMqNotification(stack, 'receipts');
  expect(role.node.path).not.toBe('receipts/role');
  expect(() => synth(stack)).not.toThrow();
});
