import { isIP } from 'node:net';
import { UsageError } from '../cli/command-line';
import { dlaHost } from '../cloud/hosts';

/** Environment variables: the only place that credentials come from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variable with the same JSON as the outputs file, for a process that has no file. */
export const CHANNELS_VARIABLE = 'DLA_SMOKE_CHANNELS';

/** Port of DLA's MySQL protocol. */
const DLA_PORT = 10_000;

/** How users of DLA log in to a region, and the variables that tell it. */
export interface DlaLogin {
  readonly user: string;
  readonly password: string;
  readonly variables: readonly [user: string, password: string];
}

/**
 * The log-in to DLA in a region: the region's own where one of its two variables is set (`DLA_USER_CN_SHANGHAI`,
 * `DLA_PASSWORD_CN_SHANGHAI`), else `DLA_USER` and `DLA_PASSWORD`.
 *
 * @throws UsageError when one of the two is missing
 */
export function dlaLogin(region: string, env: Environment): DlaLogin {
  const missing = missingCredentials(env, [region]);
  if (missing !== undefined) {
    throw new UsageError(missing);
  }
  const variables = loginVariables(region, env);
  return { user: env[variables[0]]!, password: env[variables[1]]!, variables };
}

/**
 * Says which credentials of DLA the environment lacks, before anything is created; undefined when none.
 *
 * @param regions those with a channel; without them only the user for all regions is looked for
 * @example
 * const missing = missingCredentials(process.env, ['cn-hangzhou']); // 'DLA_PASSWORD is not set: …'
 */
export function missingCredentials(env: Environment, regions: readonly string[] = []): string | undefined {
  const names = new Set(regions.length === 0 ? LOGIN : regions.flatMap((region) => loginVariables(region, env)));
  const missing = [...names].filter((name) => !env[name]);
  return missing.length === 0
    ? undefined
    : `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set: the smoke test logs in to DLA with the ` +
        "region's own user and password, e.g. in DLA_USER_CN_HANGZHOU and DLA_PASSWORD_CN_HANGZHOU, or with those for " +
        'all regions in the environment variables DLA_USER and DLA_PASSWORD';
}

const LOGIN = ['DLA_USER', 'DLA_PASSWORD'] as const;

/** A password without its user, or the other way round, is not completed from another pair: it would be refused. */
function loginVariables(region: string, env: Environment): readonly [user: string, password: string] {
  const suffix = region.toUpperCase().replaceAll('-', '_');
  const own = [`DLA_USER_${suffix}`, `DLA_PASSWORD_${suffix}`] as const;
  return own.some((name) => env[name]) ? own : LOGIN;
}

/** Host and port given on the command line or by the caller. */
export interface GivenAddress {
  readonly host?: string;
  readonly port?: number;
}

/**
 * Where DLA is reached in a region: what was given, then the region's entry of `DLA_ENDPOINTS`
 * (`cn-hangzhou=127.0.0.1:50123,…`) where that is set, then `DLA_HOST` and `DLA_PORT`, then the region's public host.
 *
 * @throws UsageError when a variable is malformed, or `DLA_ENDPOINTS` leaves out the region: another one's DLA would
 *   prove nothing
 */
export function addressOf(region: string, given: GivenAddress, env: Environment): { host: string; port: number } {
  const endpoints = given.host === undefined ? readEndpoints(env.DLA_ENDPOINTS) : new Map<string, never>();
  const local = endpoints.get(region);
  if (endpoints.size > 0 && local === undefined) {
    throw new UsageError(
      `DLA_ENDPOINTS: expected an entry for the region ${region}, got ${[...endpoints.keys()].join(', ')}: ` +
        'add one, or give the host itself',
    );
  }
  return {
    host: given.host ?? local?.host ?? (env.DLA_HOST ? readHost(env.DLA_HOST, 'DLA_HOST') : dlaHost(region)),
    port: given.port ?? local?.port ?? (env.DLA_PORT ? readPort(env.DLA_PORT, 'DLA_PORT') : DLA_PORT),
  };
}

/** A host alone, which others would look up with all that stands around it. @throws UsageError */
export function readHost(text: string, source: string): string {
  if (/[/\s]|:\d*$/.test(text) && isIP(text) === 0) {
    throw new UsageError(
      `${source}: expected a host without a scheme and a port, got ${shown(text)}; the port is given beside it`,
    );
  }
  return text;
}

/** Without what may be a log-in: a URL has it before an @, one of JDBC also among its parameters. */
function shown(text: string): string {
  return JSON.stringify(text.replace(/^((?:\w+:)*\/\/)?.*[@?].*$/s, '$1…'));
}

/** A TCP port from text. @throws UsageError */
export function readPort(text: string, source: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) {
    throw new UsageError(`${source}: expected a port from 1 to 65535, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}

function readEndpoints(text: string | undefined): Map<string, { host: string; port: number }> {
  const endpoints = new Map<string, { host: string; port: number }>();
  for (const entry of (text ?? '').split(',').filter((item) => item.trim() !== '')) {
    const match = /^\s*([a-z0-9-]+)=([^:\s]+):(\d+)\s*$/.exec(entry);
    if (!match) {
      throw new UsageError(
        `DLA_ENDPOINTS: expected region=host:port, several separated by commas, got ${shown(entry)}`,
      );
    }
    endpoints.set(match[1], { host: match[2], port: readPort(match[3], 'DLA_ENDPOINTS') });
  }
  return endpoints;
}

/** Keys of a cloud account. */
export interface CloudCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

/** What is said where there are no keys. */
export const NO_CLOUD_CREDENTIALS = 'ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are not set';

/**
 * The keys that the alicloud Terraform provider would take, who reads each variable by itself in this order; undefined when
 * there are none.
 */
export function cloudCredentials(env: Environment): CloudCredentials | undefined {
  const first = (...names: readonly string[]) => names.map((name) => env[name]).find(Boolean);
  const accessKeyId = first('ALICLOUD_ACCESS_KEY', 'ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABACLOUD_ACCESS_KEY_ID');
  const accessKeySecret = first(
    'ALICLOUD_SECRET_KEY',
    'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    'ALIBABACLOUD_ACCESS_KEY_SECRET',
  );
  const securityToken = first('ALICLOUD_SECURITY_TOKEN', 'ALIBABA_CLOUD_SECURITY_TOKEN', 'ALIBABACLOUD_SECURITY_TOKEN');
  return accessKeyId && accessKeySecret ? { accessKeyId, accessKeySecret, securityToken } : undefined;
}

/** A cloud service's address. */
export interface ServiceEndpoint {
  readonly protocol: 'http' | 'https';
  /** Host with port, without a scheme. */
  readonly host: string;
}

/** Endpoint of a service: from the variables that the alicloud Terraform provider reads, else the given default. */
export function serviceEndpoint(service: string, defaultHost: string, env: Environment): ServiceEndpoint {
  const given = env[`ALIBABA_CLOUD_ENDPOINT_${service}`] || env[`${service}_ENDPOINT`] || defaultHost;
  const match = /^(?:(https?):\/\/)?([^/\s]+)\/?$/.exec(given);
  // The port of a URL is checked, too.
  if (!match || !URL.canParse(`http://${match[2]}`)) {
    throw new UsageError(`${service}_ENDPOINT: expected host or host:port, got ${shown(given)}`);
  }
  const host = match[2];
  // On a loopback address stands the local cloud, which speaks plain HTTP.
  return { protocol: (match[1] as 'http' | 'https') ?? (isLoopback(host) ? 'http' : 'https'), host };
}

function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'));
}
