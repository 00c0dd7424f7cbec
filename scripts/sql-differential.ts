import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { UsageError } from '../lib/cli/command-line';
import { readCommandLine } from '../lib/cli/options';
import { evened, evenedRows, questionFiles, questionsOf } from '../test/local-cloud/dla/differential/answers';
import { LocalCloud } from '../lib/local-cloud/server/local-cloud';
import { RandomQuestions } from './random-questions';

const USAGE = `usage: npm run sql:differential -- [--write] [--random N [--seed S]] [FILE]

Asks an engine of Presto's family and a local DLA the same questions, and prints where their answers differ. Needs Java
17 and Maven, which fetches the engine once (200 MB).

  FILE       has a SELECT a line; without it the questions are those of test/local-cloud/dla/differential
  --write    keeps the engine's answers to those questions there
  --random N asks N questions made by chance, which are the same for the same --seed; it is printed
  -h, --help shows this

  npm run sql:differential -- questions.sql
  npm run sql:differential -- --random 1000 --seed 7
`;

const ENGINE = path.join(__dirname, 'presto');
const FOLDER = path.join(__dirname, '../test/local-cloud/dla/differential');

function run(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: ENGINE,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', input === undefined ? 'inherit' : 'ignore'],
  });
  if (status !== 0) {
    throw new Error(`${command} has failed: ${error?.message ?? `exit code ${status}`}`);
  }
  return stdout;
}

/** A line of answer for each question. */
function answersOf(questions: readonly string[]): string[] {
  const classpath = path.join(ENGINE, 'target/classpath');
  if (!fs.existsSync(classpath)) {
    run('mvn', ['-q', 'compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classpath}`]);
  }
  const jars = fs.readFileSync(classpath, 'utf8');
  const output = run(
    'java',
    ['-cp', `target/classes${path.delimiter}${jars}`, 'PrestoAnswers'],
    `${questions.join('\n')}\n`,
  );
  return output.split('\n').filter((line) => /^(OK|ERR)\t/.test(line));
}

interface QuestionSet {
  readonly name: string;
  readonly questions: readonly string[];
}

function linesOf(file: string): string[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function randomSet(count: number, seed: number): QuestionSet {
  console.log(`seed ${seed}`);
  const random = new RandomQuestions(seed);
  return { name: `seed ${seed}`, questions: Array.from({ length: count }, () => random.next()) };
}

/** @throws UsageError for what is no whole number above 0 */
function positive(name: string, written: string | undefined): number | undefined {
  if (written !== undefined && !/^[1-9]\d{0,8}$/.test(written)) {
    throw new UsageError(`expected a whole number from 1 for --${name}, got ${written}`);
  }
  return written === undefined ? undefined : Number(written);
}

async function main(): Promise<void> {
  const { values, words } = readCommandLine(process.argv.slice(2), {
    write: { type: 'boolean' },
    random: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [file, ...others] = words;
  const random = positive('random', values.random);
  if (others.length > 0 || [file, values.write, random].filter((given) => given !== undefined).length > 1) {
    throw new UsageError('expected one of FILE, --write and --random');
  }
  if (values.seed !== undefined && random === undefined) {
    throw new UsageError('expected --random with --seed');
  }
  const sets =
    random !== undefined
      ? [randomSet(random, positive('seed', values.seed) ?? Date.now() % 1_000_000)]
      : file !== undefined
        ? [{ name: file, questions: linesOf(file) }]
        : questionFiles().map((name) => ({ name, questions: questionsOf(name).map(({ sql }) => sql) }));
  const cloud = await LocalCloud.start();
  const { dla, dlaUser, dlaPassword } = cloud.endpoints;
  const [host, port] = Object.values(dla)[0].split(':');
  const connection = await createConnection({
    host,
    port: Number(port),
    user: dlaUser,
    password: dlaPassword,
    typeCast: (field) => field.buffer(),
  });
  let [equal, count] = [0, 0];
  // One engine for all: it takes long to start.
  const all = answersOf(sets.flatMap(({ questions }) => questions));
  for (const { name, questions } of sets) {
    const answers = all.splice(0, questions.length);
    if (values.write) {
      fs.writeFileSync(path.join(FOLDER, name), questions.map((sql, at) => `${sql}\t${answers[at]}\n`).join(''));
    }
    for (const [at, sql] of questions.entries()) {
      const [outcome, text] = answers[at].split('\t');
      const expected = outcome === 'OK' ? evened(text.slice(1, -1)) : undefined;
      const got = await connection.query({ sql: sql.replaceAll('\\', '\\\\'), rowsAsArray: true }).then(
        ([rows, fields]) => evenedRows(rows as (Buffer | null)[][], fields),
        (error: Error) => error,
      );
      const isEqual =
        got instanceof Error ? expected === undefined && !/not supported/.test(got.message) : got === expected;
      count += 1;
      equal += isEqual ? 1 : 0;
      if (!isEqual) {
        console.log(`${sql}\n    Presto: ${text}\n    here:   ${got instanceof Error ? got.message : got}`);
      }
    }
  }
  console.log(`${equal} of ${count} answers are equal`);
  await connection.end();
  await cloud.stop();
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
