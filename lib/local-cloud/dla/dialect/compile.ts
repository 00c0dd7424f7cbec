import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import { quoteName } from '../tokens';
import { Aggregation, meaningOf, meaningOfColumn } from './aggregation';
import { ColumnNames } from './column-names';
import { CapturedColumns } from './captured-columns';
import { canonical } from './comparison';
import { isAggregate } from './calls';
import { ExpressionCompiler, expectGrouped } from './expressions';
import { groupedSql, groupingSets, isLiteral } from './grouping-sets';
import type { GroupingSets } from './grouping-sets';
import { expectOrderable, sortKey } from './order-by';
import { declaredType, isAlike, withLiterals } from './declared-columns';
import type { DeclaredColumn } from './declared-columns';
import { mysqlCondition } from './mysql-conditions';
import { RelationCompiler, isSystemTable, readsSystem } from './relations';
import { Scope } from './scope';
import type { Column } from './scope';
import type { Expr, Query, QueryBody, Select, SelectItem, SortItem } from './syntax';
import { UNKNOWN, commonType, display, fits } from './types';
import type { Type } from './types';
import { cast, coerce, member } from './value';
import type { Value } from './value';
import { columnsOf, contains, isConstant, partsOf } from './walk';

/** A table or view by the name under which the catalogue has it. */
export type CatalogEntry =
  | {
      readonly schema: string;
      readonly name: string;
      readonly columns: readonly DeclaredColumn[];
    }
  | {
      readonly schema: string;
      readonly name: string;
      readonly view: string;
      readonly columns?: readonly string[];
      readonly currentSchema?: string;
    };

export interface CompileInput {
  /** @throws SqlError for a table that does not exist */
  readonly find: (name: TableName) => CatalogEntry;
  /** Of the session, e.g. `+08:00`. */
  readonly timeZone: string;
  readonly user: string;
  readonly schema?: string;
  /** The time that `now()` answers. */
  readonly now: Date;
  /** The columns that the query's columns are written to, in their order. */
  readonly into?: readonly DeclaredColumn[];
}

export interface OutputColumn {
  readonly name: string;
  readonly type: Type;
}

export interface CompiledQuery {
  /** For DuckDB, over views that are named like the tables. */
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  readonly tables: readonly TableName[];
  /** An error's text with the user's names in place of the compiler's. */
  readonly explain: (message: string) => string;
}

/**
 * Compiles a SELECT by the rules of Presto into SQL of DuckDB: every name is resolved, every expression has its type,
 * and only functions that are known here get into the result.
 *
 * @throws SqlError for what Presto refuses, and for what is not supported
 */
export function compileQuery(query: Query, input: CompileInput): CompiledQuery {
  const compiler = new QueryCompiler(input);
  const { sql, columns } = input.into
    ? compiler.queryInto(query, input.into)
    : compiler.query(query, new Scope(), true);
  return {
    sql,
    columns: columns.map(({ label, type }) => ({ name: label, type })),
    tables: [...compiler.relations.tables.values()],
    explain: (message) => compiler.names.explain(message),
  };
}

export interface Compiled {
  readonly sql: string;
  readonly columns: readonly Column[];
}

class QueryCompiler {
  public readonly names = new ColumnNames();
  public readonly relations: RelationCompiler;
  private readonly expressions: ExpressionCompiler;

  constructor(private readonly input: CompileInput) {
    const query = (query: Query, scope: Scope): Compiled => this.query(query, scope);
    this.expressions = new ExpressionCompiler(input, query);
    this.relations = new RelationCompiler(input, this.names, this.expressions, query);
  }

