import { describe, expect, it } from 'vitest';
import { isSameTcpEndpoint, mqEndpointsOf, parseMqEndpoint } from '../../lib/cloud/mq-endpoint';
import { REGIONS } from '../../lib/cloud/regions';

describe('endpoints of MQ', () => {
  it('are read as they are built, in every region', () => {
    for (const region of REGIONS) {
      const built = mqEndpointsOf('1234567890123456', region, 'MQ_INST_1_a');
      const tcp = { protocol: 'tcp', region, instanceId: 'MQ_INST_1_a', hasScheme: true };
      const http = { protocol: 'http', region, hasScheme: true };
      expect(Object.fromEntries(Object.entries(built).map(([name, url]) => [name, parseMqEndpoint(url)]))).toEqual({
        tcp: { ...tcp, internal: true },
        tcpInternet: { ...tcp, internal: false },
        httpInternal: { ...http, internal: true },
        httpInternet: { ...http, internal: false },
        httpInternetSecure: { ...http, internal: false },
      });
    }
  });

  it.each([
    'MQ_INST_1_a.ap-southeast-1.mq-vpc.aliyuncs.com',
    'https://MQ_INST_1_a.ap-southeast-1.mqinternal.aliyuncs.com:8080/',
  ])('are read in the other spellings that were seen: %s', (endpoint) => {
    expect(parseMqEndpoint(endpoint)).toMatchObject({ region: 'ap-southeast-1', instanceId: 'MQ_INST_1_a' });
  });

  it.each([
    '',
    'http://127.0.0.1:8080',
    'http://x:8080',
    'http://MQ_INST_1_a.cn-hangzhou.mq-other.aliyuncs.com:8080',
    'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com.example.com',
    'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080/path',
    ' http://MQ_INST_1_a.mq.cn-hangzhou.aliyuncs.com',
  ])('%j is none', (endpoint) => {
    expect(parseMqEndpoint(endpoint)).toBeUndefined();
  });

  const INTERNAL = 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080';
  it.each([
    [INTERNAL, true],
    [INTERNAL.replace('mq-internal', 'mqinternal'), true],
    [INTERNAL.replace('mq-internal', 'mq-vpc').replace(':8080', ':80/'), true],
    [INTERNAL.replace('http://', ''), false],
    [INTERNAL.replace('_a', '_b'), false],
    [INTERNAL.replace('hangzhou', 'shanghai'), false],
    ['http://MQ_INST_1_a.mq.cn-hangzhou.aliyuncs.com:80', false],
    ['http://x:8080', false],
  ])('%s is the same as the internal one: %s', (endpoint, same) => {
    expect(isSameTcpEndpoint(INTERNAL, endpoint)).toBe(same);
  });
});
