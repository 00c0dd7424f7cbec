import { REFUSED_FUNCTIONS } from '../engine/select-guard';
import { SqlError } from '../sql-error';
import type { Aggregation } from './aggregation';
import { callBeforeLambdas } from './before-lambdas';
import { canonical } from './comparison';
import { computedOnce } from './computed-once';
import type { ExpressionCompiler } from './expressions';
import { frameSql, rangeType } from './frames';
import { SYNONYMS } from './functions';
import { expectOrderable, sortKey } from './order-by';
import { NO_MODIFIERS, callFunction, hasFunction, hasTemplateWithLambda, wrongArguments } from './overloads';
import type { Argument, Family, LambdaCompiler, Modifiers } from './overloads';
import type { Scope } from './scope';
import { SPECIAL } from './special-functions';
import type { Call, Expr, SortItem, Window } from './syntax';
import { UNSUPPORTED } from './unsupported';
import { isNumeric } from './types';
import { coerce, text } from './value';
import type { Value } from './value';
import { columnsOf } from './walk';

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

/** Functions written in code that have their arguments within lambdas. */
const WITHIN_LAMBDAS = new Set(['combinations', 'map_zip_with', 'repeat', 'zip', 'zip_with']);

/** Functions that do not compute all of their arguments. */
const IS_LAZY = new Set(['coalesce', 'if', 'ifnull', 'nvl']);

/** Functions whose text is at most as long as their first argument. */
const KEEPS_LENGTH = new Set(['json_extract_scalar', 'lower', 'upper', 'trim', 'ltrim', 'rtrim', 'substr']);

/** Compiles calls of functions: which function it is, its arguments, and what stands behind them. */
export class CallCompiler {
  private isInWindow = false;

  constructor(private readonly expressions: ExpressionCompiler) {}

  /** A query within a call has windows of its own. */
  public withOwnWindows<T>(compile: () => T): T {
    const { isInWindow } = this;
    this.isInWindow = false;
    const compiled = compile();
    this.isInWindow = isInWindow;
    return compiled;
  }

  public call(call: Call, scope: Scope): Value {
    const name = nameOf(call);
    const isAggregate = kindOf(name) === 'aggregate';
    if (name === 'try') {
      const [arg] = call.args;
      expectPlain(call, false);
      return call.args.length === 1 && arg.is !== 'lambda'
        ? this.expressions.try(scope, () => this.expressions.value(arg, scope))
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
      return this.expressions.value(arg, aggregation.source);
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
      const value = this.expressions.value(arg, scope);
      return call.distinct ? canonical(value) : value;
    });
    if (kind === 'window' && !call.over) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `window function ${call.name} requires an OVER clause`);
    }
    const modifiers = this.modifiers(call, name, args, scope);
    const compile = (given: readonly Argument[]): Value => this.functionOf(call, name, given, modifiers, scope);
    return kind === 'scalar' && !IS_LAZY.has(name) ? withValuesOnce(args, compile) : compile(args);
  }

  private functionOf(call: Call, name: string, args: readonly Argument[], modifiers: Modifiers, scope: Scope): Value {
    if (isSpecial(name)) {
      const compile = (given: readonly Argument[]): Value =>
        SPECIAL[name].compile(given, this.expressions, { scope, modifiers, call });
      return WITHIN_LAMBDAS.has(name) ? callBeforeLambdas(args, compile) : compile(args);
    }
    const value = callFunction(kindOf(name)!, name, args, this.lambda(scope), modifiers);
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
    return withValuesOnce(args, (given) => found.compile(given, this.expressions, { scope, modifiers: NO_MODIFIERS }));
  }

  private lambda(scope: Scope): LambdaCompiler {
    return (lambda, params) => {
      const variable = `"$v${scope.lambdaDepth}"`;
      const values = params(variable);
      const bound = new Map(lambda.params.map((param, at) => [param.toLowerCase(), values[at]] as const));
      return { variable, body: this.expressions.value(lambda.body, scope.with({ lambda: bound })) };
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
    const filter = call.filter ? ` FILTER (WHERE ${this.expressions.boolean(call.filter, scope)})` : '';
    const over = call.over ? ` OVER (${this.window(call.over, name, scope)})` : '';
    let order = call.order ? ` ${this.order(call.order, scope)}` : '';
    if (call.distinct && call.order) {
      const sorted = call.order.map(({ expr }) => this.expressions.value(expr, scope).sql);
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
      parts.push(`PARTITION BY ${partition.map((expr) => this.expressions.value(expr, scope).sql).join(', ')}`);
    }
    if (order.length > 0) {
      parts.push(this.order(order, scope, frame));
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
          order.map(({ expr }) => this.expressions.value(expr, scope)),
          (expr) => this.expressions.value(expr, scope),
        ),
      );
    }
    return parts.join(' ');
  }

  private order(items: readonly SortItem[], scope: Scope, frame?: Window['frame']): string {
    const keys = items.map((item) => {
      const value = this.expressions.value(item.expr, scope);
      expectOrderable(value);
      const type =
        frame && isNumeric(value.type)
          ? rangeType(frame, value.type, (expr) => this.expressions.value(expr, scope))
          : value.type;
      return sortKey(coerce(value, type).sql, item);
    });
    return `ORDER BY ${keys.join(', ')}`;
  }
}

function withValuesOnce(args: readonly Argument[], compile: (args: readonly Argument[]) => Value): Value {
  const values = args.filter((arg): arg is Value => !('lambda' in arg));
  return computedOnce(values, (given) => {
    const rest = [...given];
    return compile(args.map((arg) => ('lambda' in arg ? arg : rest.shift()!)));
  });
}

function nameOf({ name }: Call): string {
  return Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : name;
}

/** Whether DuckDB's SQL for the function has a lambda. */
export function isWrittenWithLambda(call: Call): boolean {
  const name = nameOf(call);
  return name === 'try' || WITHIN_LAMBDAS.has(name) || (!isSpecial(name) && hasTemplateWithLambda(name));
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
