import { SqlError } from '../sql-error';
import { beforeLambdas } from './before-lambdas';
import { AGGREGATES, SCALARS, WINDOW_FUNCTIONS } from './functions';
import type { Expr } from './syntax';
import {
  UNKNOWN,
  VARCHAR,
  arrayOf,
  commonType,
  display,
  duckdbType,
  fits,
  isInteger,
  isNumeric,
  isOrderable,
  sameType,
} from './types';
import type { Type } from './types';
import { coerce, fail, failWith, typed } from './value';
import type { Value } from './value';

type Pattern =
  | { readonly is: 'type'; readonly type: Type }
  | { readonly is: 'variable'; readonly name: string }
  | { readonly is: 'array'; readonly of: Pattern }
  | { readonly is: 'map'; readonly key: Pattern; readonly value: Pattern }
  | { readonly is: 'row'; readonly fields: readonly Pattern[] }
  | { readonly is: 'lambda'; readonly params: readonly Pattern[]; readonly result: Pattern };

interface Overload {
  readonly written: string;
  readonly params: readonly Pattern[];
  readonly isVariadic: boolean;
  readonly result: Pattern;
  readonly template: string;
}

/** An argument: a value, or a lambda that is compiled once the types of its parameters are known. */
export type Argument = Value | { readonly lambda: Extract<Expr, { is: 'lambda' }> };

/** Compiles a lambda's body with the values of its parameters, which are made of a variable's name. */
export type LambdaCompiler = (
  lambda: Extract<Expr, { is: 'lambda' }>,
  params: (variable: string) => readonly Value[],
) => { variable: string; body: Value };

const HAS_LAMBDA = /\blambda\b/;
const LAMBDA_RESULT_ANY = new Set(['U']);
const SPACES = "' \t\n\r\f\v' || chr(8195) || chr(12288)";

const tables = new Map<string, ReadonlyMap<string, readonly Overload[]>>();

/** The overloads by name, read when they are first asked for. */
function overloadsOf(text: string): ReadonlyMap<string, readonly Overload[]> {
  let table = tables.get(text);
  if (!table) {
    const read = new Map<string, Overload[]>();
    for (const line of text.split('\n').filter((written) => written !== '')) {
      const [, name, rest] = /^(\w+)\((.*)$/.exec(line)!;
      const reader = new PatternReader(rest);
      const { params, isVariadic } = reader.parameters();
      const result = reader.after(': ').pattern();
      const template = reader.after(' = ').rest;
      const written = line.slice(0, line.length - template.length - 3);
      read.set(name, [...(read.get(name) ?? []), { written, params, isVariadic, result, template }]);
    }
    table = read;
    tables.set(text, table);
  }
  return table;
}

export type Family = 'scalar' | 'aggregate' | 'window';
const TEXTS: Readonly<Record<Family, string>> = { scalar: SCALARS, aggregate: AGGREGATES, window: WINDOW_FUNCTIONS };

export function hasFunction(family: Family, name: string): boolean {
  return overloadsOf(TEXTS[family]).has(name);
}

export function hasTemplateWithLambda(name: string): boolean {
  return (
    overloadsOf(SCALARS)
      .get(name)
      ?.some(({ template }) => HAS_LAMBDA.test(template)) === true
  );
}

/**
 * The call in DuckDB's SQL.
 *
 * @throws SqlError ER_WRONG_ARGUMENTS when no overload takes the arguments
 */
export function callFunction(
  family: Family,
  name: string,
  args: readonly Argument[],
  compile: LambdaCompiler,
  modifiers?: Modifiers,
): Value {
  const overloads = overloadsOf(TEXTS[family]).get(name)!;
  let best: { overload: Overload; bound: Map<string, Type>; cost: number } | undefined;
  for (const overload of overloads) {
    const match = matches(overload, args);
    if (match && (best === undefined || match.cost < best.cost)) {
      best = { overload, ...match };
    }
  }
  if (!best) {
    throw wrongArguments(
      name,
      args,
      overloads.map(({ written }) => written),
    );
  }
  const { overload, bound } = best;
  const compiled = args.map((arg, at): Value => {
    const pattern = patternAt(overload, at);
    if (!('lambda' in arg)) {
      return coerce(arg, resolve(pattern, bound));
    }
    return compileLambda(arg.lambda, pattern as Pattern & { is: 'lambda' }, bound, compile);
  });
  const filled = (values: readonly Value[]): string => fill(overload.template, values, modifiers);
  const isLambda = (_: Value, at: number): boolean => 'lambda' in args[at];
  const sql = HAS_LAMBDA.test(overload.template)
    ? beforeLambdas(
        compiled.filter((value, at) => !isLambda(value, at)),
        (values) => {
          const rest = [...values];
          return filled(compiled.map((value, at) => (isLambda(value, at) ? value : rest.shift()!)));
        },
      )
    : filled(compiled);
  const result = resolve(overload.result, bound);
  // A NULL makes NULL before anything else can be wrong with the others.
  const isNull = args.flatMap((arg, at) => ('lambda' in arg ? [] : `${compiled[at].sql} IS NULL`));
  return family === 'scalar' && isNull.length > 1 && overload.template.startsWith('CASE ')
    ? typed(`CASE WHEN ${isNull.join(' OR ')} THEN NULL ELSE ${sql} END`, result)
    : typed(sql, result);
}

export function wrongArguments(name: string, args: readonly Argument[], expected: readonly string[]): SqlError {
  const types = args.map((arg) => ('lambda' in arg ? 'function' : display(arg.type))).join(', ');
  return new SqlError(
    'ER_WRONG_ARGUMENTS',
    `unexpected parameters (${types}) for function ${name}, expected: ${expected.join(', ')}`,
  );
}

/** Two parameters are the key and the value of a map's entry. */
function compileLambda(
  lambda: Extract<Expr, { is: 'lambda' }>,
  pattern: Pattern & { is: 'lambda' },
  bound: Map<string, Type>,
  compile: LambdaCompiler,
): Value {
  if (lambda.params.length !== pattern.params.length) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `expected a lambda with ${pattern.params.length} parameter(s), got ${lambda.params.length}`,
    );
  }
  const names = pattern.params.length === 1 ? [''] : ['.key', '.value'];
  const { variable, body } = compile(lambda, (name) =>
    pattern.params.map((param, at) => typed(name + names[at], resolve(param, bound))),
  );
  if (pattern.result.is === 'variable' && LAMBDA_RESULT_ANY.has(pattern.result.name)) {
    bound.set(pattern.result.name, body.type);
    return typed(`lambda ${variable}: ${body.sql}`, body.type);
  }
  const wanted = resolve(pattern.result, bound);
  if (!fits(body.type, wanted)) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `expected a lambda that returns ${display(wanted)}, got ${display(body.type)}`,
    );
  }
  return typed(`lambda ${variable}: ${coerce(body, wanted).sql}`, wanted);
}