  public query(query: Query, outer: Scope, isTop = false): Compiled {
    const scope = outer.inner();
    const ctes: string[] = [];
    const seen = new Set<string>();
    for (const { name, columns, query: body } of query.with) {
      if (seen.size === seen.add(name.toLowerCase()).size) {
        throw new SqlError('ER_WRONG_ARGUMENTS', `WITH query name '${name}' specified more than once`);
      }
      if (query.recursive && body.body.is === 'set') {
        ctes.push(this.recursive(name, columns, body, scope));
        continue;
      }
      const compiled = this.query(body, scope);
      const table = this.names.fresh(name);
      const named = this.names.renamed(compiled.columns, columns, name);
      ctes.push(`${quoteName(table)}(${named.map(({ sql }) => sql).join(', ')}) AS (${compiled.sql})`);
      scope.addQuery(name, { table, columns: named });
    }
    const { sql, columns } = this.ordered(query, scope, isTop);
    const head = ctes.length === 0 ? '' : `WITH ${query.recursive ? 'RECURSIVE ' : ''}${ctes.join(', ')} `;
    return { sql: head + sql, columns };
  }

  /**
   * The query with its columns in the types of those that it is written to.
   *
   * Assumption: numbers become numbers of other types and texts those of other lengths, as by CAST, since DLA's pages have
   * implicit casts among them; dates become timestamps as in Presto; everything else is an error. In VALUES a literal is a
   * date, a time or a boolean as it is beside a column.
   */
  public queryInto(query: Query, into: readonly DeclaredColumn[]): Compiled {
    const types = into.map(({ type }) => declaredType(type, this.input.timeZone));
    const { sql, columns } = this.query(withLiterals(query, into, types), new Scope());
    if (columns.length !== into.length) {
      throw new SqlError(
        'ER_WRONG_VALUE_COUNT_ON_ROW',
        `column count: expected ${into.length} columns, got ${columns.length}`,
      );
    }
    const sources = columns.map(({ label, type }) => this.names.column(label, type));
    const items = sources.map((source, at) => {
      const [from, to] = [source.type, types[at]];
      if (fits(from, to)) {
        return coerce(source, to).sql;
      }
      if (!isAlike(from, to)) {
        throw new SqlError(
          'ER_WRONG_ARGUMENTS',
          `INSERT: the column ${into[at].name} has the type ${display(to)}, the query has ${display(from)} there`,
        );
      }
      return cast(source, to).sql;
    });
    const names = sources.map((source) => source.sql).join(', ');
    return {
      sql: `SELECT ${items.map((item, at) => `${item} AS ${quoteName(`_${at}`)}`).join(', ')} FROM (${sql}) AS ${quoteName(this.names.fresh(''))}(${names})`,
      columns: into.map(({ name }, at) => this.names.column(name, types[at])),
    };
  }

