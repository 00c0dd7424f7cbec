import type { Expr } from './syntax';

/**
 * A condition with MySQL's 1 and 0 for true and false: as itself (`WHERE 1 AND …`), or beside one (`true = 1`).
 *
 * Assumption: as drivers write them; anywhere else a number is no boolean, as in Presto.
 */
export function mysqlCondition(expr: Expr): Expr {
  switch (expr.is) {
    case 'number':
      return /^[01]$/.test(expr.text) ? { is: 'boolean', value: expr.text === '1' } : expr;
    case 'logical':
      return { ...expr, items: expr.items.map(mysqlCondition) };
    case 'unary':
      return expr.op === 'not' ? { ...expr, of: mysqlCondition(expr.of) } : expr;
    case 'compare':
      return expr.left.is === 'boolean' || expr.right.is === 'boolean'
        ? { ...expr, left: mysqlCondition(expr.left), right: mysqlCondition(expr.right) }
        : expr;
    default:
      return expr;
  }
}
