import { RUN_ASYNC } from '../../cloud/receipt-hint';
import { Cursor } from './cursor';
import { alterStatement, createStatement, type DdlStatement, dropStatement, repairStatement, restOf } from './ddl';
import { parseHints, type QueryHints } from './hints';
import { type Kill, readKill } from './kill';
import { SqlError } from './sql-error';
import { tokenize, quoteText, toStandardSql, type Token } from './tokens';

export interface TableName {
  readonly schema?: string;
  readonly name: string;
}

/** One statement, as far as it is understood without the catalog. */
export type Statement =
  | DdlStatement
  | { readonly kind: 'use'; readonly name: string }
  | { readonly kind: 'show-schemas'; readonly like?: string }
  | { readonly kind: 'show-tables'; readonly schema?: string; readonly like?: string }
  | ({ readonly kind: 'show-create-table' } & TableName)
  | ({ readonly kind: 'describe' } & TableName)
  | { readonly kind: 'show-variables'; readonly like?: string }
  | { readonly kind: 'show-warnings' }
  | { readonly kind: 'kill'; readonly target: Kill }
  /** `sql`: a SELECT over the table `query_task`. */
  | { readonly kind: 'show-query-task'; readonly sql: string; readonly id?: string }
  | { readonly kind: 'session-values'; readonly values: readonly SessionValue[] }
  /** Has no effect here: session settings and transactions. */
  | { readonly kind: 'accepted' }
  | ({ readonly kind: 'show-partitions' } & TableName)
  | { readonly kind: 'explain'; readonly sql: string }
  | ({
      readonly kind: 'insert';
      readonly overwrite: boolean;
      readonly columns?: readonly string[];
      /** SELECT or VALUES. */
      readonly sql: string;
      readonly hints: QueryHints;
    } & TableName)
  | { readonly kind: 'select'; readonly sql: string; readonly hints: QueryHints };

/** `@@variable` or a function of the session, and the column that shows it. */
export interface SessionValue {
  readonly variable: boolean;
  readonly name: string;
  readonly column: string;
}

const SUPPORTED =
  'CREATE and DROP of SCHEMA, EXTERNAL TABLE and VIEW, ALTER TABLE, MSCK REPAIR, SHOW, DESCRIBE, EXPLAIN, USE, SET, KILL, ' +
  'SELECT, INSERT';

/** Settings that clients make when they connect; nothing in a local query depends on them. */
const ACCEPTED_SETTINGS =
  /^(autocommit|sql_mode|sql_select_limit|sql_safe_updates|sql_auto_is_null|time_zone|wait_timeout|interactive_timeout|net_(read|write)_timeout|character_set_\w+|collation_connection|max_join_size|max_execution_time|tx_isolation|transaction_isolation|transaction_read_only|foreign_key_checks|unique_checks)$/i;

const SESSION_FUNCTIONS = ['DATABASE', 'SCHEMA', 'USER', 'CURRENT_USER', 'SESSION_USER', 'VERSION', 'CONNECTION_ID'];

/** @throws SqlError for what is not understood or not supported */
export function parseStatement(sql: string): Statement {
  const { hints: comments, tokens } = tokenize(sql);
  const cursor = new Cursor(tokens);
  if (cursor.done) {
    throw new SqlError('ER_EMPTY_QUERY', 'the statement is empty');
  }
  const hints = parseHints(comments);
  const standardSql = toStandardSql(sql, tokens.at(-1)?.text === ';' ? tokens.slice(0, -1) : tokens);
  const statement =
    sessionValues(tokens) ??
    // A parenthesis or WITH may stand before a SELECT; DuckDB's parser judges what follows.
    (/^(SELECT|WITH|VALUES|\()/i.test(standardSql)
      ? ({ kind: 'select', sql: standardSql, hints } as const)
      : parseCommand(cursor, sql, hints));
  if (hints.runAsync && statement.kind !== 'select' && statement.kind !== 'insert') {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `${RUN_ASYNC} is given for a statement that is neither SELECT nor INSERT`,
    );
  }
  return statement;
}

