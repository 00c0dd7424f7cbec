/** Several queues of work on one instance, each with its own topic and group, and a receiver that may read one. */
import { App, TerraformStack } from 'cdktf';
import { DlaMqNotification, MessageType, RamUser, RolePermission } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';
import { RamUser as RamUserResource } from 'cdktf-alicloud-dla/provider-alicloud/ram-user';

const app = new App();
const stack = new TerraformStack(app, 'many');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

const notification = new DlaMqNotification(stack, 'notification', {
  roleProps: { permission: RolePermission.PUBLISH_ONLY },
  smokeQuery: 'select 1',
});
notification.addChannel('reports', { smokeQuery: 'select 2' });
const orders = notification.addChannel('orders', {
  topicProps: { messageType: MessageType.PARTITION_ORDERED },
  smokeQuery: 'select 3',
});

const user = new RamUserResource(stack, 'worker', { name: 'dla-order-worker' });
orders.grantConsume(RamUser.fromUserName(stack, 'order-worker', user.name));

app.synth();
