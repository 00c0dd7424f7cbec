import { SqlError } from '../sql-error';
import { quoteText } from '../tokens';
import type { Aggregation } from './aggregation';
import type { CompileInput } from './compile';
import { frameSql } from './frames';
import { REFUSED_FUNCTIONS } from '../engine/select-guard';
import { castTimestamp, isOnClock } from './date-text';
import { UNSUPPORTED } from './unsupported';
import { SYNONYMS } from './functions';
import { NO_MODIFIERS, callFunction, hasFunction, wrongArguments } from './overloads';
import type { Argument, Family, LambdaCompiler, Modifiers } from './overloads';
import { arithmetic, negative } from './arithmetic';
import { canonical, compare, isNested } from './comparison';
import type { Column, Scope } from './scope';
import { SPECIAL } from './special-functions';
import type { Call, Expr, Query, SortItem, TypeName, Window } from './syntax';
import {
  BIGINT,
  BOOLEAN,
  TIMESTAMP,
  UNKNOWN,
  VARBINARY,
  arrayOf,
  commonType,
  decimal,
  display,
  duckdbType,
  isNumeric,
  isOrderable,
  isText,
  typeOf,
  zoneOf,
} from './types';
import type { Type } from './types';
import { NULL, cast, coerce, failWith, instantOf, member, text, typed } from './value';
import type { Value } from './value';
import { castMysqlChar, castUnsigned } from './mysql-casts';
import { parseInterval } from './intervals';
import { columnsOf, hasColumn, isConstant } from './walk';

type QueryCompiler = (query: Query, scope: Scope) => { sql: string; columns: readonly Column[] };

const TAKES_LITERALS: ReadonlySet<string> = new Set([
  ...['boolean', 'date', 'time', 'timestamp', 'timestamptz', 'varbinary'],
]);
const DATE_TEXT = /^\s*[+-]?\d+-\d{1,2}-\d{1,2}\s*$/;
const CLOCK = /^\s*\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?\s*$/;

const TAKES_NULLS = new Set(['first_value', 'last_value', 'nth_value', 'lag', 'lead']);
/** Need ORDER BY, and take no frame. */
const BY_OFFSET = new Set(['lag', 'lead']);

/** Aggregates whose result depends on the order of the rows. */
const KEEPS_ORDER = new Set([
  'arbitrary',
  'array_agg',
  'group_concat',
  'listagg',
  'map_agg',
  'map_union',
  'multimap_agg',
  'reduce_agg',
  'set_agg',
]);

/** Arguments that are words of the grammar, by their places. */
const WORD_ARGUMENTS: Readonly<Record<string, number>> = { normalize: 1, timestampdiff: 0, timestampadd: 0 };

/** Functions that answer something else each time. */
const CHANCE = new Set(['rand', 'random', 'uuid', 'shuffle']);

/** Functions whose text is at most as long as their first argument. */
const KEEPS_LENGTH = new Set(['json_extract_scalar', 'lower', 'upper', 'trim', 'ltrim', 'rtrim', 'substr']);

/** Compiles expressions: types by Presto's rules, text for DuckDB. */
export class ExpressionCompiler {
  /** Of the TRY that is compiled: what has to be computed before it. */
  private tried?: { readonly variable: string; readonly lambdaDepth: number; readonly firsts: string[] };
  private isInWindow = false;

  constructor(
    public readonly input: CompileInput,
    private readonly compileQuery: QueryCompiler,
  ) {}

  private query(query: Query, scope: Scope): ReturnType<QueryCompiler> {
    if (scope.lambdaDepth > 0) {
      throw new SqlError('ER_WRONG_ARGUMENTS', 'a lambda expression cannot contain a query');
    }
    const { isInWindow, tried } = this;
    [this.isInWindow, this.tried] = [false, undefined];
    const compiled = this.compileQuery(query, scope);
    [this.isInWindow, this.tried] = [isInWindow, tried];
    return compiled;
  }

