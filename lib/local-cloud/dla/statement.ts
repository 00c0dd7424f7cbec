import { withoutAssignments } from './user-variables';
import { RUN_ASYNC } from '../../cloud/receipt-hint';
import { Cursor } from './cursor';
import { alterStatement, createStatement, type DdlStatement, dropStatement, repairStatement, restOf } from './ddl';
import { parseHints, type QueryHints } from './hints';
import { INFORMATION_SCHEMA } from './information-schema';
import { type Kill, readKill } from './kill';
import { readSettings, type Setting } from './session-variables';
import { LISTED, readShowList, type ShowList } from './show';
import { SqlError } from './sql-error';
import { SYSTEM_SCHEMA } from './system-schema';
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
  /** `like`: a pattern that the columns' names fit. */
  | ({ readonly kind: 'describe'; readonly like?: string } & TableName)
  | { readonly kind: 'show-warnings' }
  | { readonly kind: 'kill'; readonly target: Kill }
  /** `sql`: a SELECT over the table `query_task`. */
  | { readonly kind: 'show-query-task'; readonly sql: string; readonly id?: string }
  | { readonly kind: 'session-values'; readonly values: readonly SessionValue[] }
  | { readonly kind: 'set'; readonly settings: readonly Setting[] }
  /** Has no effect here but on the status that is told: transactions and locks. */
  | { readonly kind: 'accepted'; readonly transaction?: 'begun' | 'ended' }
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

/** `@@variable`, `@variable` or a function of the session, and the column that shows it. */
export interface SessionValue {
  readonly kind: 'variable' | 'user-variable' | 'function';
  readonly name: string;
  readonly column: string;
}

/** What such a value is now. */
export interface KnownValue {
  readonly text: string | null;
  readonly isNumber: boolean;
}

/** How a session reads a statement. */
export interface Reading {
  readonly valueOf: (value: SessionValue) => KnownValue;
  readonly hasAnsiQuotes: boolean;
}

export const SUPPORTED =
  'CREATE and DROP of SCHEMA, EXTERNAL TABLE and VIEW, ALTER TABLE, MSCK REPAIR, SHOW, DESCRIBE, EXPLAIN, USE, SET, KILL, ' +
  'SELECT, INSERT';

/** Assumption: DLA's own answer to them is not known. */
export const SEVERAL_STATEMENTS = 'several statements in one request are not supported here: send one at a time';

const TRANSACTION = [
  [['BEGIN'], 'begun'],
  [['START', 'TRANSACTION'], 'begun'],
  [['SAVEPOINT'], undefined],
  [['RELEASE', 'SAVEPOINT'], undefined],
  [['ROLLBACK', 'TO'], undefined],
  [['ROLLBACK', 'WORK', 'TO'], undefined],
  [['COMMIT'], 'ended'],
  [['ROLLBACK'], 'ended'],
  [['UNLOCK', 'TABLES'], undefined],
] as const;

/** What MySQL, Presto or Hive begins statements with that are not served; anything else is a mistake in the statement. */
/** Of MySQL's tables, too. */
const MAX_SESSION_VALUES = 4096;

const NOT_SERVED =
  /^(analyze|attach|backup|binlog|cache|call|change|check|checksum|clone|comment|copy|deallocate|delete|detach|do|execute|export|flush|get|grant|handler|help|import|install|load|lock|merge|optimize|pragma|prepare|purge|refresh|reload|rename|repair|replace|reset|resignal|restart|restore|revoke|signal|shutdown|slave|start|stop|table|truncate|uninstall|unload|update|vacuum|xa)$/i;

/** What CREATE and DROP make elsewhere. */
const NOT_CREATED =
  /^(aggregate|definer|event|fulltext|function|index|logfile|macro|materialized|procedure|role|secret|sequence|server|spatial|tablespace|temporary|trigger|type|undo|unique|user)$/i;

/** What MySQL shows and this does not; anything else is a mistake in the statement. */
const NOT_SHOWN =
  /^(binary|binlog|create (event|trigger|user)|engine|master|profiles?|relaylog|replica|slave|function code|procedure code)\b/i;

/** Opens a literal or a function in the notation of ODBC, and what it stands for. */
const ODBC: Readonly<Record<string, string>> = { d: 'DATE ', t: 'TIME ', ts: 'TIMESTAMP ', fn: '', oj: '' };

