import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import { SYSTEM_SCHEMA } from '../system-schema';
import { quoteName, quoteText, tokenizeStandardSql } from '../tokens';
import { Aggregation, meaningOf, meaningOfColumn } from './aggregation';
import { canonical, compare } from './comparison';
import { ExpressionCompiler, expectGrouped, expectOrderable, isAggregate, sortKey } from './expressions';
import { parseSelect } from './parser/queries';
import { parseType } from './parser/types';
import type { Column, Relations } from './scope';
import { Scope } from './scope';
import type { Alias, Expr, Query, QueryBody, Relation, Select, SelectItem, SortItem } from './syntax';
import {
  BOOLEAN,
  BIGINT,
  UNKNOWN,
  commonType,
  display,
  duckdbType,
  fieldName,
  fits,
  isNumeric,
  isText,
  typeOf,
} from './types';
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

interface DeclaredColumn {
  readonly name: string;
  /** As DLA writes it, e.g. `array<int>`. */
  readonly type: string;
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

const MAX_VIEW_DEPTH = 16;

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
    tables: [...compiler.tables.values()],
    explain: (message) => message.replace(/"?(%\w+)"?/g, (whole, name: string) => compiler.names.get(name) ?? whole),
  };
}

interface Compiled {
  readonly sql: string;
  readonly columns: readonly Column[];
}

interface From {
  readonly sql: string;
  readonly relations: Relations;
  /** Set when a join merges columns: what `*` means then. */
  readonly star?: readonly Column[];
}

class QueryCompiler {
  public readonly tables = new Map<string, TableName>();
  /** The user's names of the compiler's columns. */
  public readonly names = new Map<string, string>();
  private readonly expressions: ExpressionCompiler;
  private number = 0;
  private views = 0;
  /** Where tables without a schema are looked for: a view brings its own. */
  private schema: string | undefined;

