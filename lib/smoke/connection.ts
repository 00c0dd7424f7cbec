import { type AuthPlugin, type Connection, createConnection, type QueryError } from 'mysql2';
import { BoundedSocket } from './bounded-socket';
import { errorMessage, NoAnswer } from './failure';

/** Where DLA is reached, and as whom. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** TLS is used when this is given. */
  readonly tls?: {
    /** Certificates of authorities in PEM; the machine's own when absent. */
    readonly ca?: string;
  };
}

/** What one call may take. */
export interface CallLimit {
  readonly millis: number;
  readonly signal: AbortSignal;
}

/** The answer to a statement, every value as the text that the server sent. */
export interface QueryResult {
  /** Empty when the server answered without a result set. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /**
   * Whether the server sent more rows than are kept.
   *
   * @default false
   */
  readonly cut?: boolean;
}

/** Rows kept of an answer: all that matters stands in one row. */
const MAX_ROWS = 100;

/** Assumption: DLA sends no more for a log-in with its certificates, the columns of an answer, and its rows. */
const MAX_BYTES = { login: 256 * 1_024, columns: 1_024 * 1_024, rows: 16 * 1_024 * 1_024 };

/** The errors that are worth another try, each with its reason. All others end the test at once. */
const RETRIED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there yet',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed while writing',
  ETIMEDOUT: 'the network did not answer',
  EHOSTUNREACH: 'there is no route for the moment',
  ENETUNREACH: 'there is no network for the moment',
  EAI_AGAIN: 'the name server did not answer',
  PROTOCOL_CONNECTION_LOST: 'the server closed the connection',
  NO_ANSWER: 'the server did not answer in time',
  UNAVAILABLE: 'the service is not available for the moment',
  ER_CON_COUNT_ERROR: 'the server has too many connections',
  ER_TOO_MANY_USER_CONNECTIONS: 'the user has too many connections',
  ER_USER_LIMIT_REACHED: 'the user has reached a limit for the hour or of connections',
  ER_SERVER_SHUTDOWN: 'the server is restarting',
};

/** What Node says of a connection that ends within TLS's handshake; mysql2 puts one code over these and wrong certificates. */
const DISCONNECTED = /^(Client network socket disconnected|(read|write) (ECONNRESET|EPIPE))/;

/** Why an error with this code is worth another try; undefined when it is not. */
export function retryReason(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(RETRIED, code) ? RETRIED[code] : undefined;
}

/** Whether the server sent the error, in answer to a log-in or a statement. */
export function isFromServer(error: unknown): boolean {
  return typeof (error as { sqlState?: unknown }).sqlState === 'string';
}

/** Assumption: with these the server answers in place of running a statement, although the connection may live on. */
export function isRefusal(code: string | undefined): boolean {
  return code === 'ER_TOO_MANY_USER_CONNECTIONS' || code === 'ER_USER_LIMIT_REACHED' || code === 'ER_CON_COUNT_ERROR';
}

/**
 * Refuses every way to log in but mysql2's own mysql_native_password, which alone gives the password to nobody.
 * Assumption: DLA takes it.
 */
const NATIVE_PASSWORD_ONLY = new Proxy<Record<string, AuthPlugin>>(
  {},
  {
    getOwnPropertyDescriptor: (_, name) =>
      name === 'mysql_native_password' ? undefined : { configurable: true, enumerable: true, value: refusalOf(name) },
    get: (_, name) => refusalOf(name),
  },
);

function refusalOf(plugin: string | symbol): AuthPlugin {
  return () => {
    throw new Error(
      `expected mysql_native_password, got a request for ${String(plugin)}, which may give the password away: ` +
        'use TLS (--tls), or a user with mysql_native_password',
    );
  };
}

/** The error with its real cause, where mysql2 hides it. */
function unwrapDriverError(error: QueryError): Error {
  if (error.code === 'HANDSHAKE_SSL_ERROR' && DISCONNECTED.test(error.message)) {
    return Object.assign(new Error(error.message), { code: 'ECONNRESET' });
  }
  // What Node says when mysql2 reads past the end of a packet, and what mysql2 says when it reads nonsense.
  if (error.code === 'ERR_OUT_OF_RANGE' || (error.code === undefined && error.sqlState === undefined)) {
    return new Error(`the answer is not of the MySQL protocol: ${errorMessage(error)}`);
  }
  // A copy: mysql2 puts another code on what it has told already.
  return Object.assign(new Error(error.message), error);
}

