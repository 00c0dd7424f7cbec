import { reattachProviders } from '../terraform/reattach';
import { type TlsFiles, trustEnvironment } from './certificate';
import type { LocalCloudEndpoints, ProviderSource } from './local-cloud-options';
import { HTTP_ENDPOINT_VARIABLE, SERVICES } from './registry-provider';

/** Variable by which the commands that speak to a running local cloud find it. */
export const CLOUD_VARIABLE = 'ALICLOUD_LOCAL';

/**
 * Names under which clients look for the keys, the role, the region and the profile of an account, beside those that are
 * set here: with another account's they would work on that one.
 */
const OTHER_KEYS = new RegExp(
  `^ACCESS_KEY_(?:ID|SECRET)$|^(?:ALIBABA_?CLOUD|ALICLOUD|ALIYUN|OSS)_(?:${[
    'ACCESS_?KEY(?:_ID|_SECRET)?',
    'SECRET_?KEY',
    '(?:SECURITY|SESSION|STS)_TOKEN',
    'REGION(?:_ID)?',
    'ACCOUNT_ID',
    'PROFILE',
    'ECS_(?:ROLE_NAME|METADATA)',
    '(?:SHARED_)?CREDENTIALS_(?:URI|FILE)',
    '(?:ASSUME_ROLE|ROLE|OIDC)(?:_\\w+)?',
  ].join('|')})$`,
);
/** A region's own log-in to DLA and a service's own endpoint go before those of all. */
const OWN = /^(?:DLA_(?:USER|PASSWORD)|ALIBABA_CLOUD_ENDPOINT)_\w+$/;
/** Taken away in any case: what `env` prints may be read by another shell than it was made in. */
const ALWAYS = [
  'ALICLOUD_SECURITY_TOKEN',
  'ALICLOUD_PROFILE',
  'ALICLOUD_ECS_ROLE_NAME',
  'ALICLOUD_ASSUME_ROLE_ARN',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
  'ALIBABA_CLOUD_PROFILE',
  'ALIBABA_CLOUD_ECS_METADATA',
  'ALIBABA_CLOUD_ROLE_ARN',
  'ALIBABACLOUD_ROLE_ARN',
  'OSS_SESSION_TOKEN',
];

/** Variables to take away where the local cloud's environment is given: those with which clients would work elsewhere. */
export function unsetVariables(given: NodeJS.ProcessEnv): readonly string[] {
  const found = Object.keys(given).filter((name) => OTHER_KEYS.test(name) || OWN.test(name));
  return [...new Set([...ALWAYS, ...found])];
}

export interface EnvironmentOptions {
  /** The default region. */
  readonly region: string;
  readonly provider: ProviderSource;
  readonly tls: TlsFiles;
  /** What the variables are added to: whom it trusts already goes on being trusted. */
  readonly given: NodeJS.ProcessEnv;
}

/** All variables with which clients, Terraform, cdktf and dla-smoke work against a local cloud. */
export function environmentOf(
  cloud: Omit<LocalCloudEndpoints, 'environment'>,
  { region, provider, tls, given }: EnvironmentOptions,
): Record<string, string> {
  const { accessKeyId, accessKeySecret, dla, http, rocketmq, terraform } = cloud;
  const [dlaHost, dlaPort] = dla[region].split(':');
  return {
    [CLOUD_VARIABLE]: `http://${http}`,
    // Terraform and cdktf; SDKs; OSS's newer SDKs.
    ALICLOUD_ACCESS_KEY: accessKeyId,
    ALICLOUD_SECRET_KEY: accessKeySecret,
    ALICLOUD_REGION: region,
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
    // Alibaba Cloud's command line, which would take the keys of its own configuration first.
    ALIBABA_CLOUD_IGNORE_PROFILE: 'TRUE',
    ALIBABA_CLOUD_REGION_ID: region,
    ALIBABA_CLOUD_ENDPOINT: http,
    ALIBABA_CLOUD_STS_ENDPOINT: http,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
    OSS_REGION: region,
    DLA_USER: cloud.dlaUser,
    DLA_PASSWORD: cloud.dlaPassword,
    DLA_HOST: dlaHost,
    DLA_PORT: dlaPort,
    DLA_ENDPOINTS: Object.entries(dla)
      .map(([name, endpoint]) => `${name}=${endpoint}`)
      .join(','),
    ...Object.fromEntries(SERVICES.map((service) => [`${service.toUpperCase()}_ENDPOINT`, http])),
    // Terraform's own backend for its state, which speaks TLS to an address without a scheme.
    ALICLOUD_OSS_ENDPOINT: `http://${http}`,
    ALICLOUD_STS_ENDPOINT: http,
    ROCKETMQ_NAMESRV: rocketmq,
    ...trustEnvironment(tls, given),
    ...directEnvironment(given),
    CHECKPOINT_DISABLE: '1',
    ...(provider === 'registry'
      ? // The provider calls some services by fixed host names, which only a proxy can bring here.
        { [HTTP_ENDPOINT_VARIABLE]: http, HTTP_PROXY: `http://${http}` }
      : // It goes before mirrors and overrides of the user's own configuration, which holds for all else.
        { TF_REATTACH_PROVIDERS: reattachProviders(Number(terraform.split(':')[1])) }),
  };
}

/** What keeps clients from asking a proxy of the environment for what is on this machine. */
function directEnvironment(given: NodeJS.ProcessEnv): Record<string, string> {
  const direct = [given.NO_PROXY ?? given.no_proxy ?? '', '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return { NO_PROXY: direct, no_proxy: direct };
}

/** The environment of a command that works against a local cloud. */
export function commandEnvironment(given: NodeJS.ProcessEnv, cloud: LocalCloudEndpoints): NodeJS.ProcessEnv {
  const unset = new Set(unsetVariables(given));
  const kept = Object.entries(given).filter(([name]) => !unset.has(name));
  return { ...Object.fromEntries(kept), ...cloud.environment };
}
