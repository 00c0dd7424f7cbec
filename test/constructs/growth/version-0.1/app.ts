import { type App, TerraformStack } from 'cdktf';
import type * as Constructs from '../../../../lib/index';

/**
 * An app of version 0.1. The JSON beside it is what commit 467f4cb made of it: states of it are out there.
 *
 * @param line what the second stack's channels need to be told since: `role: first.role`
 */
export function build(
  app: App,
  { DlaMnsNotification, DlaMqNotification, OssBucket, RamRole, RolePermission }: typeof Constructs,
  provider: (stack: TerraformStack) => void,
  line: (role: Constructs.IOpenAnalyticsMnsRole) => { role?: Constructs.IOpenAnalyticsMnsRole },
): void {
  const [alpha, beta] = ['alpha', 'beta'].map((id) => {
    const stack = new TerraformStack(app, id);
    provider(stack);
    return stack;
  });
  const reader = RamRole.fromRoleName(alpha, 'reader', 'receipt-reader');

  const bucket = new OssBucket(alpha, 'data', {
    versioned: true,
    enforceTls: true,
    lifecycleRules: [{ prefix: 'tmp/', expireAfterDays: 7 }, { expireOldVersionsAfterDays: 30 }],
    tags: { team: 'data' },
  });
  bucket.grantRead(reader);
  const mq = new DlaMqNotification(alpha, 'mq', {
    bucket,
    roleProps: { permission: RolePermission.PUBLISH_ONLY },
    topicProps: { remark: 'receipts' },
    smokeQuery: 'select 1',
  });
  mq.grantConsume(reader);
  mq.addChannel('orders').grantConsume(reader);
  const mns = new DlaMnsNotification(alpha, 'queue', { queueProps: { retentionSeconds: 3600 } });
  mns.grantConsume(reader);

  new DlaMnsNotification(beta, 'n', { ...line(mns.role), smokeQuery: 'select 1' });
}
