import { quoteText } from '../../tokens';
import type { ExpressionCompiler } from '../expressions';
import { castMysqlChar } from '../mysql-casts';
import { wrongArguments } from '../overloads';
import type { Call } from '../syntax';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  VARBINARY,
  VARCHAR,
  arrayOf,
  commonType,
  fits,
  isInteger,
  isNumeric,
  isText,
} from '../types';
import { cast, coerce, fail, typed } from '../value';
import type { Value } from '../value';
import { expectCount, isTextual, scalars, texts } from './special';

function isTexts({ type }: Value): boolean {
  return type.kind === 'array' && (isText(type.of) || type.of.kind === 'unknown');
}

function withGroup(name: string, args: readonly Value[]): string[] {
  const group =
    args.length === 3 && fits(args[2].type, BIGINT) ? coerce(args[2], BIGINT).sql : args.length === 2 ? '0' : undefined;
  if (group === undefined) {
    throw wrongArguments(name, args, [`${name}(varchar, varchar[, bigint])`]);
  }
  return [...texts(name, args.slice(0, 2), 2, 2), group];
}

/** Arrays, or an array and an item before or behind it, which makes NULL of it when it is NULL. */
function concatArrays(args: readonly Value[], compiler: ExpressionCompiler): Value {
  const isItem = (one: Value, other: Value): boolean =>
    one.type.kind !== 'unknown' && other.type.kind === 'array' && !!commonType(one.type, other.type.of);
  const [a, b] = args;
  const isPair = args.length === 2 && commonType(a.type, b.type) === undefined;
  const lists = args.map((arg, at) =>
    isPair && isItem(arg, args[1 - at]) ? typed(`[${arg.sql}]`, arrayOf(arg.type)) : arg,
  );
  const type = compiler.common(lists, 'concat');
  const values = lists.map((value) => coerce(value, type).sql);
  const isNull = args.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
  return typed(`CASE WHEN ${isNull} THEN NULL ELSE flatten([${values.join(', ')}]) END`, type);
}

function concat(args: readonly Value[], compiler: ExpressionCompiler): Value {
  if (args.length < 2) {
    throw wrongArguments('concat', args, ['two or more arguments']);
  }
  if (args.some(({ type }) => type.kind === 'array')) {
    return concatArrays(args, compiler);
  }
  if (
    args.some(({ type }) => type.kind === 'varbinary') &&
    args.every(({ type }) => type.kind === 'varbinary' || type.kind === 'unknown')
  ) {
    return typed(concatenation(args.map((arg) => coerce(arg, VARBINARY).sql)), VARBINARY);
  }
  if (!args.every(isTextual)) {
    throw wrongArguments('concat', args, ['concat(varchar, varchar, …)', 'concat(array(T), array(T), …)']);
  }
  return typed(concatenation(args.map((arg) => coerce(arg, VARCHAR).sql)), VARCHAR);
}

/** One within another to the left, DuckDB would take a time that grows with the cube of their number. */
function concatenation(sqls: readonly string[]): string {
  if (sqls.length === 1) {
    return sqls[0];
  }
  const half = Math.ceil(sqls.length / 2);
  return `(${concatenation(sqls.slice(0, half))} || ${concatenation(sqls.slice(half))})`;
}

/**
 * The arguments with numbers, dates and the like as the texts that a client sees.
 *
 * Assumption: as MySQL's `concat` takes them, for what BI tools write; literals alone are judged by Presto's rules.
 */
function asTexts(args: readonly Value[], call: Call | undefined): readonly Value[] {
  if (!call || call.args.every(({ is }) => LITERALS.has(is))) {
    return args;
  }
  return args.map((arg) => (SHOWN.has(arg.type.kind) || isNumeric(arg.type) ? castMysqlChar(arg) : arg));
}

const LITERALS: ReadonlySet<string> = new Set(['number', 'string', 'boolean', 'null', 'typed']);
const NO_TEXTS: ReadonlySet<string> = new Set(['array', 'varbinary']);
const SHOWN: ReadonlySet<string> = new Set(['boolean', 'date', 'time', 'timestamp', 'timestamptz']);

/** MySQL's match type: `i` and `c` for the case of letters, of which the last counts, `m` for lines, `n` for line feeds. */
function withFlags(pattern: string, [type, ...others]: readonly Value[]): string {
  if (others.length > 0 || type.text === undefined || !/^[cimnu]*$/.test(type.text)) {
    throw wrongArguments('regexp_like', [type, ...others], ["regexp_like(varchar, varchar, 'c, i, m, n or u')"]);
  }
  const isAnyCase = /i[^c]*$/.test(type.text);
  const flags = `${isAnyCase ? 'i' : ''}${type.text.includes('m') ? 'm' : ''}${type.text.includes('n') ? 's' : ''}`;
  return flags === '' ? pattern : `('(?${flags})' || ${pattern})`;
}

