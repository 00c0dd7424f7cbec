import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EngineResult } from './engine';

/**
 * Writes a result piece by piece, and returns the number of its rows.
 *
 * Assumption: UTF-8, a line with the columns' names first, every value in double quotes, and nothing at all for NULL.
 */
export async function writeCsv(result: EngineResult, file: string): Promise<number> {
  let count = 0;
  async function* text(): AsyncGenerator<string> {
    yield lineOf(result.columns.map(({ name }) => name));
    for await (const rows of result.rows) {
      count += rows.length;
      yield rows.map(lineOf).join('');
    }
  }
  await pipeline(Readable.from(text()), fs.createWriteStream(file, { mode: 0o600 }));
  return count;
}

function lineOf(values: readonly (string | null)[]): string {
  return `${values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`;
}
