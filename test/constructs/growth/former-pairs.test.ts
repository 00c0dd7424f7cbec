import * as fs from 'node:fs';
import * as path from 'node:path';
import { type App, TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  DlaMnsNotification,
  DlaMqNotification,
  type IOpenAnalyticsMnsRole,
  type IOpenAnalyticsMqRole,
  MnsQueue,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  OssBucket,
  RamRole,
  RolePermission,
} from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { scratchFolder } from '../../scratch';
import { testStack } from '../../synth';
import { type Build, deployedBy01, type Deployed, GrowingApp, grown } from './growing-app';

const ROLES = [OpenAnalyticsMnsRole, OpenAnalyticsMqRole].map(({ ROLE_NAME }) => `role ${ROLE_NAME}`);

interface Changes {
  readonly id?: string;
  readonly mqRole?: IOpenAnalyticsMqRole;
  readonly mnsRole?: IOpenAnalyticsMnsRole;
  readonly channels?: readonly string[];
  /** Whether the channel of SMQ comes first. */
  readonly isReversed?: boolean;
  /** What the channel of MQ is. */
  readonly kind?: 'mq' | 'mns';
}

/** The first stack of the app of version 0.1, changed. */
function alpha(app: App, changes: Changes = {}): IOpenAnalyticsMnsRole {
  const stack = testStack(changes.id ?? 'alpha', app);
  const reader = RamRole.fromRoleName(stack, 'reader', 'receipt-reader');
  const bucket = new OssBucket(stack, 'data', {
    versioned: true,
    enforceTls: true,
    lifecycleRules: [{ prefix: 'tmp/', expireAfterDays: 7 }, { expireOldVersionsAfterDays: 30 }],
    tags: { team: 'data' },
  });
  bucket.grantRead(reader);
  const queue = (id: string) => {
    const mns = new DlaMnsNotification(stack, id, {
      role: changes.mnsRole,
      ...(id === 'mq' ? { bucket } : { queueProps: { retentionSeconds: 3600 } }),
    });
    mns.grantConsume(reader);
    return mns.role;
  };
  const first = changes.isReversed ? queue('queue') : undefined;
  if (changes.kind === 'mns') {
    queue('mq');
  } else {
    const mq = new DlaMqNotification(stack, 'mq', {
      bucket,
      role: changes.mqRole,
      roleProps: changes.mqRole ? undefined : { permission: RolePermission.PUBLISH_ONLY },
      topicProps: { remark: 'receipts' },
      smokeQuery: 'select 1',
    });
    mq.grantConsume(reader);
    (changes.channels ?? ['orders']).forEach((id) => mq.addChannel(id).grantConsume(reader));
  }
  return first ?? queue('queue');
}

function beta(app: App, role?: IOpenAnalyticsMnsRole, id = 'beta'): void {
  new DlaMnsNotification(testStack(id, app), 'n', { role, smokeQuery: 'select 1' });
}

/** The roles in a stack of their own, and whether the former owner lets go of them. */
const rolesMoved =
  (letGo: boolean): Build =>
  (app) => {
    const account = testStack('account', app);
    const mqRole = new OpenAnalyticsMqRole(account, 'mq', {
      adopt: true,
      permission: RolePermission.PUBLISH_ONLY,
    });
    const mnsRole = new OpenAnalyticsMnsRole(account, 'mns', { adopt: true });
    beta(app, alpha(app, { mqRole, mnsRole }));
    if (letGo) {
      const former = app.node.findChild('alpha') as TerraformStack;
      OpenAnalyticsMqRole.forget(former);
      OpenAnalyticsMnsRole.forget(former);
    }
  };

/** What was destroyed or replaced: ids without hashes. */
function lossesOf({ runs }: Deployed): string[] {
  return Object.values(runs)
    .flatMap(({ changes }) => changes)
    .filter((change) => /: (delete|replace)$/.test(change))
    .map((change) => change.replace(/^alicloud_/, '').replace(/_[0-9A-F]{8}: \w+$/, ''))
    .sort();
}

const errorsOf = ({ runs }: Deployed) => Object.values(runs).flatMap(({ errors }) => errors);

