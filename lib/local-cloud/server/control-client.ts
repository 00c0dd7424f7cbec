import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { LocalCloudEndpoints } from './local-cloud-options';
import type { CloudDescription } from './cloud-description';
import { excerpt } from '../account/excerpt';

/** How long a local cloud may take to begin an answer. */
const ANSWER_MILLIS = 10_000;
const MAX_ANSWER_BYTES = 64 << 20;

/** What `/_local/health` tells. */
export interface Health extends Partial<CloudDescription> {
  readonly accountId: string;
  readonly region: string;
  readonly services: Readonly<Record<string, string>>;
}

/** The local cloud did not do what it was asked for. */
export class ControlError extends Error {}

/** Speaks to a running local cloud by its control calls. */
export class ControlClient {
  /** @param address `host:port` of its HTTP port */
  constructor(public readonly address: string) {}

  public health(timeoutMillis?: number): Promise<Health> {
    return this.get<Health>('health', timeoutMillis);
  }

  public endpoints(): Promise<LocalCloudEndpoints> {
    return this.get<LocalCloudEndpoints>('endpoints');
  }

  /** @throws ControlError, or the error of the connection */
  public async get<T>(name: string, timeoutMillis?: number): Promise<T> {
    return JSON.parse(await textOf(await this.call('GET', name, undefined, timeoutMillis))) as T;
  }

  /** @throws ControlError, or the error of the connection */
  public async post(name: string, timeoutMillis?: number): Promise<void> {
    await textOf(await this.call('POST', name, undefined, timeoutMillis));
  }

  /**
   * @returns the answer's body
   * @throws ControlError when it is an error, or the error of the connection
   */
  public async call(
    method: string,
    name: string,
    body?: Readable,
    timeoutMillis = ANSWER_MILLIS,
  ): Promise<IncomingMessage> {
    // A start asks nobody, and need not wait for it.
    const http = await import('node:http');
    return new Promise((resolve, reject) => {
      const request = http.request(`http://${this.address}/_local/${name}`, {
        method,
        agent: false,
        headers: { 'x-alicloud-local': '1' },
      });
      // What is sent may be long; then the answer comes when all of it has.
      request.setTimeout(timeoutMillis, () =>
        request.destroy(new ControlError(`no answer within ${timeoutMillis} ms`)),
      );
      request.once('error', reject);
      request.once('response', (response) => {
        if (response.statusCode === 200) {
          resolve(response);
        } else {
          textOf(response).then((text) => reject(new ControlError(messageOf(text))), reject);
        }
      });
      if (body) {
        body.once('error', (error) => request.destroy(error));
        body.pipe(request);
      } else {
        request.end();
      }
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      throw new ControlError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return `expected the answer of a local cloud, got ${excerpt(text)}`;
  }
}