/** Tells the character set of the string after it, which is UTF-8 or bytes. */
const INTRODUCER = /^(_(utf8|utf8mb3|utf8mb4|binary|latin1|ascii)|n)$/i;

const SESSION_FUNCTIONS = [
  ...['DATABASE', 'SCHEMA', 'USER', 'CURRENT_USER', 'SESSION_USER', 'SYSTEM_USER', 'VERSION', 'CONNECTION_ID'],
  'LAST_INSERT_ID',
];

/** @throws SqlError for what is not understood or not supported */
export function parseStatement(given: string, { valueOf, hasAnsiQuotes }: Reading): Statement {
  const lexed = tokenize(given, hasAnsiQuotes);
  const isEnd = ({ kind, text }: Token): boolean => kind === 'symbol' && text === ';';
  const end = lexed.tokens.findIndex(isEnd);
  if (end > 0 && !lexed.tokens.slice(end).every(isEnd)) {
    // None of them is run, not the first one either.
    throw new SqlError('ER_NOT_SUPPORTED_YET', SEVERAL_STATEMENTS);
  }
  checkServed(lexed.tokens);
  const asked = sessionValues(given, lexed.tokens);
  if (asked) {
    return asked;
  }
  const assigned = withoutAssignments(given, lexed.tokens);
  const sql = withSession(
    assigned,
    assigned === given ? lexed.tokens : tokenize(assigned, hasAnsiQuotes).tokens,
    valueOf,
  );
  const { hints: comments, tokens } = sql === given ? lexed : tokenize(sql, hasAnsiQuotes);
  const cursor = new Cursor(tokens);
  if (tokens.every(({ text }) => text === ';')) {
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

/**
 * Tells what is not served from a mistake, before anything of it is read.
 *
 * @throws SqlError ER_NOT_SUPPORTED_YET
 */
function checkServed(tokens: readonly Token[]): void {
  const [first, ...others] = tokens.slice(0, 4).map(({ kind, text }) => (kind === 'word' ? text : ''));
  const kind = others[others[0]?.toUpperCase() === 'OR' ? 2 : 0] ?? '';
  if (/^(create|drop)$/i.test(first) && NOT_CREATED.test(kind)) {
    throw new SqlError('ER_NOT_SUPPORTED_YET', `${first.toUpperCase()} ${kind.toUpperCase()} is not supported here`);
  }
  const into = /^(select|with)$/i.test(first)
    ? tokens.findIndex(({ kind, text }) => kind === 'word' && /^into$/i.test(text))
    : -1;
  if (into > 0 && /^(outfile|dumpfile)$/i.test(tokens[into + 1]?.text ?? '')) {
    throw new SqlError('ER_NOT_SUPPORTED_YET', 'SELECT … INTO OUTFILE is not supported here');
  }
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
      return describe(cursor);
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
    const transaction = TRANSACTION.find(([words]) => cursor.accept(...words));
    if (transaction) {
      cursor.takeRest();
      return { kind: 'accepted', transaction: transaction[1] };
    }
    const first = cursor.peek()!.text.slice(0, 60);
    if (!NOT_SERVED.test(first)) {
      throw cursor.error(SUPPORTED);
    }
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `a statement that starts with ${JSON.stringify(first)} is not supported, supported are ${SUPPORTED}`,
    );
  };
  const statement = read();
  cursor.end();
  return statement;
}

/** What follows DESCRIBE: a table, and a column or a pattern. */
function describe(cursor: Cursor): Statement {
  const [, form] = /^(formatted|extended)$/i.exec(cursor.peek()?.text ?? '') ?? [];
  if (form !== undefined && cursor.peek(1)?.kind !== 'symbol' && cursor.peek(1) !== undefined) {
    throw new SqlError('ER_NOT_SUPPORTED_YET', `DESCRIBE ${form.toUpperCase()} is not supported here`);
  }
  const table = cursor.qualifiedName('a table');
  const next = cursor.peek();
  if (next?.kind === 'string') {
    return { kind: 'describe', ...table, like: cursor.string('a pattern') };
  }
  const isNamed = next?.kind === 'word' || next?.kind === 'name';
  return { kind: 'describe', ...table, like: isNamed ? literalPattern(cursor.name('a column')) : undefined };
}