function parseCommand(cursor: Cursor, sql: string, hints: QueryHints): Statement {
  const read = (): Statement => {
    if (cursor.accept('CREATE')) {
      return createStatement(cursor, sql);
    }
    if (cursor.accept('DROP')) {
      return dropStatement(cursor);
    }
    if (cursor.accept('ALTER')) {
      return alterStatement(cursor);
    }
    if (cursor.accept('MSCK')) {
      return repairStatement(cursor);
    }
    if (cursor.accept('INSERT')) {
      return insert(cursor, sql, hints);
    }
    if (cursor.accept('EXPLAIN')) {
      return explain(cursor, sql);
    }
    if (cursor.accept('SHOW')) {
      return parseShow(cursor, sql);
    }
    if (cursor.accept('DESCRIBE') || cursor.accept('DESC')) {
      return { kind: 'describe', ...cursor.qualifiedName('a table') };
    }
    if (cursor.accept('USE')) {
      return { kind: 'use', name: cursor.name('a schema') };
    }
    if (cursor.accept('KILL')) {
      return { kind: 'kill', target: readKill(cursor) };
    }
    if (cursor.accept('SET')) {
      return set(cursor);
    }
    if (cursor.accept('BEGIN') || cursor.accept('COMMIT') || cursor.accept('ROLLBACK')) {
      return { kind: 'accepted' };
    }
    if (cursor.accept('START', 'TRANSACTION')) {
      return { kind: 'accepted' };
    }
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `a statement that starts with ${JSON.stringify(cursor.rest[0].text.slice(0, 60))} is not supported, supported are ${SUPPORTED}`,
    );
  };
  const statement = read();
  cursor.end();
  return statement;
}

/** Reads what follows INSERT. */
function insert(cursor: Cursor, sql: string, hints: QueryHints): Statement {
  const overwrite = cursor.accept('OVERWRITE');
  const into = cursor.accept('INTO');
  if (!overwrite && !into) {
    throw cursor.error('INTO or OVERWRITE');
  }
  cursor.accept('TABLE');
  const table = cursor.qualifiedName('a table');
  if (cursor.accept('PARTITION')) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      'INSERT … PARTITION (…) is not supported here: give the partition columns as the last ones of the SELECT',
    );
  }
  const listed = cursor.rest.at(0)?.text === '(' && !/^(select|with|values|\()$/i.test(cursor.rest.at(1)?.text ?? '');
  const columns = listed ? cursor.list(() => cursor.name('a column')) : undefined;
  return { kind: 'insert', overwrite, columns, hints, ...table, sql: restOf(cursor, sql, 'SELECT or VALUES').sql };
}

