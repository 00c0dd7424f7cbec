import { expect, it } from 'vitest';
import { LocalCloud, registryProviderConfig } from '../../../lib/local-cloud/index';

it('adds nothing to a provider that works with Alibaba Cloud or with the provider of the local cloud', async () => {
  expect(registryProviderConfig({ ALICLOUD_REGION: 'cn-hangzhou' })).toEqual({});
  const cloud = await LocalCloud.start();
  await cloud.stop();
  expect(registryProviderConfig(cloud.endpoints.environment)).toEqual({});
});

it('names the local cloud for its first region, and hosts that its proxy serves for another', async () => {
  const cloud = await LocalCloud.start({ provider: 'registry' });
  await cloud.stop();
  const { environment, http } = cloud.endpoints;
  const config = (region?: string) =>
    registryProviderConfig(environment, region) as { protocol: string; endpoints: Record<string, string>[] };
  expect(config()).toMatchObject({ protocol: 'HTTP', skipRegionValidation: true, accountType: 'Domestic' });
  expect(config().endpoints).toEqual([{ oss: http, ram: http, ons: http, sts: http, mns: http }]);
  expect(config('cn-hangzhou')).toEqual(config());
  expect(config('cn-shanghai').endpoints).toEqual([
    {
      oss: 'oss-cn-shanghai.aliyuncs.com',
      ram: http,
      ons: 'ons.cn-shanghai.aliyuncs.com',
      sts: http,
      mns: 'mns-open.cn-shanghai.aliyuncs.com',
    },
  ]);
});
