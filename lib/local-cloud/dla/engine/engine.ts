import * as fs from 'node:fs';
import { RUN_ASYNC } from '../../../cloud/receipt-hint';
import type { DlaColumn } from '../../account/dla-catalog';
import { isAt } from '../../store/is-at';
import { SqlError } from '../sql-error';
import { withTimeLimit } from '../time-limit';
import { sqlErrorOf } from './duckdb-error';
import { ResultCache } from './result-cache';
import { KnownShapes } from './known-shapes';
import { WorkerPool, type WorkerRequest } from './worker-pool';
import { QUERY_PLACE, type QueryRequest } from './messages';
import {
  type ValidatedQuery,
  type EngineCatalog,
  type EngineResult,
  type EngineTable,
  type ResultColumn,
  type WrittenFile,
  engineResult,
  filesOf,
  NOTHING,
} from './types';
import { DuckDbError, WorkerCrashed, type WorkerProcess } from './worker-process';

/** What a query is run with. */
export interface EngineInput {
  /** Longest time to wait for others to end. @default - half a minute */
  readonly waitMillis?: number;
  /** Called when the query starts, which may be later than it was sent: its files are held from then on. */
  readonly catalog: () => EngineCatalog;
  readonly currentSchema?: string;
  /** What `current_user` answers. */
  readonly user?: string;
  /** @default DEFAULT_TIME_ZONE */
  readonly timeZone?: string;
  /** Ends the query within a moment, whatever it is doing. */
  readonly signal: AbortSignal;
  /** Longest time of a query that is read. @default - any; one that does little ends within seconds */
  readonly maxSeconds?: number;
}

/** What is kept of a result. */
export interface ResultLimits {
  /** Rows beyond are left out. */
  readonly rows: number;
  /** More characters are an error. */
  readonly length: number;
}

/** How the rows of a query become files. */
export interface WriteTarget {
  /** Makes of the query the one that is written. */
  readonly wrap?: (sql: string) => string;
  /** Options of DuckDB's COPY. */
  readonly options: string;
  /** The columns that those of the query are written to. */
  readonly into?: readonly DlaColumn[];
  /** More than one file may be written, in folders of their own. */
  readonly isFolder?: boolean;
}

/** What a query that was written to files has read and written. */
export interface Written {
  readonly files: readonly WrittenFile[];
  readonly tables: readonly EngineTable[];
  readonly rowCount: number;
  readonly scannedRowCount: number;
  readonly scannedDataBytes: number;
}

/** Zone of sessions that have not set another. */
export const DEFAULT_TIME_ZONE = 'Asia/Shanghai';

const MEGABYTE = 1 << 20;

/**
 * Statements are parsed, and those that do little are run, in a process that no other query can keep busy. All limits
 * together stay below 1.2 GB. DuckDB takes about twice what it is told to stay below.
 */
const POOLS = {
  interactive: {
    workers: 1,
    idleMillis: 60_000,
    limits: { memory: 200 * MEGABYTE, duckdbMemory: '100MB', threads: 1, nice: 0 },
  },
  // To start another takes little of what a query in it takes, and each has 80 MB.
  batch: {
    workers: 2,
    idleMillis: 10_000,
    limits: { memory: 490 * MEGABYTE, duckdbMemory: '220MB', threads: 2, nice: 2 },
  },
};

/** Of the objects that a light query may read: what is larger takes its time. */
const LIGHT_BYTES = MEGABYTE;

/** Of a light query's text: what is longer takes memory to plan. */
const LIGHT_LENGTH = 32 << 10;

/** A light query, or the parsing of any, takes far less. */
const LIGHT_MILLIS = 10_000;

/** Time that a query waits for others to end. */
const MAX_WAIT_MILLIS = 30_000;

/** Of a statement that is parsed at once: so long a one, without views, takes less time than it takes to ask a worker. */
const SHORT_LENGTH = 4096;

/** Runs SELECT over files of named tables with DuckDB, in processes of their own. */
export class Engine {
  private readonly interactive: WorkerPool;
  private readonly batch: WorkerPool;
  private readonly results = new ResultCache();
  private readonly shapes = new KnownShapes();
  /** Of the scratch folder, until it is removed. */
  private fd: number | undefined;
  /** Loaded with the first statement, to keep the start of the local cloud short. */
  private parser?: Promise<typeof import('./validate-select')>;
  private describer?: Promise<typeof import('./describe')>;

