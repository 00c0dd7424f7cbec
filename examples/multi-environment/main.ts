/** Two regions of one account in one stack: a provider alias for each, and the account's one role for both. */
import { App, TerraformStack } from 'cdktf';
import { DlaMqNotification } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';

const app = new App();
const stack = new TerraformStack(app, 'environments');

const environments = { test: 'cn-hangzhou', production: 'cn-shanghai' };
for (const [name, region] of Object.entries(environments)) {
  const provider = new AlicloudProvider(stack, `alicloud-${name}`, { alias: name, region });
  new DlaMqNotification(stack, name, { provider, smokeQuery: 'select 1' });
}

app.synth();
