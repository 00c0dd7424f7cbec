import { SqlError } from './sql-error';

export interface Token {
  /** `word`: a bare word; `name`: in backticks; `string`: in single or double quotes. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol';
  /** The text without its quotes and escapes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Lexed {
  /** Texts of the hint comments before the statement. */
  readonly hints: readonly string[];
  readonly tokens: readonly Token[];
}

/** Parentheses within each other: no grammar takes as many, and a tree of them would need much memory. */
const MAX_DEPTH = 1000;

/** What a space or a comment begins with, or a versioned comment ends with. */
const MAY_BE_SKIPPED = /[\s\-#/*]/;
const SPACE = /\s+/y;
const COMMENT = /--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//y;
/** MySQL runs what stands in such a comment. */
const VERSIONED = /\/\*!\d*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const UESCAPE = /\s*uescape\s*'[^'"+\s\da-f]'/iy;
const ESCAPES: Readonly<Record<string, string>> = {
  0: '\0',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  Z: '\x1a',
  '%': '\\%',
  _: '\\_',
};

/**
 * Splits SQL as MySQL's lexer does: clients of DLA quote and escape by MySQL's rules.
 *
 * Assumption: DLA takes double quotes for a string and a backslash in it for an escape, as MySQL does by default.
 *
 * @param hasAnsiQuotes whether double quotes are for names, as with ANSI_QUOTES in `sql_mode`
 * @throws SqlError ER_PARSE_ERROR for a quote or comment that does not end
 */
export function tokenize(sql: string, hasAnsiQuotes = false): Lexed {
  return split(sql, true, hasAnsiQuotes);
}

/** Splits what `toStandardSql` has written: double quotes are for names, and a backslash is itself. */
export function tokenizeStandardSql(sql: string): readonly Token[] {
  return split(sql, false, true).tokens;
}

function split(sql: string, isMysql: boolean, hasNamesInDoubleQuotes: boolean): Lexed {
  const hints: string[] = [];
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  let isVersioned = false;
  while (at < sql.length) {
    if (MAY_BE_SKIPPED.test(sql[at])) {
      const opened = match(VERSIONED)?.length ?? 0;
      const closed = isVersioned && sql.startsWith('*/', at) ? 2 : 0;
      if (opened + closed > 0) {
        isVersioned = opened > 0;
        at += opened + closed;
        continue;
      }
      const skipped = match(SPACE) ?? match(COMMENT);
      if (skipped !== undefined) {
        if (skipped.startsWith('/*+') && tokens.length === 0) {
          hints.push(skipped.slice(3, -2));
        }
        at += skipped.length;
        continue;
      }
      if (sql.startsWith('/*', at)) {
        throw new SqlError('ER_PARSE_ERROR', 'a comment that starts with "/*" does not end: "*/" is missing');
      }
    }
    const start = at;
    const quote = sql[at];
    if (quote === "'" || quote === '"' || quote === '`') {
      const isName = quote === '`' || (quote === '"' && hasNamesInDoubleQuotes);
      const { text, end } = unquote(sql, at, isMysql && !isName);
      at = end;
      if (isName && text.includes('\0')) {
        throw new SqlError('ER_PARSE_ERROR', 'a NUL character is allowed in a string only');
      }
      tokens.push({ kind: isName ? 'name' : 'string', text, start, end });
      continue;
    }
    if (/u/i.test(quote) && sql.startsWith("&'", at + 1)) {
      const { text, end } = unquote(sql, at + 2, false);
      at = end;
      const escape = match(UESCAPE);
      at += escape?.length ?? 0;
      tokens.push({ kind: 'string', text: withCharacters(text, escape?.at(-2) ?? '\\'), start, end: at });
      continue;
    }
    const word = match(WORD);
    const number = word === undefined ? match(NUMBER) : undefined;
    const text = word ?? number ?? String.fromCodePoint(sql.codePointAt(at)!);
    at += text.length;
    depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    if (depth > MAX_DEPTH) {
      throw new SqlError('ER_PARSE_ERROR', `the statement is nested more than ${MAX_DEPTH} times`);
    }
    if (text === '\0') {
      throw new SqlError('ER_PARSE_ERROR', 'a NUL character is allowed in a string only');
    }
    const kind = word !== undefined ? 'word' : number !== undefined ? 'number' : 'symbol';
    tokens.push({ kind, text, start, end: at });
  }
  if (isVersioned) {
    throw new SqlError('ER_PARSE_ERROR', 'a comment that starts with "/*!" does not end: "*/" is missing');
  }
  return { hints, tokens };
}

/** The same statement as DuckDB reads it: standard quotes, no comments, everything else letter by letter. */
export function toStandardSql(sql: string, tokens: readonly Token[]): string {
  return tokens
    .map(({ kind, text, start, end }, index) => {
      const gap = index > 0 && (tokens[index - 1].end < start || sql.slice(start - 1, end) === '--') ? ' ' : '';
      switch (kind) {
        case 'name':
          return gap + quoteName(text);
        case 'string':
          return gap + quoted(text);
        default:
          return gap + sql.slice(start, end);
      }
    })
    .join('');
}

export function quoteName(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Whether two names are the same to DLA, which knows no case in them. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The first name that is there twice, in whatever case. */
export function repeatedName(named: readonly { readonly name: string }[]): string | undefined {
  const seen = new Set<string>();
  return named.find(({ name }) => seen.size === seen.add(name.toLowerCase()).size)?.name;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A text in DuckDB's SQL, which ends at a NUL. */
export function quoteText(text: string): string {
  return text.includes('\0') ? `(${text.split('\0').map(quoted).join(' || chr(0) || ')})` : quoted(text);
}

/** What stands in `U&'…'`: characters by their numbers behind the escape. */
function withCharacters(text: string, escape: string): string {
  const parts = text.split(escape);
  let out = parts[0];
  for (let at = 1; at < parts.length; at += 1) {
    if (parts[at] === '' && at + 1 < parts.length) {
      at += 1;
      out += escape + parts[at];
      continue;
    }
    const [whole, four, six] = /^(?:([\da-f]{4})|\+([\da-f]{6}))/i.exec(parts[at]) ?? [];
    const code = Number.parseInt(four ?? six ?? '', 16);
    if (whole === undefined || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw new SqlError(
        'ER_PARSE_ERROR',
        `expected four digits, or + and six, of a character behind ${escape} in U&'…'`,
      );
    }
    out += String.fromCodePoint(code) + parts[at].slice(whole.length);
  }
  return out;
}

function unquote(sql: string, start: number, hasEscapes: boolean): { text: string; end: number } {
  const quote = sql[start];
  let text = '';
  for (let at = start + 1; at < sql.length; at += 1) {
    const char = sql[at];
    if (char === '\\' && hasEscapes && at + 1 < sql.length) {
      at += 1;
      text += ESCAPES[sql[at]] ?? sql[at];
    } else if (char !== quote) {
      text += char;
    } else if (sql[at + 1] === quote) {
      at += 1;
      text += quote;
    } else {
      return { text, end: at + 1 };
    }
  }
  throw new SqlError(
    'ER_PARSE_ERROR',
    `a quote that starts at position ${start + 1} does not end: ${quote} is missing`,
  );
}
