import * as net from 'node:net';
import { LocalCloudError } from '../store/local-cloud-error';

/** What answers on one port. It loads what it needs with its first connection, so that starting costs nothing. */
export interface SocketServer {
  handle(socket: net.Socket): void;
  close(): void | Promise<void>;
}

/** One port of 127.0.0.1 with a server behind it. */
export class Listener {
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly socketServer: SocketServer,
  ) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      // A connection that breaks ends itself; without a listener it would end the process.
      socket.on('error', () => socket.destroy());
      socketServer.handle(socket);
    });
  }

  /** @throws LocalCloudError when the port is taken */
  public static async listen(socketServer: SocketServer, port: number, purpose: string): Promise<Listener> {
    const server = net.createServer();
    const listener = new Listener(server, socketServer);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new LocalCloudError(
            error.code === 'EADDRINUSE'
              ? `port ${port} for ${purpose} is taken: give another, or 0 for any free one`
              : `port ${port} for ${purpose} cannot be opened (${error.code})`,
          ),
        ),
      );
      server.listen(port, '127.0.0.1', resolve);
    });
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
