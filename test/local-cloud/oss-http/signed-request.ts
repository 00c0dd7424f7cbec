import signUtils from 'ali-oss/lib/common/signUtils';
import { rawRequest, type RawResponse } from '../server/raw-request';
import type { StartedHttpServer } from '../server/started-http-server';
import type { OssKey } from './oss-client';

export interface OssCall {
  readonly method?: string;
  /** Bucket and key, decoded: `bucket/key`. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request to OSS by path, signed by Alibaba's code in version 1; with the key null it is anonymous. */
export function ossRequest(
  server: StartedHttpServer,
  { method = 'GET', path = '', query = {}, headers = {}, body = '' }: OssCall,
  key: OssKey | null = server.account.identity,
): Promise<RawResponse & { code: string }> {
  const parameters = new URLSearchParams(query).toString();
  const target = `/${path.split('/').map(encodeURIComponent).join('/')}${parameters === '' ? '' : `?${parameters}`}`;
  const all: Record<string, string> = { ...headers };
  if (key) {
    all['x-oss-date'] = new Date().toUTCString();
    if (key.stsToken !== undefined) {
      all['x-oss-security-token'] = key.stsToken;
    }
    const [bucket, ...rest] = path.split('/');
    const resource = path === '' ? '/' : `/${bucket}/${rest.join('/')}`;
    const unsigned = [
      'prefix',
      'marker',
      'delimiter',
      'max-keys',
      'list-type',
      'start-after',
      'key-marker',
      'version-id-marker',
      'encoding-type',
      'max-parts',
      'max-uploads',
      'upload-id-marker',
      'tag-key',
      'tag-value',
    ];
    const signed = Object.fromEntries(Object.entries(query).filter(([name]) => !unsigned.includes(name)));
    all.authorization = signUtils.authorization(
      key.accessKeyId,
      key.accessKeySecret,
      signUtils.buildCanonicalString(method, resource, { headers: all, parameters: signed }),
    );
  }
  return rawRequest(server.port, { method, target, headers: all, body }).then((response) => ({
    ...response,
    code: /<Code>([^<]+)<\/Code>/.exec(response.text)?.[1] ?? '',
  }));
}
