import type { ExpressionCompiler } from '../expressions';
import { wrongArguments } from '../overloads';
import type { Argument, Modifiers } from '../overloads';
import type { Scope } from '../scope';
import type { Call } from '../syntax';
import { VARCHAR, isText } from '../types';
import { coerce } from '../value';
import type { Value } from '../value';

export interface Context {
  readonly scope: Scope;
  readonly modifiers: Modifiers;
  readonly call?: Call;
}

type Compile = (args: readonly Argument[], compiler: ExpressionCompiler, context: Context) => Value;

export interface Special {
  readonly isAggregate?: boolean;
  readonly compile: Compile;
}

export type ValueCompile = (args: readonly Value[], compiler: ExpressionCompiler, context: Context) => Value;

function withValues(name: string, compile: ValueCompile): Compile {
  return (args, compiler, context) =>
    compile(
      args.map((_, at) => valueAt(name, args, at)),
      compiler,
      context,
    );
}

export function scalars(table: Readonly<Record<string, ValueCompile>>): Record<string, Special> {
  return Object.fromEntries(
    Object.entries(table).map(([name, compile]) => [name, { compile: withValues(name, compile) }]),
  );
}

export function aggregates(table: Readonly<Record<string, ValueCompile>>): Record<string, Special> {
  return Object.fromEntries(
    Object.entries(table).map(([name, compile]) => [name, { isAggregate: true, compile: withValues(name, compile) }]),
  );
}

export function valueAt(name: string, args: readonly Argument[], at: number): Value {
  const arg = args.at(at);
  if (arg === undefined || 'lambda' in arg) {
    throw wrongArguments(name, args, ['no lambda there']);
  }
  return arg;
}

export function expectCount(name: string, args: readonly Value[], least: number, most: number): void {
  if (args.length < least || args.length > most) {
    const several = most === Infinity ? `${least} or more arguments` : `${least} to ${most} arguments`;
    throw wrongArguments(name, args, [least === most ? `${least} argument(s)` : several]);
  }
}

export function isTextual({ type }: Value): boolean {
  return isText(type) || type.kind === 'unknown';
}

/** The SQL of arguments that all have to be texts. */
export function texts(name: string, args: readonly Value[], least: number, most: number): string[] {
  if (args.length < least || args.length > most || !args.every(isTextual)) {
    throw wrongArguments(name, args, [`${name}(${Array.from({ length: most }, () => 'varchar').join(', ')})`]);
  }
  return args.map((arg) => coerce(arg, VARCHAR).sql);
}