  constructor(private readonly input: CompileInput) {
    this.schema = input.schema;
    this.expressions = new ExpressionCompiler(input, (query, scope) => this.query(query, scope));
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
      const table = this.fresh(name);
      const named = this.renamed(compiled.columns, columns, name);
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
    const types = into.map(({ type }) => this.declared(type));
    const { sql, columns } = this.query(withLiterals(query, into, types), new Scope());
    if (columns.length !== into.length) {
      throw new SqlError(
        'ER_WRONG_VALUE_COUNT_ON_ROW',
        `column count: expected ${into.length} columns, got ${columns.length}`,
      );
    }
    const sources = columns.map(({ label, type }) => this.column(label, type));
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
      sql: `SELECT ${items.map((item, at) => `${item} AS ${quoteName(`_${at}`)}`).join(', ')} FROM (${sql}) AS ${quoteName(this.fresh(''))}(${names})`,
      columns: into.map(({ name }, at) => this.column(name, types[at])),
    };
  }

  private declared(type: string): Type {
    return typeOf(parseType(tokenizeStandardSql(type)), this.input.timeZone);
  }

  private recursive(name: string, names: readonly string[] | undefined, query: Query, scope: Scope): string {
    const body = query.body as Extract<QueryBody, { is: 'set' }>;
    if (body.op !== 'union' || query.order.length > 0 || query.limit !== undefined || query.with.length > 0) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', 'a recursive query is a UNION of two queries');
    }
    const first = this.body(body.left, scope);
    const table = this.fresh(name);
    const columns = this.renamed(first.columns, names, name);
    scope.addQuery(name, { table, columns });
    const second = this.body(body.right, scope);
    const types = columns.map(({ type }) => type);
    return (
      `${quoteName(table)}(${columns.map(({ sql }) => sql).join(', ')}) AS ` +
      `(${first.sql} UNION ${body.all ? 'ALL ' : ''}${this.inTypes(second, types)})`
    );
  }

  /** The columns under names of a relation; internal names are new. */
  private renamed(columns: readonly Column[], names: readonly string[] | undefined, what: string): Column[] {
    if (names && names.length !== columns.length) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `column alias list has ${names.length} entries but "${what}" has ${columns.length} columns`,
      );
    }
    return columns.map((column, at) => this.column(names?.[at] ?? column.label, column.type));
  }

  private column(label: string, type: Type): Column {
    return { label, name: label.toLowerCase(), sql: quoteName(this.fresh(label)), type };
  }

  private fresh(label: string): string {
    this.number += 1;
    const name = `%${this.number}`;
    this.names.set(name, label);
    return name;
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
    const columns = this.renamed(inner.columns, undefined, '');
    const table = quoteName(this.fresh(''));
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
          columns: left.columns.map(({ label }, at) => this.column(label, types[at])),
        };
      }
    }
  }

  private inTypes({ sql, columns }: Compiled, types: readonly Type[], then = (value: Value): Value => value): string {
    const inner = columns.map(({ label, type }) => this.column(label, type));
    const items = inner.map((column, at) => then(coerce(column, types[at])).sql);
    if (items.every((item, at) => item === inner[at].sql)) {
      return sql;
    }
    const names = inner.map((column) => column.sql).join(', ');
    return `SELECT ${items.join(', ')} FROM (${sql}) AS ${quoteName(this.fresh(''))}(${names})`;
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
      columns: types.map((type, at) => this.column(`_col${at}`, type)),
    };
  }

  private select(node: Select, outer: Scope, order: readonly SortItem[], isTop: boolean): Compiled {
    const from = node.from ? this.from(node.from, outer) : undefined;
    const { windows } = node;
    let relations = from?.relations ?? [];
    const source = outer.with({ relations, windows });
    const read =
      (from ? ` FROM ${from.sql}` : '') + (node.where ? ` WHERE ${this.condition(node.where, source, 'WHERE')}` : '');
    const hasAggregates = [...node.items, ...order, { expr: node.having }].some(
      ({ expr }) => expr && contains(expr, isAggregate),
    );
    // As drivers ask MySQL for its catalogue: without groups HAVING is a filter that knows the labels of the columns.
    const isFilter = node.having !== undefined && !node.group && !hasAggregates && isSystemTable(node.from);
    const isAggregated = node.group !== undefined || (node.having !== undefined && !isFilter) || hasAggregates;
    const aggregation = isAggregated ? new Aggregation(source, (label, type) => this.column(label, type)) : undefined;
    const group = aggregation && node.group ? this.group(node, source, aggregation, from?.star) : '';
    let star = from?.star;
    if (aggregation) {
      relations = aggregation.grouped(relations);
      star = star && aggregation.grouped([{ columns: star }])[0].columns;
    }
    const having =
      node.having && aggregation
        ? ` WHERE ${this.condition(node.having, outer.with({ relations, windows, aggregation }), 'HAVING')}`
        : '';
    const scope = outer.with({ relations, windows, aggregation, allowsWindows: true });
    const items = this.items(node.items, scope, star);
    const outputs = new Map<string, Value>();
    for (const { label, value, isNamed } of items) {
      if (isNamed) {
        outputs.set(label.toLowerCase(), value);
      }
    }
    const columns = items.map(({ label, value }) => this.column(label, value.type));
    const values = items.map(({ value }) => value);
    const sorting = this.sorting(order, scope.with({ outputs }), values, outputs, items, node.distinct);
    const list = items.map(
      ({ value, label }, at) =>
        `${(node.distinct ? canonical(value) : value).sql} AS ${isTop ? quoteName(label || '_') : columns[at].sql}`,
    );
    const filter = isFilter
      ? ` ${node.where ? 'AND' : 'WHERE'} ${this.condition(node.having, source.with({ outputs }), 'HAVING')}`
      : '';
    const body = aggregation
      ? ` FROM (${aggregation.select()}${read}${group}) AS ${quoteName(this.fresh(''))}${having}`
      : read + filter;
    return { sql: `SELECT ${node.distinct ? 'DISTINCT ' : ''}${list.join(', ')}${body}${sorting}`, columns };
  }

  private condition(expr: Expr, scope: Scope, clause: string): string {
    const value = this.expressions.value(expr, scope);
    if (value.type.kind !== 'boolean' && value.type.kind !== 'unknown') {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `${clause} clause must evaluate to a boolean: actual type ${display(value.type)}`,
      );
    }
    return coerce(value, BOOLEAN).sql;
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
        all.push(...columns.map((column) => ({ label: column.label, value: column, isNamed: true })));
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
    { group = [], items }: Select,
    scope: Scope,
    aggregation: Aggregation,
    star: readonly Column[] | undefined,
  ): string {
    const add = (meaning: string, value: Value): string => {
      const key = canonical(value);
      aggregation.addKey(meaning, key);
      return grouped(key);
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
    const set = (exprs: readonly Expr[]): string => `(${exprs.map(one).join(', ')})`;
    const written = group.map((item) => {
      switch (item.kind) {
        case 'simple':
          return item.items.length === 0 ? '()' : item.items.map(one).join(', ');
        case 'sets':
          return `GROUPING SETS (${item.sets.map(set).join(', ')})`;
        default:
          return `${item.kind.toUpperCase()} (${item.items.map((expr) => (expr.is === 'row' ? set(expr.items) : one(expr))).join(', ')})`;
      }
    });
    return written.length === 1 && written[0] === '()' ? '' : ` GROUP BY ${written.join(', ')}`;
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
        if (at < 0 && !isConstant(expr)) {
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

  private from(relation: Relation, scope: Scope): From {
    switch (relation.is) {
      case 'table':
        return this.table(relation.name, relation.alias, scope);
      case 'subquery': {
        const { sql, columns } = this.query(relation.query, relation.lateral ? scope : scope.withoutRelations());
        const prefix = relation.lateral ? 'LATERAL ' : '';
        return this.named(`${prefix}(${sql})`, columns, relation.alias);
      }
      case 'unnest':
        return this.unnest(relation, scope);
      case 'function':
        throw new SqlError('ER_NOT_SUPPORTED_YET', `the table function ${relation.name} is not supported`);
      case 'sample': {
        const { of, percentage } = relation;
        const from = this.from(of, scope);
        if (percentage === 100) {
          return from;
        }
        if (of.is !== 'table' && of.is !== 'subquery') {
          throw new SqlError('ER_NOT_SUPPORTED_YET', 'TABLESAMPLE of anything but a table or a query is not supported');
        }
        // DuckDB knows LATERAL at the beginning only.
        const [, lateral, sql] = /^(LATERAL )?(.*)$/s.exec(from.sql)!;
        const columns = from.relations.flatMap((one) => one.columns.map((column) => column.sql));
        return {
          ...from,
          sql: `${lateral ?? ''}(SELECT * FROM ${sql} WHERE random() * 100 < ${percentage}) AS ${quoteName(this.fresh(''))}(${columns.join(', ')})`,
        };
      }
      case 'join':
        return this.join(relation, scope);
    }
  }

  /** A relation under an alias; its columns get names that are the query's own. */
  private named(sql: string, columns: readonly Column[], alias: Alias | undefined): From {
    const named = this.renamed(columns, alias?.columns, alias?.name ?? '');
    const table = quoteName(this.fresh(alias?.name ?? ''));
    return {
      sql: `${sql} AS ${table}(${named.map((column) => column.sql).join(', ')})`,
      relations: [{ names: alias ? [alias.name.toLowerCase()] : [], columns: named }],
    };
  }

  private table(name: readonly string[], alias: Alias | undefined, scope: Scope): From {
    const local = name.length === 1 ? scope.findQuery(name[0]) : undefined;
    if (local) {
      return this.named(quoteName(local.table), local.columns, alias ?? { name: name[0] });
    }
    if (name.length === 1 && name[0].toLowerCase() === 'dual') {
      return { sql: '(SELECT 1)', relations: [] };
    }
    if (name.length > 2) {
      throw new SqlError(
        'ER_TABLEACCESS_DENIED_ERROR',
        `the table ${name.join('.')} is not allowed: a query reads tables of its schemas only`,
      );
    }
    const wanted: TableName = name.length === 2 ? { schema: name[0], name: name[1] } : { name: name[0] };
    const entry = this.input.find(wanted.schema === undefined ? { ...wanted, schema: this.schema } : wanted);
    const names = [entry.name.toLowerCase(), `${entry.schema}.${entry.name}`.toLowerCase()];
    const withNames = (from: From): From =>
      alias ? from : { ...from, relations: [{ names, columns: from.relations[0].columns }] };
    if ('view' in entry) {
      this.views += 1;
      if (this.views > MAX_VIEW_DEPTH) {
        throw new SqlError('ER_NOT_SUPPORTED_YET', `views are nested more than ${MAX_VIEW_DEPTH} times`);
      }
      const { schema } = this;
      this.schema = entry.currentSchema ?? entry.schema;
      const { sql, columns } = this.query(parseSelect(entry.view), new Scope());
      this.schema = schema;
      this.views -= 1;
      return withNames(this.named(`(${sql})`, this.renamed(columns, entry.columns, entry.name), alias));
    }
    this.tables.set(`${entry.schema}\0${entry.name}`.toLowerCase(), { schema: entry.schema, name: entry.name });
    const columns = entry.columns.map((column) => this.column(column.name, this.declared(column.type)));
    return withNames(this.named(`${quoteName(entry.schema)}.${quoteName(entry.name)}`, columns, alias));
  }

  /** @param before - where what cannot stand behind LATERAL is computed: columns of the relation to the left */
  private unnest(node: Extract<Relation, { is: 'unnest' }>, scope: Scope, before?: string[]): From {
    const columns: Column[] = [];
    const items: string[] = [];
    const lengths: string[] = [];
    const add = (sql: string, type: Type): void => {
      columns.push(this.column('', type));
      items.push(`unnest(${sql})`);
    };
    for (const arg of node.args) {
      const { sql: written, type } = this.expressions.value(arg, scope);
      let sql = written;
      // DuckDB takes no columns of another relation within a lambda.
      if (before && /\blambda\b/.test(written)) {
        sql = this.column('', type).sql;
        before.push(`${written} AS ${sql}`);
      }
      if (type.kind === 'array') {
        lengths.push(`coalesce(len(${sql}), 0)`);
        if (type.of.kind === 'row') {
          const row = type.of;
          row.fields.forEach((field, at) =>
            add(`list_transform(${sql}, lambda e: struct_extract(e, ${quoteText(fieldName(row, at))}))`, field.type),
          );
        } else {
          add(`CAST(${sql} AS ${duckdbType(type)})`, type.of);
        }
      } else if (type.kind === 'map') {
        lengths.push(`coalesce(CAST(cardinality(${sql}) AS BIGINT), 0)`);
        add(`map_keys(${sql})`, type.key);
        add(`map_values(${sql})`, type.value);
      } else {
        throw new SqlError('ER_WRONG_ARGUMENTS', `cannot unnest type: ${display(type)}`);
      }
    }
    if (node.ordinality) {
      const most = lengths.length === 1 ? lengths[0] : `greatest(${lengths.join(', ')})`;
      add(`range(1, CAST(${most} AS BIGINT) + 1)`, BIGINT);
    }
    return this.named(`LATERAL (SELECT ${items.join(', ')})`, columns, node.alias);
  }

  private join(node: Extract<Relation, { is: 'join' }>, scope: Scope): From {
    let left = this.from(node.left, scope);
    // UNNEST and LATERAL see what stands to their left.
    const inner = scope.with({ relations: left.relations });
    const before: string[] = [];
    const right = node.right.is === 'unnest' ? this.unnest(node.right, inner, before) : this.from(node.right, inner);
    if (before.length > 0) {
      const table = quoteName(this.fresh(''));
      left = { ...left, sql: `(SELECT *, ${before.join(', ')} FROM ${left.sql}) AS ${table}` };
    }
    const relations = [...left.relations, ...right.relations];
    if (node.kind === 'cross') {
      const star = left.star || right.star ? [...starOf(left), ...starOf(right)] : undefined;
      return { sql: `${left.sql} CROSS JOIN ${this.bracketed(node.right, right.sql)}`, relations, star };
    }
    const kind = node.kind === 'inner' ? 'INNER' : node.kind.toUpperCase();
    const head = `${left.sql} ${kind} JOIN ${this.bracketed(node.right, right.sql)}`;
    if (node.on) {
      const both = scope.with({ relations });
      const star = left.star || right.star ? [...starOf(left), ...starOf(right)] : undefined;
      return { sql: `${head} ON ${this.condition(node.on, both, 'JOIN ON')}`, relations, star };
    }
    const using = node.using!;
    const merged = using.map((name) => {
      const [a, b] = [left, right].map((side) => {
        const found = starOf(side).filter((column) => column.name === name.toLowerCase());
        if (found.length !== 1) {
          throw new SqlError('ER_BAD_FIELD_ERROR', `column '${name}' is missing or ambiguous on a side of the join`);
        }
        return found[0];
      });
      const type = commonType(a.type, b.type);
      if (!type) {
        throw new SqlError(
          'ER_WRONG_ARGUMENTS',
          `column types of the join do not match: ${display(a.type)}, ${display(b.type)}`,
        );
      }
      const [x, y] = [coerce(a, type).sql, coerce(b, type).sql];
      const on = compare('=', a, b).sql;
      const sql =
        node.kind === 'inner' || node.kind === 'left' ? x : node.kind === 'right' ? y : `coalesce(${x}, ${y})`;
      return { ...a, type, sql, on };
    });
    // What USING has merged is no longer a column of either side.
    const hidden = new Set(using.map((name) => name.toLowerCase()));
    const rest = (columns: readonly Column[]): Column[] => columns.filter((column) => !hidden.has(column.name));
    const star = [...merged, ...rest(starOf(left)), ...rest(starOf(right))];
    const sides = relations.map((relation) => ({ ...relation, columns: rest(relation.columns) }));
    return {
      sql: `${head} ON ${merged.map(({ on }) => on).join(' AND ')}`,
      relations: [{ names: [], columns: merged }, ...sides],
      star,
    };
  }

  private bracketed(relation: Relation, sql: string): string {
    return relation.is === 'join' ? `(${sql})` : sql;
  }
}

/** Whether a value may be of another type of numbers or texts, and so may the parts of an array, a map or a row. */
function isAlike(from: Type, to: Type): boolean {
  if (from.kind === 'array' && to.kind === 'array') {
    return isAlike(from.of, to.of);
  }
  if (from.kind === 'map' && to.kind === 'map') {
    return isAlike(from.key, to.key) && isAlike(from.value, to.value);
  }
  if (from.kind === 'row' && to.kind === 'row') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, at) => isAlike(field.type, to.fields[at].type))
    );
  }
  return fits(from, to) || (isNumeric(from) && isNumeric(to)) || (isText(from) && isText(to));
}

