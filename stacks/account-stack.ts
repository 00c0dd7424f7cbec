import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { OpenAnalyticsMnsRole, OpenAnalyticsMqRole } from '../lib';
import { DataAlicloudOnsService } from '../lib/provider-schema/gen/data-alicloud-ons-service/index';
import { DataAlicloudOssService } from '../lib/provider-schema/gen/data-alicloud-oss-service/index';
import { MessageServiceService } from '../lib/provider-schema/gen/message-service-service/index';
import { registryProviderConfig } from '../lib/local-cloud/server/registry-provider';
import { AlicloudProvider } from '../lib/provider-schema/gen/provider/index';
import type { Settings } from './settings';
import { configureBackend } from './stack-state';
import { StateOwner } from './state-owner';

/** What an account has once, whatever its environments: the roles that DLA assumes, and services that are open. */
export class AccountStack extends TerraformStack {
  constructor(scope: Construct, id: string, { settings, folder }: { settings: Settings; folder: string }) {
    super(scope, id);
    configureBackend(this, settings.state, folder);
    const { region } = settings;
    new AlicloudProvider(this, 'alicloud', { region, ...registryProviderConfig(process.env, region) });
    new StateOwner(this, 'state-owner', { accountId: settings.accountId });
    // The provider opens OSS and MQ when it plans, not when it applies: only what the settings ask for.
    if (settings.activate.includes('oss')) {
      new DataAlicloudOssService(this, 'oss', { enable: 'On' });
    }
    if (settings.activate.includes('mq')) {
      new DataAlicloudOnsService(this, 'mq', { enable: 'On' });
    }
    // A resource, which opens SMQ (formerly MNS) when it is applied. A service that is open stays open: destroying it only forgets it.
    if (settings.activate.includes('mns')) {
      new MessageServiceService(this, 'mns');
    }
    const kinds = Object.values(settings.environments).map(({ channel }) => channel);
    this.addRole('role', kinds.includes('mq'), settings, OpenAnalyticsMqRole);
    this.addRole('mns-role', kinds.includes('mns'), settings, OpenAnalyticsMnsRole);
  }

  /** A role of elsewhere that no environment needs any more is still referred to, so that it is not destroyed. */
  private addRole(
    id: string,
    isNeeded: boolean,
    { role, tags }: Settings,
    Role: typeof OpenAnalyticsMqRole | typeof OpenAnalyticsMnsRole,
  ): void {
    if (role === 'refer' || (role === 'adopt' && !isNeeded)) {
      Role.fromRoleName(this, id);
    } else if (isNeeded) {
      const adopt = role === 'adopt';
      // An adopted role keeps its tags where the settings have none.
      new Role(this, id, { adopt, tags: adopt && Object.keys(tags).length === 0 ? undefined : tags });
    }
  }
}
