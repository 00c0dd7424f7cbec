/**
 * Runs queries with DuckDB, one at a time, for the process that started this one.
 *
 * Arguments: the worker's own folder, DuckDB's memory limit, the threads that a query has if it does not say, and a file of
 * the package, beside which DuckDB is looked for.
 */
import * as fs from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SqlError } from '../sql-error';
import { inWords, validateSelect } from './validate-select';
import { Database } from './database';
import { describe } from './describe';
import { frameOf, FrameReader } from './frames';
import { type Answers, type DatabaseOptions, type Reply, type Request, REQUESTS_FD } from './messages';
import { type EngineCatalog, NOTHING } from './types';

// The parent decides when a worker ends; a terminal sends its signals to both. Without a parent there is nothing to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {});
}
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const [folder, memoryLimit, threads, installedAs] = process.argv.slice(2);
/** What the last request could read. */
let catalog: EngineCatalog = NOTHING;
/** Read of a request at once. */
const CHUNK_BYTES = 64 << 10;

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
  const opened = Database.open(folder, memoryLimit, options, installedAs);
  databases.set(key, opened);
  return opened;
}

async function answer(request: Request, send: (rows: Buffer) => void): Promise<Answers[keyof Answers]> {
  if (request.kind === 'parse') {
    return validateSelect(request.sql);
  }
  if (request.kind === 'describe') {
    return describe(request);
  }
  catalog = request.catalog ?? catalog;
  const database = await databaseOf(request.database);
  await database.prepare(request.catalogId, catalog, request.kind === 'read' && request.isSmall);
  return request.kind === 'read' ? database.read(request, send) : database.write(request);
}

const DEFAULT_DATABASE: DatabaseOptions = { timeZone: 'Asia/Shanghai', threads: Number(threads) };

function reply(message: Reply, rows?: Buffer): void {
  const bytes = frameOf(message, rows);
  for (let written = 0; written < bytes.length;) {
    written += fs.writeSync(REQUESTS_FD, bytes, written);
  }
}

async function serve(request: Request): Promise<void> {
  // The last rows go with the answer.
  let last: Buffer | undefined;
  const send = (rows: Buffer): void => {
    if (last) {
      reply({ kind: 'rows' }, last);
    }
    last = rows;
  };
  try {
    const done = await answer(request, send);
    reply({ kind: 'done', answer: done }, last);
  } catch (error) {
    const told = inWords(error as Error);
    reply({ kind: 'failed', message: told.message, code: told instanceof SqlError ? told.code : undefined });
  }
}

/** Between requests there is nothing else to do, and to wait for one in a read wakes sooner than the event loop does. */
async function main(): Promise<void> {
  try {
    await databaseOf(DEFAULT_DATABASE);
    reply({ kind: 'ready' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    reply({ kind: 'missing', code: String(code ?? message) });
  }
  const reader = new FrameReader();
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const length = fs.readSync(REQUESTS_FD, chunk);
    if (length === 0) {
      process.kill(process.pid, 'SIGKILL');
    }
    for (const { message } of reader.read(chunk.subarray(0, length))) {
      await serve(message as Request);
    }
    // What the last query used is freed in turns of the event loop.
    await nextTurn();
  }
}

void main();