  private recursive(name: string, names: readonly string[] | undefined, query: Query, scope: Scope): string {
    const body = query.body as Extract<QueryBody, { is: 'set' }>;
    if (body.op !== 'union' || query.order.length > 0 || query.limit !== undefined || query.with.length > 0) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', 'a recursive query is a UNION of two queries');
    }
    const first = this.body(body.left, scope);
    const table = this.names.fresh(name);
    const columns = this.names.renamed(first.columns, names, name);
    scope.addQuery(name, { table, columns });
    const second = this.body(body.right, scope);
    const types = columns.map(({ type }) => type);
    return (
      `${quoteName(table)}(${columns.map(({ sql }) => sql).join(', ')}) AS ` +
      `(${first.sql} UNION ${body.all ? 'ALL ' : ''}${this.inTypes(second, types)})`
    );
  }

  private ordered(query: Query, scope: Scope, isTop: boolean): Compiled {
    const { body, order, limit, offset } = query;
    const tail = (limit === undefined ? '' : ` LIMIT ${limit}`) + (offset === undefined ? '' : ` OFFSET ${offset}`);
    if (body.is === 'select') {
      const { sql, columns } = this.select(body, scope, order, isTop);
      return { sql: sql + tail, columns };
    }
    const inner = this.body(body, scope);
    if (order.length === 0 && tail === '' && !isTop) {
      return inner;
    }
    const columns = this.names.renamed(inner.columns, undefined, '');
    const table = quoteName(this.names.fresh(''));
    const outputs = new Map(columns.map((column) => [column.name, column] as const));
    const sorting = this.sorting(order, scope.with({ relations: [{ columns }] }), columns, outputs, []);
    const items = columns.map(({ sql, label }) => (isTop ? `${sql} AS ${quoteName(label || '_')}` : sql));
    return {
      sql:
        `SELECT ${items.join(', ')} FROM (${inner.sql}) AS ${table}(${columns.map(({ sql }) => sql).join(', ')})` +
        sorting +
        tail,
      columns,
    };
  }

  private body(body: QueryBody, scope: Scope): Compiled {
    switch (body.is) {
      case 'select':
        return this.select(body, scope, [], false);
      case 'query': {
        const { sql, columns } = this.query(body.query, scope);
        return { sql: `(${sql})`, columns };
      }
      case 'table':
        return this.select(
          {
            is: 'select',
            distinct: false,
            items: [{ star: {} }],
            from: { is: 'table', name: body.name },
            windows: new Map(),
          },
          scope,
          [],
          false,
        );
      case 'values':
        return this.values(body.rows, scope);
      case 'set': {
        const left = this.body(body.left, scope);
        const right = this.body(body.right, scope);
        if (left.columns.length !== right.columns.length) {
          throw new SqlError(
            'ER_WRONG_ARGUMENTS',
            `${body.op} query has different number of fields: ${left.columns.length}, ${right.columns.length}`,
          );
        }
        const types = left.columns.map((column, at) => {
          const type = commonType(column.type, right.columns[at].type);
          if (!type) {
            throw new SqlError(
              'ER_WRONG_ARGUMENTS',
              `column ${at + 1} in ${body.op} query has incompatible types: ${display(column.type)}, ${display(right.columns[at].type)}`,
            );
          }
          return type;
        });
        const op = body.op.toUpperCase() + (body.all ? ' ALL' : '');
        const comparable = op === 'UNION ALL' ? undefined : canonical;
        return {
          sql: `(${this.inTypes(left, types, comparable)} ${op} ${this.inTypes(right, types, comparable)})`,
          columns: left.columns.map(({ label }, at) => this.names.column(label, types[at])),
        };
      }
    }
  }

  private inTypes({ sql, columns }: Compiled, types: readonly Type[], then = (value: Value): Value => value): string {
    const inner = columns.map(({ label, type }) => this.names.column(label, type));
    const items = inner.map((column, at) => then(coerce(column, types[at])).sql);
    if (items.every((item, at) => item === inner[at].sql)) {
      return sql;
    }
    const names = inner.map((column) => column.sql).join(', ');
    return `SELECT ${items.join(', ')} FROM (${sql}) AS ${quoteName(this.names.fresh(''))}(${names})`;
  }

  private values(rows: readonly Expr[], scope: Scope): Compiled {
    const table = rows.map((row) => {
      if (row.is === 'row') {
        return row.items.map((item) => this.expressions.value(item, scope));
      }
      const value = this.expressions.value(row, scope);
      return value.type.kind === 'row' ? value.type.fields.map((_, at) => member(value, at)) : [value];
    });
    const types: Type[] = table[0].map(() => UNKNOWN);
    for (const row of table) {
      if (row.length !== types.length) {
        throw new SqlError('ER_WRONG_ARGUMENTS', `values rows have mismatched sizes: ${types.length} vs ${row.length}`);
      }
      row.forEach((value, at) => {
        const type = commonType(types[at], value.type);
        if (!type) {
          throw new SqlError(
            'ER_WRONG_ARGUMENTS',
            `values rows have mismatched types: ${display(types[at])} vs ${display(value.type)}`,
          );
        }
        types[at] = type;
      });
    }
    const written = table.map((row) => `(${row.map((value, at) => coerce(value, types[at]).sql).join(', ')})`);
    return {
      sql: `VALUES ${written.join(', ')}`,
      columns: types.map((type, at) => this.names.column(`_col${at}`, type)),
    };
  }

  private select(node: Select, around: Scope, order: readonly SortItem[], isTop: boolean): Compiled {
    const from = node.from ? this.relations.from(node.from, around) : undefined;
    const { windows } = node;
    let relations = from?.relations ?? [];
    const captured = new CapturedColumns(node, around.with({ relations }), this.names);
    const outer = around.with({ relations: captured.relations });
    const source = outer.with({ relations, windows });
    const read =
      captured.from(from?.sql) +
      (node.where
        ? ` WHERE ${this.expressions.condition(node.from ? mysqlCondition(node.where) : node.where, source, 'WHERE')}`
        : '');
    const hasAggregates = [...node.items, ...order, { expr: node.having }].some(
      ({ expr }) => expr && contains(expr, isAggregate),
    );
    // As drivers ask MySQL for its catalogue: without groups HAVING is a filter that knows the labels of the columns.
    const isFilter = node.having !== undefined && !node.group && !hasAggregates && isSystemTable(node.from);
    const isAggregated = node.group !== undefined || (node.having !== undefined && !isFilter) || hasAggregates;
    const aggregation = isAggregated
      ? new Aggregation(source, (label, type) => this.names.column(label, type))
      : undefined;
    const sets = aggregation && node.group ? this.group(node, source, aggregation, from?.star) : [[]];
    let star = from?.star;
    if (aggregation) {
      // Assumption: tools group what they read of information_schema as MySQL does in its old way.
      const takesAny = node.from !== undefined && readsSystem(node.from);
      relations = aggregation.grouped(relations, takesAny);
      star = star && aggregation.grouped([{ columns: star }], takesAny)[0].columns;
    }
    const having =
      node.having && aggregation
        ? ` WHERE ${this.expressions.condition(mysqlCondition(node.having), outer.with({ relations, windows, aggregation }), 'HAVING')}`
        : '';
    const scope = outer.with({ relations, windows, aggregation, allowsWindows: true });
    const items = this.items(node.items, scope, star);
    const outputs = new Map<string, Value>();
    for (const { label, value, isNamed } of items) {
      if (isNamed) {
        outputs.set(label.toLowerCase(), value);
      }
    }
    const columns = items.map(({ label, value }) => this.names.column(label, value.type));
    const values = items.map(({ value }) => value);
    const sorting = this.sorting(order, scope.with({ outputs }), values, outputs, items, node.distinct);
    const list = items.map(
      ({ value, label }, at) =>
        `${(node.distinct ? canonical(value) : value).sql} AS ${isTop ? quoteName(label || '_') : columns[at].sql}`,
    );
    const filter = isFilter
      ? ` ${node.where ? 'AND' : 'WHERE'} ${this.expressions.condition(mysqlCondition(node.having), source.with({ outputs }), 'HAVING')}`
      : '';
    const body = aggregation
      ? `${captured.from(`(${aggregation.select(read, sets)}) AS ${quoteName(this.names.fresh(''))}`)}${having}`
      : read + filter;
    return { sql: `SELECT ${node.distinct ? 'DISTINCT ' : ''}${list.join(', ')}${body}${sorting}`, columns };
  }

  private items(
    items: readonly SelectItem[],
    scope: Scope,
    star: readonly Column[] | undefined,
  ): { label: string; value: Value; isNamed: boolean }[] {
    const all: { label: string; value: Value; isNamed: boolean }[] = [];
    for (const { star: wanted, expr, alias } of items) {
      if (wanted) {
        const columns = wanted.of === undefined && star ? star : scope.star(wanted.of);
        columns.forEach((column) => expectGrouped(column, [column.label]));
        columns.forEach((column) => {
          // Those of UNNEST have no names.
          const isNamed = column.label !== '';
          all.push({ label: isNamed ? column.label : `_col${all.length}`, value: column, isNamed });
        });
        continue;
      }
      const value = this.expressions.value(expr!, scope);
      const label = alias ?? nameOf(expr!);
      all.push({ label: label ?? `_col${all.length}`, value, isNamed: label !== undefined });
    }
    if (all.length === 0) {
      throw new SqlError('ER_WRONG_ARGUMENTS', 'SELECT * needs a FROM clause');
    }
    return all;
  }

  /** GROUP BY, whose keys are made known to the aggregation. */
  private group(
    { group = [], groupDistinct = false, items }: Select,
    scope: Scope,
    aggregation: Aggregation,
    star: readonly Column[] | undefined,
  ): GroupingSets {
    const add = (meaning: string, value: Value): string => {
      const key = canonical(value);
      aggregation.addKey(meaning, key);
      return groupedSql(key);
    };
    const one = (expr: Expr): string => {
      expectPosition(expr, 'GROUP BY');
      if (!isPosition(expr)) {
        return add(meaningOf(expr, scope), this.expressions.value(expr, scope));
      }
      const chosen = items.flatMap((item): readonly (Expr | Column)[] =>
        item.star ? (item.star.of === undefined && star ? star : scope.star(item.star.of)) : [item.expr!],
      )[Number(expr.text) - 1];
      if (!chosen) {
        throw new SqlError('ER_BAD_FIELD_ERROR', `GROUP BY position ${expr.text} is not in the select list`);
      }
      return 'is' in chosen
        ? add(meaningOf(chosen, scope), this.expressions.value(chosen, scope))
        : add(meaningOfColumn(chosen), chosen);
    };
    return groupingSets(group, one, groupDistinct);
  }

  private sorting(
    order: readonly SortItem[],
    scope: Scope,
    columns: readonly Value[],
    outputs: ReadonlyMap<string, Value>,
    items: readonly { label: string; isNamed: boolean }[],
    isDistinct = false,
  ): string {
    const keys: string[] = [];
    for (const item of order) {
      const { expr } = item;
      expectPosition(expr, 'ORDER BY');
      let at: number;
      if (isPosition(expr)) {
        at = Number(expr.text) - 1;
        if (!columns[at]) {
          throw new SqlError('ER_BAD_FIELD_ERROR', `ORDER BY position ${expr.text} is not in the select list`);
        }
      } else if (expr.is === 'column' && expr.names.length === 1 && outputs.has(expr.names[0].toLowerCase())) {
        const name = expr.names[0].toLowerCase();
        if (items.filter(({ label, isNamed }) => isNamed && label.toLowerCase() === name).length > 1) {
          throw new SqlError('ER_BAD_FIELD_ERROR', `column '${name}' in ORDER BY is ambiguous`);
        }
        at = columns.findIndex((column, place) =>
          items.length > 0
            ? items[place].isNamed && items[place].label.toLowerCase() === name
            : column === outputs.get(name),
        );
      } else {
        expectNoLabels(expr, outputs);
        const value = this.expressions.value(expr, scope);
        expectOrderable(value);
        at = columns.findIndex(({ sql }) => sql === value.sql);
        if (isDistinct && at < 0) {
          throw new SqlError(
            'ER_WRONG_ARGUMENTS',
            'for SELECT DISTINCT, ORDER BY expressions must appear in the select list',
          );
        }
        if (at < 0 && !isConstant(expr) && !isLiteral(value)) {
          keys.push(sortKey(value.sql, item));
        }
        if (at < 0) {
          continue;
        }
      }
      expectOrderable(columns[at]);
      keys.push(sortKey(String(at + 1), item));
    }
    return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
  }
}

