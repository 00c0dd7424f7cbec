import { createHmac } from 'node:crypto';
import { byName, encodePercent, type Exchange, header } from './request';

/** How a request of MQ or SMQ (formerly MNS) is signed. */
export interface MessageSignature {
  readonly accessKeyId: string;
  readonly signature: string;
  readonly toSign: string;
  /** What the signature must be. */
  readonly sign: (secret: string) => string;
}

/** The signature of SMQ (formerly MNS) of version 4, which SDKs of 2025 can use in place of the other. */
const VERSION_4 =
  /^(MNS4-HMAC-SHA256) Credential=([^/\s]+)\/((\d{8})\/([\w-]+)\/(mns)\/(aliyun_v4_request)), ?Signature=([0-9a-f]{64})$/;

/** @returns undefined when it is not signed, or not in a way of the service */
export function messageSignature(exchange: Exchange, scheme: string, date: string): MessageSignature | undefined {
  const authorization = header(exchange, 'authorization') ?? '';
  const [, accessKeyId, signature] = new RegExp(`^${scheme} ([^:\\s]+):(\\S+)$`).exec(authorization) ?? [];
  if (accessKeyId !== undefined) {
    const toSign = version2(exchange, scheme, date);
    return {
      accessKeyId,
      signature,
      toSign,
      sign: (secret) => createHmac('sha1', secret).update(toSign).digest('base64'),
    };
  }
  const parts = scheme === 'MNS' ? VERSION_4.exec(authorization) : null;
  return parts && !Number.isNaN(Date.parse(date)) ? version4(exchange, date, parts) : undefined;
}

function version2(exchange: Exchange, scheme: string, date: string): string {
  const resource = exchange.rawQuery === '' ? exchange.rawPath : `${exchange.rawPath}?${exchange.rawQuery}`;
  const headers = ownHeaders(exchange, scheme).map(([name, value]) => `${name}:${value}\n`);
  return [
    exchange.method,
    header(exchange, 'content-md5') ?? '',
    header(exchange, 'content-type') ?? '',
    date,
    headers.join('') + resource,
  ].join('\n');
}

function version4(exchange: Exchange, date: string, parts: readonly string[]): MessageSignature {
  const [, algorithm, accessKeyId, scope, day, region, product, end, signature] = parts;
  const query = exchange.rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split(/=(.*)/s, 2))
    .map(([name, value = '']) => [encodePercent(name.toLowerCase().trim()), encodePercent(value.trim())])
    .sort(byName)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const common = ['content-md5', 'content-type']
    .map((name) => [name, header(exchange, name)])
    .filter((pair): pair is [string, string] => pair[1] !== undefined);
  const headers = [...common, ...ownHeaders(exchange, 'MNS')].map(([name, value]) => `${name}:${value.trim()}\n`);
  const toSign = [
    algorithm,
    `${new Date(date).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`,
    scope,
    exchange.method,
    exchange.rawPath.split('/').map(encodePercent).join('/'),
    query.join('&'),
    headers.join(''),
    '',
  ].join('\n');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  return {
    accessKeyId,
    signature,
    toSign,
    sign: (secret) => {
      const key = [day, region, product, end].reduce<string | Buffer>(hmac, `aliyun_v4${secret}`);
      return hmac(key, toSign).toString('hex');
    },
  };
}

/** Headers of the service, by name. */
function ownHeaders(exchange: Exchange, scheme: string): (readonly [string, string])[] {
  const prefix = `x-${scheme.toLowerCase()}-`;
  return Object.keys(exchange.headers)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => [name, header(exchange, name) ?? ''] as const);
}
