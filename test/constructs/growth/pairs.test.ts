import { type App, TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  Baseline,
  BucketRedundancy,
  DlaMnsNotification,
  type DlaMnsNotificationProps,
  DlaMqNotification,
  MnsQueue,
  MqInstance,
  MqTopic,
  OpenAnalyticsMnsRole,
  OssBucket,
  StorageClass,
} from '../../../lib/index';
import type { Account } from '../../../lib/local-cloud/account/account';
import { trustPolicy } from '../../../lib/cloud/dla-roles';
import { MessageServiceQueue } from '../../../lib/provider-schema/gen/message-service-queue/index';
import { OssBucket as RawBucket } from '../../../lib/provider-schema/gen/oss-bucket/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { RamRole } from '../../../lib/provider-schema/gen/ram-role/index';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { testStack } from '../../synth';
import { type Build, deployedBy01, grown } from './growing-app';

const ROLE = `role ${OpenAnalyticsMnsRole.ROLE_NAME}`;

const named = (name: string): DlaMnsNotificationProps => ({
  bucketProps: { bucketName: `bucket-${name}` },
  queueProps: { queueName: `queue-${name}` },
});
const channel = (stack: TerraformStack, id = 'n', props: DlaMnsNotificationProps = {}) =>
  new DlaMnsNotification(stack, id, props);
const one: Build = (app) => void channel(testStack('alpha', app), 'n', named('n'));

/** One stack with a provider of its own. */
const withProvider =
  (region: string, alias: string | undefined, props: (stack: TerraformStack) => DlaMnsNotificationProps): Build =>
  (app) => {
    const stack = new TerraformStack(app, 'alpha');
    const provider = new AlicloudProvider(stack, 'alicloud', { region, alias });
    channel(stack, 'n', { ...props(stack), provider });
  };

const raw: Build = (app) => {
  const stack = testStack('alpha', app);
  new MessageServiceQueue(stack, 'q', { queueName: 'queue-n' });
  new RawBucket(stack, 'b', { bucket: 'bucket-n' });
};

const given = (stack: TerraformStack) => ({
  ...{ bucket: OssBucket.fromBucketName(stack, 'b', 'bucket-given'), queueProps: { queueName: 'queue-n' } },
});

const split: Build = (app) => {
  const { role } = channel(testStack('alpha', app));
  channel(testStack('gamma', app), 'm', { role, ...named('m') });
};
const merged: Build = (app) => {
  const stack = testStack('alpha', app);
  channel(stack);
  channel(stack, 'm', named('m'));
};

const far: Build = (app) => {
  const stack = testStack('alpha', app);
  channel(stack, 'n', named('n'));
  const provider = new AlicloudProvider(stack, 'sh', { region: 'cn-shanghai', alias: 'sh' });
  channel(stack, 'far', { provider, ...named('far') });
};

const withBaseline =
  (build: Build): Build =>
  (app) => {
    build(app);
    Baseline.apply(app);
  };

const topicsGiven =
  (...ids: string[]): Build =>
  (app) => {
    const stack = testStack('alpha', app);
    const instance = new MqInstance(stack, 'i');
    const topics = ['a', 'b'].map((id) => new MqTopic(stack, id, { instance }));
    const topicOf = (id: string) => topics[id === 'a' ? 0 : 1];
    const first = new DlaMqNotification(stack, 'n', { instance, topic: topicOf(ids[0]) });
    first.addChannel('m', { topic: topicOf(ids[1]) });
  };

/** What a channel may be given. */
const withBucket = (account: Account): void => {
  account.oss.createBucket('cn-hangzhou', { name: 'bucket-given' });
  account.oss.createBucket('cn-hangzhou', { name: 'bucket-zrs', storageClass: 'IA', redundancyType: 'ZRS' });
};

