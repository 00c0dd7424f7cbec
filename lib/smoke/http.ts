import { setMaxListeners } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { formatDuration } from '../cli/durations';
import type { Environment } from './environment';
import { codeOf, errorMessage, NoAnswer } from './failure';

/** What a service of the cloud answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A longer answer is none that the smoke test asked for, and nobody may fill the memory. */
const MAX_BODY_BYTES = 1_024 * 1_024;

/** What ends a request, and the variables that tell of proxies. */
export interface RequestContext {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Sends a request without a body; rejects when there is no whole answer, with the signal's reason when it is aborted. */
export function send(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  { env, signal }: RequestContext,
): Promise<HttpAnswer> {
  return new Promise((resolve, rejectWith) => {
    // Node's own error tells only that the request was aborted.
    const reject = (error: Error): void => rejectWith(signal.aborted ? (signal.reason as Error) : error);
    const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
    request(url, { method, headers, signal }, (response) => {
      // Copied: a server may send every byte as a piece of its own, and each piece costs more than its bytes.
      let bytes = Buffer.alloc(0);
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        if (length + chunk.length > MAX_BODY_BYTES) {
          response.destroy(new Error(`expected an answer of at most ${MAX_BODY_BYTES} bytes, got more`));
          return;
        }
        if (length + chunk.length > bytes.length) {
          bytes = Buffer.concat([bytes.subarray(0, length)], Math.min(2 * (length + chunk.length), MAX_BODY_BYTES));
        }
        length += chunk.copy(bytes, length);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: bytes.toString('utf8', 0, length),
        });
      });
    })
      .on('error', (error) => reject(withAdvice(error, url, env)))
      .end();
  });
}

/** What an answer is that has no body of use: where it leads to, if anywhere. */
export function statusOf({ status, headers }: HttpAnswer): string {
  return `HTTP ${status}${headers.location === undefined ? '' : ` to ${headers.location}, where no keys are sent`}`;
}

const UNTRUSTED = /CERT|SIGNATURE|ISSUER/;

/** The error of a connection with what helps, where Node's own words do not tell it. */
function withAdvice(error: Error, { protocol, hostname }: URL, env: Environment): Error {
  const code = codeOf(error) ?? '';
  const advice =
    code === 'EPROTO'
      ? `expected TLS from ${hostname}, got something else: see to the scheme of its endpoint`
      : protocol === 'https:' && UNTRUSTED.test(code)
        ? `${errorMessage(error)}; NODE_EXTRA_CA_CERTS names further authorities to trust`
        : usesNoProxy(protocol, env)
          ? `${errorMessage(error)}; ${proxyVariable(protocol)} is not used: from Node 24 on, NODE_USE_ENV_PROXY=1 has it used`
          : undefined;
  return advice === undefined ? error : Object.assign(new Error(advice), { code });
}

function proxyVariable(protocol: string): string {
  return protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
}

function usesNoProxy(protocol: string, env: Environment): boolean {
  const name = proxyVariable(protocol);
  return Boolean(env[name] ?? env[name.toLowerCase()]) && env.NODE_USE_ENV_PROXY !== '1';
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
