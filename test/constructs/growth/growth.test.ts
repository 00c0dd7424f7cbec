import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vm from 'node:vm';
import { type App, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  DlaMnsNotification,
  DlaMqNotification,
  type IOpenAnalyticsMnsRole,
  type IOpenAnalyticsMqRole,
  MnsQueue,
  MqGroup,
  MqInstance,
  MqTopic,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  OssBucket,
  type ReceiptChannelOutputs,
} from '../../../lib/index';
import * as lib from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { ROOT } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { messageOf, testStack } from '../../synth';
import { type Configuration, type Deployed, GrowingApp, synthesize } from './growing-app';
import { build as build01 } from './version-0.1/app';

const MQ_ROLE = 'role AliyunOpenAnalyticsAccessingMQRole';
const MNS_ROLE = 'role AliyunOpenAnalyticsAccessingMNSRole';

interface Roles {
  readonly mq?: IOpenAnalyticsMqRole;
  readonly mns?: IOpenAnalyticsMnsRole;
}

/** The stack that owns the roles of the app, with channels of both kinds. */
function owner(app: App, id = 'alpha', channels = ['orders', 'bills'], roles: Roles = {}): Required<Roles> {
  const stack = testStack(id, app);
  const mq = new DlaMqNotification(stack, 'n', { role: roles.mq });
  channels.forEach((channel) => mq.addChannel(channel));
  return { mq: mq.role, mns: new DlaMnsNotification(stack, 'q', { role: roles.mns }).role };
}

/** A stack that refers to the role. */
function user(app: App, id: string, role?: IOpenAnalyticsMnsRole): TerraformStack {
  const stack = testStack(id, app);
  new DlaMnsNotification(stack, 'n', { role });
  return stack;
}

function first(app: App): void {
  user(app, 'beta', owner(app).mns);
}

let base: string;
beforeAll(async () => {
  if (!hasTerraform) {
    return;
  }
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'growth-'));
  const growing = await GrowingApp.open(base);
  const { runs } = await growing.deploy(first);
  await growing.close();
  expect(Object.values(runs).flatMap(({ errors }) => errors)).toEqual([]);
}, 120_000);
afterAll(() => hasTerraform && fs.rmSync(base, { recursive: true, force: true }));

/** The app as it was deployed first. */
async function deployed(): Promise<GrowingApp> {
  const folder = scratchFolder();
  fs.cpSync(base, folder, { recursive: true, filter: (file) => path.basename(file) !== 'owner' });
  const growing = await GrowingApp.open(folder);
  onTestFinished(() => growing.close());
  return growing;
}

/** What was done to each stack: addresses by action, without hashes. */
function changesOf({ runs }: Deployed): Record<string, string[]> {
  const short = (change: string) => change.replace(/^alicloud_/, '').replace(/_[0-9A-F]{8}\b/, '');
  return Object.fromEntries(Object.entries(runs).map(([id, { changes }]) => [id, changes.map(short)]));
}

const noErrors = ({ runs, skipped }: Deployed) => {
  expect(Object.values(runs).flatMap(({ errors }) => errors)).toEqual([]);
  expect(skipped).toEqual([]);
};

