import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DlaFixture } from '../dla-fixture';
import { type Question, evenedRows, questionFiles, questionsOf } from './answers';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  connection = await dla.connect({ typeCast: (field) => field.buffer() });
});

afterAll(async () => {
  await connection.end();
  await dla.remove();
});

const files = questionFiles();
const differences = listedDifferences();

async function isEqual({ sql, rows: expected }: Question): Promise<boolean> {
  try {
    const [rows, fields] = await connection.query({ sql: sql.replaceAll('\\', '\\\\'), rowsAsArray: true });
    return evenedRows(rows as (Buffer | null)[][], fields) === expected;
  } catch (error) {
    return expected === undefined && !/not supported/.test((error as Error).message);
  }
}

/** The questions in the table of docs/assumptions.md. */
function listedDifferences(): string[] {
  const text = fs.readFileSync(path.resolve('docs/assumptions.md'), 'utf8');
  const [, section] = /\n## Answers that differ from Presto's\n([\s\S]*?)(?=\n## |$)/.exec(text)!;
  return [...section.matchAll(/^\| `(.*?)` \|/gm)].map(([, sql]) => sql.replaceAll('\\|', '|'));
}

describe("answers of an engine of Presto's family", () => {
  it.each(files)('%s', { timeout: 60_000 }, async (file) => {
    const different: string[] = [];
    for (const question of questionsOf(file)) {
      if (!(await isEqual(question))) {
        different.push(question.sql);
      }
    }
    const questions = questionsOf(file).map(({ sql }) => sql);
    expect(different).toEqual(questions.filter((sql) => differences.includes(sql)));
  });

  it('are equal to 95 of 100 questions, of 300 and more', () => {
    const questions = files.flatMap((file) => questionsOf(file).map(({ sql }) => sql));
    expect(questions.length).toBeGreaterThanOrEqual(300);
    expect(new Set(questions).size).toBe(questions.length);
    expect(differences.filter((sql) => !questions.includes(sql))).toEqual([]);
    expect(differences.length / questions.length).toBeLessThan(0.05);
  });
});