  public value(expr: Expr, scope: Scope): Value {
    const key = isConstant(expr) ? undefined : scope.grouping?.keyOf(expr, scope);
    if (key) {
      return key;
    }
    const { tried } = this;
    if (tried === undefined || !this.isFirst(expr)) {
      return this.compiled(expr, scope);
    }
    if (scope.lambdaDepth > tried.lambdaDepth) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', 'a random value or a query in a lambda within TRY is not supported');
    }
    this.tried = undefined;
    const { sql, type } = this.compiled(expr, scope);
    this.tried = tried;
    tried.firsts.push(sql);
    return typed(`${tried.variable}.h${tried.firsts.length - 1}`, type);
  }

  /** What DuckDB does not take within TRY: it is computed before, and what goes wrong there ends the query. */
  private isFirst(expr: Expr): boolean {
    switch (expr.is) {
      case 'subquery':
      case 'exists':
      case 'quantified':
        return true;
      case 'in':
        return 'body' in expr.list;
      case 'call':
        return expr.over !== undefined || CHANCE.has(expr.name);
      default:
        return false;
    }
  }

  /** The expression, and NULL where it fails. */
  private try(scope: Scope, compile: () => Value): Value {
    const outer = this.tried;
    const tried = { variable: `"$t${scope.lambdaDepth}"`, lambdaDepth: scope.lambdaDepth, firsts: [] as string[] };
    this.tried = outer ?? tried;
    const { sql, type } = compile();
    this.tried = outer;
    const firsts = ['h := 0', ...tried.firsts.map((first, at) => `h${at} := ${first}`)].join(', ');
    // In a lambda, out of which DuckDB takes no expressions that stand elsewhere, too: they would fail before TRY.
    return typed(`list_transform([struct_pack(${firsts})], lambda ${tried.variable}: TRY(${sql}))[1]`, type);
  }

  private compiled(expr: Expr, scope: Scope): Value {
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
        if (expr.op === 'div') {
          return this.special('div', [this.value(expr.left, scope), this.value(expr.right, scope)], scope);
        }
        return expr.op === '||'
          ? this.special('concat', [this.value(expr.left, scope), this.value(expr.right, scope)], scope)
          : arithmetic(expr.op, this.value(expr.left, scope), this.value(expr.right, scope));
      case 'logical': {
        const items = expr.items.map((item) => this.boolean(item, scope));
        return typed(`(${items.join(` ${expr.op.toUpperCase()} `)})`, BOOLEAN);
      }
      case 'compare': {
        const [left, right] = this.operands([expr.left, expr.right], scope);
        return compare(expr.op, left, right);
      }
      case 'truth': {
        const of = this.boolean(expr.of, scope);
        const is = expr.value === undefined ? 'NULL' : String(expr.value).toUpperCase();
        return typed(`(${of} IS ${expr.negated ? 'NOT ' : ''}${is})`, BOOLEAN);
      }
      case 'distinct': {
        const [left, right] = this.alike([expr.left, expr.right], scope, 'IS DISTINCT FROM').map(canonical);
        return typed(`(${left.sql} IS ${expr.negated ? 'NOT ' : ''}DISTINCT FROM ${right.sql})`, BOOLEAN);
      }
      case 'between': {
        const [of, low, high] = this.alike([expr.of, expr.low, expr.high], scope, 'BETWEEN');
        const not = expr.negated ? 'NOT ' : '';
        if (isNested(of.type)) {
          return typed(`(${not}(${compare('>=', of, low).sql} AND ${compare('<=', of, high).sql}))`, BOOLEAN);
        }
        return typed(`(${of.sql} ${not}BETWEEN ${low.sql} AND ${high.sql})`, BOOLEAN);
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
        const of = this.value(expr.of, scope);
        return expr.safe ? this.tryCast(of, expr.type) : this.cast(of, expr.type);
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

  /** What goes wrong in the value itself, and not in the cast, ends the query. */
  private tryCast(of: Value, type: TypeName): Value {
    const { sql, type: to } = this.cast(of.isNull ? of : { ...of, sql: '"$c"' }, type);
    return typed(`list_transform([${of.sql}], lambda "$c": TRY(${sql}))[1]`, to);
  }

  private cast(of: Value, type: TypeName): Value {
    switch (type.name) {
      case 'char':
        // Presto has `char(1)` for it, and casts nothing but texts to `char(n)`.
        return type.lengths.length === 0 || !(isText(of.type) || of.type.kind === 'unknown')
          ? castMysqlChar(of, type.lengths.at(0))
          : cast(of, typeOf(type, this.input.timeZone));
      case 'signed':
        return cast(of, BIGINT);
      case 'unsigned':
        return castUnsigned(of);
      default:
        return cast(of, typeOf(type, this.input.timeZone));
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
    if (to.kind === 'date' && (!DATE_TEXT.test(written) || castTimestamp(written) === undefined)) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a valid date literal`);
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
    if (!isOnClock(castTimestamp(match[1])!, zone)) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `'${written}' is not a valid timestamp literal: its zone's clocks are put forward then`,
      );
    }
    return typed(instantOf(wall.sql, zone), { kind: 'timestamptz', zone });
  }

  private column(names: readonly string[], scope: Scope): Value {
    const { value, used } = scope.resolve(names);
    expectGrouped(value, names);
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

  /**
   * What is compared. A literal beside what depends on a column of dates, times, booleans or bytes is one, too: drivers
   * write such parameters as `'2020-01-01'`, `'2020-01-01 00:00:00'`, `1`, `0` and `'bytes'`.
   *
   * Assumption: as in MySQL, which turns a constant into the type of the column that it is compared with; constants
   * alone are compared by Presto's rules.
   */
  private operands(exprs: readonly Expr[], scope: Scope): Value[] {
    const values = exprs.map((expr) => this.value(expr, scope));
    const at = exprs.findIndex((expr, place) => TAKES_LITERALS.has(values[place].type.kind) && hasColumn(expr));
    return at < 0 ? values : values.map((value, place) => literalOf(value, exprs[place], values[at].type));
  }

  /** The expressions in the type that all can have. */
  private alike(exprs: readonly Expr[], scope: Scope, what: string): Value[] {
    const values = this.operands(exprs, scope);
    const type = this.common(values, what);
    return values.map((value) => coerce(value, type));
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
      if (isNested(of.type)) {
        return typed(`(${not}(${list.map((item) => compare('=', of, item).sql).join(' OR ')}))`, BOOLEAN);
      }
      return typed(`(${of.sql} ${not}IN (${list.map(({ sql }) => sql).join(', ')}))`, BOOLEAN);
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
    const whens = expr.whens.map(({ when }) => {
      if (!expr.of) {
        return this.boolean(when, scope);
      }
      const [of, wanted] = this.operands([expr.of, when], scope);
      return compare('=', of, wanted).sql;
    });
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
        `CASE WHEN ${of.sql} IS NULL THEN NULL WHEN ${at} = 0 THEN ${failWith(`'SQL array indices start at 1'`)} ` +
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

  private call(call: Call, scope: Scope): Value {
    const name = nameOf(call);
    const isAggregate = kindOf(name) === 'aggregate';
    if (name === 'try') {
      const [arg] = call.args;
      expectPlain(call, false);
      return call.args.length === 1 && arg.is !== 'lambda'
        ? this.try(scope, () => this.value(arg, scope))
        : this.special('try', [], scope);
    }
    if (call.over) {
      return this.windowCall(call, name, scope);
    }
    if (!isAggregate) {
      return this.function(call, name, scope);
    }
    const { aggregation } = scope;
    if (!aggregation) {
      throw new SqlError(
        'ER_INVALID_GROUP_FUNC_USE',
        `${call.name} cannot be used here: aggregations have no place in WHERE, JOIN, GROUP BY, lambdas and other aggregations`,
      );
    }
    if (name !== 'grouping' && isOfOuterQuery(call, aggregation.source)) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        `${call.name} over columns of an outer query alone is not supported: a correlated query aggregates its own columns`,
      );
    }
    return aggregation.add(
      name === 'grouping' ? this.grouping(call, scope, aggregation) : this.function(call, name, aggregation.source),
    );
  }

  private grouping(call: Call, scope: Scope, aggregation: Aggregation): Value {
    expectPlain(call, false);
    const columns = call.args.map((arg) => {
      if (arg.is !== 'column' || !aggregation.keyOf(arg, scope)) {
        throw new SqlError(
          'ER_INVALID_GROUP_FUNC_USE',
          'the arguments to GROUPING() must be columns that are referenced by GROUP BY',
        );
      }
      return this.value(arg, aggregation.source);
    });
    return this.special('grouping', columns, scope);
  }

  private windowCall(call: Call, name: string, scope: Scope): Value {
    if (!scope.allowsWindows || this.isInWindow) {
      throw new SqlError(
        'ER_WINDOW_INVALID_WINDOW_FUNC_USE',
        `${call.name} … OVER cannot be used here: window functions stand in the select list and in ORDER BY, and not within each other`,
      );
    }
    expectWindow(call, name);
    this.isInWindow = true;
    try {
      return this.function(call, name, scope);
    } finally {
      this.isInWindow = false;
    }
  }

  private function(call: Call, name: string, scope: Scope): Value {
    const kind = kindOf(name);
    if (!kind) {
      throw unknown(call.name);
    }
    expectPlain(call, kind !== 'scalar');
    const args = call.args.map((arg, at): Argument => {
      if (arg.is === 'column' && WORD_ARGUMENTS[name] === at) {
        return text(arg.names.join('.').toUpperCase());
      }
      if (arg.is === 'lambda') {
        return { lambda: arg };
      }
      const value = this.value(arg, scope);
      return call.distinct ? canonical(value) : value;
    });
    if (kind === 'window' && !call.over) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `window function ${call.name} requires an OVER clause`);
    }
    const modifiers = this.modifiers(call, name, args, scope);
    if (isSpecial(name)) {
      return SPECIAL[name].compile(args, this, { scope, modifiers, call });
    }
    const value = callFunction(kind, name, args, this.lambda(scope), modifiers);
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

  private modifiers(call: Call, name: string, args: readonly Argument[], scope: Scope): Modifiers {
    const filter = call.filter ? ` FILTER (WHERE ${this.boolean(call.filter, scope)})` : '';
    const over = call.over ? ` OVER (${this.window(call.over, name, scope)})` : '';
    let order = call.order ? ` ${this.order(call.order, scope)}` : '';
    if (call.distinct && call.order) {
      const sorted = call.order.map(({ expr }) => this.value(expr, scope).sql);
      if (!sorted.every((key) => args.some((arg) => 'sql' in arg && arg.sql === key))) {
        throw new SqlError(
          'ER_WRONG_ARGUMENTS',
          'for an aggregate function with DISTINCT, ORDER BY expressions must appear in its arguments',
        );
      }
      if (args.length > 1 && KEEPS_ORDER.has(name)) {
        throw new SqlError('ER_NOT_SUPPORTED_YET', `${name} with DISTINCT and ORDER BY is not supported`);
      }
      order = KEEPS_ORDER.has(name) ? order : '';
    }
    return {
      distinct: call.distinct === true,
      order: (call.nulls === 'ignore' ? ' IGNORE NULLS' : '') + order,
      suffix: filter + over,
    };
  }

  private window(window: Window, name: string, scope: Scope): string {
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
    } else if (BY_OFFSET.has(name)) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `${name} function requires an ORDER BY window clause`);
    }
    if (frame) {
      if (BY_OFFSET.has(name)) {
        throw new SqlError('ER_WRONG_ARGUMENTS', `cannot specify a window frame for the ${name} function`);
      }
      parts.push(
        frameSql(
          frame,
          order.map(({ expr }) => this.value(expr, scope)),
          (expr) => this.value(expr, scope),
        ),
      );
    }
    return parts.join(' ');
  }

  public order(items: readonly SortItem[], scope: Scope): string {
    const keys = items.map((item) => {
      const value = this.value(item.expr, scope);
      expectOrderable(value);
      return sortKey(value.sql, item);
    });
    return `ORDER BY ${keys.join(', ')}`;
  }
}

