import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Account } from '../account/account';
import { internalError } from '../account/internal-error';
import { type CertificateFiles, secureContextOf } from '../account/secure-context';
import type { Engine } from './engine/engine';
import { type ConnectionLimits, DEFAULT_LIMITS, MAX_CONNECTIONS } from './limits';
import { errorPacket } from './packets';
import { QueryTasks } from './query-tasks';
import { ServerStatus } from './server-status';
import type { SessionContext } from './session';
import { SqlError } from './sql-error';

export interface DlaServerOptions {
  readonly region: string;
  /**
   * Time for which an asynchronous query is kept RUNNING before it really starts, so that its states can be seen.
   *
   * @default 0
   */
  readonly queryDelayMillis?: number;
  /** @default - TLS is not offered */
  readonly tls?: CertificateFiles;
  /** @default - see DEFAULT_LIMITS */
  readonly limits?: Partial<ConnectionLimits>;
}

/** Data Lake Analytics of one region on the MySQL protocol. The owner listens, and hands each socket over. */
export class DlaServer {
  private readonly sockets = new Set<Socket>();
  private readonly context: SessionContext;
  private readonly limits: ConnectionLimits;
  private readonly secureContext: () => SecureContext | undefined;

  constructor(account: Account, engine: Engine, { region, queryDelayMillis = 0, tls, limits }: DlaServerOptions) {
    const tasks = new QueryTasks(account, region, engine, queryDelayMillis);
    this.context = { account, region, engine, tasks, status: new ServerStatus(), connections: new Map() };
    // A statement of the account that was must not answer, or write, beside the one that has come in its place.
    account.onReplaced(() => this.context.connections.forEach((connection) => connection.killQuery()));
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.secureContext = secureContextOf(tls);
  }

  /** Serves one client until it leaves. */
  public handle(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.sockets.size >= MAX_CONNECTIONS) {
      const message = `too many connections: ${MAX_CONNECTIONS} are open, the most allowed`;
      socket.end(errorPacket(0, new SqlError('ER_CON_COUNT_ERROR', message)));
      return;
    }
    this.sockets.add(socket);
    this.context.status.countConnection();
    socket.once('close', () => this.sockets.delete(socket));
    this.context.engine.warm();
    // Loaded with the first client, to keep the start of the local cloud short.
    import('./connection.js')
      .then(({ serveConnection }) => {
        // One that has left meanwhile would stay in the list of connections: it does not close again.
        if (!socket.destroyed) {
          serveConnection(socket, this.context, this.limits, this.secureContext);
        }
      })
      .catch((error: unknown) => {
        internalError('a client of DLA cannot be served', error);
        socket.destroy();
      });
  }

  /** Ends the clients' connections and cancels the queries that are running. */
  public async close(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await this.context.tasks.close();
  }
}
