/** One line: bucket, role, MQ instance, topic and group. */
import { App, TerraformStack } from 'cdktf';
import { DlaMqNotification } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';

const app = new App();
const stack = new TerraformStack(app, 'minimal');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

new DlaMqNotification(stack, 'notification', { smokeQuery: 'select 1' });

app.synth();