/** A pattern of LIKE that this text alone fits. */
function literalPattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
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
  const [first = '', second] = [cursor.peek()?.text, cursor.peek(1)?.text];
  const isOption = second === '=' || second?.toUpperCase() === 'SELECT';
  if (
    first === '(' ||
    /^(analyze|insert|delete|update|replace)$/i.test(first) ||
    (isOption && /^(extended|format|partitions)$/i.test(first))
  ) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `EXPLAIN ${first.toUpperCase()} is not supported here, expected EXPLAIN SELECT`,
    );
  }
  if (!/^(select|with|values)$/i.test(first)) {
    // MySQL takes it for another word for DESCRIBE.
    return describe(cursor);
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
    cursor.accept('IF', 'NOT', 'EXISTS');
    return { kind: 'show-create-schema', name: cursor.name('a schema') };
  }
  if (cursor.accept('COUNT', '(', '*', ')')) {
    const name = cursor.accept('ERRORS') ? 'error_count' : 'warning_count';
    cursor.accept('WARNINGS');
    return { kind: 'session-values', values: [{ kind: 'variable', name, column: `@@session.${name}` }] };
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
  const [first = '', second = ''] = [cursor.peek()?.text, cursor.peek(1)?.text];
  if (/^create$/i.test(first) && /^(function|procedure)$/i.test(second)) {
    cursor.skip();
    cursor.skip();
    throw new SqlError(
      'ER_SP_DOES_NOT_EXIST',
      `${second.toUpperCase()} ${cursor.qualifiedName('a name').name} does not exist`,
    );
  }
  if (NOT_SHOWN.test(`${first} ${second}`)) {
    const words = `${first} ${second}`.trim().toUpperCase();
    throw new SqlError('ER_NOT_SUPPORTED_YET', `SHOW ${words} is not supported here`);
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
function sessionValues(sql: string, tokens: readonly Token[]): Statement | undefined {
  const cursor = new Cursor(tokens);
  if (!cursor.accept('SELECT')) {
    return undefined;
  }
  const values: SessionValue[] = [];
  do {
    const value = sessionValue(cursor, sql);
    if (!value) {
      return undefined;
    }
    const aliased = cursor.accept('AS') || ['word', 'name'].includes(cursor.peek()?.kind ?? '');
    const limited = cursor.peek()?.text.toUpperCase() === 'LIMIT';
    if (values.length === MAX_SESSION_VALUES) {
      throw new SqlError('ER_TOO_MANY_FIELDS', `too many columns: expected at most ${MAX_SESSION_VALUES}`);
    }
    values.push(aliased && !limited ? { ...value, column: cursor.name('a column name') } : value);
  } while (cursor.accept(','));
  if (cursor.accept('LIMIT')) {
    cursor.integer('a number');
  }
  cursor.accept(';');
  return cursor.done ? { kind: 'session-values', values } : undefined;
}

/** The column is named as the value is written. */
function sessionValue(cursor: Cursor, sql: string): SessionValue | undefined {
  const first = cursor.peek();
  const found = readSessionValue(cursor);
  return found && { ...found, column: sql.slice(first!.start, cursor.peek(-1)!.end) };
}

function readSessionValue(cursor: Cursor): Omit<SessionValue, 'column'> | undefined {
  if (cursor.accept('@', '@')) {
    for (const scope of ['SESSION', 'GLOBAL', 'LOCAL']) {
      cursor.accept(scope, '.');
    }
    return { kind: 'variable', name: cursor.name('a variable').toLowerCase() };
  }
  if (cursor.accept('@')) {
    return { kind: 'user-variable', name: cursor.name('a variable').toLowerCase() };
  }
  const name = SESSION_FUNCTIONS.find((one) => cursor.accept(one, '(', ')'));
  return name ? { kind: 'function', name: name.toLowerCase() } : undefined;
}

/**
 * The statement with what the session knows in the place of its names, without MySQL's FROM DUAL, SQL_NO_CACHE and
 * character sets of strings (and of columns of information_schema), with literals in the notation of ODBC as others, and with the tables of information_schema
 * under a name that the engine has no tables of its own for.
 */
function withSession(sql: string, tokens: readonly Token[], valueOf: (value: SessionValue) => KnownValue): string {
  const cursor = new Cursor(tokens);
  let text = '';
  let copied = 0;
  let braces = 0;
  const isCommand = /^(alter|desc|describe|drop|show)$/i.test(tokens[0]?.text ?? '');
  const readsSystem =
    !isCommand &&
    tokens.some(
      ({ kind, text }, at) =>
        (kind === 'word' || kind === 'name') && text.toLowerCase() === INFORMATION_SCHEMA && isPoint(tokens[at + 1]),
    );
  const replace = (first: Token, instead: string): void => {
    const end = cursor.done ? tokens[tokens.length - 1].end : cursor.peek()!.start;
    text += `${sql.slice(copied, first.start)}${instead} `;
    copied = end;
  };
  while (!cursor.done) {
    const first = cursor.peek()!;
    if (first.kind === 'number' || (first.kind === 'symbol' && !/[@{}]/.test(first.text))) {
      cursor.skip();
      continue;
    }
    if (first.kind === 'string') {
      cursor.skip();
      continue;
    }
    const second = cursor.peek(1);
    const isQualified = isPoint(second);
    if (first.text === '{' && second && Object.hasOwn(ODBC, second.text.toLowerCase())) {
      cursor.skip();
      cursor.skip();
      braces += 1;
      replace(first, ODBC[second.text.toLowerCase()]);
    } else if (first.text === '}' && braces > 0) {
      cursor.skip();
      braces -= 1;
      replace(first, '');
    } else if (isIntroducer(cursor)) {
      cursor.skip();
      replace(first, '');
      if (second?.kind === 'string' && second.text.includes('\0') && /^_binary$/i.test(first.text)) {
        cursor.skip();
        replace(second, `X'${Buffer.from(second.text).toString('hex')}'`);
      }
    } else if (isQualified && !isCommand && first.text.toLowerCase() === INFORMATION_SCHEMA) {
      cursor.skip();
      replace(first, SYSTEM_SCHEMA);
    } else if (/^(select|distinct|all)$/i.test(first.text) && isSelectHint(second)) {
      cursor.skip();
      while (isSelectHint(cursor.peek())) {
        cursor.skip();
      }
      replace(first, first.text);
    } else if (readsSystem && second !== undefined && second.kind !== 'symbol' && cursor.accept('BINARY')) {
      replace(first, '');
    } else if (readsSystem && cursor.accept('CHAR', 'CHARACTER', 'SET')) {
      cursor.skip();
      replace(first, 'VARCHAR');
    } else if (cursor.accept('FROM', 'DUAL')) {
      replace(first, '');
    } else {
      const value = isSet(tokens) ? undefined : cursor.attempt(() => sessionValue(cursor, sql));
      if (value) {
        replace(first, mysqlText(valueOf(value)));
      } else {
        cursor.skip();
      }
    }
  }
  return text + sql.slice(copied);
}

function isPoint(token: Token | undefined): boolean {
  return token?.kind === 'symbol' && token.text === '.';
}

/** What MySQL takes before the columns of a SELECT and what changes no answer. */
function isSelectHint(token: Token | undefined): boolean {
  return token?.kind === 'word' && /^sql_(no_cache|cache|big_result|small_result|buffer_result)$/i.test(token.text);
}

/** `_binary'…'`, `_utf8mb4 X'…'` or `N'…'`. */
function isIntroducer(cursor: Cursor): boolean {
  const [first, second, third] = [0, 1, 2].map((offset) => cursor.peek(offset));
  if (first?.kind !== 'word' || !INTRODUCER.test(first.text)) {
    return false;
  }
  const isHexadecimal = second?.kind === 'word' && /^x$/i.test(second.text) && third?.start === second.end;
  const isApart = second !== undefined && second.start > first.end;
  return (
    (second?.kind === 'string' && !(isApart && /^n$/i.test(first.text))) || (isHexadecimal && third?.kind === 'string')
  );
}

/** A SET reads its own variables. */
function isSet([first]: readonly Token[]): boolean {
  return first?.kind === 'word' && /^set$/i.test(first.text);
}

function mysqlText({ text, isNumber }: KnownValue): string {
  if (text === null) {
    return 'NULL';
  }
  if (isNumber) {
    return text.length > 18 ? `DECIMAL '${text}'` : text;
  }
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
