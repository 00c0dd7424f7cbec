import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { UsageError } from '../lib/cli/command-line';
import { readCommandLine } from '../lib/cli/options';
import { evenedRows, questionFiles, questionsOf } from '../test/local-cloud/dla/differential/answers';
import { LocalCloud } from '../lib/local-cloud/server/local-cloud';

const USAGE = `usage: npm run sql:differential -- [--write] [FILE]

Asks an engine of Presto's family and a local DLA the same questions, and prints where their answers differ. Needs Java
17 and Maven, which fetches the engine once (200 MB).

  FILE       has a SELECT a line; without it the questions are those of test/local-cloud/dla/differential
  --write    keeps the engine's answers to those questions there
  -h, --help shows this

  npm run sql:differential -- questions.sql
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

async function main(): Promise<void> {
  const { values, words } = readCommandLine(process.argv.slice(2), {
    write: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [file, ...others] = words;
  if (others.length > 0 || (file !== undefined && values.write)) {
    throw new UsageError('expected one FILE, and none with --write');
  }
  const sets =
    file !== undefined
      ? [
          {
            name: file,
            questions: fs
              .readFileSync(file, 'utf8')
              .split('\n')
              .filter((line) => line.trim() !== ''),
          },
        ]
      : questionFiles().map((name) => ({ name, questions: questionsOf(name).map(({ sql }) => sql) }));
  const cloud = await LocalCloud.start();
  const { dla, dlaUser, dlaPassword } = cloud.endpoints;
  const [host, port] = Object.values(dla)[0].split(':');
  const connection = await createConnection({
    host,
    port: Number(port),
    user: dlaUser,
    password: dlaPassword,
    typeCast: (field) => field.string('utf8'),
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
      const expected = outcome === 'OK' ? evenedRows([[text.slice(1, -1)]]) : undefined;
      const got = await connection.query({ sql: sql.replaceAll('\\', '\\\\'), rowsAsArray: true }).then(
        ([rows]) => evenedRows(rows as (string | null)[][]),
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
