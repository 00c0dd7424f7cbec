import * as v8 from 'node:v8';
import { App, Fn, Testing, TerraformVariable } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { DlaMnsNotification, DlaMqNotification, MqInstance, OssBucket, RamRole, RolePermission } from '../../lib/index';
import { RamUser as RamUserResource } from '../../lib/provider-schema/gen/ram-user/index';
import { scratchFolder } from '../scratch';
import { addresses, messageOf, resources, synth, testStack } from '../synth';

const SMOKE = { smokeQuery: 'select 1' };

describe('an id', () => {
  it.each(['Bucket', 'Topic', 'Group', 'Instance'])(
    'of a channel that its parts have (%s) is told, with another',
    (id) => {
      const channel = new DlaMqNotification(testStack(), 'notification');
      expect(messageOf(() => channel.addChannel(id))).toMatch(
        new RegExp(`receipts/notification is not valid:\n.*got "${id}"; did you mean "${id}-channel"`),
      );
    },
  );

  it('of a second smoke test is told', () => {
    const channel = new DlaMqNotification(testStack(), 'notification', SMOKE);
    channel.smokeTest();
    expect(messageOf(() => channel.smokeTest())).toContain('did you mean "SmokeTest-smoke-test"');
  });

  it('that is put together at run time makes texts of one byte for each character', () => {
    const channel = new DlaMqNotification(testStack(), `orders${process.pid}`);
    for (const text of [channel.channelId, channel.topic.node.path]) {
      // The third byte tells what follows: " is a text of one byte for each character, c one of two.
      expect(String.fromCharCode(v8.serialize(text)[2])).toBe('"');
    }
  });

  it('that is a reference is refused, for names are made of it', () => {
    const stack = testStack();
    const { stringValue } = new TerraformVariable(stack, 'x', { type: 'string' });
    expect(messageOf(() => new OssBucket(stack, stringValue))).toContain('expected an id that is known at synth');
    const channel = new DlaMqNotification(stack, 'notification');
    expect(messageOf(() => channel.addChannel(`c-${stringValue}`))).toContain('expected an id that is known at synth');
  });
});

it.each([
  ['OssBucket', (scope: never) => new OssBucket(scope, 'x')],
  ['DlaMqNotification', (scope: never) => new DlaMqNotification(scope, 'x')],
  ['DlaMnsNotification', (scope: never) => new DlaMnsNotification(scope, 'x')],
  ['MqInstance', (scope: never) => new MqInstance(scope, 'x')],
])('%s without a scope is told', (_what, make) => {
  expect(messageOf(() => make(undefined as never))).toContain('scope: expected a construct in a TerraformStack');
});

describe('a channel that is taken out', () => {
  it('leaves the output, its names and its grants', () => {
    const stack = testStack();
    const role = { roleProps: { permission: RolePermission.PUBLISH_ONLY } };
    const kept = new DlaMqNotification(stack, 'kept', role);
    const topicProps = { topicName: 'orders' };
    const gone = new DlaMqNotification(stack, 'gone', { instance: kept.instance, topicProps });
    gone.grantConsume(RamRole.fromRoleName(stack, 'reader', 'reader'));
    stack.node.tryRemoveChild('gone');
    new DlaMqNotification(stack, 'other', { instance: kept.instance, topicProps });
    const { output, ...all } = synth(stack);
    expect(Object.keys(output!.receipt_channels.value as object)).toEqual(['kept', 'other']);
    expect(JSON.stringify(all)).not.toContain('gone');
    expect(addresses(stack).filter((address) => address.includes('Grants-'))).toHaveLength(2);
  });
});

describe('a statement with the hint', () => {
  it('keeps what looks like a template, and references', () => {
    const channel = new DlaMnsNotification(testStack(), 'notification');
    expect(channel.applyTo("select '${x}' from t")).toContain("select '$${x}' from t");
    expect(channel.applyTo(`select * from ${channel.bucket.bucketName}`)).toMatch(/from \$\{TfToken\[TOKEN\.\d+\]\}$/);
  });
});

describe('endpoints', () => {
  const of = (endpoint: string, region = 'cn-hangzhou') =>
    messageOf(() =>
      MqInstance.fromInstanceAttributes(testStack(), 'mq', {
        instanceId: 'MQ_INST_1_a',
        region,
        endpoints: { tcp: endpoint },
      }),
    );
  it('of another instance, region or protocol are refused', () => {
    expect(of('http://MQ_INST_1_b.cn-hangzhou.mq-internal.aliyuncs.com:8080')).toContain('an endpoint of MQ_INST_1_a');
    expect(of('http://MQ_INST_1_a.cn-shanghai.mq-internal.aliyuncs.com:8080')).toContain("the instance's region");
    expect(of('http://1234.mqrest.cn-hangzhou.aliyuncs.com')).toContain('an endpoint of protocol tcp');
  });
});

