import type { Socket } from 'node:net';
import type { Account } from '../account/account';
import { internalError } from '../account/internal-error';
import { type FaultOptions, Faults } from '../http/faults';
import type { TlsFiles } from './certificate';
import type { HttpListener } from './http-listener';
import { Nonces } from '../http/nonces';
import { RequestLog } from '../http/request-log';
import type { Services } from '../http/services';

export interface HttpServerOptions {
  /** Region of calls that name none, e.g. `cn-hangzhou`. */
  readonly region: string;
  /** Disturbances to start with. @default - none */
  readonly faults?: FaultOptions;
  /** Certificate and key of TLS, which the port speaks as well. @default - TLS is refused */
  readonly tls?: Pick<TlsFiles, 'certificate' | 'key'>;
  /** Whether more than loopback is listened on. @default false */
  readonly isOpen?: boolean;
  /** The local cloud around it. @default - none */
  readonly cloud?: Services['cloud'];
}

/**
 * Alibaba Cloud's APIs on HTTP: OpenAPI (RPC), OSS, the HTTP protocols of MQ and SMQ (formerly MNS), control calls and the console,
 * all on one port, which is also an HTTP proxy for Alibaba's host names and for nothing else.
 */
export class HttpServer {
  /** Disturbances, to configure while it runs. */
  public readonly faults: Faults;
  /** What was called. */
  public readonly requests = new RequestLog();
  private server: Promise<HttpListener> | undefined;

  constructor(
    private readonly account: Account,
    private readonly options: HttpServerOptions,
  ) {
    this.faults = new Faults(options.faults);
  }

  /** Serves a connection that was accepted on loopback. */
  public handle(socket: Socket): void {
    this.server ??= this.load();
    this.server.then(
      (server) => server.accept(socket),
      (error: Error) => {
        internalError('the HTTP server cannot be loaded', error);
        socket.destroy();
      },
    );
  }

  public async close(): Promise<void> {
    await (await this.server)?.close();
  }

  /** Loaded with the first connection, so that a local cloud starts quickly. */
  private async load(): Promise<HttpListener> {
    const { HttpListener } = await import('./http-listener.js');
    const { account, faults, requests } = this;
    const { region, tls, cloud, isOpen } = this.options;
    return new HttpListener({ account, faults, requests, nonces: new Nonces(), region, cloud }, { tls, isOpen });
  }
}
