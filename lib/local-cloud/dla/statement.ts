import { RUN_ASYNC } from '../../cloud/receipt-hint';
import { Cursor } from './cursor';
import { alterStatement, createStatement, type DdlStatement, dropStatement, repairStatement, restOf } from './ddl';
import { parseHints, type QueryHints } from './hints';
import { INFORMATION_SCHEMA } from './information-schema';
import { type Kill, readKill } from './kill';
import { readSettings, type Setting } from './session-variables';
import { LISTED, readShowList, type ShowList } from './show';
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
  | ShowList
  | { readonly kind: 'show-create-schema'; readonly name: string }
  /** Tools put names into backticks, people and DLA's pages do not. */
  | ({ readonly kind: 'show-create-table'; readonly isQuoted: boolean } & TableName)
  | ({ readonly kind: 'describe' } & TableName)
  | { readonly kind: 'show-warnings' }
  | { readonly kind: 'kill'; readonly target: Kill }
  /** `sql`: a SELECT over the table `query_task`. */
  | { readonly kind: 'show-query-task'; readonly sql: string; readonly id?: string }
  | { readonly kind: 'session-values'; readonly values: readonly SessionValue[] }
  | { readonly kind: 'set'; readonly settings: readonly Setting[] }
  /** Has no effect here: transactions and locks. */
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

/** Schema under which the engine has the tables of information_schema. */
export const SYSTEM_SCHEMA = 'mysql_information_schema';

/** `@@variable` or a function of the session, and the column that shows it. */
export interface SessionValue {
  readonly variable: boolean;
  readonly name: string;
  readonly column: string;
}

export const SUPPORTED =
  'CREATE and DROP of SCHEMA, EXTERNAL TABLE and VIEW, ALTER TABLE, MSCK REPAIR, SHOW, DESCRIBE, EXPLAIN, USE, SET, KILL, ' +
  'SELECT, INSERT';

const TRANSACTION = [
  ['BEGIN'],
  ['START', 'TRANSACTION'],
  ['SAVEPOINT'],
  ['RELEASE', 'SAVEPOINT'],
  ['COMMIT'],
  ['ROLLBACK'],
  ['UNLOCK', 'TABLES'],
];

const SESSION_FUNCTIONS = ['DATABASE', 'SCHEMA', 'USER', 'CURRENT_USER', 'SESSION_USER', 'VERSION', 'CONNECTION_ID'];

/**
 * @param valueOf what a variable or a function of the session is
 * @throws SqlError for what is not understood or not supported
 */
export function parseStatement(given: string, valueOf: (value: SessionValue) => string | null): Statement {
  const lexed = tokenize(given);
  const asked = sessionValues(lexed.tokens);
  if (asked) {
    return asked;
  }
  const sql = withSession(given, lexed.tokens, valueOf);
  const { hints: comments, tokens } = sql === given ? lexed : tokenize(sql);
  const cursor = new Cursor(tokens);
  if (cursor.done) {
    throw new SqlError('ER_EMPTY_QUERY', 'the statement is empty');
  }
  const hints = parseHints(comments);
  const standardSql = toStandardSql(sql, tokens.at(-1)?.text === ';' ? tokens.slice(0, -1) : tokens);
  const statement =
    // A parenthesis or WITH may stand before a SELECT; the engine's parser judges what follows.
    /^(SELECT|WITH|VALUES|\()/i.test(standardSql)
      ? ({ kind: 'select', sql: standardSql, hints } as const)
      : parseCommand(cursor, sql, hints);
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
      return { kind: 'set', settings: readSettings(cursor) };
    }
    if (cursor.accept('LOCK', 'TABLES')) {
      return lockTables(cursor);
    }
    if (TRANSACTION.some((words) => cursor.accept(...words))) {
      cursor.takeRest();
      return { kind: 'accepted' };
    }
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `a statement that starts with ${JSON.stringify(cursor.peek()!.text.slice(0, 60))} is not supported, supported are ${SUPPORTED}`,
    );
  };
  const statement = read();
  cursor.end();
  return statement;
}

/** For mysqldump. Nothing is locked: what DLA reads is replaced, not changed. */
function lockTables(cursor: Cursor): Statement {
  do {
    cursor.qualifiedName('a table');
    if (!cursor.accept('READ')) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', 'LOCK TABLES is supported for READ only');
    }
    cursor.accept('LOCAL');
  } while (cursor.accept(','));
  return { kind: 'accepted' };
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
  const listed = cursor.peek()?.text === '(' && !/^(select|with|values|\()$/i.test(cursor.peek(1)?.text ?? '');
  const columns = listed ? cursor.list(() => cursor.name('a column')) : undefined;
  return { kind: 'insert', overwrite, columns, hints, ...table, sql: restOf(cursor, sql, 'SELECT or VALUES').sql };
}

