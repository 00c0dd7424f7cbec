import { describe, expect, it } from 'vitest';
import { withLocalCloud } from '../../../lib/local-cloud';
import { commandEnvironment } from '../../../lib/local-cloud/server/environment';

/** Whose keys, role, region or profile a client works with, under all names that clients know. */
const THEIRS = [
  ...['ALICLOUD_ACCESS_KEY', 'ALICLOUD_SECRET_KEY', 'ALICLOUD_SECURITY_TOKEN', 'ALICLOUD_REGION', 'ALICLOUD_PROFILE'],
  ...['ALICLOUD_ACCESS_KEY_ID', 'ALICLOUD_ACCESS_KEY_SECRET', 'ALICLOUD_REGION_ID', 'ALICLOUD_ACCOUNT_ID'],
  ...['ALICLOUD_ECS_ROLE_NAME', 'ALICLOUD_CREDENTIALS_URI', 'ALICLOUD_SHARED_CREDENTIALS_FILE'],
  ...['ALICLOUD_ASSUME_ROLE_ARN', 'ALICLOUD_ASSUME_ROLE_SESSION_NAME', 'ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION'],
  ...['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'ALIBABA_CLOUD_SECURITY_TOKEN'],
  ...['ALIBABA_CLOUD_REGION', 'ALIBABA_CLOUD_REGION_ID', 'ALIBABA_CLOUD_PROFILE', 'ALIBABA_CLOUD_ACCOUNT_ID'],
  ...['ALIBABA_CLOUD_ROLE_ARN', 'ALIBABA_CLOUD_ROLE_SESSION_NAME', 'ALIBABA_CLOUD_ECS_METADATA'],
  ...['ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'ALIBABA_CLOUD_OIDC_TOKEN_FILE', 'ALIBABA_CLOUD_CREDENTIALS_URI'],
  ...['ALIBABA_CLOUD_CREDENTIALS_FILE', 'ALIBABA_CLOUD_ENDPOINT_RAM', 'ALIBABACLOUD_ROLE_ARN'],
  ...['ALIBABACLOUD_ACCESS_KEY_ID', 'ALIBABACLOUD_ACCESS_KEY_SECRET', 'ALIBABACLOUD_SECURITY_TOKEN'],
  ...['ALIBABACLOUD_REGION_ID', 'ALIBABACLOUD_PROFILE', 'ALIYUN_ACCESS_KEY_ID', 'ALIYUN_ACCESS_KEY_SECRET'],
  ...['ALIYUN_ACCESSKEY_ID', 'ALIYUN_ACCESSKEY_SECRET', 'ACCESS_KEY_ID', 'ACCESS_KEY_SECRET'],
  ...['OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET', 'OSS_SESSION_TOKEN', 'OSS_ROLE_ARN', 'OSS_REGION'],
  ...['DLA_USER_CN_HANGZHOU', 'DLA_PASSWORD_CN_HANGZHOU'],
];
/** What has such a name and is none. */
const OTHERS = ['ALICLOUD_SCHEMA_FILE', 'ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'OSS_BUCKET', 'REGION', 'AWS_ROLE_ARN'];

describe('the environment of a command', () => {
  it("has the local cloud's keys alone, whatever the shell has, and everything else", async () => {
    await withLocalCloud({}, ({ endpoints }) => {
      const given = Object.fromEntries([...THEIRS, ...OTHERS].map((name) => [name, 'of another account']));
      const env = commandEnvironment(given, endpoints);
      expect(env).toMatchObject(endpoints.environment);
      const left = Object.keys(env).filter((name) => env[name] === 'of another account');
      expect(left).toEqual(OTHERS);
    });
  });

  it("leaves Terraform the user's own configuration, with its mirrors and tokens", async () => {
    await withLocalCloud({}, ({ endpoints }) => {
      expect(commandEnvironment({ TF_CLI_CONFIG_FILE: 'mine' }, endpoints).TF_CLI_CONFIG_FILE).toBe('mine');
      expect(commandEnvironment({}, endpoints)).not.toHaveProperty('TF_CLI_CONFIG_FILE');
    });
  });
});