/** VALUES with their literals in the types of the columns, as drivers write dates, times and booleans. */
function withLiterals(query: Query, into: readonly DeclaredColumn[], types: readonly Type[]): Query {
  const { body } = query;
  if (body.is !== 'values') {
    return query;
  }
  const cell = (expr: Expr, at: number): Expr => {
    const kind = types[at]?.kind;
    const isLiteral =
      kind === 'boolean'
        ? expr.is === 'number' && /^[01]$/.test(expr.text)
        : expr.is === 'string' && (kind === 'date' || kind === 'timestamp' || kind === 'time');
    return isLiteral
      ? { is: 'cast', of: expr, type: parseType(tokenizeStandardSql(into[at].type)), safe: false }
      : expr;
  };
  const rows = body.rows.map((row): Expr => (row.is === 'row' ? { ...row, items: row.items.map(cell) } : cell(row, 0)));
  return { ...query, body: { is: 'values', rows } };
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

/** A constant has no place in GROUP BY of DuckDB, where a number is a position and a string may be a name. */
function grouped({ sql }: Value): string {
  return /^('|\d|NULL$)/.test(sql) ? `(${sql} || '')` : sql;
}

function starOf({ star, relations }: From): readonly Column[] {
  return star ?? relations.flatMap((relation) => relation.columns);
}

/** The label that an expression has by itself. */
function nameOf(expr: Expr): string | undefined {
  return expr.is === 'column' ? expr.names.at(-1) : expr.is === 'field' ? expr.name : undefined;
}

function isSystemTable(relation: Relation | undefined): boolean {
  return relation?.is === 'table' && relation.name.at(-2)?.toLowerCase() === SYSTEM_SCHEMA;
}
