import { SqlError } from '../sql-error';
import { arithmetic, negative } from './arithmetic';
import { CallCompiler } from './calls';
import { canonical, compare, isFloating, isNested, isNumber } from './comparison';
import type { CompileInput } from './compile';
import { computedFirst, computedOnce } from './computed-once';
import { parseInterval } from './intervals';
import { TAKES_LITERALS, literalOf, number, typedLiteral } from './literals';
import { castMysqlChar, castUnsigned } from './mysql-casts';
import type { Column, Scope } from './scope';
import type { Expr, Query, TypeName } from './syntax';
import {
  BIGINT,
  BOOLEAN,
  UNKNOWN,
  VARBINARY,
  arrayOf,
  commonType,
  display,
  duckdbType,
  isNumeric,
  isText,
  typeOf,
} from './types';
import type { Type } from './types';
import { NULL, cast, coerce, failWith, member, text, typed } from './value';
import type { Value } from './value';
import { hasColumn, isConstant, isQuery } from './walk';

type Binary = Extract<Expr, { is: 'binary' }>;

/** What DuckDB does with operators within each other takes a time that grows with the cube of their depth. */
const MAX_NESTED_OPERATORS = 32;

type QueryCompiler = (query: Query, scope: Scope) => { sql: string; columns: readonly Column[] };

/** Functions that answer something else each time. */
const CHANCE = new Set(['rand', 'random', 'uuid', 'shuffle']);

/** Compiles expressions: types by Presto's rules, text for DuckDB. */
export class ExpressionCompiler {
  /** Of the TRY that is compiled: what has to be computed before it. */
  private tried?: { readonly variable: string; readonly lambdaDepth: number; readonly firsts: string[] };
  /** Queries within expressions that are computed elsewhere. */
  private readonly known = new Map<Expr, Value>();
  /** Conditions of which it is enough to know whether they are true. */
  private readonly filters = new Set<Expr>();
  public readonly calls = new CallCompiler(this);

  constructor(
    public readonly input: CompileInput,
    private readonly compileQuery: QueryCompiler,
  ) {}

  private query(query: Query, scope: Scope): ReturnType<QueryCompiler> {
    if (scope.lambdaDepth > 0) {
      throw new SqlError('ER_WRONG_ARGUMENTS', 'a lambda expression cannot contain a query');
    }
    const { tried } = this;
    this.tried = undefined;
    const compiled = this.calls.withOwnWindows(() => this.compileQuery(query, scope));
    this.tried = tried;
    return compiled;
  }

  /** Computes a query, whose value is then the one that is answered for it. */
  public computed(query: Expr, scope: Scope, named: (value: Value) => Value): void {
    this.known.delete(query);
    this.known.set(query, named(this.value(query, scope)));
  }

  /** The value of what is computed elsewhere. */
  private keyOf(expr: Expr, scope: Scope): Value | undefined {
    return (
      this.known.get(expr) ?? (scope.grouping && !isConstant(expr) ? scope.grouping.keyOf(expr, scope) : undefined)
    );
  }

  public value(expr: Expr, scope: Scope): Value {
    const key = this.keyOf(expr, scope);
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
    return isQuery(expr) || (expr.is === 'call' && (expr.over !== undefined || CHANCE.has(expr.name)));
  }