describe('HCL', () => {
  it.each([
    ['a channel', (stack: ReturnType<typeof testStack>) => new DlaMqNotification(stack, 'x')],
    [
      'a grant',
      (stack: ReturnType<typeof testStack>) =>
        OssBucket.fromBucketName(stack, 'x', 'tables').grantRead(RamRole.fromRoleName(stack, 'r', 'reader')),
    ],
    ['a policy of a bucket', (stack: ReturnType<typeof testStack>) => new OssBucket(stack, 'x', { enforceTls: true })],
  ])('is refused for %s', (_what, make) => {
    const stack = testStack('receipts', new App({ hclOutput: true, outdir: scratchFolder() }));
    expect(messageOf(() => make(stack))).toContain('hclOutput: expected false');
  });
});

describe('the output', () => {
  it.each<[string, boolean | undefined, boolean]>([
    ['is sensitive where a name is', true, true],
    ['is not where a sensitive variable stands elsewhere', undefined, false],
  ])('%s', (_what, sensitive, named) => {
    const stack = testStack();
    const { stringValue } = new TerraformVariable(stack, 'name', { type: 'string', sensitive: true });
    new DlaMqNotification(stack, 'notification', {
      topicProps: named ? { topicName: stringValue } : { remark: stringValue },
    });
    expect(synth(stack).output!.receipt_channels.sensitive).toBe(sensitive);
  });
});

describe('a channel of another app', () => {
  const outputs = {
    kind: 'mq',
    region: 'cn-hangzhou',
    roleName: 'AliyunOpenAnalyticsAccessingMQRole',
    instanceId: 'MQ_INST_1_a',
    topic: 'receipts',
    producerId: 'GID_dla',
    endpoint: 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080',
    bucket: 'tables',
    query: "select '${x}'",
    prepare: ['use a'],
  };

  it('has the hint, the smoke test and nothing in the output of this stack', () => {
    const stack = testStack();
    const channel = DlaMqNotification.fromOutputs(stack, 'orders', outputs);
    expect(channel.hint().toString()).toContain('mq-topic=receipts');
    channel.smokeTest();
    const { output } = synth(stack);
    expect(output).toBeUndefined();
    expect(addresses(stack).map((one) => one.split('.')[0])).toEqual(['terraform_data']);
    expect(resources(stack, 'terraform_data')[0].triggers_replace).toEqual({
      receipts: { receipt_channels: { orders: { ...outputs, query: "select '$${x}'" } } },
    });
  });

  it('may be known to Terraform only', () => {
    const stack = testStack();
    const { value } = new TerraformVariable(stack, 'channels', { type: 'any' });
    const channel = DlaMqNotification.fromOutputs(stack, 'orders', Fn.lookupNested(value, ['notification']));
    channel.smokeTest();
    channel.grantConsume(RamRole.fromRoleName(stack, 'reader', 'reader'));
    const text = Testing.synth(stack, true);
    expect(text).toContain('acs:mq:*:*:${var.channels.notification.instanceId}');
    expect(text).toContain('try(var.channels.notification.query, jsondecode(');
  });

  it('is refused where something is missing or is of another kind', () => {
    const message = messageOf(() =>
      DlaMqNotification.fromOutputs(testStack(), 'orders', {
        ...outputs,
        topic: undefined,
        kind: 'mns',
        region: 'Hangzhou',
      }),
    );
    expect(message).toContain('outputs.topic: expected a value, got undefined');
    expect(message).toContain('outputs.kind: expected "mq", got "mns"');
    expect(message).toContain('outputs.region: expected');
    expect(messageOf(() => DlaMqNotification.fromOutputs(testStack(), 'x', undefined as never))).toContain('outputs');
    const given = { ...outputs, endpoint: 'mq.example:80', producerId: 'orders' };
    expect(messageOf(() => DlaMqNotification.fromOutputs(testStack(), 'orders', given))).toMatch(
      /^\S*orders is not valid:\n {2}- outputs\.producerId: expected [^]*\n {2}- outputs\.endpoint: expected an endpoint of MQ, /,
    );
  });
});

describe('a grantee of a resource', () => {
  it('is refused of another type', () => {
    const stack = testStack();
    const user = new RamUserResource(stack, 'user', { name: 'reader' });
    expect(messageOf(() => RamRole.fromResource(stack, 'reader', user))).toContain(
      'expected alicloud_ram_role, got alicloud_ram_user',
    );
  });
});
