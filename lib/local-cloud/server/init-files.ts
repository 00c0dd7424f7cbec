import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenize } from '../dla/tokens';
import { LocalCloudError } from '../store/local-cloud-error';
import { commandEnvironment } from './environment';
import type { LocalCloudEndpoints } from './local-cloud-options';
import { excerpt } from '../account/excerpt';

/** What became of one file. */
export interface InitResult {
  /** Path below the folder. */
  readonly file: string;
  /** `skipped`: of a kind that is not run. */
  readonly status: 'pending' | 'running' | 'done' | 'failed' | 'skipped';
  readonly milliseconds?: number;
  /** Why it failed. */
  readonly message?: string;
}

interface RunOptions {
  readonly endpoints: LocalCloudEndpoints;
  /** Folder for what Terraform keeps, below which each file has its own. */
  readonly work: string;
  /** Ends what is running. */
  readonly signal: AbortSignal;
}

/** Of what a program that failed had printed, in characters. */
const SHOWN_OUTPUT = 2_000;
/** As much of a first line as systems look at, and more. */
const MAX_FIRST_LINE = 1024;
/** First character of a text that some editors put there. */
const BOM = '\uFEFF';
/** Names of files that are not run. */
const SHOWN_FILES = 10;
/** A program that is ended may clean up for so long. */
const GRACE_MILLIS = 1_000;
/** A folder in the folder, as other local clouds have it. */
const SUBFOLDER = 'ready.d';

/**
 * Files that fill the account of a local cloud once its servers are ready, run one after the other in the order of their
 * names: `.sql` on DLA in the first region, `.sh`, `.js`, `.mjs`, `.cjs` and what is executable and names its interpreter as
 * programs, `.tf` and folders of such through Terraform. Programs get the environment of the local cloud.
 */
export class InitFiles {
  private all: InitResult[];
  private running = false;

  /** @throws LocalCloudError when there is no such folder */
  constructor(private readonly folder: string) {
    this.all = this.listed();
  }

  public get isRunning(): boolean {
    return this.running;
  }

  public get results(): readonly InitResult[] {
    return this.all;
  }

  /**
   * Runs those that are there now, up to the first one that fails.
   *
   * @throws LocalCloudError that names it, and tells why, or says that the folder is gone
   */
  public async run(options: RunOptions): Promise<void> {
    if (this.running) {
      throw new LocalCloudError(`the files of ${this.folder} are being run already`);
    }
    this.running = true;
    try {
      this.all = this.listed();
      this.tellSkipped();
      for (const [index, { file }] of this.all.entries()) {
        await this.runOne(index, path.join(this.folder, file), options);
      }
    } finally {
      this.running = false;
    }
  }

  private listed(): InitResult[] {
    return entriesOf(this.folder).map((file) => ({
      file,
      status: kindOf(this.folder, file) ? 'pending' : 'skipped',
    }));
  }

  private tellSkipped(): void {
    const skipped = this.all.filter(({ status }) => status === 'skipped').map(({ file }) => file);
    if (skipped.length > 0) {
      const more = skipped.length > SHOWN_FILES ? ` and ${skipped.length - SHOWN_FILES} more` : '';
      process.stderr.write(
        `init: not run: ${skipped.slice(0, SHOWN_FILES).join(', ')}${more}; ` +
          `expected ${Object.keys(KINDS).join(', ')}, or an executable file that begins with #!\n`,
      );
    }
  }

  private async runOne(index: number, source: string, options: RunOptions): Promise<void> {
    const { file } = this.all[index];
    const kind = kindOf(this.folder, file);
    if (!kind) {
      // Also one that an earlier file has taken away.
      this.all[index] = { file, status: 'skipped' };
      return;
    }
    const started = performance.now();
    const tell = (status: InitResult['status'], message?: string): void => {
      const milliseconds = status === 'running' ? undefined : Math.round(performance.now() - started);
      this.all[index] = { file, status, milliseconds, message };
    };
    tell('running');
    try {
      await kind(source, { ...options, work: path.join(options.work, file) });
      tell('done');
    } catch (error) {
      const { message } = (options.signal.aborted ? options.signal.reason : error) as Error;
      tell('failed', message);
      options.signal.throwIfAborted();
      throw new LocalCloudError(`${path.join(this.folder, file)} failed: ${message}`);
    }
  }
}

type Run = (source: string, options: RunOptions) => Promise<void>;

const KINDS: Readonly<Record<string, Run>> = {
  '.sql': runSql,
  '.sh': runShell,
  '.js': runNode,
  '.mjs': runNode,
  '.cjs': runNode,
  '.tf': runTerraform,
};

/** How a file or folder is run; undefined for one that is not. */
function kindOf(folder: string, file: string): Run | undefined {
  const source = path.join(folder, file);
  const stats = fs.statSync(source, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    return fs.readdirSync(source).some((name) => name.endsWith('.tf')) ? runTerraform : undefined;
  }
  if (!stats?.isFile()) {
    return undefined;
  }
  return KINDS[path.extname(file)] ?? (isScript(source) ? runScript : undefined);
}

