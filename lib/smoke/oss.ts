import { createHash, createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { ossHost } from '../cloud/hosts';
import { type CloudCredentials, type Environment, serviceEndpoint } from './environment';
import { send, statusOf } from './http';

/** What OSS answered. */
export interface OssAnswer {
  readonly status: number;
  /** The status in words. */
  readonly told: string;
  /** OSS's error code, when it sent one. */
  readonly code?: string;
  readonly contentLength?: number;
  readonly body: string;
}

/** What a read-only request to OSS is about. */
export interface OssRequest {
  readonly method: 'GET' | 'HEAD';
  readonly region: string;
  /** Absent: the account's list of buckets. */
  readonly bucket?: string;
  /** Key of an object, not encoded. Absent: the bucket's list of objects. */
  readonly key?: string;
  /** Such as the prefix of a list. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly credentials: CloudCredentials;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

const ALGORITHM = 'OSS4-HMAC-SHA256';
/** Stands for the digest of a body. */
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** Where a request goes: a bucket's name stands before the host, except where the host is a number. */
export function addressOfRequest(request: Pick<OssRequest, 'region' | 'bucket' | 'key' | 'parameters' | 'env'>): URL {
  const { region, bucket, key = '', parameters = {}, env } = request;
  const { protocol, host } = serviceEndpoint('OSS', ossHost(region), env);
  const path = encodePath(key);
  const url = new URL(
    bucket === undefined
      ? `${protocol}://${host}/`
      : isIP(host.replace(/:\d+$/, '')) === 0
        ? `${protocol}://${bucket}.${host}/${path}`
        : `${protocol}://${host}/${bucket}/${path}`,
  );
  url.search = encodeQuery(parameters);
  return url;
}

/**
 * Sends one request with a signature in the header; rejects when there is no answer. Signed by version 4: OSS takes
 * version 1 neither from new customers nor for new buckets. Source: OSS, "Guidelines for upgrading V1 signatures to V4".
 */
export async function askOss(request: OssRequest): Promise<OssAnswer> {
  const { method, region, bucket, key = '', parameters = {}, credentials } = request;
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const token = credentials.securityToken;
  const signedHeaders = {
    'x-oss-content-sha256': UNSIGNED,
    'x-oss-date': date,
    ...(token === undefined ? {} : { 'x-oss-security-token': token }),
  };
  const canonical = [
    method,
    bucket === undefined ? '/' : `/${bucket}/${encodePath(key)}`,
    encodeQuery(parameters),
    ...Object.entries(signedHeaders).map(([name, value]) => `${name}:${value}`),
    '',
    // No headers but these are signed.
    '',
    UNSIGNED,
  ].join('\n');
  const scope = [date.slice(0, 8), region, 'oss', 'aliyun_v4_request'];
  const toSign = [ALGORITHM, date, scope.join('/'), createHash('sha256').update(canonical).digest('hex')].join('\n');
  const signingKey = scope.reduce<string | Buffer>(hmac, `aliyun_v4${credentials.accessKeySecret}`);
  const signature = hmac(signingKey, toSign).toString('hex');
  const headers = {
    ...signedHeaders,
    authorization: `${ALGORITHM} Credential=${[credentials.accessKeyId, ...scope].join('/')},Signature=${signature}`,
  };
  const answer = await send(addressOfRequest(request), method, headers, request);
  const length = answer.headers['content-length'] ?? '';
  return {
    status: answer.status,
    told: statusOf(answer),
    code: /<Code>([\w.-]+)<\/Code>/.exec(answer.body)?.[1],
    contentLength: /^\d+$/.test(length) ? Number(length) : undefined,
    body: answer.body,
  };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** As it is signed: more is encoded than addresses need. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function encodePath(key: string): string {
  return key.split('/').map(encode).join('/');
}

/** Sorted by name, and without the equals sign where there is no value, as it is signed. */
function encodeQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`))
    .sort()
    .join('&');
}
