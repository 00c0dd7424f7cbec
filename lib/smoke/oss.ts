import { createHmac } from 'node:crypto';
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
  /** Parameters that are not signed, such as the prefix of a list. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly credentials: CloudCredentials;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Where a request goes: a bucket's name stands before the host, except where the host is a number. */
export function addressOfRequest(request: Pick<OssRequest, 'region' | 'bucket' | 'key' | 'parameters' | 'env'>): URL {
  const { region, bucket, key = '', parameters = {}, env } = request;
  const { protocol, host } = serviceEndpoint('OSS', ossHost(region), env);
  const path = key.split('/').map(encodeURIComponent).join('/');
  const url = new URL(
    bucket === undefined
      ? `${protocol}://${host}/`
      : isIP(host.replace(/:\d+$/, '')) === 0
        ? `${protocol}://${bucket}.${host}/${path}`
        : `${protocol}://${host}/${bucket}/${path}`,
  );
  url.search = new URLSearchParams(parameters).toString();
  return url;
}

/** Sends one request signed with OSS's header signature V1; rejects when there is no answer. */
export async function askOss(request: OssRequest): Promise<OssAnswer> {
  const { method, bucket, key = '', credentials } = request;
  const date = new Date().toUTCString();
  const token = credentials.securityToken;
  const signed = [
    method,
    '',
    '',
    date,
    ...(token === undefined ? [] : [`x-oss-security-token:${token}`]),
    bucket === undefined ? '/' : `/${bucket}/${key}`,
  ].join('\n');
  const signature = createHmac('sha1', credentials.accessKeySecret).update(signed).digest('base64');
  const headers = {
    date,
    authorization: `OSS ${credentials.accessKeyId}:${signature}`,
    ...(token === undefined ? {} : { 'x-oss-security-token': token }),
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
