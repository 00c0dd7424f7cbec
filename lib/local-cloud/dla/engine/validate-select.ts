import { parseSelect } from '../dialect/parser/queries';
import { tablesOf } from '../dialect/tables-of';
import { SqlError } from '../sql-error';
import { isLight } from './light';
import type { ValidatedQuery } from './types';

/** Of a stack that is full: a chain of thousands of operators is a tree as deep. */
const TOO_DEEP = 'the statement is too long a chain of operators, or nested too deeply';

/** @throws SqlError for what cannot be parsed */
export function validateSelect(sql: string): ValidatedQuery {
  try {
    const query = parseSelect(sql);
    return { sql, tables: tablesOf(query), isLimited: query.limit !== undefined, light: isLight(query) };
  } catch (error) {
    throw inWords(error as Error);
  }
}

/** The error of something that walks through a statement's tree. */
export function inWords(error: Error): Error {
  return error instanceof RangeError ? new SqlError('ER_PARSE_ERROR', TOO_DEEP) : error;
}
