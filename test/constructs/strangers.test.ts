import {
  DataTerraformRemoteStateLocal,
  Fn,
  Lazy,
  TerraformCount,
  TerraformIterator,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
  Testing,
  Token,
} from 'cdktf';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  DlaMnsNotification,
  DlaMqNotification,
  type DlaMqNotificationProps,
  MnsQueue,
  MqInstance,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  OssBucket,
  RamRole,
} from '../../lib/index';
import { OssBucket as RawBucket } from '../../lib/provider-schema/gen/oss-bucket/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { messageOf, resource, resources, synth, synthApp, testStack } from '../synth';

/** Apps as other teams write them. */
describe('names that Terraform knows later', () => {
  it('come from variables, functions, Lazy and other resources', () => {
    const stack = testStack();
    const name = new TerraformVariable(stack, 'team', { type: 'string' });
    const raw = new RawBucket(stack, 'raw', { bucket: 'raw-bucket' });
    new OssBucket(stack, 'a', { bucketName: name.stringValue });
    new OssBucket(stack, 'b', { bucketName: Fn.join('-', ['tables', name.stringValue]) });
    new MnsQueue(stack, 'c', { queueName: Lazy.stringValue({ produce: () => 'queue-of-later' }) });
    new MnsQueue(stack, 'd', { queueName: `receipts-${name.stringValue}`, retentionSeconds: name.numberValue });
    const channel = new DlaMnsNotification(stack, 'n', { bucket: OssBucket.fromBucketName(stack, 'r', raw.bucket) });
    channel.grantConsume(RamRole.fromRoleName(stack, 'reader', name.stringValue));
    const names = resources(stack, 'alicloud_oss_bucket').map(({ bucket }) => bucket);
    expect(names).toEqual(['${var.team}', '${join("-", ["tables", var.team])}', 'raw-bucket']);
    expect(resources(stack, 'alicloud_message_service_queue').map((one) => one.queue_name)).toEqual(
      expect.arrayContaining(['queue-of-later', 'receipts-${var.team}']),
    );
    const { value } = synth(stack).output!.receipt_channels as { value: { n: { bucket: string } } };
    expect(value.n.bucket).toBe('${alicloud_oss_bucket.raw.bucket}');
  });

  it('come from the state of another app', () => {
    const stack = testStack();
    const other = new DataTerraformRemoteStateLocal(stack, 'other', { path: 'other.tfstate' });
    new DlaMqNotification(stack, 'n', {
      bucket: OssBucket.fromBucketName(stack, 'b', other.getString('bucket')),
      instance: MqInstance.fromInstanceId(stack, 'i', Fn.lookup({ a: 'x' }, 'a', 'y') as string),
    });
    expect(JSON.stringify(synth(stack).output)).toContain('data.terraform_remote_state.other.outputs.bucket');
  });

  it('come from an iterator or a count, on the resource', () => {
    const stack = testStack();
    const iterator = TerraformIterator.fromList(['one', 'two']);
    new MnsQueue(stack, 'each', { queueName: `receipts-${iterator.value}` }).resource.forEach = iterator;
    const count = TerraformCount.of(2);
    new MnsQueue(stack, 'count', { queueName: `receipts-${Token.asString(count.index)}` }).resource.count = count;
    const { alicloud_message_service_queue: queues } = synth(stack).resource!;
    expect(Object.values(queues)).toEqual([
      { queue_name: 'receipts-${count.index}', count: 2 },
      { queue_name: 'receipts-${each.value}', for_each: expect.stringContaining('toset') as string },
    ]);
  });
});

describe('stacks', () => {
  it('one a region in a loop share a role of a stack of its own', () => {
    const files = synthApp((app) => {
      const home = testStack('account', app);
      const role = new OpenAnalyticsMqRole(home, 'role');
      for (const region of ['cn-hangzhou', 'cn-shanghai', 'cn-beijing']) {
        const stack = new TerraformStack(app, region);
        new AlicloudProvider(stack, 'alicloud', { region });
        new DlaMqNotification(stack, 'receipts', { role });
      }
    });
    expect(Object.keys(files)).toEqual(['account', 'cn-beijing', 'cn-hangzhou', 'cn-shanghai']);
    expect(files['cn-beijing']).toContain('"region": "cn-beijing"');
  });

  it('refer to each other through outputs of cdktf', () => {
    const files = synthApp((app) => {
      const [one, two] = [testStack('one', app), testStack('two', app)];
      const { role, queue } = new DlaMnsNotification(one, 'n');
      new DlaMnsNotification(two, 'n', { role });
      new TerraformOutput(two, 'queue-of-one', { value: queue.queueName, staticId: true });
    });
    expect(files.two).toContain('terraform_remote_state');
  });

  it('are told when they need each other both ways', () => {
    const message = messageOf(() =>
      synthApp((app) => {
        const [one, two] = [testStack('one', app), testStack('two', app)];
        const role = new OpenAnalyticsMnsRole(one, 'role');
        new DlaMnsNotification(two, 'n', { role });
        new DlaMnsNotification(one, 'n', { role, bucket: new OssBucket(two, 'b', { bucketName: 'tables-of-two' }) });
      }),
    );
    expect(message).toContain('put what both need into a stack of its own');
  });

  it('synthesise the same twice, and with the matchers of cdktf', () => {
    const build = () => {
      const stack = testStack();
      new DlaMqNotification(stack, 'n').addChannel('orders');
      return stack;
    };
    const [first, second] = [Testing.synth(build()), Testing.synth(build())];
    expect(first).toBe(second);
    expect(Testing.toHaveResource(first, 'alicloud_ons_topic')).toBe(true);
  });
});

describe('classes of other teams', () => {
  it('build on ours', () => {
    class TeamNotification extends DlaMqNotification {
      constructor(scope: Construct, id: string, team: string, props: DlaMqNotificationProps = {}) {
        super(scope, id, { ...props, topicProps: { remark: team } });
      }
    }
    class TeamStack extends TerraformStack {
      public readonly notification: TeamNotification;

      constructor(scope: Construct, id: string) {
        super(scope, id);
        new AlicloudProvider(this, 'alicloud', { region: 'cn-hangzhou' });
        this.notification = new TeamNotification(this, 'receipts', 'orders');
      }
    }
    const stack = new TeamStack(Testing.app(), 'team');
    expect(DlaMqNotification.isDlaMqNotification(stack.notification)).toBe(true);
    expect(stack.notification.addChannel('more')).not.toBeInstanceOf(TeamNotification);
    expect(resources(stack, 'alicloud_ons_topic').some(({ remark }) => remark === 'orders')).toBe(true);
    expect(resource(stack, 'alicloud_ons_instance')).toBeDefined();
  });
});