function explain(cursor: Cursor, sql: string): Statement {
  if (cursor.accept('ANALYZE') || cursor.peek()?.text === '(') {
    throw new SqlError('ER_NOT_SUPPORTED_YET', 'options of EXPLAIN are not supported here, expected EXPLAIN SELECT');
  }
  if (!/^(select|with|values|\()$/i.test(cursor.peek()?.text ?? '')) {
    throw cursor.error('SELECT');
  }
  return { kind: 'explain', sql: restOf(cursor, sql, 'SELECT').sql };
}

function parseShow(cursor: Cursor, sql: string): Statement {
  const list = readShowList(cursor, sql);
  if (list) {
    return list;
  }
  if (cursor.accept('CREATE', 'TABLE') || cursor.accept('CREATE', 'VIEW')) {
    const isQuoted = cursor.peek()?.kind === 'name';
    return { kind: 'show-create-table', isQuoted, ...cursor.qualifiedName('a table') };
  }
  if (cursor.accept('CREATE', 'SCHEMA') || cursor.accept('CREATE', 'DATABASE')) {
    return { kind: 'show-create-schema', name: cursor.name('a schema') };
  }
  if (cursor.accept('WARNINGS') || cursor.accept('ERRORS')) {
    cursor.takeRest();
    return { kind: 'show-warnings' };
  }
  if (cursor.accept('PARTITIONS')) {
    return { kind: 'show-partitions', ...cursor.qualifiedName('a table') };
  }
  cursor.accept('FULL');
  if (cursor.accept('QUERY_TASK')) {
    return showQueryTask(cursor, sql);
  }
  throw cursor.error(`${LISTED}, CREATE TABLE, CREATE VIEW, CREATE SCHEMA, PARTITIONS, QUERY_TASK or WARNINGS`);
}

/** What follows `SHOW QUERY_TASK` is the tail of a SELECT, so it becomes one. */
function showQueryTask(cursor: Cursor, sql: string): Statement {
  const user = cursor.accept('FOR') ? cursor.string('a user in quotes') : undefined;
  if (!cursor.done && !/^(WHERE|ORDER|LIMIT|;)$/i.test(cursor.peek()!.text)) {
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
    const aliased = cursor.accept('AS') || ['word', 'name'].includes(cursor.peek()?.kind ?? '');
    const limited = cursor.peek()?.text.toUpperCase() === 'LIMIT';
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

/**
 * The statement with what the session knows in the place of its names, without MySQL's FROM DUAL and SQL_NO_CACHE, and with the tables of
 * information_schema under a name that the engine has no tables of its own for.
 */
function withSession(sql: string, tokens: readonly Token[], valueOf: (value: SessionValue) => string | null): string {
  const cursor = new Cursor(tokens);
  let text = '';
  let copied = 0;
  const replace = (first: Token, instead: string): void => {
    const end = cursor.done ? tokens[tokens.length - 1].end : cursor.peek()!.start;
    text += `${sql.slice(copied, first.start)}${instead} `;
    copied = end;
  };
  while (!cursor.done) {
    const first = cursor.peek()!;
    if (first.kind === 'string' || first.kind === 'number' || (first.kind === 'symbol' && first.text !== '@')) {
      cursor.skip();
      continue;
    }
    const second = cursor.peek(1);
    const isQualified = second?.kind === 'symbol' && second.text === '.';
    if (isQualified && first.text.toLowerCase() === INFORMATION_SCHEMA) {
      cursor.skip();
      replace(first, SYSTEM_SCHEMA);
    } else if (cursor.accept('SELECT', 'SQL_NO_CACHE')) {
      replace(first, 'SELECT');
    } else if (cursor.accept('FROM', 'DUAL')) {
      replace(first, '');
    } else {
      const value = isSet(tokens) ? undefined : cursor.attempt(() => sessionValue(cursor));
      if (value) {
        const known = valueOf(value);
        replace(first, known === null ? 'NULL' : mysqlText(known));
      } else {
        cursor.skip();
      }
    }
  }
  return text + sql.slice(copied);
}

/** A SET reads its own variables. */
function isSet([first]: readonly Token[]): boolean {
  return first?.kind === 'word' && /^set$/i.test(first.text);
}

function mysqlText(text: string): string {
  return /^\d{1,18}$/.test(text) ? text : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
