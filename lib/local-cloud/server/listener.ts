import * as net from 'node:net';
import { LocalCloudError } from '../store/local-cloud-error';

/** What answers on one port. It loads what it needs with its first connection, so that starting costs nothing. */
export interface SocketServer {
  handle(socket: net.Socket): void;
  close(): void | Promise<void>;
}

export interface ListenOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** Whether any free port will do where the one that was asked for is taken. @default false */
  readonly orAny?: boolean;
  /** How long a client whose connection was ended has to read the last answer. @default 10 s */
  readonly lingerMillis?: number;
}

const LINGER_MILLIS = 10_000;

/** One port, of 127.0.0.1 unless told otherwise, with a server behind it. */
export class Listener {
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly socketServer: SocketServer,
    lingerMillis: number,
  ) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      // A connection that breaks ends itself; without a listener it would end the process.
      socket.on('error', () => socket.destroy());
      socket.once('finish', () => closeGracefully(socket, lingerMillis));
      socketServer.handle(socket);
    });
  }

  /** @throws LocalCloudError when the port is taken */
  public static async listen(
    socketServer: SocketServer,
    port: number,
    purpose: string,
    { host = '127.0.0.1', orAny = false, lingerMillis = LINGER_MILLIS }: ListenOptions = {},
  ): Promise<Listener> {
    const server = net.createServer();
    const listener = new Listener(server, socketServer, lingerMillis);
    const open = (wanted: number): Promise<void> =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(wanted, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
    try {
      await open(port).catch((error: NodeJS.ErrnoException) => {
        if (!orAny) {
          throw error;
        }
        return open(0);
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new LocalCloudError(
        code === 'EADDRINUSE'
          ? `port ${port} for ${purpose} is taken: give another, or 0 for any free one`
          : `port ${port} for ${purpose} cannot be opened (${code})${code === 'EACCES' ? ': give one from 1024 on' : ''}`,
      );
    }
    return listener;
  }

  public get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  public async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.socketServer.close();
    for (const socket of this.sockets) {
      socket.destroy();
    }
    await closed;
  }
}

/** Closes a connection that was ended: where nobody reads what still comes, its end is never seen. */
function closeGracefully(socket: net.Socket, lingerMillis: number): void {
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMillis).unref();
  socket.once('close', () => clearTimeout(timer));
}
