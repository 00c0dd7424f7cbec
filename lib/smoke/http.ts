import { setMaxListeners } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { formatDuration } from '../cli/durations';
import { NoAnswer } from './failure';

/** What a service of the cloud answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A longer answer is none that the smoke test asked for, and nobody may fill the memory. */
const MAX_BODY_BYTES = 1_024 * 1_024;

/** Sends a request without a body; rejects when there is no whole answer, with the signal's reason when it is aborted. */
export function send(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, rejectWith) => {
    // Node's own error tells only that the request was aborted.
    const reject = (error: Error): void => rejectWith(signal.aborted ? (signal.reason as Error) : error);
    const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
    request(url, { method, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_BODY_BYTES) {
          response.destroy(new Error(`expected an answer of at most ${MAX_BODY_BYTES} bytes, got more`));
        }
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Runs work whose signal is aborted at the end of the time, or with the signal outside. */
export async function withTimeLimit<T>(
  millis: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not AbortSignal.any over AbortSignal.timeout: the garbage collector may take what only they hold.
  const limit = new AbortController();
  // Every request listens for itself.
  setMaxListeners(0, limit.signal);
  const abort = (): void => limit.abort(outer.reason);
  const timer = setTimeout(() => limit.abort(new NoAnswer(`no answer within ${formatDuration(millis)}`)), millis);
  outer.addEventListener('abort', abort);
  if (outer.aborted) {
    abort();
  }
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
