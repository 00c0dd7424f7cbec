import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { OssBucket } from '../lib';
import { OssBucketObject } from '../lib/provider-schema/gen/oss-bucket-object/index';
import { registryProviderConfig } from '../lib/local-cloud/server/registry-provider';
import { AlicloudProvider } from '../lib/provider-schema/gen/provider/index';
import { receiptChannel } from './environment-channel';
import { SAMPLE_FOLDER, SAMPLE_ROWS } from './sample-data';
import type { EnvironmentSettings, Settings } from './settings';
import { configureBackend } from './stack-state';
import { StateOwner } from './state-owner';

interface NotificationStackProps {
  readonly settings: Settings;
  readonly environment: EnvironmentSettings;
  readonly folder: string;
}

/** One environment: a data bucket with the sample table's rows, and a channel that receipts go to. */
export class NotificationStack extends TerraformStack {
  constructor(scope: Construct, id: string, { settings, environment, folder }: NotificationStackProps) {
    super(scope, id);
    configureBackend(this, settings.state, folder);
    const region = environment.region ?? settings.region;
    const tags = { ...settings.tags, ...environment.tags };
    new AlicloudProvider(this, 'alicloud', { region, ...registryProviderConfig(process.env, region) });
    new StateOwner(this, 'state-owner', { accountId: settings.accountId, region });

    const bucket = new OssBucket(this, 'data', { bucketName: environment.bucketName, tags });
    new OssBucketObject(this, 'rows', {
      bucket: bucket.bucketName,
      key: `${SAMPLE_FOLDER}rows.json`,
      content: SAMPLE_ROWS,
      contentType: 'application/json',
    });
    receiptChannel(this, 'notification', { region, bucket, environment, tags });
    new TerraformOutput(this, 'data_bucket', { staticId: true, value: bucket.bucketName });
  }
}
