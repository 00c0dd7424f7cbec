import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { Account } from '../../../lib/local-cloud/account/account';
import { HttpServer, type HttpServerOptions } from '../../../lib/local-cloud/server/http-server';

/** A server on a free port of loopback before an account of its own. */
export interface StartedHttpServer {
  readonly account: Account;
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

export const REGION = 'cn-hangzhou';

export async function startHttpServer(options: Partial<HttpServerOptions> = {}): Promise<StartedHttpServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'http-server-'));
  const account = new Account(folder);
  const served = new HttpServer(account, { region: REGION, ...options });
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    served.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    account,
    port,
    endpoint: `127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await served.close();
      await closed;
      account.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
