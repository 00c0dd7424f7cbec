import type { ExpressionCompiler } from '../expressions';
import { fill, wrongArguments } from '../overloads';
import type { Argument } from '../overloads';
import type { Scope } from '../scope';
import { BIGINT, arrayOf, commonType, duckdbType, fits } from '../types';
import type { Type } from '../types';
import { NULL, typed } from '../value';
import type { Value } from '../value';
import { longest } from './collections';
import { valueAt } from './special';
import type { Context, Special } from './special';

/** The state and the next item travel in one struct: DuckDB's reduction knows one type. */
function reduce(args: readonly Argument[], compiler: ExpressionCompiler, { scope }: Context): Value {
  const expected = ['reduce(array(T), S, (S, T) -> S, S -> R)'];
  if (args.length !== 4) {
    throw wrongArguments('reduce', args, expected);
  }
  const [of, start] = [valueAt('reduce', args, 0), valueAt('reduce', args, 1)];
  if (of.type.kind !== 'array') {
    throw wrongArguments('reduce', args, expected);
  }
  const item = of.type.of;
  const [a, b] = [`"$a${scope.lambdaDepth}"`, `"$b${scope.lambdaDepth}"`];
  const step = (state: Type): Value =>
    compiler.calls.lambdaBody(args[2], [typed(`${a}.s`, state), typed(`${b}.x`, item)], scope, 'reduce');
  // The state's type may have to hold what the lambda makes of it.
  const state = commonType(start.type, step(start.type).type);
  if (!state) {
    throw wrongArguments('reduce', args, expected);
  }
  const body = step(state);
  if (!fits(body.type, state)) {
    throw wrongArguments('reduce', args, expected);
  }
  const [s, x] = [duckdbType(state), duckdbType(item)];
  const items = `list_transform(${of.sql}, lambda e: struct_pack(s := CAST(NULL AS ${s}), x := e))`;
  const first = `struct_pack(s := CAST(${start.sql} AS ${s}), x := CAST(NULL AS ${x}))`;
  const next = `struct_pack(s := CAST(${body.sql} AS ${s}), x := ${b}.x)`;
  const result = `list_reduce(${items}, lambda ${a}, ${b}: ${next}, ${first}).s`;
  const output = compiler.calls.lambdaBody(args[3], [typed(a, state)], scope, 'reduce');
  return typed(
    `CASE WHEN ${of.sql} IS NULL THEN NULL ELSE list_transform([${result}], lambda ${a}: ${output.sql})[1] END`,
    output.type,
  );
}

/** Each item is put behind those that the comparator does not find greater. */
function sortedBy(of: Value, comparator: Argument, compiler: ExpressionCompiler, scope: Scope): Value {
  const item = (of.type as Type & { kind: 'array' }).of;
  const [a, b, v] = ['a', 'b', 'c'].map((name) => `"$${name}${scope.lambdaDepth}"`);
  const compared = compiler.calls.lambdaBody(comparator, [typed(v, item), typed(`${b}.x`, item)], scope, 'array_sort');
  if (!fits(compared.type, BIGINT)) {
    throw wrongArguments('array_sort', [of, comparator], ['array_sort(array(T), (T, T) -> integer)']);
  }
  const list = duckdbType(of.type);
  const items = `list_transform(${of.sql}, lambda e: struct_pack(s := CAST(NULL AS ${list}), x := e))`;
  const part = (op: string): string => `list_filter(${a}.s, lambda ${v}: ${compared.sql} ${op} 0)`;
  const next = `struct_pack(s := flatten([${part('<=')}, [${b}.x], ${part('>')}]), x := ${b}.x)`;
  const first = `struct_pack(s := CAST([] AS ${list}), x := CAST(NULL AS ${duckdbType(item)}))`;
  return typed(
    `CASE WHEN ${of.sql} IS NULL THEN NULL ELSE list_reduce(${items}, lambda ${a}, ${b}: ${next}, ${first}).s END`,
    of.type,
  );
}

