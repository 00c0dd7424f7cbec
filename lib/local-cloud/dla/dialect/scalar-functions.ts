import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { TextError } from './date-text';
import { FAILURE } from './failure';
import { BINARY } from './scalar/binary';
import { CASTS } from './scalar/casts';
import { FORMATS } from './scalar/formats';
import { JSON_FUNCTIONS } from './scalar/json';
import { NUMBERS } from './scalar/numbers';
import { REGULAR_EXPRESSIONS } from './scalar/regular-expressions';
import type { Item, ScalarFunction } from './scalar/scalar-function';
import { STATISTICS } from './scalar/statistics';
import { TEXTS } from './scalar/texts';
import { TIMES } from './scalar/times';
import { URLS } from './scalar/urls';

/** The functions that DuckDB does not have, or not with Presto's answers. Written `js_NAME` in its SQL. */
const FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  ...NUMBERS,
  ...STATISTICS,
  ...FORMATS,
  ...CASTS,
  ...TIMES,
  ...TEXTS,
  ...REGULAR_EXPRESSIONS,
  ...BINARY,
  ...URLS,
  ...JSON_FUNCTIONS,
};

/** The names of the functions here that the SQL may call. */
export function usedFunctions(sql: string): string[] {
  const names = new Set([...sql.matchAll(/\bjs_(\w+)\(/g)].map(([, name]) => name));
  return [...names].filter((name) => Object.hasOwn(FUNCTIONS, name));
}

/** Makes one of the functions known to the database. */
export function registerFunction(
  connection: DuckDBConnection,
  name: string,
  duckdb: typeof import('@duckdb/node-api'),
): void {
  const types: Readonly<Record<string, DuckDBType>> = {
    s: duckdb.VARCHAR,
    i: duckdb.BIGINT,
    d: duckdb.DOUBLE,
    f: duckdb.FLOAT,
    b: duckdb.BOOLEAN,
    x: duckdb.BLOB,
    t: duckdb.TIMESTAMP,
  };
  const typeOf = (letter: string): DuckDBType => types[letter] ?? duckdb.LIST(types[letter.toLowerCase()]);
  const { params, result, takesNull, call } = FUNCTIONS[name];
  connection.registerScalarFunction(
    duckdb.DuckDBScalarFunction.create({
      name: `js_${name}`,
      returnType: typeOf(result),
      parameterTypes: [...params].map(typeOf),
      specialHandling: takesNull,
      mainFunction: (info, input, output) => {
        const vectors = [...params].map((_, at) => input.getColumnVector(at));
        try {
          for (let row = 0; row < input.rowCount; row += 1) {
            const args = vectors.map((vector, at) => fromDuckdb(vector.getItem(row), params[at]));
            const value = !takesNull && args.includes(null) ? null : (call(...args) ?? null);
            output.setItem(row, toDuckdb(value, result, duckdb));
          }
          output.flush();
        } catch (error) {
          info.setError(error instanceof TextError ? FAILURE + error.message : String(error));
        }
      },
    }),
  );
}

function fromDuckdb(value: DuckDBValue, letter: string): Item {
  if (value === null) {
    return null;
  }
  switch (letter) {
    case 't':
      return (value as { micros: bigint }).micros;
    case 'x':
      return Buffer.from((value as { bytes: Uint8Array }).bytes);
    case 'S':
    case 'D':
    case 'I':
      return (value as { items: readonly (string | number | null)[] }).items;
    default:
      return value as string | number | bigint | boolean;
  }
}

function toDuckdb(value: Item, letter: string, duckdb: typeof import('@duckdb/node-api')): DuckDBValue {
  if (value === null) {
    return null;
  }
  switch (letter) {
    case 't':
      return new duckdb.DuckDBTimestampValue(value as bigint);
    case 'x':
      return new duckdb.DuckDBBlobValue(value as Buffer);
    case 'S':
      return duckdb.listValue(value as string[]);
    default:
      return value as string | number | bigint | boolean;
  }
}
