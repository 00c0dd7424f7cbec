import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import { SYSTEM_SCHEMA } from '../system-schema';
import { quoteName, quoteText } from '../tokens';
import type { ColumnNames } from './column-names';
import { compare } from './comparison';
import type { CompileInput, Compiled } from './compile';
import { declaredType } from './declared-columns';
import type { ExpressionCompiler } from './expressions';
import { mysqlCondition } from './mysql-conditions';
import { parseSelect } from './parser/queries';
import { Scope } from './scope';
import type { Column, Relations } from './scope';
import type { Alias, Expr, Query, Relation } from './syntax';
import { BIGINT, commonType, display, duckdbType, fieldName } from './types';
import type { Type } from './types';
import { coerce } from './value';
import { queriesOf } from './walk';

interface From {
  readonly sql: string;
  readonly relations: Relations;
  /** Set when a join merges columns: what `*` means then. */
  readonly star?: readonly Column[];
}

const MAX_VIEW_DEPTH = 16;

/** Compiles what stands after FROM. */
export class RelationCompiler {
  public readonly tables = new Map<string, TableName>();
  private views = 0;
  /** Where tables without a schema are looked for: a view brings its own. */
  private schema: string | undefined;

  constructor(
    private readonly input: CompileInput,
    private readonly names: ColumnNames,
    private readonly expressions: ExpressionCompiler,
    private readonly query: (query: Query, scope: Scope) => Compiled,
  ) {
    this.schema = input.schema;
  }

  public from(relation: Relation, scope: Scope): From {
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
          sql: `${lateral ?? ''}(SELECT * FROM ${sql} WHERE random() * 100 < ${percentage}) AS ${quoteName(this.names.fresh(''))}(${columns.join(', ')})`,
        };
      }
      case 'join':
        return this.join(relation, scope);
    }
  }

  /** A relation under an alias; its columns get names that are the query's own. */
  private named(sql: string, columns: readonly Column[], alias: Alias | undefined): From {
    const named = this.names.renamed(columns, alias?.columns, alias?.name ?? '');
    const table = quoteName(this.names.fresh(alias?.name ?? ''));
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
      return withNames(this.named(`(${sql})`, this.names.renamed(columns, entry.columns, entry.name), alias));
    }
    this.tables.set(`${entry.schema}\0${entry.name}`.toLowerCase(), { schema: entry.schema, name: entry.name });
    const columns = entry.columns.map((column) =>
      this.names.column(column.name, declaredType(column.type, this.input.timeZone)),
    );
    return withNames(this.named(`${quoteName(entry.schema)}.${quoteName(entry.name)}`, columns, alias));
  }

  /** @param before - where what cannot stand behind LATERAL is computed: columns of the relation to the left */
  private unnest(node: Extract<Relation, { is: 'unnest' }>, scope: Scope, before?: string[]): From {
    const columns: Column[] = [];
    const items: string[] = [];
    const lengths: string[] = [];
    const add = (sql: string, type: Type): void => {
      columns.push(this.names.column('', type));
      items.push(`unnest(${sql})`);
    };
    for (const arg of node.args) {
      const { sql: written, type } = this.expressions.value(arg, scope);
      let sql = written;
      // DuckDB takes no columns of another relation within a lambda.
      if (before && /\blambda\b/.test(written)) {
        sql = this.names.column('', type).sql;
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
    let right = node.right.is === 'unnest' ? this.unnest(node.right, inner, before) : this.from(node.right, inner);
    left = this.withComputed(left, before);
    const relations = [...left.relations, ...right.relations];
    if (node.kind === 'cross') {
      const star = left.star || right.star ? [...starOf(left), ...starOf(right)] : undefined;
      return { sql: `${left.sql} CROSS JOIN ${this.bracketed(node.right, right.sql)}`, relations, star };
    }
    if (node.on && node.kind !== 'inner') {
      [left, right] = this.withQueries(node.on, left, right, scope);
    }
    const kind = node.kind === 'inner' ? 'INNER' : node.kind.toUpperCase();
    const head = `${left.sql} ${kind} JOIN ${this.bracketed(node.right, right.sql)}`;
    if (node.on) {
      const both = scope.with({ relations });
      const star = left.star || right.star ? [...starOf(left), ...starOf(right)] : undefined;
      return {
        sql: `${head} ON ${this.expressions.condition(mysqlCondition(node.on), both, 'JOIN ON')}`,
        relations,
        star,
      };
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
    const merge = (columns: readonly Column[]): Column[] =>
      columns.map((column) => (hidden.has(column.name) ? { ...column, isMerged: true } : column));
    // Assumption: over information_schema they can be qualified, as in MySQL, whose catalogue tools read.
    const sides = relations.map((relation) => ({
      ...relation,
      columns: readsSystem(node) ? merge(relation.columns) : rest(relation.columns),
    }));
    return {
      sql: `${head} ON ${merged.map(({ on }) => on).join(' AND ')}`,
      relations: [{ names: [], columns: merged }, ...sides],
      star,
    };
  }

  /** A relation with more columns, which only their names in SQL reach. */
  private withComputed(from: From, columns: readonly string[]): From {
    if (columns.length === 0) {
      return from;
    }
    return {
      ...from,
      sql: `(SELECT *, ${columns.join(', ')} FROM ${from.sql}) AS ${quoteName(this.names.fresh(''))}`,
    };
  }

  /** The sides of an outer join with the queries of its ON, which DuckDB does not take there. */
  private withQueries(on: Expr, left: From, right: From, scope: Scope): [From, From] {
    const sides = [left, right].map((from) => ({ from, columns: [] as string[] }));
    const both = scope.with({ relations: [...left.relations, ...right.relations] });
    for (const query of queriesOf(on)) {
      this.expressions.computed(query, both, ({ sql, type }) => {
        const read = sides.filter(({ from }) => starOf(from).some((column) => sql.includes(column.sql)));
        if (read.length > 1) {
          throw new SqlError(
            'ER_NOT_SUPPORTED_YET',
            'a query in the ON of an outer join that reads columns of both sides is not supported',
          );
        }
        const column = this.names.column('', type);
        (read[0] ?? sides[0]).columns.push(`${sql} AS ${column.sql}`);
        return column;
      });
    }
    return [this.withComputed(left, sides[0].columns), this.withComputed(right, sides[1].columns)];
  }

  private bracketed(relation: Relation, sql: string): string {
    return relation.is === 'join' ? `(${sql})` : sql;
  }
}

function starOf({ star, relations }: From): readonly Column[] {
  return star ?? relations.flatMap((relation) => relation.columns);
}

export function isSystemTable(relation: Relation | undefined): boolean {
  return relation?.is === 'table' && relation.name.at(-2)?.toLowerCase() === SYSTEM_SCHEMA;
}

export function readsSystem(relation: Relation): boolean {
  return relation.is === 'join' ? readsSystem(relation.left) && readsSystem(relation.right) : isSystemTable(relation);
}