/** Functions with lambdas of more than one parameter. */
export const LAMBDAS: Readonly<Record<string, Special>> = {
  reduce: { compile: (args, compiler, context) => reduce(args, compiler, context) },
  zip_with: {
    compile: (args, compiler, { scope }) => {
      const [a, b] = [valueAt('zip_with', args, 0), valueAt('zip_with', args, 1)];
      if (args.length !== 3 || a.type.kind !== 'array' || b.type.kind !== 'array') {
        throw wrongArguments('zip_with', args, ['zip_with(array(T), array(U), (T, U) -> R)']);
      }
      const at = `"$z${scope.lambdaDepth}"`;
      const body = compiler.calls.lambdaBody(
        args[2],
        [typed(`${a.sql}[${at}]`, a.type.of), typed(`${b.sql}[${at}]`, b.type.of)],
        scope,
        'zip_with',
      );
      return typed(
        `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_transform(range(1, ${longest([a, b])} + 1), lambda ${at}: ${body.sql}) END`,
        arrayOf(body.type),
      );
    },
  },
  map_zip_with: {
    compile: (args, compiler, { scope }) => {
      const [a, b] = [valueAt('map_zip_with', args, 0), valueAt('map_zip_with', args, 1)];
      const common = commonType(
        a.type.kind === 'map' ? a.type.key : NULL.type,
        b.type.kind === 'map' ? b.type.key : NULL.type,
      );
      if (args.length !== 3 || a.type.kind !== 'map' || b.type.kind !== 'map' || !common) {
        throw wrongArguments('map_zip_with', args, ['map_zip_with(map(K, V), map(K, W), (K, V, W) -> R)']);
      }
      const key = `"$z${scope.lambdaDepth}"`;
      const body = compiler.calls.lambdaBody(
        args[2],
        [
          typed(key, common),
          typed(`map_extract_value(${a.sql}, ${key})`, a.type.value),
          typed(`map_extract_value(${b.sql}, ${key})`, b.type.value),
        ],
        scope,
        'map_zip_with',
      );
      const keys = `list_concat(map_keys(${a.sql}), list_filter(map_keys(${b.sql}), lambda e: NOT map_contains(${a.sql}, e)))`;
      const isNull = `${a.sql} IS NULL OR ${b.sql} IS NULL`;
      const entries = `map(${keys}, list_transform(${keys}, lambda ${key}: ${body.sql}))`;
      return typed(`CASE WHEN ${isNull} THEN NULL ELSE ${entries} END`, {
        kind: 'map',
        key: common,
        value: body.type,
      });
    },
  },
  reduce_agg: {
    isAggregate: true,
    compile: (args, compiler, context) => {
      if (args.length !== 4) {
        throw wrongArguments('reduce_agg', args, ['reduce_agg(T, S, (S, T) -> S, (S, S) -> S)']);
      }
      const of = valueAt('reduce_agg', args, 0);
      const list = fill('nullif(list_filter(list(@$1), lambda e: e IS NOT NULL), [])', [of], context.modifiers);
      const body: Argument = { lambda: { is: 'lambda', params: ['s'], body: { is: 'column', names: ['s'] } } };
      return reduce([typed(list, arrayOf(of.type)), args[1], args[2], body], compiler, context);
    },
  },
  array_sort: {
    compile: (args, compiler, { scope }) => {
      const of = valueAt('array_sort', args, 0);
      if (args.length === 1 && of.isNull) {
        return of;
      }
      if (args.length > 2 || of.type.kind !== 'array') {
        throw wrongArguments('array_sort', args, ['array_sort(array(T))', 'array_sort(array(T), (T, T) -> integer)']);
      }
      return args.length === 1
        ? typed(`list_sort(${of.sql}, 'ASC', 'NULLS LAST')`, of.type)
        : sortedBy(of, args[1], compiler, scope);
    },
  },
};
