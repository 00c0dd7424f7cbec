import type { Expr, SortItem } from './syntax';

/** The expressions that stand directly in another one; queries are not entered. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.is) {
    case 'call':
      return [
        ...expr.args,
        ...keysOf(expr.order),
        ...(expr.filter ? [expr.filter] : []),
        ...(expr.over ? [...expr.over.partition, ...keysOf(expr.over.order)] : []),
      ];
    case 'lambda':
      return [expr.body];
    case 'unary':
    case 'isnull':
    case 'truth':
    case 'cast':
    case 'extract':
    case 'field':
      return [expr.of];
    case 'zone':
      return [expr.of, expr.zone];
    case 'binary':
    case 'compare':
    case 'distinct':
      return [expr.left, expr.right];
    case 'logical':
    case 'array':
    case 'row':
      return expr.items;
    case 'quantified':
      return [expr.left];
    case 'between':
      return [expr.of, expr.low, expr.high];
    case 'in':
      return 'body' in expr.list ? [expr.of] : [expr.of, ...expr.list];
    case 'like':
      return [expr.of, expr.pattern, ...(expr.escape ? [expr.escape] : [])];
    case 'case':
      return [
        ...(expr.of ? [expr.of] : []),
        ...expr.whens.flatMap(({ when, then }) => [when, then]),
        ...(expr.otherwise ? [expr.otherwise] : []),
      ];
    case 'subscript':
      return [expr.of, expr.index];
    default:
      return [];
  }
}

function keysOf(order: readonly SortItem[] = []): readonly Expr[] {
  return order.map(({ expr }) => expr);
}

/** Whether the expression or one within it, subqueries apart, is what is looked for. */
export function contains(expr: Expr, isWanted: (one: Expr) => boolean): boolean {
  return isWanted(expr) || partsOf(expr).some((part) => contains(part, isWanted));
}

/** Whether the expression has the same value in all rows. */
export function isConstant(expr: Expr): boolean {
  return !contains(expr, (one) => one.is === 'column' || one.is === 'call' || isQuery(one));
}

/** Whether the value is that of a query. */
export function isQuery(expr: Expr): boolean {
  return (
    expr.is === 'subquery' ||
    expr.is === 'exists' ||
    expr.is === 'quantified' ||
    (expr.is === 'in' && 'body' in expr.list)
  );
}

/** The queries in an expression, those within others apart. */
export function queriesOf(expr: Expr): readonly Expr[] {
  return isQuery(expr) ? [expr] : partsOf(expr).flatMap(queriesOf);
}

/** Whether the value depends on a column, as far as can be seen. */
export function hasColumn(expr: Expr): boolean {
  return contains(expr, ({ is }) => is === 'column' || is === 'subquery');
}

/** The names of the columns in an expression, those in lambdas and queries apart. */
export function columnsOf(expr: Expr): readonly (readonly string[])[] {
  if (expr.is === 'column') {
    return [expr.names];
  }
  return expr.is === 'lambda' ? [] : partsOf(expr).flatMap(columnsOf);
}
