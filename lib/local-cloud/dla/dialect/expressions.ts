import { SqlError } from '../sql-error';
import { quoteText } from '../tokens';
import type { CompileInput } from './compile';
import { REFUSED_FUNCTIONS } from '../engine/select-guard';
import { castTimestamp } from './date-text';
import { UNSUPPORTED } from './unsupported';
import { SYNONYMS } from './functions';
import { NO_MODIFIERS, callFunction, hasFunction, wrongArguments } from './overloads';
import type { Argument, LambdaCompiler, Modifiers } from './overloads';
import { arithmetic, negative } from './arithmetic';
import type { Column, Scope } from './scope';
import { SPECIAL } from './special-functions';
import type { Call, Expr, FrameBound, Query, SortItem, Window } from './syntax';
import {
  BIGINT,
  BOOLEAN,
  UNKNOWN,
  VARBINARY,
  arrayOf,
  commonType,
  decimal,
  display,
  duckdbType,
  fieldName,
  isNumeric,
  isText,
  typeOf,
  zoneOf,
} from './types';
import type { Type } from './types';
import { NULL, cast, coerce, failWith, text, typed, instantOf } from './value';
import type { Value } from './value';
import { parseInterval } from './intervals';

type QueryCompiler = (query: Query, scope: Scope) => { sql: string; columns: readonly Column[] };

/** Functions of the window that take no frame into account, and the word that stands for the session's user. */
const WITHOUT_OVER = new Set([
  'first_value',
  'last_value',
  'nth_value',
  'lag',
  'lead',
  'ntile',
  'row_number',
  'rank',
  'dense_rank',
  'percent_rank',
  'cume_dist',
]);

/** Functions whose text is at most as long as their first argument. */
const KEEPS_LENGTH = new Set(['lower', 'upper', 'trim', 'ltrim', 'rtrim', 'substr']);

/** Compiles expressions: types by Presto's rules, text for DuckDB. */
export class ExpressionCompiler {
  constructor(
    public readonly input: CompileInput,
    private readonly query: QueryCompiler,
  ) {}