  /** The expression, and NULL where it fails. */
  public try(scope: Scope, compile: () => Value): Value {
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
        return typedLiteral(expr, this.input.timeZone);
      case 'interval':
        return parseInterval(expr);
      case 'column':
        return this.column(expr.names, scope);
      case 'call':
        return this.calls.call(expr, scope);
      case 'lambda':
        throw new SqlError('ER_PARSE_ERROR', 'a lambda can only be an argument of a function that takes one');
      case 'unary':
        return expr.op === 'not' ? this.not(expr.of, scope) : this.sign(expr, scope);
      case 'binary':
        return this.chain(expr, scope);
      case 'logical': {
        const items = expr.items.map((item) => this.boolean(item, scope));
        return typed(`(${items.join(` ${expr.op.toUpperCase()} `)})`, BOOLEAN);
      }
      case 'compare': {
        return computedOnce(this.operands([expr.left, expr.right], scope), ([left, right]) =>
          compare(expr.op, left, right),
        );
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
        if (isNested(of.type) || isMaybeNan([low, high])) {
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
        return expr.safe ? this.tryCast(of, expr.type) : computedOnce([of], ([one]) => this.cast(one, expr.type));
      }
      case 'extract':
        return this.calls.special(`extract ${expr.field}`, [this.value(expr.of, scope)], scope);
      case 'zone':
        return this.calls.special('at_timezone', [this.value(expr.of, scope), this.value(expr.zone, scope)], scope);
      case 'subscript':
        return computedOnce([this.value(expr.of, scope), this.value(expr.index, scope)], ([of, index]) =>
          this.subscript(of, index),
        );
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

  /** Operators one behind another, the first of which is the innermost; a statement may have thousands. */
  private chain(last: Binary, scope: Scope): Value {
    const steps = [last];
    let first = last.left;
    while (first.is === 'binary' && !this.keyOf(first, scope)) {
      steps.unshift(first);
      first = first.left;
    }
    let value = this.value(first, scope);
    while (steps.length > 0) {
      const isText = steps[0].op === '||';
      const end = steps.findIndex(({ op }, at) => (op === '||') !== isText || (!isText && at === MAX_NESTED_OPERATORS));
      const run = steps.splice(0, end < 0 ? steps.length : end);
      const values = [value, ...run.map(({ right }) => this.value(right, scope))];
      if (isText) {
        value = this.joined(values, scope);
      } else {
        const apply = (operands: readonly Value[]): Value =>
          operands.slice(1).reduce((left, right, at) => this.operation(run[at].op, left, right, scope), operands[0]);
        value = run.length === MAX_NESTED_OPERATORS ? computedFirst(values, apply) : apply(values);
      }
    }
    return value;
  }

  private operation(op: string, ...[left, right, scope]: [Value, Value, Scope]): Value {
    return computedOnce([left, right], (operands) =>
      op === 'div' ? this.calls.special('div', operands, scope) : arithmetic(op, operands[0], operands[1]),
    );
  }

  /** Texts, or arrays of one kind, in one piece; an array and an item, which may be an array, two at a time. */
  private joined(values: readonly Value[], scope: Scope): Value {
    const isOne =
      values.every(({ type }) => type.kind !== 'array') ||
      (values.every(({ type }) => type.kind === 'array') &&
        values.reduce<Type | undefined>((type, value) => type && commonType(type, value.type), UNKNOWN) !== undefined);
    return isOne
      ? this.calls.special('concat', values, scope)
      : values.slice(1).reduce((left, right) => this.calls.special('concat', [left, right], scope), values[0]);
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

  private column(names: readonly string[], scope: Scope): Value {
    const { value, used } = scope.resolve(names);
    expectGrouped(value, names);
    return names.slice(used).reduce<Value>(field, value);
  }

  public boolean(expr: Expr, scope: Scope): string {
    const value = this.value(expr, scope);
    if (value.type.kind !== 'boolean' && value.type.kind !== 'unknown') {
      throw new SqlError('ER_WRONG_ARGUMENTS', `expected a boolean, got ${display(value.type)}`);
    }
    return coerce(value, BOOLEAN).sql;
  }

  /** The condition of a clause. */
  public condition(expr: Expr, scope: Scope, clause: string): string {
    for (const item of expr.is === 'logical' && expr.op === 'and' ? expr.items : [expr]) {
      this.filters.add(item);
    }
    const value = this.value(expr, scope);
    if (value.type.kind !== 'boolean' && value.type.kind !== 'unknown') {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `${clause} clause must evaluate to a boolean: actual type ${display(value.type)}`,
      );
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
  private operands(exprs: readonly Expr[], scope: Scope): readonly Value[] {
    return this.withLiterals(
      exprs.map((expr) => this.value(expr, scope)),
      exprs,
    );
  }

  public withLiterals(values: readonly Value[], exprs: readonly Expr[] = []): readonly Value[] {
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
      if (isNested(of.type) || isMaybeNan(list)) {
        return typed(`(${not}(${list.map((item) => compare('=', of, item).sql).join(' OR ')}))`, BOOLEAN);
      }
      return typed(`(${of.sql} ${not}IN (${list.map(({ sql }) => sql).join(', ')}))`, BOOLEAN);
    }
    const { left, query } = this.withQuery(this.value(expr.of, scope), expr.list, scope);
    const isIn = `(${left.sql} ${not}IN (${query}))`;
    // A NULL within a row is another one's equal to DuckDB, and to Presto where nothing is filtered by it.
    const isFilter = this.filters.has(expr) && !expr.negated && isNested(left.type);
    return typed(isFilter ? `(${compare('=', left, left).sql} AND ${isIn})` : isIn, BOOLEAN);
  }

  private quantified(expr: Extract<Expr, { is: 'quantified' }>, scope: Scope): Value {
    const { op, quantifier, left: of, query: list } = expr;
    if ((op === '=' && quantifier === 'any') || (op === '<>' && quantifier === 'all')) {
      return this.in({ is: 'in', negated: op === '<>', of, list }, scope);
    }
    const { left, query } = this.withQuery(this.value(of, scope), list, scope);
    return typed(`(${left.sql} ${op} ${quantifier.toUpperCase()} (${query}))`, BOOLEAN);
  }

  /** A value and a subquery of one column in the same type. */
  private withQuery(of: Value, query: Query, scope: Scope): { left: Value; query: string } {
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
      left: canonical(coerce(of, type)),
      query: `SELECT ${canonical(coerce(right, type)).sql} FROM (${sql}) AS q(${names})`,
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
}

/** Whether so many operators follow each other that they are not nested as they are written. */
export function isLongChain(expr: Expr, atLeast = MAX_NESTED_OPERATORS): boolean {
  return expr.is === 'binary' && (atLeast === 1 || isLongChain(expr.left, atLeast - 1));
}

/** Whether one that is not written as a number may be NaN, which nothing is equal to. */
function isMaybeNan(values: readonly Value[]): boolean {
  return values.some((value) => isFloating(value.type) && !isNumber(value));
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
