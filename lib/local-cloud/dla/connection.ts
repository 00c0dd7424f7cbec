import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { internalError } from '../account/internal-error';
import { ClientCommands, COMMAND, WITHOUT_ANSWER } from './commands';
import {
  authSwitch,
  greeting,
  isTlsRequest,
  type LogIn,
  NATIVE_PASSWORD,
  newScramble,
  readChangeUser,
  readLogIn,
} from './handshake';
import type { ClientConnection, ConnectionActivity } from './kill';
import type { ConnectionLimits } from './limits';
import { verifyNativePassword } from './native-password';
import { type ClientPacket, PacketSocket } from './packet-socket';
import { errorPacket, okPacket } from './packets';
import type { SessionContext } from './session';
import { SERVER_VERSION } from './session-variables';
import { SqlError } from './sql-error';

/** Bytes of a log-in, which tells of nothing long but the client's attributes. */
const MAX_LOG_IN = 64 << 10;

/** Commands that a client may send before their answers, and their bytes, in statements of the greatest length. */
const MAX_QUEUED = { commands: 64, statements: 4 };

/** Speaks the MySQL protocol with one client until it leaves. */
export function serveConnection(
  socket: Socket,
  context: SessionContext,
  limits: ConnectionLimits,
  secureContext: () => SecureContext | undefined,
): void {
  new Connection(socket, context, limits, secureContext()).greet();
}

class Connection implements ClientConnection {
  private readonly id = randomInt(1, 2 ** 31);
  private readonly packets: PacketSocket;
  private readonly commands: ClientCommands;
  private readonly scramble = newScramble();
  /** What the next packet is. */
  private stage: 'log-in' | 'token' | 'command' | 'refused' = 'log-in';
  /** Number that the next packet has. */
  private sequenceId = 1;
  /** A log-in whose password is still to be proved. */
  private logIn?: LogIn;
  private readonly queued = { commands: 0, bytes: 0 };
  private queue = Promise.resolve();
  private readonly host: string;

  constructor(
    socket: Socket,
    private readonly context: SessionContext,
    private readonly limits: ConnectionLimits,
    private readonly secureContext: SecureContext | undefined,
  ) {
    this.host = `${socket.remoteAddress}:${socket.remotePort}`;
    this.commands = new ClientCommands(context, this.id, secureContext !== undefined, limits.queryBytes);
    this.packets = new PacketSocket(socket, MAX_LOG_IN, {
      packet: (received) => this.take(received),
      unreadable: (error) => this.leave(error),
    });
    const timer = setTimeout(() => this.stage !== 'command' && this.packets.destroy(), limits.handshakeMillis);
    context.connections.set(this.id, this);
    socket.once('close', () => {
      clearTimeout(timer);
      context.connections.delete(this.id);
      this.commands.leave();
    });
  }

  public greet(): void {
    void this.packets.send(greeting(SERVER_VERSION, this.id, this.scramble, this.secureContext !== undefined));
  }

  public get activity(): ConnectionActivity {
    const { activity } = this.commands;
    return {
      ...activity,
      host: this.host,
      tls: this.packets.tls,
      command: this.stage === 'command' ? activity.command : 'Connect',
    };
  }

  public killQuery(): void {
    this.commands.interrupt();
  }

  public killConnection(): void {
    this.packets.destroy();
  }

  private take(received: ClientPacket): void {
    const { sequenceId, payload, compressedId } = received;
    if (this.stage === 'refused') {
      return;
    }
    // Compressed packets have numbers of their own.
    if (compressedId === undefined && sequenceId !== this.sequenceId) {
      this.leave(
        new SqlError(
          'ER_NET_PACKETS_OUT_OF_ORDER',
          `Got packets out of order: expected the number ${this.sequenceId}, got ${sequenceId}`,
        ),
        sequenceId,
      );
      return;
    }
    if (this.stage === 'command') {
      this.enqueue(received);
    } else if (!payload) {
      this.leave(new SqlError('ER_NET_PACKET_TOO_LARGE', `a log-in is longer than ${MAX_LOG_IN} bytes`), sequenceId);
    } else if (this.stage === 'token') {
      this.authenticate(() => ({ ...this.logIn!, token: payload, plugin: NATIVE_PASSWORD }), sequenceId, compressedId);
    } else if (isTlsRequest(payload)) {
      this.secure(sequenceId);
    } else {
      this.authenticate(() => readLogIn(payload), sequenceId);
    }
  }