  /**
   * @param scratchFolder - emptied here and removed by `close`; best on the file system of the tables' files
   */
  constructor(
    public readonly scratchFolder: string,
    private readonly maxWaitMillis = MAX_WAIT_MILLIS,
    private readonly lightMillis = LIGHT_MILLIS,
  ) {
    try {
      fs.rmSync(scratchFolder, { recursive: true, force: true });
    } catch {
      // The workers of a killed process may be ending still, and make files meanwhile; the next start takes those.
    }
    fs.mkdirSync(scratchFolder, { recursive: true, mode: 0o700 });
    this.fd = fs.openSync(scratchFolder, 'r');
    this.interactive = new WorkerPool(scratchFolder, POOLS.interactive);
    this.batch = new WorkerPool(scratchFolder, POOLS.batch);
  }

  /** Gets ready for a query that is about to come. */
  public warm(): void {
    this.interactive.warm();
    this.batch.warm();
  }

  /** @throws SqlError for what cannot be parsed or is not allowed */
  public async validateSelect(sql: string): Promise<ValidatedQuery> {
    if (sql.length <= SHORT_LENGTH) {
      this.parser ??= import('./validate-select.js');
      const { validateSelect } = await this.parser;
      return this.shapes.validate(sql, validateSelect);
    }
    const { answer } = await this.light({}, (worker) => worker.request<'parse'>({ kind: 'parse', sql }));
    return answer;
  }

  /**
   * The columns that the query would answer with: it is not run.
   *
   * @throws SqlError for what is wrong with it
   */
  public async describe(
    { sql }: ValidatedQuery,
    { catalog, currentSchema, user, timeZone = DEFAULT_TIME_ZONE }: Omit<EngineInput, 'signal'>,
  ): Promise<readonly ResultColumn[]> {
    const { tables, views } = catalog();
    const bare = { tables: tables.map((table) => ({ ...table, parts: [] })), views };
    const request = { sql, catalog: bare, currentSchema, user, timeZone };
    if (sql.length <= SHORT_LENGTH && views.length === 0) {
      this.describer ??= import('./describe.js');
      return (await this.describer).describe(request);
    }
    const { answer } = await this.light({}, (worker) => worker.request<'describe'>({ kind: 'describe', ...request }));
    return answer;
  }

  /**
   * Runs the query for an answer that is kept in memory.
   *
   * @throws SqlError for what the query does wrong; the reason of the signal
   */
  public async read(query: ValidatedQuery, input: EngineInput, limits: ResultLimits): Promise<EngineResult> {
    const { currentSchema, user, timeZone } = input;
    const find = onceAStep(() => found(input.catalog()));
    const { catalog, key } = find();
    const small = isSmall(query, catalog);
    const asked = JSON.stringify([query.sql, query.isExplained, currentSchema, user, timeZone, limits]);
    const keyOf = (held: string): string => asked + held;
    const known = small ? this.results.find(keyOf(key)) : undefined;
    if (known) {
      return known;
    }
    const readBy = (isSmall: boolean, signal: AbortSignal): Promise<EngineResult> =>
      this.run(isSmall, { ...input, signal }, find, async (worker) => {
        const { answer, rows } = await worker.request<'read'>({
          kind: 'read',
          isSmall,
          ...requestOf(query, input, worker, worker.limits.threads),
          maxRows: limits.rows,
          maxLength: limits.length,
        });
        if (answer.tooLong) {
          throw new SqlError(
            'ER_UNKNOWN_ERROR',
            `the answer has more than ${limits.length} characters: run the query asynchronously with /*+ ${RUN_ASYNC}=true */`,
          );
        }
        const result = engineResult(answer.columns, rows);
        if (isSmall && answer.isRepeatable) {
          this.results.add(keyOf(worker.held.key), result, answer.length);
        }
        return result;
      });
    if (small) {
      try {
        return await readBy(true, input.signal);
      } catch (error) {
        if (!isBeyondLight(error)) {
          throw error;
        }
        // It looked as if it did little: those that may do more have other limits.
      }
    }
    return withTimeLimit(input.maxSeconds, input.signal, (limited) => readBy(false, limited));
  }

