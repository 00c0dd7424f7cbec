/** Receipts to a queue of MNS, which costs nothing to keep, beside a channel of MQ: whoever uses them sees no difference. */
import { App, TerraformStack } from 'cdktf';
import { DlaMnsNotification, DlaMqNotification, type IReceiptChannel } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';

const app = new App();
const stack = new TerraformStack(app, 'mns');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

const smoke = { smokeQuery: 'select 1' };
const channels: IReceiptChannel[] = [
  new DlaMnsNotification(stack, 'queue', {
    queueProps: { retentionSeconds: 24 * 60 * 60, pollingWaitSeconds: 30 },
    ...smoke,
  }),
  new DlaMqNotification(stack, 'topic', smoke),
];
channels.forEach((channel) => channel.smokeTest());

app.synth();