describe.skipIf(!hasTerraform)('an app of version 0.1 that is changed', { timeout: 120_000 }, () => {
  it.each<[string, Build, string[]]>([
    ['in the name of a stack', (app) => beta(app, alpha(app), 'gamma'), []],
    [
      'in the order of its stacks and channels, with a new one first',
      (app) => {
        const first = testStack('beta', app);
        const role = alpha(app, { isReversed: true, channels: ['abroad', 'orders'] });
        new DlaMnsNotification(first, 'n', { role, smokeQuery: 'select 1' });
      },
      [],
    ],
    [
      'by a channel less',
      (app) => beta(app, alpha(app, { channels: [] })),
      ['ons_group.mq_orders_Group', 'ons_topic.mq_orders_Topic'],
    ],
  ])('%s loses what goes with it alone', async (_name, second, losses) => {
    const growing = await deployedBy01();
    const before = growing.made;
    expect(await growing.conflicts(second)).toEqual([]);
    const done = await growing.deploy(second);
    expect(errorsOf(done)).toEqual([]);
    expect(lossesOf(done)).toEqual(losses);
    expect(before.filter((one) => !growing.made.includes(one))).toHaveLength(losses.length);
  });

  it('from MQ to SMQ at the same id keeps the bucket, and the other channel', async () => {
    const growing = await deployedBy01();
    const toMns: Build = (app) => beta(app, alpha(app, { kind: 'mns' }));
    expect(await growing.conflicts(toMns)).toEqual([]);
    const before = growing.made;
    const done = await growing.deploy(toMns);
    expect(errorsOf(done)).toEqual([]);
    const lost = before.filter((one) => !growing.made.includes(one));
    expect(lost.map((one) => one.split(' ')[0])).toEqual(expect.arrayContaining(['group', 'instance', 'topic']));
    expect(lost.filter((one) => /^(bucket|queue)/.test(one) || one === ROLES[0])).toEqual([]);
  });

  it('in the name of the stack that owns the roles fails, and nothing is lost', async () => {
    const growing = await deployedBy01();
    const before = growing.made;
    const { runs } = await growing.deploy((app) => beta(app, alpha(app, { id: 'omega' })));
    expect(runs.omega.text).toContain('exists, and this stack did not make it: give the channels role');
    expect(growing.made).toEqual(before);
  });

  it('in the stack of its roles loses them at no moment, and is not deployed unless they are let go', async () => {
    const growing = await deployedBy01();
    const before = growing.made;
    expect(await growing.conflicts(rolesMoved(false))).not.toEqual([]);
    const kept = await growing.deploy(rolesMoved(false));
    expect(kept.runs.alpha.errors.join().replace(/\s+/g, ' ')).toContain('is not destroyed');
    expect(growing.made).toEqual(before);

    expect(await growing.conflicts(rolesMoved(true))).toEqual([]);
    const moved = await growing.deploy(rolesMoved(true));
    expect(errorsOf(moved)).toEqual([]);
    expect(growing.made).toEqual(before);
    const after = await growing.deploy(rolesMoved(false));
    expect(errorsOf(after)).toEqual([]);
    expect(Object.values(after.runs).flatMap(({ changes }) => changes)).toEqual([]);
  });
});

describe.skipIf(!hasTerraform)('an app whose', { timeout: 120_000 }, () => {
  /** A stack that makes what another one refers to, each by a prefix of names. */
  const named =
    (made: string, referred: string): Build =>
    (app) => {
      const stack = testStack('alpha', app);
      new MnsQueue(stack, 'queue', { queueName: `${made}-receipts` });
      new OssBucket(stack, 'bucket', { bucketName: `${made}-data-of-a-team` });
      const other = testStack('beta', app);
      MnsQueue.fromQueueName(other, 'queue', `${referred}-receipts`);
      OssBucket.fromBucketName(other, 'bucket', `${referred}-data-of-a-team`);
    };

  it('names get another prefix loses them only where nobody refers to the former ones', async () => {
    const growing = await grown(named('one', 'one'));
    expect(await growing.conflicts(named('two', 'one'))).toEqual(
      ['queue one-receipts', 'bucket one-data-of-a-team'].map((what) =>
        expect.stringMatching(new RegExp(`^${what} would be destroyed .*, and beta/\\w+ still refers to it`)),
      ),
    );
    const second = named('two', 'two');
    expect(await growing.conflicts(second)).toEqual([]);
    expect(errorsOf(await growing.deploy(second))).toEqual([]);
    expect(growing.made).toEqual(['bucket two-data-of-a-team', 'queue two-receipts']);
  });

  it('account is another one is made there, and what it had stays, also when it comes back', async () => {
    const [folder, elsewhere] = [scratchFolder(), scratchFolder()];
    const account = path.join(folder, 'account');
    const build =
      (accountId: string): Build =>
      (app) => {
        const stack = new TerraformStack(app, 'alpha');
        new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou', accountId });
        new DlaMqNotification(stack, 'n', { bucketProps: { bucketName: `data-of-${accountId}` } });
        new DlaMnsNotification(stack, 'q', { bucketProps: { bucketName: `more-of-${accountId}` } });
      };
    /** Deploys in an account without a loss, and tells what it has then. */
    const deployIn = async (accountId: string) => {
      const kept = path.join(elsewhere, accountId);
      if (fs.existsSync(kept)) {
        fs.renameSync(kept, account);
      }
      const growing = await GrowingApp.open(folder);
      try {
        expect(await growing.conflicts(build(accountId))).toEqual([]);
        const done = await growing.deploy(build(accountId));
        expect(lossesOf(done)).toEqual([]);
        return { made: growing.made, errors: errorsOf(done) };
      } finally {
        await growing.close();
        fs.renameSync(account, kept);
      }
    };
    const { made, errors } = await deployIn('1');
    expect(errors).toEqual([]);
    expect(made).toContain('bucket data-of-1');
    const others = made.map((what) => what.replace('-of-1', '-of-2'));
    expect(await deployIn('2')).toEqual({ made: others, errors: [] });
    // The state knows the other account's by now.
    const back = await deployIn('1');
    expect(back.errors.join()).toContain('BucketAlreadyExists');
    expect(back.made).toEqual(made);
  });
});
