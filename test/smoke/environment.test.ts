import { describe, expect, it } from 'vitest';
import { missingCredentials, UsageError } from '../../lib/smoke';
import { addressOf, cloudCredentials, dlaLogin, serviceEndpoint } from '../../lib/smoke/environment';

describe('credentials of DLA', () => {
  it.each([
    [{ DLA_USER: 'u', DLA_PASSWORD: 'p' }, undefined],
    [{ DLA_USER: 'u' }, /^DLA_PASSWORD is not set: /],
    [{ DLA_PASSWORD: 'p', DLA_USER: '' }, /^DLA_USER is not set: /],
    [{}, /^DLA_USER and DLA_PASSWORD are not set: .* DLA_USER and DLA_PASSWORD$/],
  ])('in %j', (env, message) => {
    const missing = missingCredentials(env);
    if (message === undefined) {
      expect(missing).toBeUndefined();
    } else {
      expect(missing).toMatch(message);
    }
  });
});

describe('credentials of a region', () => {
  const all = { DLA_USER: 'u', DLA_PASSWORD: 'p' };
  const shanghai = { DLA_USER_CN_SHANGHAI: 'su', DLA_PASSWORD_CN_SHANGHAI: 'sp' };
  it.each([
    ['cn-shanghai', { ...all, ...shanghai }, 'su', 'sp'],
    ['cn-shanghai', shanghai, 'su', 'sp'],
    ['cn-hangzhou', { ...all, ...shanghai }, 'u', 'p'],
    ['cn-shanghai', { ...all, DLA_USER_CN_SHANGHAI: '', DLA_PASSWORD_CN_SHANGHAI: '' }, 'u', 'p'],
  ])('%s in %j', (region, env, user, password) => {
    expect(dlaLogin(region, env)).toMatchObject({ user, password });
  });

  it.each([
    ['cn-shanghai', { ...all, DLA_USER_CN_SHANGHAI: 'su' }, /^DLA_PASSWORD_CN_SHANGHAI is not set: /],
    ['cn-shanghai', { ...all, DLA_PASSWORD_CN_SHANGHAI: 'sp' }, /^DLA_USER_CN_SHANGHAI is not set: /],
    ['cn-hangzhou', shanghai, /^DLA_USER and DLA_PASSWORD are not set: /],
  ])('%s in %j are never completed from another pair', (region, env, message) => {
    expect(() => dlaLogin(region, env)).toThrow(UsageError);
    expect(() => dlaLogin(region, env)).toThrow(message);
  });

  it('are missing together', () => {
    const regions = ['cn-hangzhou', 'cn-beijing', 'cn-shanghai'];
    expect(missingCredentials({ DLA_USER_CN_SHANGHAI: 'su' }, regions)).toMatch(
      /^DLA_USER and DLA_PASSWORD and DLA_PASSWORD_CN_SHANGHAI are not set: /,
    );
    expect(missingCredentials(shanghai, ['cn-shanghai'])).toBeUndefined();
  });
});

describe('the address of DLA', () => {
  const endpoints = 'cn-hangzhou=127.0.0.1:50123, cn-shanghai=127.0.0.1:50124, ,';
  it.each([
    [{}, {}, 'service.cn-hangzhou.datalakeanalytics.aliyuncs.com:10000'],
    [{}, { DLA_HOST: 'h', DLA_PORT: '3' }, 'h:3'],
    [{}, { DLA_HOST: 'h' }, 'h:10000'],
    [{}, { DLA_ENDPOINTS: endpoints, DLA_HOST: 'h', DLA_PORT: '3' }, '127.0.0.1:50123'],
    [{}, { DLA_HOST: 'h', DLA_PORT: '' }, 'h:10000'],
    [{ host: 'given' }, { DLA_ENDPOINTS: endpoints, DLA_HOST: 'h', DLA_PORT: '3' }, 'given:3'],
    [{ host: 'given', port: 7 }, { DLA_ENDPOINTS: endpoints }, 'given:7'],
    [{ port: 7 }, { DLA_ENDPOINTS: endpoints }, '127.0.0.1:7'],
    [{ host: 'given' }, { DLA_ENDPOINTS: endpoints }, 'given:10000'],
  ])('with %j and %j', (given, env, address) => {
    const { host, port } = addressOf('cn-hangzhou', given, env);
    expect(`${host}:${port}`).toBe(address);
  });

  it('is refused in a region that DLA_ENDPOINTS leaves out', () => {
    expect(() => addressOf('cn-beijing', {}, { DLA_ENDPOINTS: endpoints, DLA_HOST: 'h' })).toThrow(
      'DLA_ENDPOINTS: expected an entry for the region cn-beijing, got cn-hangzhou, cn-shanghai: add one, or give the host itself',
    );
  });

  it.each([
    [{ DLA_HOST: 'mysql://u:s3cret@h:1' }, '"mysql://…"'],
    [{ DLA_HOST: 'u:s3cret/?@h:1' }, '"…"'],
    [{ DLA_HOST: 'jdbc:mysql://h:1/db?user=u&password=s3cr@s3cret' }, '"jdbc:mysql://…"'],
    [{ DLA_ENDPOINTS: 'r=mysql://u:s3cret@h:1' }, '"…"'],
  ])('is refused without telling a password that stands in it: %j', (env, shown) => {
    const read = (): unknown => addressOf('r', {}, env);
    expect(read).toThrow(`got ${shown}`);
    expect(read).not.toThrow(/s3cret/);
  });

  it('is refused when a variable is malformed', () => {
    expect(() => addressOf('r', {}, { DLA_PORT: '1e3' })).toThrow(
      'DLA_PORT: expected a port from 1 to 65535, got "1e3"',
    );
    expect(() => addressOf('r', {}, { DLA_ENDPOINTS: 'r=h' })).toThrow(
      'DLA_ENDPOINTS: expected region=host:port, several separated by commas, got "r=h"',
    );
    expect(() => addressOf('r', {}, { DLA_ENDPOINTS: 'r=h:0' })).toThrow(
      'DLA_ENDPOINTS: expected a port from 1 to 65535, got "0"',
    );
    expect(() => addressOf('r', {}, { DLA_PORT: '65536' })).toThrow(
      'DLA_PORT: expected a port from 1 to 65535, got "65536"',
    );
    expect(addressOf('r', {}, { DLA_PORT: '65535' }).port).toBe(65_535);
    for (const entry of ['!r=h:1', 'r=h:1!', 'r=h:1 x']) {
      expect(() => addressOf('r', {}, { DLA_ENDPOINTS: entry })).toThrow(`got "${entry}"`);
    }
    expect(() => addressOf('r', {}, { DLA_PORT: '123456' })).toThrow('got "123456"');
  });
});

