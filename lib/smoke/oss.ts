import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { formatDuration } from './durations';
import { type CloudCredentials, type Environment, serviceEndpoint } from './environment';
import { NoAnswer } from './failure';

/** What OSS answered. */
export interface OssAnswer {
  readonly status: number;
  /** OSS's error code, when it sent one. */
  readonly code?: string;
  readonly contentLength?: number;
}

/** What a read-only request to OSS is about, and how long it may take. */
export interface OssRequest {
  readonly method: 'GET' | 'HEAD';
  readonly region: string;
  /** Absent: the account's list of buckets. */
  readonly bucket?: string;
  /** Key of an object, not encoded. */
  readonly key?: string;
  readonly credentials: CloudCredentials;
  readonly env: Environment;
  readonly millis: number;
  readonly signal: AbortSignal;
}

/** Answers are read this far: an error fits, and nobody can fill the memory. */
const MAX_BODY_BYTES = 64 * 1_024;

/** Where a request goes: a bucket's name stands before the host, except where the host is a number. */
export function addressOfRequest(request: Pick<OssRequest, 'region' | 'bucket' | 'key' | 'env'>): URL {
  const { region, bucket, key = '', env } = request;
  const { protocol, host } = serviceEndpoint('OSS', `oss-${region}.aliyuncs.com`, env);
  if (bucket === undefined) {
    return new URL(`${protocol}://${host}/`);
  }
  const path = key.split('/').map(encodeURIComponent).join('/');
  return isIP(host.replace(/:\d+$/, '')) === 0
    ? new URL(`${protocol}://${bucket}.${host}/${path}`)
    : new URL(`${protocol}://${host}/${bucket}/${path}`);
}

/** Sends one request signed with OSS's header signature V1; rejects when there is no answer. */
export async function askOss(request: OssRequest): Promise<OssAnswer> {
  const { method, bucket, key = '', credentials } = request;
  const url = addressOfRequest(request);
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
  // Not AbortSignal.any over AbortSignal.timeout: the garbage collector may take what only they hold.
  const limit = new AbortController();
  const abort = (): void => limit.abort(request.signal.reason);
  const late = new NoAnswer(`no answer within ${formatDuration(request.millis)}`);
  const timer = setTimeout(() => limit.abort(late), request.millis);
  request.signal.addEventListener('abort', abort);
  if (request.signal.aborted) {
    abort();
  }
  return new Promise<OssAnswer>((resolve, rejectWith) => {
    // Node's own error tells only that the request was aborted.
    const reject = (error: Error): void => rejectWith(limit.signal.aborted ? limit.signal.reason : error);
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
    send(url, { method, headers, signal: limit.signal }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body = body.length < MAX_BODY_BYTES ? body + chunk : body;
      });
      response.on('error', reject);
      response.on('end', () => {
        const length = response.headers['content-length'];
        resolve({
          status: response.statusCode!,
          code: /<Code>([\w.-]+)<\/Code>/.exec(body)?.[1],
          contentLength: length === undefined ? undefined : Number(length),
        });
      });
    })
      .on('error', reject)
      .end();
  }).finally(() => {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', abort);
  });
}
