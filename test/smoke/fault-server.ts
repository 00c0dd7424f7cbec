import { createHash } from 'node:crypto';
import { type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer } from 'mysql2';

/** What mysql2's server side of a connection can do; its own types leave half of it out. */
export interface Peer {
  readonly stream: Socket;
  sequenceId: number;
  on(event: 'query' | 'stmt_prepare', listener: (sql: string) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  serverHandshake(args: object): void;
  writeColumns(columns: readonly object[]): void;
  writeTextRow(row: readonly unknown[]): void;
  writeEof(): void;
  writeOk(): void;
  writeError(error: { message: string; code: number }): void;
}

/** What the server does with a statement, or with a new connection. */
export type Act = (peer: Peer, sql: string) => void;

/** The acts for the first, second, … time; the last one is repeated. */
export type Acts = Act | readonly Act[];

export interface Script {
  /** Instead of the handshake. */
  readonly connect?: Acts;
  /** Errors for the log-ins; absent ones are judged by the password. */
  readonly login?: readonly ({ message: string; code: number } | undefined)[];
  readonly prepare?: Acts;
  readonly submit?: Acts;
  readonly poll?: Acts;
}

export const USER = 'smoke_tester';
export const PASSWORD = 'P4ss-w0rd-of-the-tests';
export const TASK_ID = 'q202611230000hztest0000000001';

/** Columns of `show query_task` that the smoke test reads, as a task whose receipt was sent has them. */
export const GOOD_TASK = {
  id: TASK_ID,
  status: 'SUCCESS',
  message: '',
  row_count: '4',
  scanned_data_bytes: '230',
  result_file_oss_file: 'oss://results/DLA_Result/2026/11/23/task/result.csv',
  mq_status: 'SUCCESS',
  mq_error_msg: 'NULL',
  mq_message_id: 'AC13140925E468C4039C6FFCFD50001B',
  mq_total_time: '307',
} as const;

/** A server on the MySQL protocol that does to its client what a script says, and is a healthy DLA otherwise. */
export class FaultServer {
  public static async start(script: Script): Promise<FaultServer> {
    const server = new FaultServer(script);
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** Every statement that came, in order. */
  public readonly statements: string[] = [];
  public connections = 0;
  private readonly counts = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  /** The listening socket of mysql2's server, which its types leave out. */
  private readonly server: Server;

  private constructor(private readonly script: Script) {
    const server = createServer((connection) => this.accept(connection as unknown as Peer));
    this.server = (server as unknown as { _server: Server })._server;
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Statements of one kind. */
  public count(kind: keyof Script): number {
    return this.counts.get(kind) ?? 0;
  }

  /** Sockets that the client has not closed. */
  public get open(): number {
    return [...this.sockets].filter((socket) => !socket.destroyed).length;
  }

  public async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(peer: Peer): void {
    this.connections++;
    this.sockets.add(peer.stream.setNoDelay());
    peer.on('error', () => undefined);
    peer.stream.on('error', () => undefined);
    this.listen(peer);
    (this.next('connect', this.script.connect) ?? greet(this.script.login?.[this.connections - 1]))(peer, '');
  }

  private listen(peer: Peer): void {
    const onStatement = (sql: string): void => {
      peer.sequenceId = 1;
      this.statements.push(sql);
      const kind = /^show query_task/.test(sql) ? 'poll' : sql.includes('run_async=true') ? 'submit' : 'prepare';
      const defaults = { poll: task(), submit: submitted(), prepare: ok() };
      this.next(kind, this.script[kind] ?? defaults[kind])!(peer, sql);
      peer.sequenceId = 0;
    };
    peer.on('query', onStatement);
    peer.on('stmt_prepare', onStatement);
  }

  private next(kind: keyof Script, acts: Acts | undefined): Act | undefined {
    const index = this.counts.get(kind) ?? 0;
    this.counts.set(kind, index + 1);
    return typeof acts === 'function' ? acts : acts?.[Math.min(index, acts.length - 1)];
  }
}

interface Login {
  readonly user: string;
  readonly authPluginData1: Buffer;
  readonly authPluginData2: Buffer;
  readonly authToken: Buffer;
}

/** The handshake: a log-in is judged by its password, refused with an error, or answered in another way. */
export function greet(login?: { message: string; code: number } | Act): Act {
  return (peer) =>
    peer.serverHandshake({
      protocolVersion: 10,
      serverVersion: '5.7.0-fault',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 33,
      // LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH
      capabilityFlags: 0x1 | 0x200 | 0x8000 | 0x80000,
      authCallback: (given: Login, done: (error: null, refused?: object) => void) => {
        if (typeof login === 'function') {
          login(peer, '');
          return;
        }
        done(null, login ?? (isRightPassword(given) ? undefined : { message: 'Access denied', code: 1045 }));
        peer.sequenceId = 0;
      },
    });
}

/** mysql_native_password: token = SHA1(password) xor SHA1(scramble + SHA1(SHA1(password))). */
function isRightPassword(login: Login): boolean {
  const sha1 = (...parts: (Buffer | string)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();
  const stage1 = sha1(PASSWORD);
  const mask = sha1(login.authPluginData1, login.authPluginData2, sha1(stage1));
  return login.user === USER && Buffer.from(login.authToken).equals(stage1.map((byte, index) => byte ^ mask[index]));
}

/** A result set. */
export function rows(columns: readonly string[], ...values: readonly (readonly (string | null)[])[]): Act {
  return (peer) => {
    peer.writeColumns(columns.map((name) => column(name)));
    values.forEach((row) => peer.writeTextRow(row));
    peer.writeEof();
  };
}

function column(name: string, columnType = 253): object {
  return {
    catalog: 'def',
    schema: '',
    table: '',
    orgTable: '',
    name,
    orgName: name,
    characterSet: 33,
    columnLength: 1024,
    columnType,
    flags: 0,
    decimals: 0,
  };
}

/** The same as {@link rows}, with every column declared as a type that its values do not have. */
export function mistypedRows(type: number, columns: readonly string[], ...values: readonly (string | null)[][]): Act {
  return (peer) => {
    peer.writeColumns(columns.map((name) => column(name, type)));
    values.forEach((row) => peer.writeTextRow(row));
    peer.writeEof();
  };
}

/** One row of `show query_task`; undefined leaves a column out. */
export function task(changes: Readonly<Record<string, string | null | undefined>> = {}): Act {
  const all = Object.entries({ ...GOOD_TASK, ...changes }).filter(([, value]) => value !== undefined);
  return rows(
    all.map(([name]) => name),
    all.map(([, value]) => value),
  );
}

export function submitted(id: string = TASK_ID): Act {
  return rows(['ASYNC_TASK_ID'], [id]);
}

export const running = (): Act => task({ status: 'RUNNING', mq_status: 'NULL', mq_message_id: 'NULL' });
export const noRow = (): Act => rows(Object.keys(GOOD_TASK));
export const ok = (): Act => (peer) => peer.writeOk();
export const fail = (code: number, message: string): Act => {
  return (peer) => peer.writeError({ code, message });
};
export const hang = (): Act => () => undefined;
export const reset = (): Act => (peer) => peer.stream.resetAndDestroy();
export const hangUp = (): Act => (peer) => peer.stream.end();
export const raw =
  (...bytes: readonly number[]): Act =>
  (peer) =>
    peer.stream.write(Buffer.from(bytes));

/** The act, so much later. */
export const after =
  (millis: number, act: Act): Act =>
  (peer, sql) => {
    const sequenceId = peer.sequenceId;
    setTimeout(() => {
      if (!peer.stream.destroyed) {
        peer.sequenceId = sequenceId;
        act(peer, sql);
        peer.sequenceId = 0;
      }
    }, millis);
  };
