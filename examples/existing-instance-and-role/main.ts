/** An MQ instance and a role that exist already: only bucket, topic and group are made. */
import { App, TerraformStack } from 'cdktf';
import { DlaMqNotification, MqInstance, OpenAnalyticsMqRole } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';

const app = new App();
const stack = new TerraformStack(app, 'existing');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

new DlaMqNotification(stack, 'notification', {
  instance: MqInstance.fromInstanceId(stack, 'instance', process.env.MQ_INSTANCE_ID ?? ''),
  role: OpenAnalyticsMqRole.fromRoleName(stack, 'role', { lookUp: true }),
  topicProps: { topicName: 'dla_receipts' },
  groupProps: { groupId: 'GID_dla_receipts' },
  smokeQuery: 'select 1',
});

app.synth();
