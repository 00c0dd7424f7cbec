import type { Cursor } from './cursor';
import { SqlError } from './sql-error';

/** What KILL asks to end. */
export type Kill =
  | { readonly connection: boolean; readonly id: number }
  /** Id of an asynchronous query. */
  | { readonly taskId: string };

/** What a client's connection is doing, as SHOW PROCESSLIST tells it. */
export interface ConnectionActivity {
  /** Address and port of the client. */
  readonly host: string;
  readonly schema?: string;
  /** `Connect` until the client has logged in. */
  readonly command: 'Connect' | 'Sleep' | 'Query' | 'Prepare' | 'Execute';
  readonly statement?: string;
  /** How long it has been doing so. */
  readonly millis: number;
  /** The client's TLS. @default - none */
  readonly tls?: { readonly cipher: string; readonly version: string };
}

/** A client's connection, as SHOW PROCESSLIST and KILL see it. */
export interface ClientConnection {
  readonly activity: ConnectionActivity;
  /** Ends the statement that runs, if one does. */
  killQuery(): void;
  killConnection(): void;
}

/** Reads what follows `KILL`: `[CONNECTION | QUERY] n`, or `QUERY "id of a query task"`. */
export function readKill(cursor: Cursor): Kill {
  const query = cursor.accept('QUERY');
  if (query && cursor.peek()?.kind === 'string') {
    return { taskId: cursor.string('the id of a query task in quotes') };
  }
  if (!query) {
    cursor.accept('CONNECTION');
  }
  return { connection: !query, id: Number(cursor.integer('the id of a connection')) };
}

/** @throws SqlError ER_NO_SUCH_THREAD */
export function killConnection(
  connections: ReadonlyMap<number, ClientConnection>,
  { connection, id }: Extract<Kill, { id: number }>,
): void {
  const target = connections.get(id);
  if (!target) {
    throw new SqlError('ER_NO_SUCH_THREAD', `Unknown thread id: ${id}`);
  }
  if (connection) {
    target.killConnection();
  } else {
    target.killQuery();
  }
}
