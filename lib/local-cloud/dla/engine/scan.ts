import { readColumnType } from '../column-type';
import { Cursor } from '../cursor';
import { tokenize, quoteName, quoteText } from '../tokens';
import type { EngineTable } from './types';

/** Text of a SELECT over the table's files with the declared columns. */
export function scanOf({ columns, format, properties, files }: EngineTable): string {
  const types = columns.map(({ name, type }) => {
    const { duckdb } = readColumnType(new Cursor(tokenize(type).tokens));
    return { name, duckdb };
  });
  if (files.length === 0) {
    const empty = types.map(({ name, duckdb }) => `CAST(NULL AS ${duckdb}) AS ${quoteName(name)}`);
    return `SELECT ${empty.join(', ')} WHERE false`;
  }
  const list = `[${files.map((file) => quoteText(file.path)).join(', ')}]`;
  const declared = `columns = {${types.map(({ name, duckdb }) => `${quoteText(name)}: ${quoteText(duckdb)}`).join(', ')}}`;
  if (format === 'JSON') {
    return `SELECT * FROM read_json(${list}, format = 'newline_delimited', records = true, compression = 'uncompressed', ${declared})`;
  }
  // Assumption: CSV is quoted and TEXTFILE is not, as in Hive; TEXTFILE without a delimiter has Hive's, \x01, and
  // writes NULL as \N.
  const delimiter = properties['field.delim'] ?? (format === 'CSV' ? ',' : '\x01');
  const dialect =
    format === 'CSV' ? String.raw`quote = '"', escape = '"'` : String.raw`quote = '', escape = '', nullstr = '\N'`;
  const skip = properties['skip.header.line.count'] ?? '0';
  return (
    `SELECT * FROM read_csv(${list}, auto_detect = false, header = false, compression = 'uncompressed', ` +
    `delim = ${quoteText(delimiter)}, ${dialect}, skip = ${skip}, ${declared})`
  );
}
