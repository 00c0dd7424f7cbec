import * as fs from 'node:fs';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FileBody, Reply } from '../http/request';
import { optionalHeader, type OssRequest } from './request';

/** Smaller contents are sent as they are. */
const MIN_BYTES = 1024;
/** Assumption: as OSS's help lists them. */
const CONTENT_TYPES = new Set([
  'text/cache-manifest',
  'text/xml',
  'text/plain',
  'text/css',
  'text/html',
  'text/json',
  'application/javascript',
  'application/x-javascript',
  'application/rss+xml',
  'application/json',
]);

/** Whether OSS compresses an answer on its way to a client that takes it. */
export function isCompressible(
  request: OssRequest,
  headers: Readonly<Record<string, string | undefined>>,
  size: number,
): boolean {
  return (
    size >= MIN_BYTES &&
    /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(optionalHeader(request, 'accept-encoding') ?? '') &&
    headers['content-encoding'] === undefined &&
    CONTENT_TYPES.has((headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase())
  );
}

/** Headers of what is stored, which an answer that is compressed does not have. */
const OF_STORED = ['content-length', 'content-md5', 'etag'];

export function compressed(stored: Readonly<Record<string, string>>, content: FileBody): Reply {
  const headers = Object.fromEntries(Object.entries(stored).filter(([name]) => !OF_STORED.includes(name)));
  // A failure destroys the stream, and with it the answer.
  const body = pipeline(
    fs.createReadStream(content.file, { start: content.start, end: content.end }),
    createGzip(),
    () => content.release?.(),
  );
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, body };
}
