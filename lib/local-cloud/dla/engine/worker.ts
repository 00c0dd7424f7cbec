/**
 * Runs queries with DuckDB, one at a time, for the process that started this one.
 *
 * Arguments: the worker's own folder, DuckDB's memory limit, and the threads that a query has if it does not say.
 */
import { SqlError } from '../sql-error';
import { admit, inWords } from './admit';
import { Database } from './database';
import type { Answers, DatabaseOptions, Reply, Request } from './messages';
import { type EngineCatalog, NOTHING, type Row } from './types';

// The parent decides when a worker ends; a terminal sends its signals to both. Without a parent there is nothing to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {});
}
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const [folder, memoryLimit, threads] = process.argv.slice(2);
/** What the last request could read. */
let catalog: EngineCatalog = NOTHING;
const databases = new Map<string, Promise<Database>>();

/** Databases of other zones are rare, so few are kept. */
const MAX_DATABASES = 4;

function databaseOf(options: DatabaseOptions): Promise<Database> {
  const key = JSON.stringify(options);
  const found = databases.get(key);
  if (found) {
    return found;
  }
  for (const [oldest, database] of [...databases].slice(0, Math.max(0, databases.size + 1 - MAX_DATABASES))) {
    databases.delete(oldest);
    void database.then((one) => one.close());
  }
  const opened = Database.open(folder, memoryLimit, options);
  databases.set(key, opened);
  return opened;
}

async function answer(request: Request, send: (rows: readonly Row[]) => void): Promise<Answers[keyof Answers]> {
  if (request.kind === 'parse') {
    return admit(request.sql);
  }
  catalog = request.catalog ?? catalog;
  const database = await databaseOf(request.database);
  await database.prepare(request.catalogId, catalog, request.kind === 'read' && request.isSmall);
  return request.kind === 'read' ? database.read(request, send) : database.write(request);
}

const DEFAULT_DATABASE: DatabaseOptions = { timeZone: 'Asia/Shanghai', threads: Number(threads) };

function reply(message: Reply): void {
  process.send!(message);
}

process.on('message', (request: Request) => {
  // The last rows go with the answer.
  let last: readonly Row[] = [];
  const send = (rows: readonly Row[]): void => {
    if (last.length > 0) {
      reply({ kind: 'rows', rows: last });
    }
    last = rows;
  };
  answer(request, send).then(
    (done) => reply({ kind: 'done', answer: done, rows: last }),
    (error: Error) => {
      const told = inWords(error);
      reply({ kind: 'failed', message: told.message, code: told instanceof SqlError ? told.code : undefined });
    },
  );
});

databaseOf(DEFAULT_DATABASE).then(
  () => reply({ kind: 'ready' }),
  (error: NodeJS.ErrnoException) => reply({ kind: 'missing', code: String(error.code ?? error.message) }),
);
