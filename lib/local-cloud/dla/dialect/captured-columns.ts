import { quoteName } from '../tokens';
import { isWrittenWithLambda } from './calls';
import type { ColumnNames } from './column-names';
import { isLongChain } from './expressions';
import type { Column, Relation, Scope } from './scope';
import type { Expr, Select } from './syntax';
import { partsOf } from './walk';

/**
 * The columns of outer queries that a SELECT has in or beside lambdas. DuckDB takes none there, so they become columns of what the
 * SELECT reads.
 */
export class CapturedColumns {
  /** By which names in the SELECT find them. */
  public readonly relations: Relation[] = [];
  private readonly items: string[] = [];

  /** @param scope - with the relations of the SELECT */
  constructor(
    node: Select,
    scope: Scope,
    private readonly names: ColumnNames,
  ) {
    const exprs = [...node.items.map(({ expr }) => expr), node.where, node.having, ...groupedBy(node)];
    const written = exprs.flatMap((expr) => (expr ? inLambdas(expr, undefined) : []));
    for (const path of new Map(written.map((one) => [one.join('.').toLowerCase(), one])).values()) {
      const found = scope.owns(path) ? undefined : scope.findOuter(path);
      if (found) {
        const used = path.slice(0, found.used).map((name) => name.toLowerCase());
        const column: Column = { ...names.column('', found.value.type), name: used.at(-1)! };
        this.items.push(`${found.value.sql} AS ${column.sql}`);
        this.relations.push({ names: used.length > 1 ? [used.slice(0, -1).join('.')] : [], columns: [column] });
      }
    }
  }

  /** FROM with the columns. */
  public from(sql: string | undefined): string {
    if (this.items.length === 0) {
      return sql === undefined ? '' : ` FROM ${sql}`;
    }
    const items = this.items.join(', ');
    const table = quoteName(this.names.fresh(''));
    return ` FROM (SELECT ${sql === undefined ? items : `*, ${items} FROM ${sql}`}) AS ${table}`;
  }
}

function groupedBy({ group = [] }: Select): readonly Expr[] {
  return group.flatMap((item) => (item.kind === 'sets' ? item.sets.flat() : item.items));
}

/** The columns in lambdas, and in calls that are written with lambdas. */
function inLambdas(expr: Expr, params: readonly string[] | undefined): readonly (readonly string[])[] {
  if (expr.is === 'column') {
    return params && !params.includes(expr.names[0].toLowerCase()) ? [expr.names] : [];
  }
  const own = expr.is === 'lambda' ? expr.params.map((name) => name.toLowerCase()) : [];
  const inner = params || hasLambda(expr) ? [...(params ?? []), ...own] : undefined;
  return partsOf(expr).flatMap((part) => inLambdas(part, inner));
}

function hasLambda(expr: Expr): boolean {
  switch (expr.is) {
    case 'call':
      return expr.args.some(({ is }) => is === 'lambda') || isWrittenWithLambda(expr);
    case 'binary':
      return isLongChain(expr);
    case 'cast':
      return expr.safe || expr.type.of.length > 0;
    default:
      return false;
  }
}
