import type { Account } from '../account/account';
import type { Engine, EngineInput } from './engine/engine';
import type { EngineTable, ResultColumn, ValidatedQuery } from './engine/types';
import {
  grantsTable,
  INFORMATION_SCHEMA,
  MYSQL_SCHEMA,
  type Relation,
  systemTable,
  type SystemState,
} from './information-schema';
import { likeMatcher } from './like';
import { engineTable, inputOf, relationTable, removeFiles, shown, tableWithoutRows, typedColumns } from './made-tables';
import { filterSql, listed, type ShowList, withNamesOfMysql } from './show';
import { SqlError } from './sql-error';
import type { Statement } from './statement';
import { ANSWER_LIMITS, type StatementResult } from './statement-result';
import { SYSTEM_SCHEMA } from './system-schema';
import { TASK_COLUMNS, taskRow } from './task-row';

/** A table as a query names it; `schema` is the one that is selected where it names none. */
interface NamedTable {
  readonly schema?: string;
  readonly name: string;
}

type Limit = Pick<EngineInput, 'signal' | 'maxSeconds'>;

/** Schema of what SHOW reads. */
const SHOW_SCHEMA = 'dla';
const TASK_TABLE = 'query_task';
const LISTED_TABLE = 'listed';

/** Whether a table is one of information_schema, or of MySQL's own. */
export function isSystemTable(table: NamedTable): boolean {
  return table.schema === SYSTEM_SCHEMA || grantsTable(table) !== undefined;
}

/** The columns of a SELECT over tables of information_schema. @throws SqlError */
export function describeSystem(
  engine: Engine,
  query: ValidatedQuery,
  names: readonly NamedTable[],
  state: SystemState,
): Promise<readonly ResultColumn[]> {
  const tables = systemRelations(names, state).map(({ schema, name, relation }) =>
    tableWithoutRows(schema, name, typedColumns(relation)),
  );
  return engine.describe(query, inputOf(SYSTEM_SCHEMA, tables));
}

/** A SELECT over tables of information_schema. @throws SqlError */
export function readSystem(
  engine: Engine,
  query: ValidatedQuery,
  names: readonly NamedTable[],
  state: SystemState,
  limit: Limit,
): Promise<StatementResult> {
  const tables = systemRelations(names, state).map(({ schema, name, relation }) =>
    relationTable(engine.scratchFolder, schema, name, relation),
  );
  return readTables(engine, query, SYSTEM_SCHEMA, tables, limit);
}

/** SHOW of tables, columns and the like, with its condition. @throws SqlError */
export async function showList(
  engine: Engine,
  show: ShowList,
  state: SystemState,
  signal: AbortSignal,
): Promise<StatementResult> {
  const { columns, rows: all } = listed(show, state);
  const fits = likeMatcher(show.like);
  const rows = all.filter(([first]) => fits(String(first ?? '')));
  if (show.where === undefined) {
    return shown({ columns, rows });
  }
  const query = await engine.validateSelect(filterSql(LISTED_TABLE, columns, show));
  const filtered = withNamesOfMysql({ columns, rows }, show, state);
  const table = relationTable(engine.scratchFolder, SHOW_SCHEMA, LISTED_TABLE, filtered);
  return readTables(engine, query, SHOW_SCHEMA, [table], { signal });
}

/** The query task of an id, or a query over all of the region. @throws SqlError */
export async function showQueryTask(
  { account, region, engine }: { readonly account: Account; readonly region: string; readonly engine: Engine },
  { sql, id }: Extract<Statement, { kind: 'show-query-task' }>,
  signal: AbortSignal,
): Promise<StatementResult> {
  if (id !== undefined) {
    const task = account.dla.getTask(region, id);
    return {
      columns: TASK_COLUMNS.map(({ name, type }) => ({ name, type: type === 'bigint' ? 'BIGINT' : 'VARCHAR' })),
      rows: task ? [Object.values(taskRow(task)).map((value) => (value === null ? null : String(value)))] : [],
    };
  }
  const query = await engine.validateSelect(sql);
  const other = query.tables.find(({ schema, name }) => schema !== undefined || name.toLowerCase() !== TASK_TABLE);
  if (other) {
    throw new SqlError('ER_NO_SUCH_TABLE', `the table ${other.name} cannot be used in SHOW QUERY_TASK`);
  }
  // Newest first, which is the order without ORDER BY.
  const tasks = [...account.dla.listTasks(region)].sort((a, b) => b.createTime - a.createTime);
  const table = engineTable(engine.scratchFolder, SHOW_SCHEMA, TASK_TABLE, TASK_COLUMNS, tasks.map(taskRow));
  return readTables(engine, query, SHOW_SCHEMA, [table], { signal });
}

function systemRelations(
  names: readonly NamedTable[],
  state: SystemState,
): { schema: string; name: string; relation: Relation }[] {
  const other = names.find((name) => !isSystemTable(name));
  if (other) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `${INFORMATION_SCHEMA} cannot be read together with other tables here, got ${other.name}`,
    );
  }
  const relations = new Map(
    names.map(({ schema, name }) => {
      const grants = grantsTable({ schema, name });
      const relation = grants ?? systemTable(name, state);
      if (!relation) {
        throw new SqlError('ER_UNKNOWN_TABLE', `Unknown table '${name}' in ${INFORMATION_SCHEMA}`);
      }
      return [name, { relation, schema: grants ? MYSQL_SCHEMA : SYSTEM_SCHEMA }];
    }),
  );
  return [...relations].map(([name, found]) => ({ name, ...found }));
}

/** Runs a SELECT over rows that were made for it. */
async function readTables(
  engine: Engine,
  query: ValidatedQuery,
  schema: string,
  tables: readonly EngineTable[],
  limit: Limit,
): Promise<StatementResult> {
  try {
    return await engine.read(query, { ...inputOf(schema, tables), ...limit }, ANSWER_LIMITS);
  } finally {
    removeFiles(tables);
  }
}