describe.skipIf(!hasTerraform)('an app that grows', { timeout: 120_000 }, () => {
  it.each<[string, (app: App) => void, Record<string, string[]>]>([
    ['as it was', first, { alpha: [], beta: [] }],
    [
      'a stack after the others',
      (app) => {
        const { mns } = owner(app);
        user(app, 'beta', mns);
        user(app, 'gamma', mns);
      },
      { alpha: [], beta: [], gamma: ['message_service_queue.n_Queue: create', 'oss_bucket.n_Bucket: create'] },
    ],
    ['a stack removed', (app) => void owner(app), { alpha: [] }],
    [
      'channels reordered and stacks, too',
      (app) => {
        const beta = testStack('beta', app);
        const { mns } = owner(app, 'alpha', ['bills', 'orders']);
        new DlaMnsNotification(beta, 'n', { role: mns });
      },
      { alpha: [], beta: [] },
    ],
    [
      'a channel added',
      (app) => user(app, 'beta', owner(app, 'alpha', ['abroad', 'orders', 'bills']).mns),
      { alpha: ['ons_group.n_abroad_Group: create', 'ons_topic.n_abroad_Topic: create'], beta: [] },
    ],
    [
      'a channel removed',
      (app) => user(app, 'beta', owner(app, 'alpha', ['bills']).mns),
      { alpha: ['ons_group.n_orders_Group: delete', 'ons_topic.n_orders_Topic: delete'], beta: [] },
    ],
  ])('%s', async (_name, build, expected) => {
    const growing = await deployed();
    const done = await growing.deploy(build);
    noErrors(done);
    const changes = changesOf(done);
    expect(Object.keys(changes).sort()).toEqual(Object.keys(expected).sort());
    for (const [id, wanted] of Object.entries(expected)) {
      expect(changes[id], id).toEqual(wanted.length === 0 ? [] : expect.arrayContaining(wanted));
      expect(
        changes[id].filter((change) => !change.endsWith(': create')),
        id,
      ).toEqual(wanted.filter((change) => !change.endsWith(': create')));
    }
  });

  it('a stack before the others is told at synth, and changes nothing once it names the owner', async () => {
    const without = (app: App) => ['aaa', 'alpha'].forEach((id) => user(app, id));
    expect(messageOf(() => synthesize(without))).toMatch(/\[alpha\/n] role .* in stack alpha and in stack aaa/);

    const growing = await deployed();
    const done = await growing.deploy((app) => {
      const aaa = testStack('aaa', app);
      const { mns } = owner(app);
      new DlaMnsNotification(aaa, 'n', { role: mns });
      user(app, 'beta', mns);
    });
    noErrors(done);
    expect(changesOf(done)).toMatchObject({ alpha: [], beta: [] });
  });

  it.each<[string, (app: App) => void]>([
    [
      'put before the others',
      (app) =>
        void owner(app, 'alpha', undefined, {
          mns: user(app, 'aaa').node.findAll().find(DlaMnsNotification.isDlaMnsNotification)!.role,
        }),
    ],
    ['renamed', (app) => user(app, 'beta', owner(app, 'gamma').mns)],
    ['removed', (app) => user(app, 'beta')],
    [
      'moved to a stack of its own',
      (app) => {
        const account = testStack('account', app);
        const mns = new OpenAnalyticsMnsRole(account, 'role');
        user(app, 'beta', owner(app, 'alpha', undefined, { mns }).mns);
      },
    ],
  ])('an owner %s fails before anything is made or destroyed, with the line to write', async (_name, build) => {
    const growing = await deployed();
    const before = growing.made;
    const { runs } = await growing.deploy(build);
    const [failed, ...others] = Object.values(runs);
    expect(others).toEqual([]);
    expect(failed.text).toContain('exists, and this stack did not make it: give the channels role');
    expect(growing.made).toEqual(before);
  });

  it('mq becomes mns and mq again', async () => {
    const growing = await deployed();
    const before = growing.made;
    const there = await growing.deploy((app) => {
      const alpha = testStack('alpha', app);
      new DlaMnsNotification(alpha, 'n');
      user(app, 'beta', new DlaMnsNotification(alpha, 'q').role);
    });
    noErrors(there);
    expect(changesOf(there)).toEqual({
      alpha: expect.not.arrayContaining([expect.stringMatching(/(oss_bucket|MNSRole|q_Queue).*(delete|replace)/)]),
      beta: [],
    });
    expect(growing.made).not.toContain(MQ_ROLE);
    expect(growing.made).toContain(MNS_ROLE);

    const back = await growing.deploy(first);
    noErrors(back);
    expect(growing.made).toEqual(before);
  });

  describe('parts of a channel', () => {
    const NAMES = {
      bucketProps: { bucketName: 'data-of-a-team' },
      topicProps: { topicName: 'receipts' },
      groupProps: { groupId: 'GID_receipts' },
    };
    const queueProps = { queueName: 'receipts' };
    const own = (app: App) => {
      const alpha = testStack('alpha', app);
      new DlaMqNotification(alpha, 'n', NAMES);
      new DlaMnsNotification(alpha, 'q', { queueProps, bucketProps: { bucketName: 'data-of-a-queue' } });
    };
    /** The same app, with parts given by their names. */
    const given = (growing: GrowingApp, parts: readonly string[], other = '') => {
      const [{ instanceId }] = growing.account.ons.listInstances('cn-hangzhou');
      return (app: App) => {
        const alpha = testStack('alpha', app);
        const instance = MqInstance.fromInstanceId(alpha, 'its-instance', instanceId);
        const all = {
          instance,
          bucket: OssBucket.fromBucketName(alpha, 'its-bucket', `data-of-a-team${other}`),
          topic: MqTopic.fromTopicAttributes(alpha, 'its-topic', { topicName: `receipts${other}`, instance }),
          group: MqGroup.fromGroupAttributes(alpha, 'its-group', { groupId: `GID_receipts${other}`, instance }),
        };
        const taken = Object.fromEntries(Object.entries(all).filter(([name]) => parts.includes(name)));
        const left = Object.fromEntries(
          Object.entries(NAMES).filter(([name]) => !parts.includes(name.replace('Props', ''))),
        );
        new DlaMqNotification(alpha, 'n', { ...left, ...taken });
        new DlaMnsNotification(
          alpha,
          'q',
          parts.includes('queue')
            ? {
                queue: MnsQueue.fromQueueName(alpha, 'its-queue', `receipts${other}`),
                bucket: OssBucket.fromBucketName(alpha, 'its-other-bucket', `data-of-a-queue${other}`),
              }
            : { queueProps, bucketProps: { bucketName: 'data-of-a-queue' } },
        );
      };
    };
    const start = async () => {
      const growing = await GrowingApp.open(scratchFolder());
      onTestFinished(() => growing.close());
      noErrors(await growing.deploy(own));
      return growing;
    };

    it.each([[['bucket']], [['instance']], [['instance', 'topic', 'group']], [['queue']]])(
      'that were made, and are given as %j by name, are not destroyed',
      async (parts) => {
        const growing = await start();
        const before = growing.made;
        const { runs } = await growing.deploy(given(growing, parts));
        const message = runs.alpha.errors.join().replace(/\s+/g, ' ');
        expect(message).toMatch(/is not destroyed, for alpha\/[nq] still refers to it: .* state rm alicloud_\w+\.\w+/);
        expect(growing.made).toEqual(before);
        for (const { name } of growing.account.oss.listBuckets()) {
          expect(growing.account.oss.getBucket(name)).toMatchObject({ acl: 'private', blockPublicAccess: true });
        }
        const addresses = [...message.matchAll(/state rm (alicloud_\w+\.\w+)/g)].map(([, address]) => address);
        expect((await growing.workspace('alpha').run('state', 'rm', ...new Set(addresses))).code).toBe(0);
      },
    );

    it('that were made, and are read from outputs at the same ids, are not destroyed', async () => {
      const growing = await start();
      const before = growing.made;
      const { n, q } = growing.workspace('alpha').output('receipt_channels') as Record<string, ReceiptChannelOutputs>;
      const { runs } = await growing.deploy((app) => {
        const alpha = testStack('alpha', app);
        DlaMqNotification.fromOutputs(alpha, 'n', n);
        DlaMnsNotification.fromOutputs(alpha, 'q', q);
        OpenAnalyticsMqRole.forget(alpha);
        OpenAnalyticsMnsRole.forget(alpha);
      });
      expect(runs.alpha.errors.join().replace(/\s+/g, ' ')).toContain('is not destroyed, for alpha/');
      expect(growing.made).toEqual(before);
    });

    it('go where others are given', async () => {
      const growing = await start();
      growing.account.oss.createBucket('cn-hangzhou', { name: 'data-of-a-team-2' });
      const done = await growing.deploy(given(growing, ['bucket'], '-2'));
      noErrors(done);
      expect(growing.made).not.toContain('bucket data-of-a-team');
      expect(growing.made).toContain('bucket data-of-a-team-2');
    });
  });

  it.each<[string, (app: App) => void, string[]]>([
    [
      'two channels renamed at once',
      (app) => user(app, 'beta', owner(app, 'alpha', ['purchases', 'invoices']).mns),
      ['n_orders_Topic', 'n_orders_Group', 'n_bills_Topic', 'n_bills_Group'],
    ],
    [
      'a channel moved into a construct',
      (app) => {
        const { mns } = owner(app);
        new DlaMnsNotification(new Construct(testStack('beta', app), 'team'), 'n', { role: mns });
      },
      ['n_Queue', 'n_Bucket', 'n_Bucket_Acl', 'n_Bucket_PublicAccessBlock'],
    ],
    [
      'a channel moved to a stack of its own',
      (app) => {
        const { mns } = owner(app);
        testStack('beta', app);
        user(app, 'gamma', mns);
      },
      ['n_Queue', 'n_Bucket', 'n_Bucket_Acl', 'n_Bucket_PublicAccessBlock'],
    ],
  ])('%s takes its own with it, and nothing else', async (_name, build, gone) => {
    const growing = await deployed();
    const done = await growing.deploy(build);
    noErrors(done);
    const lost = Object.values(changesOf(done))
      .flat()
      .filter((change) => !/: (create|read)$/.test(change));
    expect(lost.map((change) => change.replace(/^\w+\./, '')).sort()).toEqual(
      gone.map((name) => `${name}: delete`).sort(),
    );
    expect(growing.made).toEqual(expect.arrayContaining([MQ_ROLE, MNS_ROLE]));
  });

  it.each<[string, (app: App) => void]>([
    ['both stacks renamed', (app) => user(app, 'delta', owner(app, 'gamma').mns)],
    [
      'the region changed',
      (app) => {
        const alpha = new TerraformStack(app, 'alpha');
        new AlicloudProvider(alpha, 'alicloud', { region: 'cn-shanghai' });
        new DlaMqNotification(alpha, 'n');
        new DlaMnsNotification(alpha, 'q');
      },
    ],
  ])('%s fails before anything is made or destroyed', async (_name, build) => {
    const growing = await deployed();
    const before = growing.made;
    const { runs, skipped } = await growing.deploy(build);
    expect(Object.values(runs).map(({ code }) => code)).toEqual([1]);
    expect(skipped.length).toBeLessThanOrEqual(1);
    expect(growing.made).toEqual(before);
  });

  it('a provider alias renamed changes nothing', async () => {
    const growing = await GrowingApp.open(scratchFolder());
    onTestFinished(() => growing.close());
    const withAlias = (alias: string) => (app: App) => {
      const alpha = new TerraformStack(app, 'alpha');
      const provider = new AlicloudProvider(alpha, alias, { alias, region: 'cn-hangzhou' });
      new DlaMqNotification(alpha, 'n', { provider });
    };
    noErrors(await growing.deploy(withAlias('one')));
    const done = await growing.deploy(withAlias('two'));
    noErrors(done);
    expect(changesOf(done)).toEqual({ alpha: [] });
  });

  it('parts that a stack makes, then only refers to, then makes again, stay', async () => {
    const growing = await GrowingApp.open(scratchFolder());
    onTestFinished(() => growing.close());
    const deploy = (made: boolean) =>
      growing.deploy((app) => {
        const alpha = testStack('alpha', app);
        if (made) {
          new OssBucket(alpha, 'bucket', { bucketName: 'data-of-a-team' });
          new MnsQueue(alpha, 'queue', { queueName: 'receipts' });
        } else {
          OssBucket.fromBucketName(alpha, 'bucket', 'data-of-a-team');
          MnsQueue.fromQueueName(alpha, 'queue', 'receipts');
        }
      });
    noErrors(await deploy(true));
    const before = growing.made;
    const referred = await deploy(false);
    expect(referred.runs.alpha.errors.join().replace(/\s+/g, ' ')).toContain('is not destroyed, for alpha/');
    expect(growing.made).toEqual(before);
    noErrors(await deploy(true));
    expect(growing.made).toEqual(before);
  });

  it('a role that is made and then adopted, and made again, stays', async () => {
    const growing = await GrowingApp.open(scratchFolder());
    onTestFinished(() => growing.close());
    for (const adopt of [false, true, false]) {
      const done = await growing.deploy((app) => {
        const alpha = testStack('alpha', app);
        new DlaMnsNotification(alpha, 'n', { role: new OpenAnalyticsMnsRole(alpha, 'role', { adopt }) });
      });
      noErrors(done);
      expect(done.runs.alpha.changes.filter((change) => /delete|replace/.test(change))).toEqual([]);
    }
  });

  describe('a role that moves', () => {
    /** Both roles in a stack of their own, and what the former owner does to let go of them. */
    const moved =
      (adopt: boolean, letGo: (alpha: TerraformStack) => void = () => {}) =>
      (app: App) => {
        const account = testStack('account', app);
        const roles = {
          mq: new OpenAnalyticsMqRole(account, 'mq', { adopt }),
          mns: new OpenAnalyticsMnsRole(account, 'mns', { adopt }),
        };
        user(app, 'beta', owner(app, 'alpha', ['orders', 'bills'], roles).mns);
        letGo(app.node.findChild('alpha') as TerraformStack);
      };

    it('is forgotten by its stack, and there at every moment', async () => {
      const growing = await deployed();
      const made = growing.made;
      const done = await growing.deploy(
        moved(true, (alpha) => {
          OpenAnalyticsMqRole.forget(alpha);
          OpenAnalyticsMnsRole.forget(alpha);
        }),
      );
      noErrors(done);
      expect(Object.keys(done.runs)).toEqual(['account', 'alpha', 'beta']);
      expect(changesOf(done).beta).toEqual([]);
      expect(done.runs.alpha.changes.filter((change) => !change.endsWith(': remove'))).toEqual([]);
      expect(growing.made).toEqual(made);

      const after = await growing.deploy(moved(true));
      noErrors(after);
      expect(changesOf(after)).toEqual({ account: [], alpha: [], beta: [] });
    });

    it.each(['README.md', 'README.zh-CN.md'])('moves as %s tells', async (file) => {
      const blocks = [...fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(/^```(?:ts|sh)\n(.*?)^```/gms)];
      const [code] = blocks.map(([, block]) => block).filter((block) => block.includes('.forget('));
      const [command] = blocks.map(([, block]) => block).filter((block) => block.includes('state rm'));
      const first = (app: App) => {
        const { role } = new DlaMqNotification(testStack('alpha', app), 'notification');
        new DlaMqNotification(testStack('beta', app), 'notification', { role });
      };
      const told = (text: string) => (app: App) => {
        const [account, alpha, beta] = ['account', 'alpha', 'beta'].map((id) => testStack(id, app));
        const names = { account, alpha, beta, DlaMqNotification, OpenAnalyticsMqRole };
        (vm.compileFunction(text, Object.keys(names)) as (...all: unknown[]) => void)(...Object.values(names));
      };
      for (const byState of [false, true]) {
        const growing = await GrowingApp.open(scratchFolder());
        onTestFinished(() => growing.close());
        noErrors(await growing.deploy(first));
        const before = growing.made;
        if (byState) {
          const { code } = await growing.workspace('alpha').run(
            ...command
              .split(/[\s\\]+/)
              .filter(Boolean)
              .slice(1),
          );
          expect(code).toBe(0);
        }
        const done = await growing.deploy(told(byState ? code.replace(/^.*forget.*$/m, '') : code));
        noErrors(done);
        expect(
          Object.values(done.runs)
            .flatMap(({ changes }) => changes)
            .filter((one) => /delete|replace/.test(one)),
        ).toEqual([]);
        expect(growing.made).toEqual(before);
      }
    });

    it('is taken out of the state of its stack by terraform state rm', async () => {
      const growing = await deployed();
      const addresses = ['MQRole_65F1DF0E', 'MNSRole_D022476A'].map(
        (name) => `alicloud_ram_role.AliyunOpenAnalyticsAccessing${name}`,
      );
      const attachments = ['MQRole_Attachment_5A555EB7', 'MNSRole_Attachment_7155EF26'].map(
        (name) => `alicloud_ram_role_policy_attachment.AliyunOpenAnalyticsAccessing${name}`,
      );
      expect((await growing.workspace('alpha').run('state', 'rm', ...addresses, ...attachments)).code).toBe(0);
      const done = await growing.deploy(moved(true));
      noErrors(done);
      expect(changesOf(done)).toMatchObject({ alpha: [], beta: [] });
    });

    it.each<[string, (app: App) => void, string[]]>([
      ['that was adopted elsewhere', moved(true), []],
      [
        'that is referred to by name',
        (app) => {
          const alpha = testStack('alpha', app);
          const mns = OpenAnalyticsMnsRole.fromRoleName(alpha, 'role');
          new DlaMnsNotification(alpha, 'q', { role: mns });
          user(app, 'beta', mns);
        },
        ['beta'],
      ],
    ])('is not destroyed by its stack, one %s', async (_name, build, waiting) => {
      const growing = await deployed();
      const { runs, skipped } = await growing.deploy(build);
      expect(skipped).toEqual(waiting);
      const message = runs.alpha.errors.join().replace(/\s+/g, ' ');
      expect(message).toContain(`${MNS_ROLE} is not destroyed, for stack alpha still refers to it`);
      expect(message).toMatch(/terraform state rm alicloud_ram_role\.\w+ alicloud_ram_role_policy_attachment\.\w+/);
      const { ram } = growing.account;
      expect(ram.listAttachedPolicies('role', MNS_ROLE.slice(5))).toHaveLength(1);
    });

    it('within its stack is told, and moves by moveFromId', async () => {
      const growing = await GrowingApp.open(scratchFolder());
      onTestFinished(() => growing.close());
      noErrors(await growing.deploy((app) => void new DlaMnsNotification(testStack('alpha', app), 'n')));
      const explicit =
        (move: boolean) =>
        (app: App): void => {
          const alpha = testStack('alpha', app);
          const role = new OpenAnalyticsMnsRole(alpha, 'role');
          if (move) {
            const name = 'AliyunOpenAnalyticsAccessingMNSRole';
            role.resource.moveFromId(`alicloud_ram_role.${name}_D022476A`);
            role.resources[1].moveFromId(`alicloud_ram_role_policy_attachment.${name}_Attachment_7155EF26`);
          }
          new DlaMnsNotification(alpha, 'n', { role });
        };
      expect((await growing.deploy(explicit(false))).runs.alpha.text).toContain('call resource.moveFromId()');
      const moved = await growing.deploy(explicit(true));
      noErrors(moved);
      expect(moved.runs.alpha.changes.filter((one) => !/: (move|no-op)$/.test(one))).toEqual([
        'terraform_data.this_stack_keeps_AliyunOpenAnalyticsAccessingMNSRole[0]: create',
      ]);
      expect(growing.made).toContain(MNS_ROLE);
    });

    it('that has an id of its own moves with it, or is kept', async () => {
      const growing = await GrowingApp.open(scratchFolder());
      onTestFinished(() => growing.close());
      const inStack =
        (id: string, adopt: boolean, letGo = false) =>
        (app: App) => {
          const home = testStack(id, app);
          const role = new OpenAnalyticsMnsRole(home, 'role', { adopt });
          const alpha = id === 'alpha' ? home : testStack('alpha', app);
          new DlaMnsNotification(alpha, 'n', { role });
          if (letGo) {
            OpenAnalyticsMnsRole.forget(alpha, 'role');
          }
        };
      noErrors(await growing.deploy(inStack('alpha', false)));
      const kept = await growing.deploy(inStack('account', true));
      expect(kept.runs.alpha.errors.join()).toContain('is not destroyed');
      const moved = await growing.deploy(inStack('account', true, true));
      noErrors(moved);
      expect(growing.made).toContain(MNS_ROLE);
    });
  });
});

describe.skipIf(!hasTerraform)('a state of version 0.1', { timeout: 120_000 }, () => {
  const read = (id: string) =>
    JSON.parse(fs.readFileSync(path.join(__dirname, 'version-0.1', `${id}.tf.json`), 'utf8')) as Configuration;
  const provider = (stack: TerraformStack) => new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

  it('has no change once the second stack names the owner of its role', async () => {
    expect(messageOf(() => synthesize((app) => build01(app, lib, provider, () => ({}))))).toMatch(/\[beta\/n] role/);

    const growing = await GrowingApp.open(scratchFolder());
    onTestFinished(() => growing.close());
    growing.account.ram.createRole({
      roleName: 'receipt-reader',
      assumeRolePolicyDocument: JSON.stringify({
        Version: '1',
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['ecs.aliyuncs.com'] } }],
      }),
    });
    noErrors(await growing.apply({ alpha: read('alpha'), beta: read('beta') }));
    const done = await growing.deploy((app) => build01(app, lib, provider, (role) => ({ role })));
    noErrors(done);
    expect(changesOf(done)).toEqual({ alpha: [], beta: [] });
  });
});
