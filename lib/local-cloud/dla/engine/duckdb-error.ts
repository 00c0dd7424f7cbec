import { FAILURE } from '../dialect/failure';
import { SqlError } from '../sql-error';
import type { EngineFile } from './types';
import { memoryError, type WorkerProcess } from './worker-process';

/** DuckDB's message in MySQL's words, with the objects' names in place of the files'. */
export function sqlErrorOf({ message: said }: Error, files: readonly EngineFile[], worker: WorkerProcess): SqlError {
  const line = said.split(/\n\n(?:LINE |Possible solutions)/)[0].replace(/\s+/g, ' ');
  const named = files.reduce(
    (text, file) => text.replace(new RegExp(`${escaped(file.path)}(?!\\d)`, 'g'), file.url),
    line,
  );
  const message = named.replace(new RegExp(`${escaped(worker.folder)}[^\\s"',;)]*`, 'g'), 'a temporary file');
  const mistake = new RegExp(`${FAILURE}([\\s\\S]*?)(?:' to INT64[\\s\\S]*)?$`).exec(message)?.[1];
  if (mistake !== undefined) {
    return new SqlError('ER_UNKNOWN_ERROR', mistake);
  }
  switch (/(\w+(?: \w+)*) Error:/.exec(message)?.[1]) {
    case 'Parser':
      return new SqlError('ER_PARSE_ERROR', message);
    case 'Binder': {
      const grouped = /column "?(.*?)"? must appear in the GROUP BY clause/.exec(message)?.[1];
      return grouped === undefined
        ? new SqlError('ER_BAD_FIELD_ERROR', message)
        : new SqlError(
            'ER_MIX_OF_GROUP_FUNC_AND_FIELDS',
            `'${grouped}' must be an aggregate expression or appear in the GROUP BY clause`,
          );
    }
    case 'Catalog':
      return new SqlError(/Function with name/.test(message) ? 'ER_SP_DOES_NOT_EXIST' : 'ER_NO_SUCH_TABLE', message);
    case 'Unsupported':
      return new SqlError('ER_NOT_SUPPORTED_YET', message.replace('Unsupported Error: ', ''));
    case 'INTERRUPT':
      return new SqlError('ER_QUERY_INTERRUPTED', message);
    case 'Out of Memory':
      return memoryError(worker.limits.memory);
    default:
      return new SqlError('ER_UNKNOWN_ERROR', message);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
