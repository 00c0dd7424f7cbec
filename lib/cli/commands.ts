import { UsageError } from './command-line';
import { didYouMean, nearest } from './nearest';
import { optionMeant, readCommandLine, type Values } from './options';

/** One option: how it is read, and its line in the help. */
export interface OptionRow {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
  /** What its value is, e.g. `DIR`. @default - it takes none */
  readonly value?: string;
  readonly help: string;
}

export type OptionRows = Readonly<Record<string, OptionRow>>;

/** What was given to a command. */
export interface Given<T extends OptionRows> {
  readonly values: Values<T>;
  /** Words beside the options, before `--`. */
  readonly words: readonly string[];
  /** What stands after `--`. */
  readonly command: readonly string[];
}

/** One command of a program, and all that its help says. */
export interface Command<T extends OptionRows = OptionRows> {
  /** Words that it takes, for the help, e.g. `save|load|list [NAME]`. @default - none are allowed */
  readonly words?: string;
  /** Whether it runs what stands after `--`. @default false */
  readonly runsCommand?: boolean;
  readonly summary: string;
  /** More about it, for its own help. @default - nothing */
  readonly details?: string;
  readonly options: T;
  /** Returns the exit code. */
  run(given: Given<T>): Promise<number>;
}

/** A program made of commands. */
export interface Program {
  readonly name: string;
  readonly version: string;
  /** What it is, in one line. */
  readonly summary: string;
  readonly commands: Readonly<Record<string, Command>>;
  /** Exit codes and examples, below the commands. */
  readonly details: string;
}

const HELP: OptionRow = { type: 'boolean', short: 'h', help: 'this text' };
const VERSION: OptionRow = { type: 'boolean', help: 'the version' };

/** Keeps the types of a command's options while it is written down. */
export function command<T extends OptionRows>(definition: Command<T>): Command {
  return definition;
}

/**
 * Runs the command that the command line names.
 *
 * @throws UsageError that names the command, and tells where its help is
 */
export async function runProgram(program: Program, argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name.startsWith('-')) {
    return runWithoutCommand(program, argv);
  }
  if (name === 'help') {
    const [about] = rest;
    process.stdout.write(about === undefined ? help(program) : commandHelp(program, knownCommand(program, about)));
    return 0;
  }
  knownCommand(program, name);
  const full = `${program.name} ${name}`;
  try {
    const { values, words, command: toRun } = read(program.commands[name], rest);
    if (values.help) {
      process.stdout.write(commandHelp(program, name));
      return 0;
    }
    return await program.commands[name].run({ values, words, command: toRun });
  } catch (error) {
    if (error instanceof UsageError) {
      throw usageError(full, error.message);
    }
    (error as Error).message = `${full}: ${(error as Error).message}`;
    throw error;
  }
}

/** @throws UsageError */
function knownCommand({ name, commands }: Program, verb: string): string {
  if (!Object.hasOwn(commands, verb)) {
    const suggestion = didYouMean(nearest(verb, Object.keys(commands)));
    const expected = `expected a command (${Object.keys(commands).join(', ')})`;
    throw usageError(name, `${expected}, got ${JSON.stringify(verb)}${suggestion}`);
  }
  return verb;
}

function runWithoutCommand(program: Program, argv: readonly string[]): number {
  const { values } = withUsage(program.name, () =>
    readCommandLine(argv, { help: HELP, version: VERSION }, false, (name) => adviceBeforeCommand(program, name)),
  );
  if (values.version) {
    process.stdout.write(`${program.version}\n`);
  } else if (values.help) {
    process.stdout.write(help(program));
  } else {
    throw usageError(program.name, `expected a command (${Object.keys(program.commands).join(', ')}), got none`);
  }
  return 0;
}

/** An option that a command has was probably written before it. */
function adviceBeforeCommand({ name, commands }: Program, option: string): string {
  const owner = Object.keys(commands).find((verb) => Object.hasOwn(commands[verb].options, option));
  return owner === undefined
    ? optionMeant(option, { help: HELP, version: VERSION })
    : `: options follow the command, as in ${name} ${owner} --${option}`;
}

function read(definition: Command, argv: readonly string[]): Given<OptionRows & { help: OptionRow }> {
  const separator = argv.indexOf('--');
  const own = separator < 0 ? argv : argv.slice(0, separator);
  const toRun = separator < 0 ? [] : argv.slice(separator + 1);
  const withWords = definition.words !== undefined || Boolean(definition.runsCommand);
  const { values, words } = readOwn(own, { ...definition.options, help: HELP }, withWords);
  if (!values.help && definition.runsCommand && words.length > 0) {
    throw new UsageError('expected -- before the command that it runs');
  }
  if (!values.help && Boolean(definition.runsCommand) !== toRun.length > 0) {
    throw new UsageError(
      definition.runsCommand ? 'expected a command after --, got none' : 'it runs no command: see run',
    );
  }
  if (toRun[0] === '') {
    throw new UsageError('expected a command after --, got an empty word');
  }
  return { values, words, command: toRun };
}

/** Where the help is, is said below each usage error. */
function readOwn<T extends OptionRows>(argv: readonly string[], options: T, withWords: boolean) {
  return readCommandLine(argv, options, withWords, (name) => optionMeant(name, options));
}

function withUsage<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UsageError ? usageError(name, error.message) : error;
  }
}

function usageError(name: string, message: string): UsageError {
  return new UsageError(`${name}: ${message}\n${name} --help tells more`);
}

// Help

const WIDTH = 26;

function help({ name, summary, commands, details }: Program): string {
  const lines = Object.entries(commands).map(([verb, { summary: what }]) => `  ${verb.padEnd(10)} ${what}`);
  return [
    `${name}: ${summary}`,
    '',
    `usage: ${name} COMMAND [options]`,
    '',
    ...lines,
    '',
    `${name} COMMAND --help tells the options of a command. --version tells the version.`,
    '',
    details,
    '',
  ].join('\n');
}

function commandHelp({ name, commands }: Program, verb: string): string {
  const { words, runsCommand, summary, details, options } = commands[verb];
  const usage = [name, verb, words, '[options]', runsCommand && '-- COMMAND…'].filter(Boolean).join(' ');
  return [
    `${name} ${verb}: ${summary}`,
    '',
    `usage: ${usage}`,
    '',
    ...Object.entries({ ...options, help: HELP }).map(optionHelp),
    ...(details === undefined ? [] : ['', details]),
    '',
  ].join('\n');
}

function optionHelp([name, { short, value, help: text }]: [string, OptionRow]): string {
  const written = [short && `-${short},`, `--${name}`, value].filter(Boolean).join(' ');
  const [first, ...more] = text.split('\n');
  const head = written.length < WIDTH ? written.padEnd(WIDTH) : `${written}\n${' '.repeat(WIDTH + 2)}`;
  return [`  ${head}${first}`, ...more.map((line) => `${' '.repeat(WIDTH + 2)}${line}`)].join('\n');
}
