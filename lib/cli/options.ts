import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './command-line';
import { didYouMean, nearest } from './nearest';

/** The options of a command, as node:util's parseArgs takes them. */
export type Options = NonNullable<ParseArgsConfig['options']>;

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

/** The values of options by their names: a text, a list where an option may be repeated, or true for one without value. */
export type Values<T extends Options> = {
  readonly [name in keyof T]?: T[name] extends { type: 'boolean' }
    ? boolean
    : T[name] extends { multiple: true }
      ? string[]
      : string;
};

/**
 * Reads a command line of options alone.
 *
 * @param adviceOn what to say beside an option that is not known, where more can be said than which one is like it
 * @throws UsageError that never repeats a word that belongs to no option: it might be a secret
 */
export function readOptions<T extends Options>(
  argv: readonly string[],
  options: T,
  adviceOn: (name: string) => string | undefined = () => undefined,
): Values<T> {
  return readCommandLine(argv, options, false, adviceOn).values;
}

/**
 * Reads a command line of words and options.
 *
 * @param withWords whether words may stand beside the options
 * @throws UsageError, as `readOptions`
 */
export function readCommandLine<T extends Options>(
  argv: readonly string[],
  options: T,
  withWords = true,
  adviceOn: (name: string) => string | undefined = () => undefined,
): { readonly values: Values<T>; readonly words: readonly string[] } {
  checkHyphens(argv, options);
  const { values, positionals, tokens } = parse(argv, options);
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional' && !withWords) {
      throw new UsageError('a word that belongs to no option is not allowed; every value follows its --option');
    }
    if (token.kind === 'option') {
      checkOption(token, options, adviceOn);
      if (given.has(token.name) && !options[token.name].multiple) {
        throw new UsageError(`--${token.name}: expected once, got it several times`);
      }
      given.add(token.name);
    }
  }
  return { values: values as Values<T>, words: positionals };
}

/** The values of some options as far as a command line is well-formed, in its order. */
export function valuesOf(
  argv: readonly string[],
  options: Options,
  names: readonly string[],
): (readonly [name: string, value: string])[] {
  return parse(argv, options).tokens.flatMap((token) =>
    token.kind === 'option' && names.includes(token.name) && problemOf(token, options) === undefined
      ? [[token.name, token.value!] as const]
      : [],
  );
}

// Not strict, because parseArgs' own errors repeat what was given.
function parse(argv: readonly string[], options: Options) {
  return parseArgs({ args: [...argv], options, strict: false, tokens: true });
}

/** `-state`, as Terraform and Go write it, would be read as the letters of several options. */
function checkHyphens(argv: readonly string[], options: Options): void {
  for (const word of argv) {
    const [, name] = /^-([a-z][\w-]+)(?:=|$)/.exec(word) ?? [];
    if (name !== undefined && Object.hasOwn(options, name)) {
      throw new UsageError(`there is no option -${name}${didYouMean(`--${name}`)}`);
    }
  }
}

function checkOption(token: OptionToken, options: Options, adviceOn: (name: string) => string | undefined): void {
  if (!Object.hasOwn(options, token.name)) {
    const advice = adviceOn(token.name) ?? (optionMeant(token.name, options) || '; --help lists them');
    throw new UsageError(`there is no option ${token.rawName}${advice}`);
  }
  const problem = problemOf(token, options);
  if (problem !== undefined) {
    throw new UsageError(problem);
  }
}

/** What is wrong with the value of a known option. */
function problemOf(token: OptionToken, options: Options): string | undefined {
  const { rawName, value, inlineValue } = token;
  if (options[token.name].type === 'boolean') {
    return value === undefined ? undefined : `${rawName} takes no value`;
  }
  if (!value) {
    return `${rawName} needs a value`;
  }
  if (!inlineValue && /^(--|-h$)/.test(value)) {
    const next = value.split('=')[0];
    const name = Object.hasOwn(options, next.slice(2)) ? ` ${next}` : '';
    return `${rawName} needs a value, and an option${name} follows; a value that begins so is written ${rawName}=VALUE`;
  }
  return undefined;
}

/** The option that was probably meant, to be added to a sentence; empty for none. */
export function optionMeant(name: string, options: Options): string {
  const near = nearest(name, Object.keys(options));
  return didYouMean(near && `--${near}`);
}
