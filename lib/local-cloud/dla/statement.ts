import type { DlaColumn } from '../account/dla-catalog';
import { readColumnType } from './column-type';
import { Cursor } from './cursor';
import { parseHints, type QueryHints } from './hints';
import { parseOssLocation } from './oss-location';
import { SqlError } from './sql-error';
import { tokenize, quoteText, toStandardSql, type Token } from './tokens';

export interface TableName {
  readonly schema?: string;
  readonly name: string;
}

/** One statement, as far as it is understood without the catalog. */
export type Statement =
  | {
      readonly kind: 'create-schema';
      readonly name: string;
      readonly ifNotExists: boolean;
      readonly catalog: string;
      readonly location: string;
    }
  | ({
      readonly kind: 'create-table';
      readonly ifNotExists: boolean;
      readonly columns: readonly DlaColumn[];
      readonly format: string;
      readonly location: string;
      readonly properties: Readonly<Record<string, string>>;
    } & TableName)
  | { readonly kind: 'drop-schema'; readonly name: string; readonly ifExists: boolean }
  | ({ readonly kind: 'drop-table'; readonly ifExists: boolean } & TableName)
  | { readonly kind: 'use'; readonly name: string }
  | { readonly kind: 'show-schemas'; readonly like?: string }
  | { readonly kind: 'show-tables'; readonly schema?: string; readonly like?: string }
  | ({ readonly kind: 'show-create-table' } & TableName)
  | ({ readonly kind: 'describe' } & TableName)
  | { readonly kind: 'show-variables'; readonly like?: string }
  | { readonly kind: 'show-warnings' }
  /** `sql`: a SELECT over the table `query_task`. */
  | { readonly kind: 'show-query-task'; readonly sql: string; readonly id?: string }
  | { readonly kind: 'session-values'; readonly values: readonly SessionValue[] }
  /** Has no effect here: session settings and transactions. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'select'; readonly sql: string; readonly hints: QueryHints };

/** `@@variable` or a function of the session, and the column that shows it. */
export interface SessionValue {
  readonly variable: boolean;
  readonly name: string;
  readonly column: string;
}

const SUPPORTED =
  'CREATE SCHEMA, CREATE EXTERNAL TABLE, DROP SCHEMA, DROP TABLE, SHOW SCHEMAS, SHOW TABLES, SHOW CREATE TABLE, ' +
  'SHOW QUERY_TASK, DESCRIBE, USE, SELECT';

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
    (/^(SELECT|WITH|\()/i.test(standardSql)
      ? ({ kind: 'select', sql: standardSql, hints } as const)
      : parseCommand(cursor, sql));
  if (hints.runAsync && statement.kind !== 'select') {
    throw new SqlError('ER_NOT_SUPPORTED_YET', 'run_async is given for a statement that is not a SELECT');
  }
  return statement;
}

