import { DEFAULT_LIMITS } from './limits';
import { SqlError } from './sql-error';
import { sameName, type Token } from './tokens';

/** A variable that is read by the next, and that by the next, doubles the text each time. */
const MAX_LENGTH = DEFAULT_LIMITS.queryBytes;

/**
 * The statement without `@name := …`, as MariaDB's ODBC driver asks for columns: what a later column of the SELECT reads
 * from `@name` becomes the expression itself. For queries over information_schema alone, since the session's variable
 * keeps nothing of it.
 *
 * @throws SqlError ER_NOT_SUPPORTED_YET for an assignment that is not the whole value of its column, and for what becomes
 * too long
 */
export function withoutAssignments(sql: string, tokens: readonly Token[]): string {
  if (!tokens.some((_, at) => assigned(tokens, at) !== undefined)) {
    return sql;
  }
  const from = topLevel(tokens, 'from')[0];
  const isSystem = tokens.slice(from + 1, from + 2).some(({ text }) => sameName(text, 'information_schema'));
  if (!isSystem || !isWord(tokens[0], 'select')) {
    return sql;
  }
  const commas = [0, ...topLevel(tokens.slice(0, from), ','), from];
  const values = new Map<string, string>();
  let length = 0;
  const columns = commas.slice(1).map((end, index) => {
    const column = tokens.slice(commas[index] + 1, end);
    const text = textOf(sql, column, values);
    length += text.length;
    checkLength(length);
    const names = new Set(column.flatMap((_, at) => assigned(column, at) ?? []));
    for (const name of names) {
      values.set(name, `(${textOf(sql, valueOf(column, names.size), values)})`);
    }
    return text;
  });
  return `SELECT ${columns.join(', ')} ${sql.slice(tokens[from].start)}`;
}

/** The tokens of the value that a column assigns. */
function valueOf(column: readonly Token[], names: number): readonly Token[] {
  const depths = depthsOf(column);
  const alias = column.map((token, at) => isWord(token, 'as') && depths[at] === 0).lastIndexOf(true);
  const value = alias < 0 ? column : column.slice(0, alias);
  const count = value.filter((_, at) => assigned(value, at) !== undefined).length;
  if (names === 1 && count === 1 && assigned(value, 0) !== undefined) {
    return value;
  }
  const start = value.findIndex((token) => isWord(token, 'case'));
  const end = value.map((token) => isWord(token, 'end')).lastIndexOf(true);
  const branches = value
    .slice(start, end)
    .flatMap((token, at, all) =>
      isWord(token, 'then') || isWord(token, 'else') ? [isWord(all[at + 1], 'if') ? 2 : 1] : [],
    );
  const isWhole = start === 0 || (start === 2 && isWord(value[0], 'cast'));
  const expected = branches.reduce<number>((sum, one) => sum + one, 0);
  const isComplete = value.some((token) => isWord(token, 'else')) && count === expected;
  if (names !== 1 || !isWhole || !isComplete) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      'an assignment with := is supported as the whole value of a column only',
    );
  }
  return value.slice(start, end + 1);
}

function checkLength(length: number): void {
  if (length > MAX_LENGTH) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `variables with := in place of which their values stand: expected at most ${MAX_LENGTH} characters in all`,
    );
  }
}

function textOf(sql: string, tokens: readonly Token[], values: ReadonlyMap<string, string>): string {
  let text = '';
  let end = -1;
  for (let at = 0; at < tokens.length; at += 1) {
    const name = variable(tokens, at);
    const value = name === undefined ? undefined : values.get(name);
    if (assigned(tokens, at) !== undefined) {
      at += 3;
      end = -1;
    } else if (value !== undefined) {
      text += ` ${value} `;
      checkLength(text.length);
      at += 1;
      end = tokens[at].end;
    } else {
      const token = tokens[at];
      text += `${end === token.start ? '' : ' '}${sql.slice(token.start, token.end)}`;
      end = token.end;
    }
  }
  return text;
}

/** The name of the variable that stands at a place. */
function variable(tokens: readonly Token[], at: number): string | undefined {
  const isVariable = tokens[at].text === '@' && tokens[at - 1]?.text !== '@' && tokens[at + 1]?.kind === 'word';
  return isVariable ? tokens[at + 1].text.toLowerCase() : undefined;
}

/** The name of the variable to which a value is assigned at a place. */
function assigned(tokens: readonly Token[], at: number): string | undefined {
  return tokens[at + 2]?.text === ':' && tokens[at + 3]?.text === '=' ? variable(tokens, at) : undefined;
}

/** Where a word or a symbol stands in no parentheses. */
function topLevel(tokens: readonly Token[], text: string): number[] {
  const depths = depthsOf(tokens);
  return tokens.flatMap((token, at) =>
    depths[at] === 0 && token.kind !== 'string' && token.kind !== 'name' && sameName(token.text, text) ? [at] : [],
  );
}

function depthsOf(tokens: readonly Token[]): number[] {
  let depth = 0;
  return tokens.map(({ kind, text }) => {
    depth += kind !== 'symbol' ? 0 : text === '(' ? 1 : text === ')' ? -1 : 0;
    return depth;
  });
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && sameName(token.text, text);
}
