import { FAILURE } from '../dialect/failure';
import { SqlError } from '../sql-error';
import type { EngineFile } from './types';
import { EXPRESSION_DEPTH } from './select-guard';
import { memoryError, type WorkerProcess } from './worker-process';

/** Presto's names of types. */
const TYPES: Readonly<Record<string, string>> = {
  INT8: 'tinyint',
  INT16: 'smallint',
  INT32: 'integer',
  INT64: 'bigint',
  INT128: 'decimal',
  FLOAT: 'real',
  DOUBLE: 'double',
  VARCHAR: 'varchar',
  BLOB: 'varbinary',
  BOOL: 'boolean',
};

/** DuckDB's message in MySQL's and Presto's words, with the objects' names in place of the files'. */
export function sqlErrorOf({ message: said }: Error, files: readonly EngineFile[], worker: WorkerProcess): SqlError {
  const line = said.split(/\n\n?(?:LINE |Possible solutions|Candidate|Did you mean)/)[0].replace(/\s+/g, ' ');
  const named = files.reduce(
    (text, file) => text.replace(new RegExp(`${escaped(file.path)}(?!\\d)`, 'g'), file.url),
    line,
  );
  const message = named.replace(new RegExp(`${escaped(worker.folder)}[^\\s"',;)]*`, 'g'), 'a temporary file');
  const mistake = new RegExp(`${FAILURE}([\\s\\S]*?)(?:' to INT64[\\s\\S]*)?$`).exec(message)?.[1];
  if (mistake !== undefined) {
    return new SqlError('ER_UNKNOWN_ERROR', mistake);
  }
  if (message.includes(EXPRESSION_DEPTH)) {
    return new SqlError('ER_NOT_SUPPORTED_YET', 'the query is nested too deeply, or the chain is too long');
  }
  const [, kind = '', text] = /^(?:(\w+(?: \w+)*) Error: )?(.*)$/.exec(message)!;
  switch (kind) {
    case 'Binder':
    case 'Parser':
    case 'Catalog':
    case 'INTERNAL':
    case 'Not implemented':
    case 'Dependency': {
      // The compiler has found nothing wrong with the query: what remains is a limit of the local engine.
      const grouped = /column "?(.*?)"? must appear in the GROUP BY clause/.exec(message)?.[1];
      return grouped === undefined
        ? new SqlError('ER_NOT_SUPPORTED_YET', 'a query of this form is not supported here')
        : new SqlError(
            'ER_MIX_OF_GROUP_FUNC_AND_FIELDS',
            `'${grouped}' must be an aggregate expression or appear in the GROUP BY clause`,
          );
    }
    case 'Unsupported':
      return new SqlError('ER_NOT_SUPPORTED_YET', text);
    case 'INTERRUPT':
      return new SqlError('ER_QUERY_INTERRUPTED', 'the query was interrupted');
    case 'Out of Memory':
      return memoryError(worker.limits.memory);
    case 'Out of Range':
      return new SqlError('ER_DATA_OUT_OF_RANGE', inUsersWords(text));
    default:
      return new SqlError('ER_UNKNOWN_ERROR', inUsersWords(text));
  }
}

function inUsersWords(text: string): string {
  return text
    .replace(/ Try setting '(?:auto_detect|ignore_errors|format|union_by_name)'[\s\S]*$/, '')
    .replace(/^Overflow in (\w+) of (\w+) \((.*)\)!?$/, (_, what: string, type: string, values: string) => {
      return `${TYPES[type] ?? type.toLowerCase()} ${what} overflow: ${values}`;
    })
    .replace(
      /^Type \w+ with value (.*?) can't be cast because the value is out of range for the destination type (\w+).*$/,
      (_, value: string, type: string) => `Unable to cast ${value} to ${TYPES[type] ?? type.toLowerCase()}`,
    )
    .replace(
      /^Could not (?:convert string|cast value) (.*?) to (\w+(?:\(\d+,\d+\))?).*$/,
      (_, value: string, type: string) => {
        return `Cannot cast ${value} to ${TYPES[type] ?? type.toLowerCase()}`;
      },
    )
    .replace(/^Casting value "(.*?)" to type (\w+\(\d+,\d+\)) failed.*$/, (_, value: string, type: string) => {
      return `Cannot cast '${value}' to ${type.toLowerCase()}`;
    });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