function parseCommand(cursor: Cursor, sql: string): Statement {
  const read = (): Statement => {
    if (cursor.accept('CREATE')) {
      return cursor.accept('SCHEMA') || cursor.accept('DATABASE') ? createSchema(cursor) : createTable(cursor);
    }
    if (cursor.accept('DROP')) {
      return drop(cursor);
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

function createSchema(cursor: Cursor): Statement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.name('a schema name');
  cursor.expect('WITH', 'DBPROPERTIES');
  const properties = readProperties(cursor, ['catalog', 'location']);
  if (properties.catalog?.toLowerCase() !== 'oss') {
    throw new SqlError('ER_NOT_SUPPORTED_YET', `catalog: expected 'oss', got ${JSON.stringify(properties.catalog)}`);
  }
  if (properties.location === undefined) {
    throw new SqlError('ER_PARSE_ERROR', "DBPROPERTIES: location is missing, e.g. location='oss://BUCKET/FOLDER/'");
  }
  parseOssLocation(properties.location);
  return { kind: 'create-schema', name, ifNotExists, catalog: 'oss', location: properties.location };
}

function createTable(cursor: Cursor): Statement {
  cursor.expect('EXTERNAL', 'TABLE');
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const table = cursor.qualifiedName('a table name');
  const columns = cursor.list(() => readColumn(cursor));
  const twice = columns.find(({ name }, at) => columns.findIndex((other) => sameName(other.name, name)) < at);
  if (twice) {
    throw new SqlError('ER_PARSE_ERROR', `the column ${twice.name} is declared twice`);
  }
  skipComment(cursor);
  const delimiter = readRowFormat(cursor);
  cursor.expect('STORED', 'AS');
  const format = ['JSON', 'CSV', 'TEXTFILE'].find((one) => cursor.accept(one));
  if (!format) {
    throw cursor.error('JSON, CSV or TEXTFILE');
  }
  cursor.expect('LOCATION');
  const location = cursor.string('a location, e.g. oss://BUCKET/FOLDER/, in quotes');
  parseOssLocation(location);
  const properties = cursor.accept('TBLPROPERTIES')
    ? readProperties(cursor, format === 'JSON' ? [] : ['skip.header.line.count'])
    : {};
  const skipped = properties['skip.header.line.count'];
  if (skipped !== undefined && !/^\d{1,6}$/.test(skipped)) {
    throw new SqlError('ER_PARSE_ERROR', `skip.header.line.count: expected a number, got ${JSON.stringify(skipped)}`);
  }
  if (delimiter !== undefined && format === 'JSON') {
    throw new SqlError('ER_PARSE_ERROR', 'FIELDS TERMINATED BY does not go with STORED AS JSON');
  }
  return {
    kind: 'create-table',
    ...table,
    ifNotExists,
    columns,
    format,
    location,
    properties: { ...properties, ...(delimiter !== undefined && { 'field.delim': delimiter }) },
  };
}

function readColumn(cursor: Cursor): DlaColumn {
  const name = cursor.name('a column name');
  const { text } = readColumnType(cursor);
  skipComment(cursor);
  return { name, type: text };
}

function skipComment(cursor: Cursor): void {
  if (cursor.accept('COMMENT')) {
    cursor.string('a comment in quotes');
  }
}

function readRowFormat(cursor: Cursor): string | undefined {
  if (!cursor.accept('ROW')) {
    return undefined;
  }
  cursor.expect('FORMAT', 'DELIMITED', 'FIELDS', 'TERMINATED', 'BY');
  const delimiter = cursor.string('a delimiter in quotes');
  if (delimiter.length > 1) {
    throw new SqlError('ER_PARSE_ERROR', `the delimiter: expected one character, got ${JSON.stringify(delimiter)}`);
  }
  return delimiter;
}

/** `(key = 'value', …)`; a key may stand in quotes. */
function readProperties(cursor: Cursor, allowed: readonly string[]): Record<string, string> {
  const entries = cursor.list((): [string, string] => {
    const key = cursor.rest[0]?.kind === 'string' ? cursor.string('a property') : cursor.name('a property');
    cursor.expect('=');
    return [key.toLowerCase(), cursor.string(`a value in quotes for ${key}`)];
  });
  const unknown = entries.find(([key]) => !allowed.includes(key));
  if (unknown) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `the property ${JSON.stringify(unknown[0])} is not supported, supported here: ${allowed.join(', ') || 'none'}`,
    );
  }
  return Object.fromEntries(entries);
}

function drop(cursor: Cursor): Statement {
  const schema = cursor.accept('SCHEMA') || cursor.accept('DATABASE');
  if (!schema) {
    cursor.accept('EXTERNAL');
    cursor.expect('TABLE');
  }
  const ifExists = cursor.accept('IF', 'EXISTS');
  return schema
    ? { kind: 'drop-schema', ifExists, name: cursor.name('a schema') }
    : { kind: 'drop-table', ifExists, ...cursor.qualifiedName('a table') };
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

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
