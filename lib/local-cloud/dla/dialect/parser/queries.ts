import { SqlError } from '../../sql-error';
import { SYSTEM_SCHEMA } from '../../system-schema';
import { tokenizeStandardSql } from '../../tokens';
import type { Expr, GroupItem, Query, QueryBody, Relation, Select, SelectItem, Window } from '../syntax';
import { tablesOf } from '../tables-of';
import { RelationParser } from './relations';

/**
 * Reads a SELECT by the grammar of Presto.
 *
 * @param sql - with standard quotes
 * @throws SqlError ER_PARSE_ERROR for what the grammar does not have
 */
export function parseSelect(sql: string): Query {
  const parser = new QueryParser(tokenizeStandardSql(sql));
  const query = parser.query();
  parser.end();
  if (parser.otherCollation !== undefined && !tablesOf(query).some(({ schema }) => schema === SYSTEM_SCHEMA)) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `the collation ${parser.otherCollation} is not supported, only binary ones are`,
    );
  }
  return query;
}

/** Queries: WITH, SELECT, VALUES, what is set between them, and what follows them. */
class QueryParser extends RelationParser {
  public query(): Query {
    return this.nested(() => {
      const ctes: { name: string; columns?: readonly string[]; query: Query }[] = [];
      let recursive = false;
      if (this.accept('with')) {
        recursive = this.accept('recursive');
        do {
          const name = this.identifier('a name for the common table expression');
          const columns = this.peek('(') ? this.brackets(() => this.identifier('a column name')) : undefined;
          this.expect('as');
          this.expect('(');
          ctes.push({ name, columns, query: this.query() });
          this.expect(')');
        } while (this.accept(','));
      }
      const body = this.setOperation();
      const order = this.accept('order', 'by') ? this.sortItems() : [];
      let offset: number | undefined;
      let limit: number | undefined;
      if (this.accept('offset')) {
        offset = this.count('a number of rows');
        if (!this.accept('rows')) {
          this.accept('row');
        }
      }
      if (this.accept('limit')) {
        if (!this.accept('all')) {
          limit = this.count('a number of rows');
          if (this.accept(',')) {
            offset = limit;
            limit = this.count('a number of rows');
          } else if (offset === undefined && this.accept('offset')) {
            offset = this.count('a number of rows');
          }
        }
      } else if (this.accept('fetch')) {
        if (!this.accept('first')) {
          this.expect('next');
        }
        limit = this.peek('row') || this.peek('rows') ? 1 : this.count('a number of rows');
        if (!this.accept('rows')) {
          this.expect('row');
        }
        if (this.accept('with')) {
          throw new SqlError('ER_NOT_SUPPORTED_YET', 'FETCH FIRST … WITH TIES is not supported');
        }
        this.expect('only');
      }
      return { with: ctes, recursive, body, order, offset, limit };
    });
  }

  private setOperation(): QueryBody {
    let left = this.intersection();
    for (;;) {
      const op = this.accept('union') ? 'union' : this.accept('except') || this.accept('minus') ? 'except' : undefined;
      if (op === undefined) {
        return left;
      }
      const all = this.all();
      left = { is: 'set', op, all, left, right: this.intersection() };
    }
  }

  private intersection(): QueryBody {
    let left = this.queryPrimary();
    while (this.accept('intersect')) {
      const all = this.all();
      left = { is: 'set', op: 'intersect', all, left, right: this.queryPrimary() };
    }
    return left;
  }

  private all(): boolean {
    const all = this.accept('all');
    if (!all) {
      this.accept('distinct');
    }
    return all;
  }

  private queryPrimary(): QueryBody {
    if (this.accept('(')) {
      const query = this.query();
      this.expect(')');
      return { is: 'query', query };
    }
    if (this.accept('values')) {
      return { is: 'values', rows: this.listOf(() => this.expression()) };
    }
    if (this.accept('table')) {
      return { is: 'table', name: this.qualifiedName() };
    }
    return this.select();
  }

  private select(): Select {
    this.expect('select');
    const distinct = this.accept('distinct');
    if (!distinct) {
      this.accept('all');
    }
    const items = this.listOf(() => this.selectItem());
    let from: Relation | undefined;
    if (this.accept('from')) {
      from = this.relation();
      while (this.accept(',')) {
        from = { is: 'join', kind: 'cross', left: from, right: this.relation() };
      }
    }
    const where = this.accept('where') ? this.expression() : undefined;
    let group: GroupItem[] | undefined;
    let groupDistinct = false;
    if (this.accept('group', 'by')) {
      groupDistinct = this.accept('distinct');
      if (!groupDistinct) {
        this.accept('all');
      }
      group = this.grouping();
    }
    const having = this.accept('having') ? this.expression() : undefined;
    const windows = new Map<string, Window>();
    if (this.accept('window')) {
      do {
        const name = this.identifier('a window name').toLowerCase();
        this.expect('as');
        windows.set(name, this.window());
      } while (this.accept(','));
    }
    return { is: 'select', distinct, items, from, where, group, groupDistinct, having, windows };
  }

  private grouping(): GroupItem[] {
    const items = this.listOf(() => this.groupItem());
    const plain = items.flatMap((item) => (item.kind === 'simple' ? item.items : []));
    // Hive's spelling, which DLA's users write: the sets after the list that they are made of.
    if (this.accept('grouping', 'sets')) {
      return [{ kind: 'sets', sets: this.groupSets() }];
    }
    for (const kind of ['rollup', 'cube'] as const) {
      if (this.accept('with', kind)) {
        return [{ kind, items: plain }];
      }
    }
    return items;
  }

  private groupItem(): GroupItem {
    if (this.accept('grouping', 'sets')) {
      return { kind: 'sets', sets: this.groupSets() };
    }
    for (const kind of ['rollup', 'cube'] as const) {
      if (this.accept(kind)) {
        return { kind, items: this.brackets(() => this.expression(), true) };
      }
    }
    if (this.accept('(', ')')) {
      return { kind: 'simple', items: [] };
    }
    const expr = this.expression();
    return { kind: 'simple', items: expr.is === 'row' ? expr.items : [expr] };
  }

  private groupSets(): (readonly Expr[])[] {
    return this.brackets(() => {
      if (this.accept('(', ')')) {
        return [];
      }
      const expr = this.expression();
      return expr.is === 'row' ? expr.items : [expr];
    });
  }

  private selectItem(): SelectItem {
    if (this.accept('*')) {
      return { star: {} };
    }
    const start = this.at;
    if (this.isIdentifier()) {
      const parts = [this.identifier('a name')];
      while (this.accept('.')) {
        if (this.accept('*')) {
          return { star: { of: parts.at(-1) } };
        }
        if (!this.isIdentifier()) {
          break;
        }
        parts.push(this.identifier('a name'));
      }
      this.at = start;
    }
    const expr = this.expression();
    if (this.accept('as')) {
      return { expr, alias: this.label() };
    }
    return { expr, alias: this.isIdentifier() || this.token()?.kind === 'string' ? this.label() : undefined };
  }

  /** A column's label: MySQL takes a string for it, too. */
  private label(): string {
    const token = this.token();
    if (token?.kind === 'string' && token.text !== '') {
      this.at += 1;
      return token.text;
    }
    return this.identifier('a name for the column');
  }
}
