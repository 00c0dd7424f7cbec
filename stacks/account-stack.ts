import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { OpenAnalyticsMqRole } from '../lib';
import { DataAlicloudOnsService } from '../lib/provider-alicloud/gen/data-alicloud-ons-service';
import { DataAlicloudOssService } from '../lib/provider-alicloud/gen/data-alicloud-oss-service';
import { AlicloudProvider } from '../lib/provider-alicloud/gen/provider';
import type { Settings } from './settings';
import { keepState } from './stack-state';
import { StateOwner } from './state-owner';

/** What an account has once, whatever its environments: the role that DLA assumes, and services that are open. */
export class AccountStack extends TerraformStack {
  constructor(scope: Construct, id: string, { settings, folder }: { settings: Settings; folder: string }) {
    super(scope, id);
    keepState(this, settings.state, folder);
    new AlicloudProvider(this, 'alicloud', { region: settings.region });
    new StateOwner(this, 'state-owner', { accountId: settings.accountId });
    // The provider opens a service when it plans these, not when it applies them: only what the settings ask for.
    if (settings.activate.includes('oss')) {
      new DataAlicloudOssService(this, 'oss', { enable: 'On' });
    }
    if (settings.activate.includes('mq')) {
      new DataAlicloudOnsService(this, 'mq', { enable: 'On' });
    }
    if (settings.role !== 'refer') {
      new OpenAnalyticsMqRole(this, 'role', { adopt: settings.role === 'adopt', tags: settings.tags });
    }
  }
}