  public value(expr: Expr, scope: Scope): Value {
    switch (expr.is) {
      case 'null':
        return NULL;
      case 'boolean':
        return typed(String(expr.value), BOOLEAN);
      case 'number':
        return number(expr.text);
      case 'string':
        return text(expr.text);
      case 'bytes':
        return typed(`unhex('${expr.hex}')`, VARBINARY);
      case 'typed':
        return this.literal(expr);
      case 'interval':
        return parseInterval(expr);
      case 'column':
        return this.column(expr.names, scope);
      case 'call':
        return this.call(expr, scope);
      case 'lambda':
        throw new SqlError('ER_PARSE_ERROR', 'a lambda can only be an argument of a function that takes one');
      case 'unary':
        return expr.op === 'not' ? this.not(expr.of, scope) : this.sign(expr, scope);
      case 'binary':
        return expr.op === '||'
          ? this.special('concat', [this.value(expr.left, scope), this.value(expr.right, scope)], scope)
          : arithmetic(expr.op, this.value(expr.left, scope), this.value(expr.right, scope));
      case 'logical': {
        const items = expr.items.map((item) => this.boolean(item, scope));
        return typed(`(${items.join(` ${expr.op.toUpperCase()} `)})`, BOOLEAN);
      }
      case 'compare':
        return this.compare(expr.op, this.value(expr.left, scope), this.value(expr.right, scope));
      case 'distinct': {
        const [left, right] = this.alike([expr.left, expr.right], scope, 'IS DISTINCT FROM');
        return typed(`(${left} IS ${expr.negated ? 'NOT ' : ''}DISTINCT FROM ${right})`, BOOLEAN);
      }
      case 'between': {
        const [of, low, high] = this.alike([expr.of, expr.low, expr.high], scope, 'BETWEEN');
        return typed(`(${of} ${expr.negated ? 'NOT ' : ''}BETWEEN ${low} AND ${high})`, BOOLEAN);
      }
      case 'in':
        return this.in(expr, scope);
      case 'quantified':
        return this.quantified(expr, scope);
      case 'like':
        return this.like(expr, scope);
      case 'isnull':
        return typed(`(${this.value(expr.of, scope).sql} IS ${expr.negated ? 'NOT ' : ''}NULL)`, BOOLEAN);
      case 'exists':
        return typed(`EXISTS (${this.query(expr.query, scope).sql})`, BOOLEAN);
      case 'subquery': {
        const { sql, columns } = this.query(expr.query, scope);
        if (columns.length !== 1) {
          const fields = columns.map((column, at) => `f${at} := ${column.sql}`);
          const names = columns.map((column) => column.sql).join(', ');
          return typed(`(SELECT struct_pack(${fields.join(', ')}) FROM (${sql}) AS q(${names}))`, {
            kind: 'row',
            fields: columns.map(({ type }) => ({ type })),
          });
        }
        return typed(`(${sql})`, columns[0].type);
      }
      case 'case':
        return this.case(expr, scope);
      case 'cast': {
        const to = typeOf(expr.type, this.input.timeZone);
        const value = cast(this.value(expr.of, scope), to);
        return expr.safe ? typed(`TRY(${value.sql})`, to) : value;
      }
      case 'extract':
        return this.special(`extract ${expr.field}`, [this.value(expr.of, scope)], scope);
      case 'zone':
        return this.special('at_timezone', [this.value(expr.of, scope), this.value(expr.zone, scope)], scope);
      case 'subscript':
        return this.subscript(this.value(expr.of, scope), this.value(expr.index, scope));
      case 'field':
        return field(this.value(expr.of, scope), expr.name);
      case 'array': {
        const items = expr.items.map((item) => this.value(item, scope));
        const type = this.common(items, 'ARRAY');
        return typed(`[${items.map((item) => coerce(item, type).sql).join(', ')}]`, arrayOf(type));
      }
      case 'row': {
        const items = expr.items.map((item) => this.value(item, scope));
        return typed(`struct_pack(${items.map(({ sql }, at) => `f${at} := ${sql}`).join(', ')})`, {
          kind: 'row',
          fields: items.map(({ type }) => ({ type })),
        });
      }
    }
  }

  private literal(expr: Extract<Expr, { is: 'typed' }>): Value {
    const { type, text: written } = expr;
    if (type.name === 'decimal') {
      return decimalNumber(written.replace(/^([+-]?)\./, '$10.'));
    }
    if (type.name === 'json') {
      return typed(`js_json_parse(${quoteText(written)})`, { kind: 'json' });
    }
    if (type.name === 'timestamp' && /[a-z]|[+-]\d{1,2}(:?\d\d)?$/i.test(written.trim().slice(10))) {
      return this.zonedLiteral(written.trim());
    }
    const to = typeOf(type, this.input.timeZone);
    if (to.kind === 'timestamp') {
      // With all its digits, which a cast would round.
      const micros = castTimestamp(written);
      if (micros === undefined) {
        throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a valid timestamp literal`);
      }
      return typed(`make_timestamp(${micros})`, to);
    }
    return { ...cast(text(written), to), text: undefined };
  }

  /** `timestamp '2019-03-27 14:55:09 Asia/Shanghai'` */
  private zonedLiteral(written: string): Value {
    const match = /^(.*?)\s*([a-z][\w/+-]*|[+-]\d{1,2}(?::?\d\d)?)$/i.exec(written);
    if (!match) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a valid timestamp literal`);
    }
    const zone = zoneOf(match[2]);
    const wall = this.literal({ is: 'typed', type: { name: 'timestamp', lengths: [], of: [] }, text: match[1] });
    return typed(instantOf(wall.sql, zone), { kind: 'timestamptz', zone });
  }

