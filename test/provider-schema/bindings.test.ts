import * as fs from 'node:fs';
import * as path from 'node:path';
import { TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { dataSourceTables, resourceTables } from '../../lib/provider-schema/index';
import { DataAlicloudOnsInstances } from '../../lib/provider-schema/gen/data-alicloud-ons-instances/index';
import { OnsTopic } from '../../lib/provider-schema/gen/ons-topic/index';
import { OssBucket } from '../../lib/provider-schema/gen/oss-bucket/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';

const GEN = path.join(__dirname, '../../lib/provider-schema/gen');

function synth(build: (stack: TerraformStack) => void) {
  const stack = new TerraformStack(Testing.app(), 'stack');
  build(stack);
  return JSON.parse(Testing.synth(stack));
}

describe('the bindings', () => {
  it('have the layout of prebuilt providers, with nothing else beside', () => {
    const kebab = (name: string) => name.replaceAll('_', '-');
    const expected = [
      'provider',
      ...resourceTables.map(({ name }) => kebab(name.replace('alicloud_', ''))),
      ...dataSourceTables.map(({ name }) => `data-${kebab(name)}`),
    ];
    const folders = fs.readdirSync(GEN).filter((entry) => !entry.startsWith('.'));
    expect(folders.sort()).toEqual(expected.sort());
    for (const folder of folders) {
      expect(fs.existsSync(path.join(GEN, folder, 'index.ts')), folder).toBe(true);
    }
  });

  it('demand a provider that has the current argument names, without a pin', () => {
    const { terraform } = synth((stack) => void new AlicloudProvider(stack, 'Provider', { region: 'cn-hangzhou' }));
    expect(terraform.required_providers.alicloud).toEqual({ source: 'aliyun/alicloud', version: '~> 1.252' });
  });

  it('write arguments and blocks under the names of the tables', () => {
    const { resource, data } = synth((stack) => {
      new OnsTopic(stack, 'Topic', { instanceId: 'i', topicName: 't', messageType: 0, timeouts: { create: '1m' } });
      new OssBucket(stack, 'Bucket', { bucket: 'b-1', versioning: { status: 'Enabled' } });
      new DataAlicloudOnsInstances(stack, 'Instances', { enableDetails: true });
    });
    expect(resource.alicloud_ons_topic.Topic).toEqual({
      instance_id: 'i',
      topic_name: 't',
      message_type: 0,
      timeouts: { create: '1m' },
    });
    expect(resource.alicloud_oss_bucket.Bucket).toEqual({ bucket: 'b-1', versioning: { status: 'Enabled' } });
    expect(data.alicloud_ons_instances.Instances).toEqual({ enable_details: true });
  });
});
