import { Cursor } from './cursor';
import { SqlError } from './sql-error';
import { quoteName, tokenize } from './tokens';

export interface ColumnType {
  /** As DLA writes it, e.g. `decimal(10,2)`. */
  readonly text: string;
  readonly duckdb: string;
  /** Types within it, in their order, with the names of a struct's fields. */
  readonly inner?: {
    readonly kind: 'array' | 'map' | 'struct';
    readonly types: readonly ColumnType[];
    readonly names?: readonly string[];
  };
}

const SCALARS: Readonly<Record<string, string>> = {
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  real: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  binary: 'BLOB',
  varbinary: 'BLOB',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  datetime: 'TIMESTAMP',
};

const NESTED = 8;

/**
 * Reads a column's type, nested ones too: `array<…>`, `map<…, …>`, `struct<name:…, …>`.
 *
 * @param isKept whether a table has it already, which may be from a time without limits
 */
export function readColumnType(cursor: Cursor, isKept = false, depth = 0): ColumnType {
  const expected = `one of ${[...Object.keys(SCALARS), 'decimal', 'char', 'varchar', 'array', 'map', 'struct'].join(', ')}`;
  if (depth > NESTED) {
    throw cursor.error(`a type nested at most ${NESTED} times`);
  }
  const inner = (): ColumnType => readColumnType(cursor, isKept, depth + 1);
  if (cursor.accept('DECIMAL')) {
    const [precision, scale = '0'] = cursor.accept('(') ? lengths(cursor, 2) : ['10'];
    if (!isKept) {
      expectWithin('the precision of a decimal', precision, 1, 38);
      expectWithin('the scale of a decimal', scale, 0, Number(precision));
    }
    return { text: `decimal(${precision},${scale})`, duckdb: `DECIMAL(${precision},${scale})` };
  }
  for (const [name, most] of [
    ['char', 255],
    ['varchar', 65_535],
  ] as const) {
    if (cursor.accept(name.toUpperCase())) {
      const [length] = cursor.accept('(') ? lengths(cursor, 1) : [];
      if (length !== undefined && !isKept) {
        expectWithin(`the length of a ${name}`, length, 1, most);
      }
      return { text: length === undefined ? name : `${name}(${length})`, duckdb: 'VARCHAR' };
    }
  }
  if (cursor.accept('ARRAY')) {
    cursor.expect('<');
    const item = inner();
    cursor.expect('>');
    return { text: `array<${item.text}>`, duckdb: `${item.duckdb}[]`, inner: { kind: 'array', types: [item] } };
  }
  if (cursor.accept('MAP')) {
    cursor.expect('<');
    const key = inner();
    cursor.expect(',');
    const value = inner();
    cursor.expect('>');
    return {
      text: `map<${key.text},${value.text}>`,
      duckdb: `MAP(${key.duckdb}, ${value.duckdb})`,
      inner: { kind: 'map', types: [key, value] },
    };
  }
  if (cursor.accept('STRUCT')) {
    cursor.expect('<');
    const fields: { name: string; type: ColumnType }[] = [];
    do {
      const name = cursor.name('a field name');
      cursor.expect(':');
      fields.push({ name, type: inner() });
      if (cursor.accept('COMMENT')) {
        cursor.skip();
      }
    } while (cursor.accept(','));
    cursor.expect('>');
    return {
      text: `struct<${fields.map(({ name, type }) => `\`${name.replaceAll('`', '``')}\`:${type.text}`).join(',')}>`,
      duckdb: `STRUCT(${fields.map(({ name, type }) => `${quoteName(name)} ${type.duckdb}`).join(', ')})`,
      inner: { kind: 'struct', types: fields.map(({ type }) => type), names: fields.map(({ name }) => name) },
    };
  }
  for (const [name, duckdb] of Object.entries(SCALARS)) {
    if (cursor.accept(name.toUpperCase())) {
      if (name === 'double') {
        cursor.accept('PRECISION');
      }
      return { text: name, duckdb };
    }
  }
  throw cursor.error(expected);
}

function expectWithin(what: string, written: string, least: number, most: number): void {
  if (Number(written) < least || Number(written) > most) {
    throw new SqlError('ER_PARSE_ERROR', `${what}: expected ${least} to ${most}, got ${written}`);
  }
}

function lengths(cursor: Cursor, most: number): string[] {
  const all = [cursor.integer('a length')];
  if (most > 1 && cursor.accept(',')) {
    all.push(cursor.integer('a scale'));
  }
  cursor.expect(')');
  return all;
}

/** Reads the type that a table has. */
export function parseColumnType(text: string): ColumnType {
  return readColumnType(new Cursor(tokenize(text).tokens), true);
}