/** One connection to DLA that speaks the text protocol only. */
export class DlaConnection {
  /**
   * Connects and logs in.
   *
   * @throws NoAnswer, the signal's reason, or the error of the network or the server
   */
  public static async open(server: Server, limit: CallLimit): Promise<DlaConnection> {
    const socket = new BoundedSocket(server.host, server.port);
    const connection = createConnection({
      // For TLS, which wants the name.
      host: server.host,
      stream: socket,
      user: server.user,
      password: server.password,
      ...(server.tls === undefined
        ? { authPlugins: NATIVE_PASSWORD_ONLY }
        : { ssl: { ca: server.tls.ca, minVersion: 'TLSv1.2', verifyIdentity: true } }),
      // The limit of the call rules instead.
      connectTimeout: 0,
      // A server must not be able to read local files.
      flags: ['-LOCAL_FILES'],
    });
    const session = new DlaConnection(connection, socket);
    try {
      socket.allow(MAX_BYTES.login);
      await session.call(limit, (resolve) => connection.once('connect', resolve));
      return session;
    } catch (error) {
      // A server that refuses may leave the socket open.
      session.close();
      throw error;
    }
  }

  /** Rejects the call that is under way. */
  private fail: (error: Error) => void = () => undefined;
  private lost?: Error;

  private constructor(
    private readonly connection: Connection,
    private readonly socket: BoundedSocket,
  ) {
    const onError = (error: QueryError): void => {
      this.lost ??= unwrapDriverError(error);
      this.fail(this.lost);
    };
    connection.on('error', onError);
    // Assumption: packets come in order; mysql2 would take others.
    connection.on('warn', (error: QueryError) => {
      onError(error);
      this.close();
    });
  }

  /**
   * Runs one statement.
   *
   * @throws NoAnswer, the signal's reason, or the error of the network or the server; the session is closed after all
   *   but an SQL error
   */
  public async query(sql: string, limit: CallLimit): Promise<QueryResult> {
    this.socket.allow(MAX_BYTES.columns);
    return this.call<QueryResult>(limit, (resolve) => {
      let begun = false;
      let columns: string[] = [];
      const rows: (string | null)[][] = [];
      let cut = false;
      // Never `execute`: no public sample of DLA uses server-side prepared statements.
      const query = this.connection.query({
        sql,
        rowsAsArray: true,
        // Text as it was sent: counts may be larger than a double holds, and types are not documented.
        typeCast: (field: { string(encoding: string): string | null }) => field.string('utf8'),
      });
      query.on('fields', (fields?: readonly { name: string }[]) => {
        // Assumption: a statement has one result.
        if (begun) {
          this.fail(new Error('the answer is not of the MySQL protocol: expected one result, got several'));
          this.close();
          return;
        }
        begun = true;
        columns = fields?.map((field) => field.name) ?? [];
        this.socket.allow(MAX_BYTES.rows);
      });
      query.on('result', (row: unknown) => {
        cut ||= rows.length === MAX_ROWS;
        if (Array.isArray(row) && !cut) {
          rows.push(row as (string | null)[]);
        }
      });
      query.on('error', (error) => this.fail(unwrapDriverError(error)));
      query.on('end', () => resolve({ columns, rows, cut }));
    });
  }

  /** Closes at once; a call that is under way ends with an error. */
  public close(): void {
    // What came already is not read any more.
    this.connection.pause();
    this.connection.destroy();
    // mysql2 only says that it ends; a server that does not answer that would keep the process.
    this.socket.destroy();
  }

  private async call<T>(limit: CallLimit, start: (resolve: (value: T) => void) => void): Promise<T> {
    limit.signal.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.fail = reject;
        if (this.lost) {
          throw this.lost;
        }
        timer = setTimeout(() => {
          reject(new NoAnswer(`no answer within ${Math.round(limit.millis)} ms`));
          this.close();
        }, limit.millis);
        onAbort = () => {
          reject(limit.signal.reason as Error);
          this.close();
        };
        limit.signal.addEventListener('abort', onAbort, { once: true });
        start(resolve);
      });
    } finally {
      clearTimeout(timer);
      limit.signal.removeEventListener('abort', onAbort!);
      this.fail = () => undefined;
    }
  }
}