function explain(cursor: Cursor, sql: string): Statement {
  if (cursor.accept('ANALYZE') || cursor.rest.at(0)?.text === '(') {
    throw new SqlError('ER_NOT_SUPPORTED_YET', 'options of EXPLAIN are not supported here, expected EXPLAIN SELECT');
  }
  if (!/^(select|with|values|\()$/i.test(cursor.rest.at(0)?.text ?? '')) {
    throw cursor.error('SELECT');
  }
  return { kind: 'explain', sql: restOf(cursor, sql, 'SELECT').sql };
}

function parseShow(cursor: Cursor, sql: string): Statement {
  if (cursor.accept('SCHEMAS') || cursor.accept('DATABASES')) {
    return { kind: 'show-schemas', like: readLike(cursor) };
  }
  if (cursor.accept('CREATE', 'TABLE')) {
    return { kind: 'show-create-table', ...cursor.qualifiedName('a table') };
  }
  if (cursor.accept('WARNINGS')) {
    return { kind: 'show-warnings' };
  }
  if (cursor.accept('VARIABLES') || cursor.accept('SESSION', 'VARIABLES') || cursor.accept('GLOBAL', 'VARIABLES')) {
    return { kind: 'show-variables', like: readLike(cursor) };
  }
  if (cursor.accept('PARTITIONS')) {
    return { kind: 'show-partitions', ...cursor.qualifiedName('a table') };
  }
  const full = cursor.accept('FULL');
  if (cursor.accept('TABLES')) {
    const schema = cursor.accept('FROM') || cursor.accept('IN') ? cursor.name('a schema') : undefined;
    return { kind: 'show-tables', schema, like: readLike(cursor) };
  }
  if (cursor.accept('QUERY_TASK')) {
    return showQueryTask(cursor, sql);
  }
  throw cursor.error(
    full ? 'QUERY_TASK or TABLES' : 'SCHEMAS, TABLES, CREATE TABLE, QUERY_TASK, VARIABLES or WARNINGS',
  );
}

function readLike(cursor: Cursor): string | undefined {
  return cursor.accept('LIKE') ? cursor.string('a pattern in quotes') : undefined;
}

/** What follows `SHOW QUERY_TASK` is the tail of a SELECT, so it becomes one. */
function showQueryTask(cursor: Cursor, sql: string): Statement {
  const user = cursor.accept('FOR') ? cursor.string('a user in quotes') : undefined;
  if (!cursor.done && !/^(WHERE|ORDER|LIMIT|;)$/i.test(cursor.rest[0].text)) {
    throw cursor.error('WHERE, ORDER BY or LIMIT');
  }
  const rest = cursor.takeRest();
  const tail = rest.at(-1)?.text === ';' ? rest.slice(0, -1) : rest;
  const byId =
    tail.length === 4 &&
    /^where id = $/i.test(
      tail
        .slice(0, 3)
        .map(({ text }) => `${text} `)
        .join(''),
    );
  const from = user === undefined ? 'query_task' : `(SELECT * FROM query_task WHERE creator_id = ${quoteText(user)}) t`;
  return {
    kind: 'show-query-task',
    sql: `SELECT * FROM ${from} ${toStandardSql(sql, tail)}`,
    id: byId && tail[3].kind === 'string' ? tail[3].text : undefined,
  };
}

function set(cursor: Cursor): Statement {
  const first = cursor.rest.find(({ text }) => !['@', 'SESSION', 'GLOBAL', 'LOCAL', '.'].includes(text.toUpperCase()));
  const name = first?.text ?? '';
  if (!/^(NAMES|CHARACTER|CHARSET|TRANSACTION)$/i.test(name) && !ACCEPTED_SETTINGS.test(name)) {
    throw new SqlError('ER_UNKNOWN_SYSTEM_VARIABLE', `SET ${name.slice(0, 60)} is not supported`);
  }
  cursor.takeRest();
  return { kind: 'accepted' };
}

/** What clients ask about the session, `SELECT @@version_comment LIMIT 1` and the like; undefined for other statements. */
function sessionValues(tokens: readonly Token[]): Statement | undefined {
  const cursor = new Cursor(tokens);
  if (!cursor.accept('SELECT')) {
    return undefined;
  }
  const values: SessionValue[] = [];
  do {
    const value = sessionValue(cursor);
    if (!value) {
      return undefined;
    }
    const aliased = cursor.accept('AS') || ['word', 'name'].includes(cursor.rest.at(0)?.kind ?? '');
    const limited = cursor.rest.at(0)?.text.toUpperCase() === 'LIMIT';
    values.push(aliased && !limited ? { ...value, column: cursor.name('a column name') } : value);
  } while (cursor.accept(','));
  if (cursor.accept('LIMIT')) {
    cursor.integer('a number');
  }
  cursor.accept(';');
  return cursor.done ? { kind: 'session-values', values } : undefined;
}

function sessionValue(cursor: Cursor): SessionValue | undefined {
  if (cursor.accept('@', '@')) {
    const scope = ['SESSION', 'GLOBAL', 'LOCAL'].find((one) => cursor.accept(one, '.'));
    const name = cursor.name('a variable').toLowerCase();
    return { variable: true, name, column: `@@${scope ? `${scope.toLowerCase()}.` : ''}${name}` };
  }
  const name = SESSION_FUNCTIONS.find((one) => cursor.accept(one, '(', ')'));
  return name ? { variable: false, name: name.toLowerCase(), column: `${name}()` } : undefined;
}