function entriesOf(folder: string): string[] {
  try {
    const names = fs.readdirSync(folder).sort();
    const below = names.includes(SUBFOLDER) ? fs.readdirSync(path.join(folder, SUBFOLDER)).sort() : [];
    const own = names.filter((name) => name !== SUBFOLDER);
    return [...own, ...below.map((name) => path.join(SUBFOLDER, name))].filter(
      (name) => !path.basename(name).startsWith('.'),
    );
  } catch (error) {
    throw new LocalCloudError(`init: folder ${folder} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The statements of a text, each with the comments before it. */
export function statementsOf(sql: string): string[] {
  const ends = tokenize(sql).tokens.filter(({ kind, text }) => kind === 'symbol' && text === ';');
  const pieces = [...ends.map(({ start }) => start), sql.length].map((end, index) =>
    sql.slice(index === 0 ? 0 : ends[index - 1].end, end).trim(),
  );
  return pieces.filter((piece) => tokenize(piece).tokens.length > 0);
}

async function runSql(source: string, { endpoints, signal }: RunOptions): Promise<void> {
  const statements = statementsOf(fs.readFileSync(source, 'utf8'));
  const { createConnection } = await import('mysql2');
  const [host, port] = Object.values(endpoints.dla)[0].split(':');
  const connection = createConnection({
    host,
    port: Number(port),
    user: endpoints.dlaUser,
    password: endpoints.dlaPassword,
  });
  // Whoever waits for a statement is told; where nobody does, as after a stop, it would end the process.
  connection.on('error', () => undefined);
  // A connection that is destroyed calls nobody back.
  let end = (): void => undefined;
  const abort = (): void => end();
  signal.addEventListener('abort', abort);
  try {
    for (const [index, statement] of statements.entries()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        end = () => reject(signal.reason as Error);
        connection.query(statement, (error) =>
          error ? reject(new Error(`statement ${index + 1}: ${error.message}`)) : resolve(),
        );
      });
    }
  } finally {
    signal.removeEventListener('abort', abort);
    connection.destroy();
  }
}

async function runShell(source: string, options: RunOptions): Promise<void> {
  checkScript(source);
  await runProgram(isExecutable(source) ? [source] : ['sh', source], options, source);
}

/** A program in any language, whose first line names its interpreter. */
async function runScript(source: string, options: RunOptions): Promise<void> {
  checkScript(source);
  await runProgram([source], options, source);
}

/** As some file systems have all files executable, that alone says nothing. */
function isScript(source: string): boolean {
  return isExecutable(source) && firstLineOf(source).replace(BOM, '').startsWith('#!');
}

function isExecutable(source: string): boolean {
  return (fs.statSync(source).mode & 0o111) !== 0;
}

/** What editors of Windows write, shells take for parts of names and commands. */
function checkScript(source: string): void {
  const first = firstLineOf(source);
  if (first.endsWith('\r')) {
    throw new Error('the file has line ends of Windows (CRLF), expected those of Unix (LF)');
  }
  if (first.startsWith(BOM)) {
    throw new Error('the file begins with a byte order mark, expected UTF-8 without one');
  }
}

function firstLineOf(source: string): string {
  const file = fs.openSync(source, 'r');
  try {
    const start = Buffer.alloc(MAX_FIRST_LINE);
    return start.toString('utf8', 0, fs.readSync(file, start)).split('\n', 1)[0];
  } finally {
    fs.closeSync(file);
  }
}

function runNode(source: string, options: RunOptions): Promise<void> {
  return runProgram([process.execPath, source], options, source);
}

/** A file alone is a module of its own; its state, and all that Terraform downloads, is kept with the account. */
async function runTerraform(source: string, options: RunOptions): Promise<void> {
  const own = options.work;
  fs.mkdirSync(own, { recursive: true });
  const isFolder = fs.statSync(source).isDirectory();
  if (!isFolder) {
    fs.copyFileSync(source, path.join(own, 'main.tf'));
  }
  const terraform = process.env.TERRAFORM_BINARY_NAME || 'terraform';
  const chdir = `-chdir=${isFolder ? source : own}`;
  const given = { TF_DATA_DIR: path.join(own, '.terraform'), TF_IN_AUTOMATION: '1' };
  await runProgram([terraform, chdir, 'init', '-input=false', '-no-color'], options, source, given);
  await runProgram(
    [
      terraform,
      chdir,
      'apply',
      '-auto-approve',
      '-input=false',
      '-no-color',
      `-state=${path.join(own, 'terraform.tfstate')}`,
    ],
    options,
    source,
    given,
  );
}

/** A file that is there is not found when its interpreter is not. */
function explained(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code !== 'ENOENT' || !path.isAbsolute(file) || !fs.existsSync(file)) {
    return error;
  }
  const first = firstLineOf(file);
  return new Error(`expected an interpreter of this machine in the first line, got ${excerpt(first)}`);
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  } catch {
    // All of it has ended.
  }
}

/** Runs a program in the folder of a file; what it prints goes to standard error. */
async function runProgram(
  [file, ...args]: readonly string[],
  { endpoints, signal }: RunOptions,
  source: string,
  given: NodeJS.ProcessEnv = {},
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(file, args, {
    cwd: path.dirname(source),
    // A group of its own, which ends with what it runs.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...commandEnvironment(process.env, endpoints), ...given },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      output = `${output}${chunk.toString()}`.slice(-SHOWN_OUTPUT);
    });
  }
  const abort = (): void => {
    killGroup(child, 'SIGTERM');
    void sleep(GRACE_MILLIS, undefined, { ref: false }).then(() => killGroup(child, 'SIGKILL'));
  };
  signal.addEventListener('abort', abort);
  try {
    const how = await new Promise<string | number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, file)));
      // Not when its output ends, which what it has left running may hold open.
      child.once('exit', (code, bySignal) => resolve(code ?? bySignal!));
    });
    if (how !== 0) {
      throw new Error(`${path.basename(file)} ended with ${how}${output === '' ? '' : `: ${output.trim()}`}`);
    }
  } finally {
    signal.removeEventListener('abort', abort);
    for (const stream of [child.stdout, child.stderr]) {
      stream.destroy();
    }
  }
}
