import { createHmac } from 'node:crypto';
import { rawRequest, type RawResponse } from '../server/raw-request';
import type { StartedHttpServer } from '../server/started-http-server';

/** Headers of a request that the account signs. */
export function signedHeaders(
  { account, endpoint }: StartedHttpServer,
  method: string,
  target: string,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const date = new Date().toUTCString();
  const headers: Record<string, string> = { 'x-mns-version': '2015-06-06', ...own };
  const lines = Object.keys(headers)
    .sort()
    .map((name) => `${name}:${headers[name]}\n`);
  const { accessKeyId, accessKeySecret } = account.identity;
  const signature = createHmac('sha1', accessKeySecret)
    .update([method, '', 'text/xml', date, lines.join('') + target].join('\n'))
    .digest('base64');
  return {
    ...headers,
    host: endpoint,
    date,
    'content-type': 'text/xml',
    authorization: `MNS ${accessKeyId}:${signature}`,
  };
}

/** A request of SMQ's protocol as it is on the wire. */
export function signedRequest(
  server: StartedHttpServer,
  method: string,
  target: string,
  body = '',
  own: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  return rawRequest(server.port, { method, target, headers: signedHeaders(server, method, target, own), body });
}