  private column(names: readonly string[], scope: Scope): Value {
    const { value, used } = scope.resolve(names);
    return names.slice(used).reduce<Value>(field, value);
  }

  private boolean(expr: Expr, scope: Scope): string {
    const value = this.value(expr, scope);
    if (value.type.kind !== 'boolean' && value.type.kind !== 'unknown') {
      throw new SqlError('ER_WRONG_ARGUMENTS', `expected a boolean, got ${display(value.type)}`);
    }
    return coerce(value, BOOLEAN).sql;
  }

  private not(of: Expr, scope: Scope): Value {
    return typed(`(NOT ${this.boolean(of, scope)})`, BOOLEAN);
  }

  private sign(expr: Extract<Expr, { is: 'unary' }>, scope: Scope): Value {
    if (expr.op === '-' && expr.of.is === 'number' && /^0*9223372036854775808$/.test(expr.of.text)) {
      return typed(`CAST('-9223372036854775808' AS BIGINT)`, BIGINT);
    }
    const value = this.value(expr.of, scope);
    if (!isNumeric(value.type) && value.type.kind !== 'unknown' && !value.type.kind.startsWith('interval')) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `cannot negate ${display(value.type)}`);
    }
    return expr.op === '-' ? negative(value) : value;
  }

  public compare(op: string, left: Value, right: Value): Value {
    const type = commonType(left.type, right.type);
    if (type === undefined || (op !== '=' && op !== '<>' && !isOrderable(type))) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `cannot apply operator: ${display(left.type)} ${op} ${display(right.type)}`,
      );
    }
    const [a, b] = [coerce(left, type), coerce(right, type)];
    if (type.kind === 'row' && (op === '=' || op === '<>') && !left.isNull && !right.isNull) {
      // DuckDB compares a NULL within a struct as a value.
      const equal = type.fields.map((_, at) => this.compare('=', member(a, at), member(b, at)).sql);
      return typed(`(${op === '=' ? '' : 'NOT '}(${equal.join(' AND ')}))`, BOOLEAN);
    }
    return typed(`(${a.sql} ${op} ${b.sql})`, BOOLEAN);
  }

  /** The expressions in the type that all can have. */
  private alike(exprs: readonly Expr[], scope: Scope, what: string): string[] {
    const values = exprs.map((expr) => this.value(expr, scope));
    const type = this.common(values, what);
    return values.map((value) => coerce(value, type).sql);
  }

  public common(values: readonly Value[], what: string): Type {
    return values.reduce<Type>((type, value) => {
      const common = commonType(type, value.type);
      if (!common) {
        throw new SqlError(
          'ER_WRONG_ARGUMENTS',
          `all ${what} operands must be of the same type or coercible to it: ${display(type)}, ${display(value.type)}`,
        );
      }
      return common;
    }, UNKNOWN);
  }

  private in(expr: Extract<Expr, { is: 'in' }>, scope: Scope): Value {
    const not = expr.negated ? 'NOT ' : '';
    if (!('body' in expr.list)) {
      const [of, ...list] = this.alike([expr.of, ...expr.list], scope, 'IN');
      return typed(`(${of} ${not}IN (${list.join(', ')}))`, BOOLEAN);
    }
    const of = this.value(expr.of, scope);
    const { left, query } = this.withQuery(of, expr.list, scope);
    return typed(`(${left} ${not}IN (${query}))`, BOOLEAN);
  }

  private quantified(expr: Extract<Expr, { is: 'quantified' }>, scope: Scope): Value {
    const { left, query } = this.withQuery(this.value(expr.left, scope), expr.query, scope);
    return typed(`(${left} ${expr.op} ${expr.quantifier.toUpperCase()} (${query}))`, BOOLEAN);
  }

  /** A value and a subquery of one column in the same type. */
  private withQuery(of: Value, query: Query, scope: Scope): { left: string; query: string } {
    const { sql, columns } = this.query(query, scope);
    const isRow = of.type.kind === 'row' && columns.length === of.type.fields.length && columns.length > 1;
    const right: Value = isRow
      ? typed(`struct_pack(${columns.map((column, at) => `f${at} := ${column.sql}`).join(', ')})`, {
          kind: 'row',
          fields: columns.map(({ type }) => ({ type })),
        })
      : columns[0];
    const type = columns.length === 1 || isRow ? commonType(of.type, right.type) : undefined;
    if (!type) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `value expression and result of subquery must be of the same type: ${display(of.type)} vs ${display(right.type)}`,
      );
    }
    const names = columns.map((column) => column.sql).join(', ');
    return {
      left: coerce(of, type).sql,
      query: `SELECT ${coerce(right, type).sql} FROM (${sql}) AS q(${names})`,
    };
  }

  private like(expr: Extract<Expr, { is: 'like' }>, scope: Scope): Value {
    const values = [expr.of, expr.pattern, ...(expr.escape ? [expr.escape] : [])].map((item) =>
      this.value(item, scope),
    );
    for (const { type } of values) {
      if (!isText(type) && type.kind !== 'unknown') {
        throw new SqlError('ER_WRONG_ARGUMENTS', `LIKE needs varchar, got ${display(type)}`);
      }
    }
    const [of, pattern, escape] = values.map(({ sql }) => sql);
    const not = expr.negated ? 'NOT ' : '';
    if (escape === undefined) {
      return typed(`(${of} ${not}LIKE ${pattern})`, BOOLEAN);
    }
    return typed(`(${not}js_like_escape(${of}, ${pattern}, ${escape}))`, BOOLEAN);
  }

  private case(expr: Extract<Expr, { is: 'case' }>, scope: Scope): Value {
    const of = expr.of && this.value(expr.of, scope);
    const whens = expr.whens.map(({ when }) =>
      of ? this.compare('=', of, this.value(when, scope)).sql : this.boolean(when, scope),
    );
    const thens = expr.whens.map(({ then }) => this.value(then, scope));
    const otherwise = expr.otherwise ? this.value(expr.otherwise, scope) : NULL;
    const type = this.common([...thens, otherwise], 'CASE');
    const branches = whens.map((when, at) => `WHEN ${when} THEN ${coerce(thens[at], type).sql}`);
    return typed(`CASE ${branches.join(' ')} ELSE ${coerce(otherwise, type).sql} END`, type);
  }

  private subscript(of: Value, index: Value): Value {
    if (of.type.kind === 'array') {
      const at = this.argument(index, BIGINT, 'an array subscript');
      const long = `'Array subscript must be less than or equal to array length: ' || ${at} || ' > ' || len(${of.sql})`;
      return typed(
        `CASE WHEN ${at} = 0 THEN ${failWith(`'SQL array indices start at 1'`)} ` +
          `WHEN ${at} < 0 THEN ${failWith(`'Array subscript is negative: ' || ${at}`)} ` +
          `WHEN ${at} > len(${of.sql}) THEN ${failWith(long)} ELSE ${of.sql}[${at}] END`,
        of.type.of,
      );
    }
    if (of.type.kind === 'map') {
      const key = this.argument(index, of.type.key, 'a map key');
      const missing = failWith(`'Key not present in map: ' || CAST(${key} AS VARCHAR)`);
      return typed(
        `CASE WHEN NOT map_contains(${of.sql}, ${key}) THEN ${missing} ELSE map_extract_value(${of.sql}, ${key}) END`,
        of.type.value,
      );
    }
    if (of.type.kind === 'row' && /^\d+$/.test(index.sql)) {
      const at = Number(index.sql) - 1;
      if (!of.type.fields[at]) {
        throw new SqlError('ER_WRONG_ARGUMENTS', `subscript expression on ROW is out of range: ${index.sql}`);
      }
      return member(of, at);
    }
    throw new SqlError('ER_WRONG_ARGUMENTS', `cannot apply a subscript to ${display(of.type)}`);
  }

  private argument(value: Value, to: Type, what: string): string {
    const type = commonType(value.type, to);
    if (!type || duckdbType(type) !== duckdbType(to)) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `expected ${display(to)} for ${what}, got ${display(value.type)}`);
    }
    return coerce(value, to).sql;
  }

  /** Calls of functions. */
  private call(call: Call, scope: Scope): Value {
    const name = Object.hasOwn(SYNONYMS, call.name) ? SYNONYMS[call.name] : call.name;
    const args = call.args.map((arg, at): Argument => {
      if (arg.is === 'column' && name === 'normalize' && at === 1) {
        return text(arg.names.join('.').toUpperCase());
      }
      return arg.is === 'lambda' ? { lambda: arg } : this.value(arg, scope);
    });
    const family = (['aggregate', 'window', 'scalar'] as const).find((one) => hasFunction(one, name));
    // EXTRACT has names with a space for its fields.
    const special = Object.hasOwn(SPECIAL, name) && !name.includes(' ') ? SPECIAL[name] : undefined;
    if (!family && !special) {
      if (REFUSED_FUNCTIONS.test(name)) {
        throw new SqlError('ER_TABLEACCESS_DENIED_ERROR', `the function ${call.name} is not allowed`);
      }
      throw UNSUPPORTED.test(name)
        ? new SqlError('ER_NOT_SUPPORTED_YET', `the function ${call.name} is not supported`)
        : new SqlError('ER_SP_DOES_NOT_EXIST', `function ${call.name} does not exist`);
    }
    const isAggregate = special ? special.isAggregate === true : family !== 'scalar';
    if (!isAggregate && (call.distinct || call.order || call.filter || call.over || call.star || call.ignoreNulls)) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `${call.name} is not an aggregate function: DISTINCT, ORDER BY, FILTER and OVER have no place there`,
      );
    }
    if (call.star && name !== 'count') {
      throw new SqlError('ER_PARSE_ERROR', `${call.name}(*) is not a call: only count takes *`);
    }
    if (family === 'window' && WITHOUT_OVER.has(name) && !call.over) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `window function ${call.name} requires an OVER clause`);
    }
    const modifiers = this.modifiers(call, scope);
    if (special) {
      return special.compile(args, this, { scope, modifiers, call });
    }
    const value = callFunction(family!, name, args, this.lambda(scope), modifiers);
    const [first] = args;
    // A length does not change the SQL, but what `typeof` answers.
    return KEEPS_LENGTH.has(name) && first && !('lambda' in first) && first.type.kind === 'varchar'
      ? { ...value, type: first.type }
      : value;
  }

  /** Calls one of the functions that are written in code. */
  public special(name: string, args: readonly Argument[], scope: Scope): Value {
    const found = SPECIAL[name];
    if (!found) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `${name} is not known`);
    }
    return found.compile(args, this, { scope, modifiers: NO_MODIFIERS });
  }

  public lambda(scope: Scope): LambdaCompiler {
    return (lambda, params) => {
      const variable = `"$v${scope.lambdaDepth}"`;
      const values = params(variable);
      const bound = new Map(lambda.params.map((param, at) => [param.toLowerCase(), values[at]] as const));
      return { variable, body: this.value(lambda.body, scope.with({ lambda: bound })) };
    };
  }

  /** The body of a lambda whose parameters stand for the given values. */
  public lambdaBody(argument: Argument, values: readonly Value[], scope: Scope, name: string): Value {
    if (!('lambda' in argument) || argument.lambda.params.length !== values.length) {
      throw wrongArguments(name, [argument], [`a lambda with ${values.length} parameter(s)`]);
    }
    return this.lambda(scope)(argument.lambda, () => values).body;
  }

  private modifiers(call: Call, scope: Scope): Modifiers {
    const filter = call.filter ? ` FILTER (WHERE ${this.boolean(call.filter, scope)})` : '';
    const over = call.over ? ` OVER (${this.window(call.over, scope)})` : '';
    const order = call.order ? ` ${this.order(call.order, scope)}` : '';
    return {
      distinct: call.distinct === true,
      order: (call.ignoreNulls ? ' IGNORE NULLS' : '') + order,
      suffix: filter + over,
    };
  }

  private window(window: Window, scope: Scope): string {
    const base = window.name === undefined ? undefined : scope.window(window.name);
    const partition = base?.partition.length ? base.partition : window.partition;
    const order = base?.order.length ? base.order : window.order;
    const frame = window.frame ?? base?.frame;
    const parts: string[] = [];
    if (partition.length > 0) {
      parts.push(`PARTITION BY ${partition.map((expr) => this.value(expr, scope).sql).join(', ')}`);
    }
    if (order.length > 0) {
      parts.push(this.order(order, scope));
    }
    if (frame) {
      const bound = (one: FrameBound): string =>
        one.offset ? `${this.value(one.offset, scope).sql} ${one.kind.toUpperCase()}` : one.kind.toUpperCase();
      const unit = frame.unit.toUpperCase();
      const start = bound(frame.start);
      parts.push(frame.end ? `${unit} BETWEEN ${start} AND ${bound(frame.end)}` : `${unit} ${start}`);
    }
    return parts.join(' ');
  }

  private order(items: readonly SortItem[], scope: Scope): string {
    const keys = items.map(
      ({ expr, descending, nullsFirst }) =>
        `${this.value(expr, scope).sql} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`,
    );
    return `ORDER BY ${keys.join(', ')}`;
  }
}