function isPosition(expr: Expr): expr is Extract<Expr, { is: 'number' }> {
  return expr.is === 'number' && /^\d+$/.test(expr.text);
}

/** @throws SqlError for an aggregate of what the select list has made, which ORDER BY sees before the columns */
function expectNoLabels(expr: Expr, outputs: ReadonlyMap<string, Value>): void {
  if (isAggregate(expr) && expr.is === 'call' && expr.name !== 'grouping') {
    const label = columnsOf(expr).find((names) => names.length === 1 && outputs.has(names[0].toLowerCase()));
    if (label) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `'${label[0]}' in an aggregation of ORDER BY is the column of the select list: qualify it, or give the other one another name`,
      );
    }
  }
  partsOf(expr).forEach((part) => expectNoLabels(part, outputs));
}

/** @throws SqlError for a number with a sign, which is no position */
function expectPosition(expr: Expr, clause: string): void {
  if (expr.is === 'unary' && isPosition(expr.of)) {
    throw new SqlError('ER_BAD_FIELD_ERROR', `${clause} position ${expr.op}${expr.of.text} is not in the select list`);
  }
}

/** The label that an expression has by itself. */
function nameOf(expr: Expr): string | undefined {
  return expr.is === 'column' ? expr.names.at(-1) : expr.is === 'field' ? expr.name : undefined;
}
