import * as fs from 'node:fs';
import * as path from 'node:path';
import type { FieldPacket } from 'mysql2/promise';

/** A SELECT, and what an engine of Presto's family answers; no rows for an error. */
export interface Question {
  readonly sql: string;
  readonly rows?: string;
}

/** The questions with their answers: `*.tsv` beside this file, each line a SELECT, `OK` or `ERR`, and rows or message. */
export function questionsOf(file: string): Question[] {
  return fs
    .readFileSync(path.join(__dirname, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [sql, outcome, text] = line.split('\t');
      return outcome === 'OK' ? { sql, rows: evened(text.slice(1, -1)) } : { sql };
    });
}

export function questionFiles(): string[] {
  return fs.readdirSync(__dirname).filter((name) => name.endsWith('.tsv'));
}

/** The rows of an answer as MySQL's protocol carries it, as bytes. */
export function evenedRows(rows: readonly (readonly (Buffer | null)[])[], fields: readonly FieldPacket[]): string {
  const text = (value: Buffer | null, at: number): string =>
    value?.toString(isBinary(fields[at]) ? 'hex' : 'utf8') ?? 'null';
  return evened(rows.map((row) => row.map(text).join(',')).join(','));
}

/** A VARBINARY, whose bytes Presto tells in hexadecimal digits. */
function isBinary({ columnType, characterSet }: FieldPacket): boolean {
  return columnType === 253 && characterSet === 63;
}

/** One spelling for all: of booleans, numbers, fractions of a second, and of brackets, which MySQL's text does not have. */
export function evened(text: string): string {
  return text
    .replace(/\btrue\b/g, '1')
    .replace(/\bfalse\b/g, '0')
    .replace(/(\d\d:\d\d:\d\d)\.0+(?!\d)/g, '$1')
    .replace(/\\n/g, '\n')
    .replace(/["'[\]{}() ]/g, '')
    .replace(/;/g, ',')
    .replace(/=|:(?=\D|$)|(?<=\D):/g, '=')
    .replace(/-?\d+\.\d+(E-?\d+)?|-?\d+E-?\d+/g, (number) => String(Number(Number(number).toPrecision(12))));
}