describe('keys of the account', () => {
  it.each([
    [{}, undefined],
    [{ ALICLOUD_ACCESS_KEY: 'a' }, undefined],
    [{ ALICLOUD_SECRET_KEY: 's' }, undefined],
    [
      { ALICLOUD_ACCESS_KEY: 'a', ALICLOUD_SECRET_KEY: 's' },
      { accessKeyId: 'a', accessKeySecret: 's' },
    ],
    [
      { ALICLOUD_ACCESS_KEY: 'a', ALICLOUD_SECRET_KEY: 's', ALICLOUD_SECURITY_TOKEN: 't' },
      { accessKeyId: 'a', accessKeySecret: 's', securityToken: 't' },
    ],
    [
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'A',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'S',
        ALIBABA_CLOUD_SECURITY_TOKEN: 'T',
        ALICLOUD_ACCESS_KEY: 'a',
        ALICLOUD_SECRET_KEY: 's',
        ALICLOUD_SECURITY_TOKEN: 't',
      },
      { accessKeyId: 'a', accessKeySecret: 's', securityToken: 't' },
    ],
    [
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'A',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'S',
        ALIBABACLOUD_ACCESS_KEY_ID: 'third',
        ALIBABACLOUD_ACCESS_KEY_SECRET: 'third',
        ALICLOUD_ACCESS_KEY: '',
      },
      { accessKeyId: 'A', accessKeySecret: 'S' },
    ],
    [
      {
        ALIBABACLOUD_ACCESS_KEY_ID: 'i',
        ALIBABACLOUD_ACCESS_KEY_SECRET: 's',
        ALIBABACLOUD_SECURITY_TOKEN: 't',
      },
      { accessKeyId: 'i', accessKeySecret: 's', securityToken: 't' },
    ],
  ])('in %j', (env, keys) => {
    expect(cloudCredentials(env)).toEqual(keys);
  });
});

describe('the endpoint of a service', () => {
  it.each([
    [{}, 'https://ram.aliyuncs.com'],
    [{ RAM_ENDPOINT: '127.0.0.1:8900' }, 'http://127.0.0.1:8900'],
    [{ RAM_ENDPOINT: 'localhost' }, 'http://localhost'],
    [{ RAM_ENDPOINT: '[::1]:80' }, 'http://[::1]:80'],
    [{ RAM_ENDPOINT: '128.0.0.1' }, 'https://128.0.0.1'],
    [{ RAM_ENDPOINT: '127.evil.example' }, 'https://127.evil.example'],
    [{ RAM_ENDPOINT: 'http://proxy.example/' }, 'http://proxy.example'],
    [{ RAM_ENDPOINT: 'https://127.0.0.1:1' }, 'https://127.0.0.1:1'],
    [{ ALIBABA_CLOUD_ENDPOINT_RAM: 'first.example', RAM_ENDPOINT: 'second.example' }, 'https://first.example'],
  ])('with %j', (env, url) => {
    const { protocol, host } = serviceEndpoint('RAM', 'ram.aliyuncs.com', env);
    expect(`${protocol}://${host}`).toBe(url);
  });

  it('is refused when it is none', () => {
    expect(() => serviceEndpoint('RAM', '', { RAM_ENDPOINT: 'ftp://x/y' })).toThrow(
      'RAM_ENDPOINT: expected host or host:port, got "ftp://x/y"',
    );
    expect(() => serviceEndpoint('RAM', '', { RAM_ENDPOINT: 'ftp://u:s3cret@x/y' })).toThrow(/got "ftp:\/\/…"$/);
  });
});