function patternAt({ params, isVariadic }: Overload, at: number): Pattern {
  return params[isVariadic ? Math.min(at, params.length - 1) : at];
}

function matches(
  overload: Overload,
  args: readonly Argument[],
): { bound: Map<string, Type>; cost: number } | undefined {
  const { params, isVariadic } = overload;
  if (isVariadic ? args.length < params.length : args.length !== params.length) {
    return undefined;
  }
  const bound = new Map<string, Type>();
  for (const [at, arg] of args.entries()) {
    const pattern = patternAt(overload, at);
    if ('lambda' in arg !== (pattern.is === 'lambda')) {
      return undefined;
    }
    if (!('lambda' in arg) && !bind(pattern, arg.type, bound)) {
      return undefined;
    }
  }
  let cost = 0;
  for (const [at, arg] of args.entries()) {
    if ('lambda' in arg) {
      continue;
    }
    const wanted = resolve(patternAt(overload, at), bound);
    if (!fits(arg.type, wanted)) {
      return undefined;
    }
    cost += distance(arg.type, wanted);
  }
  return { bound, cost };
}

const ORDER = ['tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'real', 'double'];

function distance(from: Type, to: Type): number {
  if (from.kind === 'unknown' || sameType(from, to)) {
    return 0;
  }
  if (isNumeric(from) && isNumeric(to)) {
    return Math.abs(ORDER.indexOf(to.kind) - ORDER.indexOf(from.kind));
  }
  return from.kind === to.kind ? 0 : 10;
}

/** Binds the pattern's variables to what the argument's type says about them. */
function bind(pattern: Pattern, type: Type, bound: Map<string, Type>): boolean {
  switch (pattern.is) {
    case 'type':
    case 'lambda':
      return true;
    case 'variable': {
      const { name } = pattern;
      if (name === 'O' && !isOrderable(type)) {
        return false;
      }
      if (type.kind !== 'unknown') {
        const isFloating = type.kind === 'real' || type.kind === 'double';
        if ((name === 'N' && !isNumeric(type)) || (name === 'I' && !isInteger(type)) || (name === 'F' && !isFloating)) {
          return false;
        }
      }
      const before = bound.get(name);
      const common = before ? commonType(before, type) : type;
      if (common === undefined) {
        return false;
      }
      bound.set(name, common);
      return true;
    }
    case 'array':
      return type.kind === 'array' ? bind(pattern.of, type.of, bound) : type.kind === 'unknown';
    case 'map':
      return type.kind === 'map'
        ? bind(pattern.key, type.key, bound) && bind(pattern.value, type.value, bound)
        : type.kind === 'unknown';
    case 'row':
      return (
        type.kind === 'row' &&
        type.fields.length === pattern.fields.length &&
        pattern.fields.every((field, at) => bind(field, type.fields[at].type, bound))
      );
  }
}

const DEFAULTS: Readonly<Record<string, Type>> = {
  N: { kind: 'bigint' },
  I: { kind: 'bigint' },
  F: { kind: 'double' },
};

function resolve(pattern: Pattern, bound: ReadonlyMap<string, Type>): Type {
  switch (pattern.is) {
    case 'type':
      return pattern.type;
    case 'variable': {
      const type = bound.get(pattern.name) ?? UNKNOWN;
      return type.kind === 'unknown' ? (DEFAULTS[pattern.name] ?? UNKNOWN) : type;
    }
    case 'array':
      return arrayOf(resolve(pattern.of, bound));
    case 'map':
      return { kind: 'map', key: resolve(pattern.key, bound), value: resolve(pattern.value, bound) };
    case 'row':
      return { kind: 'row', fields: pattern.fields.map((field) => ({ type: resolve(field, bound) })) };
    case 'lambda':
      return UNKNOWN;
  }
}

const BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, integer: 32, bigint: 64 };