/** Functions of texts, some of which take lists or binary data, too. */
export const TEXTS = scalars({
  concat: (args, compiler, { call }) =>
    concat(args.some(({ type }) => NO_TEXTS.has(type.kind)) ? args : asTexts(args, call), compiler),
  concat_ws: (given, _, { call }) => {
    const args = asTexts(given, call);
    const [separator, ...rest] = args;
    if (args.length < 2 || !isTextual(separator) || !rest.every((arg) => isTextual(arg) || isTexts(arg))) {
      throw wrongArguments('concat_ws', args, ['concat_ws(varchar, varchar, …)', 'concat_ws(varchar, array(varchar))']);
    }
    const lists = rest.map((arg) => (isTexts(arg) ? arg.sql : `[${coerce(arg, VARCHAR).sql}]`));
    const all = lists.length === 1 ? lists[0] : `flatten([${lists.join(', ')}])`;
    const parts = `list_filter(${all}, lambda e: e IS NOT NULL)`;
    const sep = coerce(separator, VARCHAR).sql;
    return typed(
      `CASE WHEN ${sep} IS NULL THEN NULL ELSE coalesce(array_to_string(${parts}, ${sep}), '') END`,
      VARCHAR,
    );
  },
  regexp_like: (args) => {
    const [of, written] = texts('regexp_like', args.slice(0, 2), 2, 2);
    const pattern = args.length > 2 ? withFlags(written, args.slice(2)) : written;
    return typed(`js_regexp_like(${of}, ${pattern})`, BOOLEAN);
  },
  regexp_replace: (args) => {
    const [of, pattern, replacement = "''"] = texts('regexp_replace', args, 2, 3);
    return typed(`js_regexp_replace(${of}, ${pattern}, ${replacement})`, VARCHAR);
  },
  regexp_extract: (args) => {
    const [of, pattern, group] = withGroup('regexp_extract', args);
    return typed(`js_regexp_extract(${of}, ${pattern}, ${group})`, VARCHAR);
  },
  regexp_extract_all: (args) => {
    const [of, pattern, group] = withGroup('regexp_extract_all', args);
    return typed(`js_regexp_extract_all(${of}, ${pattern}, ${group})`, arrayOf(VARCHAR));
  },
  repeat: (args) => {
    expectCount('repeat', args, 2, 2);
    const [of, count] = args;
    if (!fits(count.type, BIGINT)) {
      throw wrongArguments('repeat', args, ['repeat(varchar, bigint)']);
    }
    const times = coerce(count, BIGINT).sql;
    if (isTextual(of)) {
      const sql = coerce(of, VARCHAR).sql;
      return typed(`repeat(${sql}, ${times})`, VARCHAR);
    }
    const list = `list_transform(range(${times}), lambda e: ${of.sql})`;
    return typed(
      `CASE WHEN ${times} > 10000 THEN ${fail('count argument of repeat function must be less than or equal to 10000')} ` +
        `WHEN ${times} < 0 THEN ${fail('count argument of repeat function must be greater than or equal to 0')} ELSE ${list} END`,
      arrayOf(of.type),
    );
  },
  reverse: (args) => {
    expectCount('reverse', args, 1, 1);
    const [of] = args;
    if (of.type.kind === 'array') {
      return typed(`list_reverse(${of.sql})`, of.type);
    }
    if (of.type.kind === 'varbinary') {
      return typed(`js_reverse_bytes(${of.sql})`, of.type);
    }
    if (of.type.kind === 'unknown') {
      throw wrongArguments('reverse', args, ['reverse(varchar)', 'reverse(varbinary)', 'reverse(array(T))']);
    }
    const [sql] = texts('reverse', args, 1, 1);
    return typed(`js_reverse(${sql})`, VARCHAR);
  },
  format: (args) => {
    if (args.length === 2 && isNumeric(args[0].type) && fits(args[1].type, BIGINT)) {
      const number =
        args[0].type.kind === 'decimal' || isInteger(args[0].type) ? args[0].sql : coerce(args[0], DOUBLE).sql;
      return typed(`js_format_number(CAST(${number} AS VARCHAR), ${coerce(args[1], BIGINT).sql})`, VARCHAR);
    }
    if (args.length < 2 || !isTextual(args[0])) {
      throw wrongArguments('format', args, ['format(number, integer)', 'format(varchar, …)']);
    }
    const kinds = args.slice(1).map(({ type }) => type.kind);
    const values = args.slice(1).map((arg) => {
      return cast(arg.type.kind === 'real' ? coerce(arg, DOUBLE) : arg, VARCHAR).sql;
    });
    return typed(
      `js_format(${coerce(args[0], VARCHAR).sql}, ${quoteText(kinds.join(','))}, CAST([${values.join(', ')}] AS VARCHAR[]))`,
      VARCHAR,
    );
  },
});