describe.skipIf(!hasTerraform)('an app, and what it is changed to', { timeout: 120_000 }, () => {
  it.each<[string, Build, Build]>([
    ['an alias added', one, withProvider('cn-hangzhou', 'hz', () => named('n'))],
    ['a region added', one, far],
    [
      'resources of the bindings that become constructs at their addresses',
      raw,
      (app) => {
        const stack = testStack('alpha', app);
        new MnsQueue(stack, 'Q', { queueName: 'queue-n' }).resource.overrideLogicalId('q');
        new OssBucket(stack, 'B', { bucketName: 'bucket-n' }).resource.overrideLogicalId('b');
      },
    ],
    [
      'resources of the bindings that become constructs by moveFromId',
      raw,
      (app) => {
        const stack = testStack('alpha', app);
        new MnsQueue(stack, 'Q', { queueName: 'queue-n' }).resource.moveFromId('alicloud_message_service_queue.q');
        new OssBucket(stack, 'B', { bucketName: 'bucket-n' }).resource.moveFromId('alicloud_oss_bucket.b');
      },
    ],
    [
      'another region with a given bucket, where the former queue stays behind as documented',
      withProvider('cn-hangzhou', undefined, given),
      withProvider('cn-shanghai', undefined, given),
    ],
    ['the baseline', one, withBaseline(one)],
    [
      'the redundancy and the class of a bucket left out',
      (app) =>
        void channel(testStack('alpha', app), 'n', {
          bucketProps: { redundancy: BucketRedundancy.ZONE, storageClass: StorageClass.INFREQUENT_ACCESS },
        }),
      (app) => void channel(testStack('alpha', app)),
    ],
    [
      'a bucket of another class and redundancy imported',
      (app) => void testStack('alpha', app),
      (app) =>
        void new OssBucket(testStack('alpha', app), 'b', { bucketName: 'bucket-zrs' }).resource.importFrom(
          'bucket-zrs',
        ),
    ],
    ['channels that swap the topics that they are given', topicsGiven('a', 'b'), topicsGiven('b', 'a')],
  ])('%s: nothing is destroyed or replaced', async (_name, first, second) => {
    const growing = await grown(first, withBucket);
    const before = growing.made;
    const { runs } = await growing.deploy(second);
    const all = Object.values(runs);
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
    expect(all.flatMap(({ changes }) => changes).filter((change) => /: (delete|replace)/.test(change))).toEqual([]);
    expect(growing.made).toEqual(expect.arrayContaining(before));
  });

  it.each<[string, Build, Build]>([
    [
      'stacks that swap their names',
      (app) => {
        const alpha = testStack('alpha', app);
        channel(testStack('beta', app), 'n', { role: channel(alpha).role, ...named('b') });
      },
      (app) => {
        const beta = testStack('beta', app);
        channel(testStack('alpha', app), 'n', { role: channel(beta).role, ...named('b') });
      },
    ],
    ['a channel and its stack renamed at once', one, (app) => void channel(testStack('omega', app), 'm', named('n'))],
    ['another region', one, withProvider('cn-shanghai', undefined, () => named('n'))],
    ['a region taken out together with its provider', far, one],
    ['stacks merged, while the former one is still deployed', split, merged],
    [
      'a role of the bindings that channels then make',
      (app) =>
        void new RamRole(testStack('alpha', app), 'r', {
          roleName: OpenAnalyticsMnsRole.ROLE_NAME,
          assumeRolePolicyDocument: trustPolicy(undefined),
        }),
      one,
    ],
    [
      'a queue that must not be destroyed, renamed',
      (app) =>
        void (new MnsQueue(testStack('alpha', app), 'x', { queueName: 'queue-n' }).resource.lifecycle = {
          preventDestroy: true,
        }),
      (app) =>
        void (new MnsQueue(testStack('alpha', app), 'x', { queueName: 'queue-m' }).resource.lifecycle = {
          preventDestroy: true,
        }),
    ],
  ])('%s: fails, and nothing is lost', async (_name, first, second) => {
    const growing = await grown(first, withBucket);
    const before = growing.made;
    const { runs } = await growing.deploy(second);
    expect(Object.values(runs).some(({ code }) => code !== 0)).toBe(true);
    expect(growing.made).toEqual(expect.arrayContaining(before));
  });

  it.each<[string, Build, Build]>([
    ['a stack split in two', merged, split],
    [
      'a channel moved to another stack',
      (app) => {
        const stack = testStack('alpha', app);
        const { role } = channel(stack);
        channel(stack, 'm', named('m'));
        channel(testStack('beta', app), 'n', { role });
      },
      (app) => {
        const { role } = channel(testStack('alpha', app));
        const beta = testStack('beta', app);
        channel(beta, 'n', { role });
        channel(beta, 'm', { role, ...named('m') });
      },
    ],
  ])('%s: the channel is made anew, and the role stays', async (_name, first, second) => {
    const growing = await grown(first, withBucket);
    const before = growing.made;
    const { runs } = await growing.deploy(second);
    const all = Object.values(runs);
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
    const gone = all.flatMap(({ changes }) => changes).filter((change) => /: (delete|replace)/.test(change));
    expect(gone.map((change) => change.replace(/^alicloud_\w+\.(m_\w+?)_[0-9A-F]{8}: /, '$1 ')).sort()).toEqual(
      ['m_Bucket', 'm_Bucket_Acl', 'm_Bucket_PublicAccessBlock', 'm_Queue'].map((name) => `${name} delete`),
    );
    expect(growing.made).toEqual(before);
  });

  it('the baseline taken out takes its policies with it, and nothing else', async () => {
    const growing = await grown(withBaseline(one));
    const before = growing.made;
    const { runs } = await growing.deploy(one);
    expect(runs.alpha.errors).toEqual([]);
    const lost = runs.alpha.changes.filter((change) => /: (delete|replace)/.test(change));
    expect(lost.map((change) => change.split('.')[0]).sort()).toEqual([
      'alicloud_ram_policy',
      'alicloud_ram_role_policy_attachment',
    ]);
    expect(growing.made).toEqual(before);
  });

  it('from MQ to SMQ and back at the same id keeps the bucket', async () => {
    const { bucketProps } = named('n');
    const mq: Build = (app) => void new DlaMqNotification(testStack('alpha', app), 'n', { bucketProps });
    const growing = await grown(mq, withBucket);
    for (const build of [(app: App) => void channel(testStack('alpha', app), 'n', { bucketProps }), mq]) {
      const { runs } = await growing.deploy(build);
      expect(runs.alpha.errors).toEqual([]);
      expect(runs.alpha.changes.filter((change) => change.includes('oss_bucket'))).toEqual([]);
    }
  });

  it('of version 0.1 keeps its role when the owner has lost its channels and another stack has one', async () => {
    const growing = await deployedBy01();
    const { runs } = await growing.deploy((app) => {
      testStack('alpha', app);
      const home = testStack('beta', app);
      channel(home, 'n', { role: OpenAnalyticsMnsRole.fromRoleName(home, 'role') });
    });
    expect(runs.alpha.errors.join().replace(/\s+/g, ' ')).toContain(`${ROLE} is not destroyed`);
    expect(growing.made).toContain(ROLE);
  });
});
