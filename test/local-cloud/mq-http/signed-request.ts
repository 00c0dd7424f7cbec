import { createHmac } from 'node:crypto';
import * as http from 'node:http';
import type { RawResponse } from '../server/raw-request';
import { rawRequest } from '../server/raw-request';

interface Key {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** What no client would send, with a signature that fits. */
export function signedRequest(
  port: number,
  key: Key,
  { method, target, body }: { method: string; target: string; body?: string },
): Promise<RawResponse> {
  const length = { 'content-length': String(Buffer.byteLength(body ?? '')) };
  return rawRequest(port, { method, target, body, headers: { ...headersOf(key, method, target), ...length } });
}

/** A request whose answer nobody waits for. */
export function openRequest(port: number, key: Key, target: string): http.ClientRequest {
  const request = http.request({
    host: '127.0.0.1',
    port,
    path: target,
    headers: headersOf(key, 'GET', target),
    agent: false,
  });
  request.on('error', () => undefined);
  request.end();
  return request;
}

export function headersOf(
  { accessKeyId, accessKeySecret }: Key,
  method: string,
  target: string,
): Record<string, string> {
  const date = new Date().toUTCString();
  const toSign = [method, '', 'text/xml', date, `x-mq-version:2015-06-06\n${target}`].join('\n');
  const signature = createHmac('sha1', accessKeySecret).update(toSign).digest('base64');
  return {
    'content-type': 'text/xml',
    date,
    'x-mq-version': '2015-06-06',
    authorization: `MQ ${accessKeyId}:${signature}`,
  };
}