  /**
   * Runs the query and writes all its rows to files.
   *
   * @param take - given the files, which are gone when it returns
   * @throws SqlError for what the query does wrong; the reason of the signal
   */
  public async write<T>(
    query: ValidatedQuery,
    input: EngineInput,
    { wrap, options, into, isFolder = false }: WriteTarget,
    take: (written: Written) => T,
  ): Promise<T> {
    return this.run(
      false,
      input,
      () => found(input.catalog()),
      async (worker, catalog) => {
        const { answer } = await worker.request<'write'>({
          kind: 'write',
          // With more threads DuckDB keeps much of a big result in memory to write it in order.
          ...requestOf(query, input, worker, 1),
          wrapped: wrap?.(QUERY_PLACE),
          into,
          target: isFolder ? `${worker.newFile()}/` : worker.newFile(),
          options,
        });
        return take({ ...answer, scannedDataBytes: sizeOf(catalog), tables: catalog.tables });
      },
    );
  }

  /** Processes that are there now. */
  public get pids(): number[] {
    return [...this.interactive.pids, ...this.batch.pids];
  }

  /** Ends the queries that run, and every process. */
  public async close(): Promise<void> {
    await Promise.all([this.interactive.close(), this.batch.close()]);
    if (this.fd === undefined) {
      return;
    }
    const isInPlace = isAt(this.scratchFolder, this.fd);
    fs.closeSync(this.fd);
    this.fd = undefined;
    if (isInPlace) {
      fs.rmSync(this.scratchFolder, { recursive: true, force: true });
    }
  }

  /** Lends a worker that holds the query's tables; their files are the worker's own from then on. */
  private async run<T>(
    light: boolean,
    input: EngineInput,
    find: () => Found,
    job: (worker: WorkerProcess, catalog: EngineCatalog) => Promise<T>,
  ): Promise<T> {
    let { catalog, key } = NOTHING_FOUND;
    const prefer = (worker: WorkerProcess): boolean => worker.held.key === key;
    // In one step with the start, so that the objects are those of one moment.
    const onTurn = (): void => {
      ({ catalog, key } = find());
    };
    const run = async (worker: WorkerProcess): Promise<T> => {
      const held = worker.hold(key, catalog);
      try {
        return await job(worker, held);
      } catch (error) {
        throw error instanceof DuckDbError ? sqlErrorOf(error, filesOf(held), worker) : error;
      }
    };
    return light
      ? this.light({ onTurn, prefer }, run)
      : this.batch.use(
          { signal: input.signal, waitMillis: input.waitMillis ?? this.maxWaitMillis, onTurn, prefer },
          run,
        );
  }

  /** Without the client's signal: to end the worker would let others wait for the next one. */
  private light<T>(
    turn: Pick<WorkerRequest, 'onTurn' | 'prefer'>,
    run: (worker: WorkerProcess) => Promise<T>,
  ): Promise<T> {
    return this.interactive.use({ waitMillis: this.lightMillis, runMillis: this.lightMillis, ...turn }, run);
  }
}

/** What ends a light query only, which is then run as one that is not light. */
const BEYOND_LIGHT = [
  'ER_OUT_OF_RESOURCES',
  'ER_QUERY_TIMEOUT',
  // It has waited as long for one that was beyond these limits.
  'ER_TOO_MANY_CONCURRENT',
];

function isBeyondLight(error: unknown): boolean {
  return error instanceof WorkerCrashed || (error instanceof SqlError && BEYOND_LIGHT.includes(error.code));
}

function isSmall({ sql, light }: ValidatedQuery, catalog: EngineCatalog): boolean {
  return light && sql.length <= LIGHT_LENGTH && sizeOf(catalog) <= LIGHT_BYTES;
}

function sizeOf(catalog: EngineCatalog): number {
  return filesOf(catalog).reduce((sum, { size }) => sum + size, 0);
}

/** A catalogue, and a text that is the same for the same one. */
interface Found {
  readonly catalog: EngineCatalog;
  readonly key: string;
}

function found(catalog: EngineCatalog): Found {
  return { catalog, key: JSON.stringify(catalog) };
}

const NOTHING_FOUND = found(NOTHING);

/** What is made is the same until others have had their turn, so it is made once. */
function onceAStep<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    if (made === undefined) {
      made = make();
      queueMicrotask(() => {
        made = undefined;
      });
    }
    return made;
  };
}

function requestOf(
  { sql, isExplained }: ValidatedQuery,
  { currentSchema, user, timeZone = DEFAULT_TIME_ZONE }: EngineInput,
  worker: WorkerProcess,
  threads: number,
): QueryRequest {
  return {
    sql,
    database: { timeZone, threads },
    catalogId: worker.held.id,
    catalog: worker.catalogToSend(),
    currentSchema,
    user,
    isExplained,
  };
}