function isOrderable(type: Type): boolean {
  return type.kind !== 'map' && type.kind !== 'json';
}

/** A member of a row. */
export function member(row: Value, at: number): Value {
  const type = row.type as Type & { kind: 'row' };
  return typed(`struct_extract(${row.sql}, ${quoteText(fieldName(type, at))})`, type.fields[at].type);
}

function field(of: Value, name: string): Value {
  if (of.type.kind !== 'row') {
    throw new SqlError('ER_BAD_FIELD_ERROR', `expected a row before .${name}, got ${display(of.type)}`);
  }
  const at = of.type.fields.findIndex((one) => one.name?.toLowerCase() === name.toLowerCase());
  if (at < 0) {
    throw new SqlError('ER_BAD_FIELD_ERROR', `column '${name}' cannot be resolved`);
  }
  return member(of, at);
}

function number(written: string): Value {
  if (/^\d+$/.test(written)) {
    const value = BigInt(written);
    if (value > 9223372036854775807n) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `invalid numeric literal: ${written}`);
    }
    return value <= 2147483647n ? typed(String(value), { kind: 'integer' }) : typed(`CAST(${value} AS BIGINT)`, BIGINT);
  }
  if (/e/i.test(written)) {
    if (!Number.isFinite(Number(written))) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `the number ${written} is beyond the range of double`);
    }
    return typed(`CAST('${written}' AS DOUBLE)`, { kind: 'double' });
  }
  return decimalNumber(written);
}

function decimalNumber(written: string): Value {
  const match = /^([+-]?)(\d*)\.?(\d*)$/.exec(written);
  if (!match || match[2] + match[3] === '') {
    throw new SqlError('ER_WRONG_ARGUMENTS', `invalid decimal literal: ${written}`);
  }
  const whole = match[2].replace(/^0+/, '');
  const precision = Math.max(whole.length + match[3].length, 1);
  if (precision > 38) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `invalid decimal literal: ${written} has more than 38 digits`);
  }
  const type = decimal(precision, match[3].length);
  return typed(`CAST('${match[1]}${whole || '0'}.${match[3]}' AS ${duckdbType(type)})`, type);
}