/** The template with its arguments, in one pass: what they contain is not a template. */
export function fill(template: string, args: readonly Value[], modifiers?: Modifiers): string {
  const pattern = /\$(\*|SPACES|REGEX_ALL|DISTINCT|ORDER|SUFFIX|[TW]?\d)/g;
  return withFailures(marked(template)).replace(pattern, (_, what: string) => {
    switch (what[0]) {
      case 'D':
        return modifiers?.distinct ? 'DISTINCT ' : '';
      case 'O':
        return modifiers?.order ?? '';
      case '*':
        return args.map(({ sql }) => sql).join(', ');
      case 'S':
        return what === 'SPACES' ? SPACES : (modifiers?.suffix ?? '');
      case 'R':
        return `js_regexp_extract_all(${args[0].sql}, ${args[1].sql}, 0)`;
      case 'T':
        return duckdbType(args[Number(what[1]) - 1].type);
      case 'W':
        return String(BITS[args[Number(what[1]) - 1].type.kind]);
      default:
        return args[Number(what) - 1].sql;
    }
  });
}

/** What stands in and behind the call of an aggregate or window function. */
export interface Modifiers {
  readonly distinct: boolean;
  /** ` ORDER BY …` */
  readonly order: string;
  /** ` FILTER (…) OVER (…)` */
  readonly suffix: string;
}

export const NO_MODIFIERS: Modifiers = { distinct: false, order: '', suffix: '' };

/** Marks where modifiers go: in and behind each call whose first argument is marked with `@`. */
function marked(template: string): string {
  let sql = template;
  for (let at = sql.indexOf('@'); at >= 0; at = sql.indexOf('@', at)) {
    let depth = 1;
    let end = at;
    while (depth > 0) {
      end += 1;
      depth += sql[end] === '(' ? 1 : sql[end] === ')' ? -1 : 0;
    }
    sql = `${sql.slice(0, at)}$DISTINCT${sql.slice(at + 1, end)}$ORDER)$SUFFIX${sql.slice(end + 1)}`;
  }
  return sql;
}

/** Replaces `fail(…)` of a template. */
function withFailures(template: string): string {
  return template.replace(
    /\bfail\(('(?:[^']|'')*')((?: \|\| (?:\$\d|len\(\$\d\)|'[^']*'))*)\)/g,
    (_, first: string, rest: string) =>
      rest === '' ? fail(first.slice(1, -1).replaceAll("''", "'")) : failWith(first + rest),
  );
}

/** Reads the patterns of one line. */
class PatternReader {
  constructor(public rest: string) {}

  public parameters(): { params: Pattern[]; isVariadic: boolean } {
    const params: Pattern[] = [];
    let isVariadic = false;
    while (!this.accept(')')) {
      params.push(this.pattern());
      isVariadic = this.accept('…');
      this.accept(', ');
    }
    return { params, isVariadic };
  }

  public after(text: string): this {
    if (!this.accept(text)) {
      throw new Error(`expected ${JSON.stringify(text)} before ${JSON.stringify(this.rest)}`);
    }
    return this;
  }

  public pattern(): Pattern {
    if (this.accept('(')) {
      const { params } = this.parameters();
      return { is: 'lambda', params, result: this.after(' -> ').pattern() };
    }
    if (this.accept('array(')) {
      const of = this.pattern();
      this.after(')');
      return { is: 'array', of };
    }
    if (this.accept('map(')) {
      const key = this.pattern();
      const value = this.after(', ').pattern();
      this.after(')');
      return { is: 'map', key, value };
    }
    if (this.accept('row(')) {
      return { is: 'row', fields: this.parameters().params };
    }
    const [word] = /^(?:interval )?\w+/.exec(this.rest)!;
    this.rest = this.rest.slice(word.length);
    if (/^[A-Z]$/.test(word)) {
      return { is: 'variable', name: word };
    }
    return { is: 'type', type: word === 'varchar' ? VARCHAR : ({ kind: word } as Type) };
  }

  private accept(text: string): boolean {
    const found = this.rest.startsWith(text);
    this.rest = found ? this.rest.slice(text.length) : this.rest;
    return found;
  }
}