  private secure(sequenceId: number): void {
    if (!this.secureContext || this.sequenceId !== 1) {
      this.leave(new SqlError('ER_HANDSHAKE_ERROR', 'TLS is not served on this connection'), sequenceId);
      return;
    }
    this.sequenceId = 2;
    this.packets.secure(this.secureContext);
  }

  /** Says why, and ends the connection. */
  private leave(error: SqlError, sequenceId = 0, compressedId?: number): void {
    this.stage = 'refused';
    void this.packets.end(errorPacket(sequenceId + 1, error), compressedId);
  }

  /** Lets a client in whose password is right, asks for another proof of it, or shows it out. */
  private authenticate(read: () => LogIn, sequenceId: number, compressedId?: number): void {
    try {
      const logIn = read();
      this.logIn = { ...this.logIn, ...logIn };
      if (logIn.plugin !== undefined && logIn.plugin !== NATIVE_PASSWORD) {
        this.stage = 'token';
        this.sequenceId = sequenceId + 2;
        void this.packets.send(authSwitch(sequenceId + 1, this.scramble), compressedId);
        return;
      }
      this.checkPassword(logIn);
      this.commands.begin(logIn.database || undefined);
      this.stage = 'command';
      this.sequenceId = 0;
      this.commands.isWithoutEof = this.logIn.isWithoutEof ?? false;
      this.packets.limit = this.limits.queryBytes;
      void this.packets.send(okPacket(sequenceId + 1, this.commands.status), compressedId);
      if (this.logIn.isCompressed && !this.packets.isCompressed) {
        this.packets.compress();
      }
    } catch (error) {
      this.leave(asSqlError(error), sequenceId, compressedId);
    }
  }

  private checkPassword({ user, token }: LogIn): void {
    const { dlaUser, dlaPassword } = this.context.account.identity;
    // The documented form USER@CLUSTER binds a connection to a virtual cluster, of which there is one here.
    const [name] = user.split('@');
    if (name !== dlaUser || !verifyNativePassword(dlaPassword, this.scramble, token)) {
      throw new SqlError(
        'ER_ACCESS_DENIED_ERROR',
        `Access denied for user '${user.slice(0, 80)}'@'127.0.0.1' (using password: ${token.length > 0 ? 'YES' : 'NO'})`,
      );
    }
  }

  private enqueue(received: ClientPacket): void {
    const { queued, limits } = this;
    const { payload } = received;
    const bytes = payload?.length ?? 0;
    if (payload?.[0] === COMMAND.quit) {
      this.packets.stopReading();
      this.queue = this.queue.then(() => this.packets.end());
    } else if (
      queued.commands >= MAX_QUEUED.commands ||
      queued.bytes + bytes > MAX_QUEUED.statements * limits.queryBytes
    ) {
      this.stage = 'refused';
      void this.packets.end();
    } else if (queued.commands === 0 && payload && WITHOUT_ANSWER.includes(payload[0])) {
      // At once: drivers send any number of them.
      this.commands.runWithoutAnswer(payload[0], payload.subarray(1));
    } else {
      queued.commands += 1;
      queued.bytes += bytes;
      this.queue = this.queue.then(async () => {
        await this.answer(received);
        queued.commands -= 1;
        queued.bytes -= bytes;
      });
    }
  }

  private async answer({ payload, lastSequenceId, compressedId }: ClientPacket): Promise<void> {
    // The password of another user has been wrong, or is still to come.
    if (this.stage !== 'command') {
      return;
    }
    let answer: Buffer | undefined;
    try {
      if (!payload) {
        const { queryBytes } = this.limits;
        throw new SqlError(
          'ER_NET_PACKET_TOO_LARGE',
          `the statement is longer than ${queryBytes} bytes, the most allowed`,
        );
      }
      if (payload[0] === COMMAND.changeUser) {
        this.authenticate(() => readChangeUser(payload.subarray(1)), 0, compressedId);
        return;
      }
      const found = await this.commands.run(payload[0], payload.subarray(1));
      answer = found === 'ok' ? okPacket(1, this.commands.status) : found;
    } catch (error) {
      // Those in compressed packets have no numbers that count.
      answer = errorPacket(compressedId === undefined ? lastSequenceId + 1 : 1, asSqlError(error));
    }
    if (answer) {
      await this.packets.send(answer, compressedId);
    }
  }
}

function asSqlError(error: unknown): SqlError {
  return error instanceof SqlError
    ? error
    : new SqlError('ER_UNKNOWN_ERROR', internalError('answering a statement', error));
}