export function sortKey(sql: string, { descending, nullsFirst }: SortItem): string {
  return `${sql} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
}

/** @throws SqlError for a value of a type that has no order */
export function expectOrderable({ type }: Value): void {
  if (!isOrderable(type)) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `type ${display(type)} is not orderable, and therefore cannot be used in ORDER BY`,
    );
  }
}

/** @throws SqlError for a column that GROUP BY has left behind */
export function expectGrouped(value: Value, names: readonly string[]): void {
  if ((value as Partial<Column>).isUngrouped) {
    throw new SqlError(
      'ER_MIX_OF_GROUP_FUNC_AND_FIELDS',
      `'${names.join('.')}' must be an aggregate expression or appear in the GROUP BY clause`,
    );
  }
}

/** A literal as a value of a column's type, where it can be one. */
function literalOf(value: Value, expr: Expr, of: Type): Value {
  if (of.kind === 'boolean') {
    const isBit = expr.is === 'number' && /^[01]$/.test(expr.text);
    return isBit ? typed(String(expr.text === '1'), BOOLEAN) : value;
  }
  if (value.text === undefined) {
    return value;
  }
  if (of.kind === 'varbinary') {
    return typed(`encode(${quoteText(value.text)})`, VARBINARY);
  }
  const isDate = of.kind === 'date' && DATE_TEXT.test(value.text);
  const to: Type = of.kind === 'time' || isDate ? of : TIMESTAMP;
  if (of.kind === 'time' ? !CLOCK.test(value.text) : castTimestamp(value.text) === undefined) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `'${value.text}' is not a valid ${of.kind} literal`);
  }
  return { ...cast(value, to), text: undefined };
}

function nameOf({ name }: Call): string {
  return Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : name;
}

/** EXTRACT has names with a space for its fields. */
function isSpecial(name: string): boolean {
  return Object.hasOwn(SPECIAL, name) && !name.includes(' ');
}

function kindOf(name: string): Family | undefined {
  if (isSpecial(name)) {
    return SPECIAL[name].isAggregate ? 'aggregate' : 'scalar';
  }
  return (['aggregate', 'window', 'scalar'] as const).find((one) => hasFunction(one, name));
}

/** Whether it is an aggregate or GROUPING(), and not a window function. */
export function isAggregate(expr: Expr): boolean {
  return expr.is === 'call' && !expr.over && kindOf(nameOf(expr)) === 'aggregate';
}

/** Whether all columns of an aggregate are those of a query around its own. */
function isOfOuterQuery(call: Call, source: Scope): boolean {
  const columns = columnsOf(call);
  return columns.length > 0 && !columns.some((names) => source.owns(names));
}

function unknown(name: string): SqlError {
  if (REFUSED_FUNCTIONS.test(name)) {
    return new SqlError('ER_TABLEACCESS_DENIED_ERROR', `the function ${name} is not allowed`);
  }
  return UNSUPPORTED.test(name)
    ? new SqlError('ER_NOT_SUPPORTED_YET', `the function ${name} is not supported`)
    : new SqlError('ER_SP_DOES_NOT_EXIST', `function ${name} does not exist`);
}

/** @throws SqlError for what can stand with an aggregate only */
function expectPlain(call: Call, isAggregate: boolean): void {
  const { name, star, distinct, order, filter, over, nulls } = call;
  if (!isAggregate && (distinct || order || filter || over || star || nulls)) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `${name} is not an aggregate function: DISTINCT, ORDER BY, FILTER and OVER have no place there`,
    );
  }
  if (star && name !== 'count') {
    throw new SqlError('ER_PARSE_ERROR', `${name}(*) is not a call: only count takes *`);
  }
}

function expectWindow({ name: written, distinct, order, filter, nulls }: Call, name: string): void {
  if (filter || distinct || order) {
    const what = filter ? 'FILTER' : distinct ? 'DISTINCT' : 'ORDER BY in the arguments';
    throw new SqlError('ER_NOT_SUPPORTED_YET', `${what} is not supported for window functions: ${written} … OVER`);
  }
  if (nulls && !TAKES_NULLS.has(name)) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `cannot specify a null treatment clause for the ${written} function`);
  }
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
