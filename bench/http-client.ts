import { spawn } from 'node:child_process';
import * as http from 'node:http';
import signUtils from 'ali-oss/lib/common/signUtils';
import { ended, ROOT } from './processes';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Server {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Sends one request, and waits for the end of a good answer. */
export function send(agent: http.Agent, port: number, { method, path, headers = {}, body = '' }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        if (response.statusCode! >= 300) {
          text += chunk.toString();
        }
      });
      response.on('end', () =>
        response.statusCode! < 300 ? resolve() : reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`)),
      );
    });
    request.on('error', reject);
    request.setHeader('content-length', Buffer.byteLength(body));
    request.end(body);
  });
}

export interface Key {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** The local cloud, in a process of its own. */
export interface StartedLocalCloud extends Server {
  readonly pid: number;
  readonly dlaPort: number;
  readonly key: Key & { readonly dlaUser: string; readonly dlaPassword: string };
}

/** A request to OSS, signed. `resource` is what of the query is signed. */
export function oss(
  method: string,
  path: string,
  key: Key,
  rest: { body?: string; query?: string; resource?: string } = {},
): Call {
  const { body = '', query = '', resource = '' } = rest;
  const headers: Record<string, string> = { 'x-oss-date': new Date().toUTCString() };
  const canonical = signUtils.buildCanonicalString(method, path + resource, { headers, parameters: {} });
  headers.authorization = signUtils.authorization(key.accessKeyId, key.accessKeySecret, canonical);
  return { method, path: query === '' ? path : `${path}?${query}`, headers, body };
}

export async function startLocalCloud(...options: readonly string[]): Promise<StartedLocalCloud> {
  const child = spawn(process.execPath, ['dist/lib/local-cloud/server/cli.js', 'start', ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Ready.')) {
        resolve(text.split('\n')[0]);
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`alicloud-local ended with ${code}: build it first`)));
  });
  const key = JSON.parse(line) as StartedLocalCloud['key'] & { http: string; dla: Record<string, string> };
  child.removeAllListeners('exit');
  const portOf = (address: string) => Number(address.split(':')[1]);
  return {
    pid: child.pid!,
    port: portOf(key.http),
    dlaPort: portOf(Object.values(key.dla)[0]),
    key,
    stop: () => ended(child, 'SIGTERM'),
  };
}
