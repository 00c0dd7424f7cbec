import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { CloudError } from '../account/cloud-error';
import type { Authority } from './host';
import { excerpt } from '../account/excerpt';

/** One request, after its host has been accepted. */
export interface Exchange {
  readonly method: string;
  readonly authority: Authority;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** As it was sent: percent-encoded, without the query. */
  readonly rawPath: string;
  /** Without the question mark, as it was sent. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** May be left before its end: the rest is read once the answer was sent. */
  readonly body: AsyncIterable<Buffer>;
  readonly socket: Socket;
  readonly requestId: string;
}

/** Part of a file, both ends included, or the whole of it. */
export interface FileBody {
  readonly file: string;
  readonly start?: number;
  readonly end?: number;
  /** Called once nobody reads the file any more, whether all of it was sent or not. */
  readonly release: () => void;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FileBody | Readable;
}

/** A header as one string. */
export function header(exchange: Pick<Exchange, 'headers'>, name: string): string | undefined {
  const value = exchange.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** Percent-decoding that refuses what is not valid instead of throwing a URIError. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CloudError('InvalidURI', `${excerpt(text)} is not validly percent-encoded`);
  }
}

/** Percent-encoding of everything but unreserved characters, as all of Alibaba's signatures want it. */
export function encodePercent(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The whole body. @throws CloudError when it is longer than `max` bytes */
export async function readBody(exchange: Exchange, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of exchange.body) {
    length += chunk.length;
    if (length > max) {
      throw new CloudError('RequestEntityTooLarge', `the body is longer than ${max} bytes, the most allowed`, 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Order of pairs by their names, as signatures put them. */
export function byName([a]: readonly string[], [b]: readonly string[]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
