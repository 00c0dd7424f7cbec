/** What checkers ask for, brought to all that stands in a stack, and a list of what is not met. */
import { App, TerraformStack } from 'cdktf';
import { Baseline, BaselineOutcome, DlaMqNotification, OssBucket, RolePermission } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';

const app = new App();
const stack = new TerraformStack(app, 'baseline');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

new DlaMqNotification(stack, 'notification', {
  roleProps: { permission: RolePermission.PUBLISH_ONLY },
  smokeQuery: 'select 1',
});
const logBucket = OssBucket.fromBucketName(stack, 'logs', 'access-logs-of-the-team');
const baseline = Baseline.apply(stack, { logBucket });

app.synth();
console.table(baseline.findings.filter(({ outcome }) => outcome === BaselineOutcome.NOT_MET));
