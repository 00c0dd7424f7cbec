import { SqlError } from '../../sql-error';
import type { Alias, Relation } from '../syntax';
import { ExpressionParser } from './expressions';

/** What stands after FROM: tables, subqueries and joins. */
export abstract class RelationParser extends ExpressionParser {
  protected relation(): Relation {
    let left = this.relationPrimary();
    for (;;) {
      if (this.accept('cross', 'join')) {
        left = { is: 'join', kind: 'cross', left, right: this.relationPrimary() };
        continue;
      }
      if (this.peek('natural')) {
        throw new SqlError('ER_NOT_SUPPORTED_YET', 'NATURAL JOIN is not supported: name the columns with ON or USING');
      }
      const start = this.at;
      const kind = this.joinKind();
      if (kind === undefined) {
        this.at = start;
        return left;
      }
      const right = this.relationPrimary();
      if (this.accept('on')) {
        left = { is: 'join', kind, left, right, on: this.expression() };
      } else if (this.accept('using')) {
        left = { is: 'join', kind, left, right, using: this.brackets(() => this.identifier('a column name')) };
      } else {
        throw this.error('ON or USING');
      }
    }
  }

  private joinKind(): 'inner' | 'left' | 'right' | 'full' | undefined {
    if (this.accept('join') || this.accept('inner', 'join')) {
      return 'inner';
    }
    for (const kind of ['left', 'right', 'full'] as const) {
      if (this.accept(kind, 'join') || this.accept(kind, 'outer', 'join')) {
        return kind;
      }
    }
    return undefined;
  }

  private relationPrimary(): Relation {
    return this.nested(() => {
      const relation = this.bareRelation();
      return this.accept('tablesample') ? this.sample(relation) : relation;
    });
  }

  /**
   * Assumption: SYSTEM takes each row by chance, as BERNOULLI does; what it takes at once is not documented.
   */
  private sample(of: Relation): Relation {
    if (!this.accept('bernoulli') && !this.accept('system')) {
      throw this.error('BERNOULLI or SYSTEM');
    }
    this.expect('(');
    const isNegative = this.accept('-');
    const token = this.token();
    if (token?.kind !== 'number') {
      throw this.error('a percentage');
    }
    this.at += 1;
    this.expect(')');
    const percentage = Number(token.text);
    if (isNegative || percentage > 100) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `expected a sample percentage from 0 to 100, got ${isNegative ? '-' : ''}${token.text}`,
      );
    }
    return { is: 'sample', of, percentage };
  }

  private bareRelation(): Relation {
    if (this.accept('unnest')) {
      const args = this.brackets(() => this.expression());
      const ordinality = this.accept('with', 'ordinality');
      return { is: 'unnest', args, ordinality, alias: this.alias() };
    }
    if (this.accept('lateral')) {
      this.expect('(');
      const query = this.query();
      this.expect(')');
      return { is: 'subquery', query, lateral: true, alias: this.alias() };
    }
    if (this.accept('(')) {
      const start = this.at;
      if (this.startsQuery()) {
        try {
          const query = this.query();
          this.expect(')');
          return { is: 'subquery', query, lateral: false, alias: this.alias() };
        } catch (error) {
          // "((select 1) t join …)" begins like a query, too.
          if (this.tokens[start].text !== '(') {
            throw error;
          }
          this.backtrack(start);
        }
      }
      const relation = this.relation();
      this.expect(')');
      return relation;
    }
    const token = this.token();
    if (token?.kind === 'string') {
      throw new SqlError('ER_NO_SUCH_TABLE', `the table ${JSON.stringify(token.text)} does not exist`);
    }
    const next = this.tokens[this.at + 1];
    if (token?.kind === 'word' && next?.kind === 'word' && /^(describe|desc|show|summarize)$/i.test(token.text)) {
      throw new SqlError('ER_TABLEACCESS_DENIED_ERROR', `${token.text} is not allowed within a query`);
    }
    if (token?.kind === 'word' && next?.kind === 'word' && /^(un)?pivot$/i.test(token.text)) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', `${token.text} is not supported`);
    }
    const name = this.qualifiedName();
    if (this.peek('(')) {
      throw new SqlError(
        'ER_TABLEACCESS_DENIED_ERROR',
        `the table function ${name.join('.')} is not allowed: a query reads tables of its schemas only`,
      );
    }
    return { is: 'table', name, alias: this.alias() };
  }

  private alias(): Alias | undefined {
    const as = this.accept('as');
    if (!as && (!this.isIdentifier() || this.peek('tablesample') || this.isClause())) {
      return undefined;
    }
    const name = this.identifier('an alias');
    return { name, columns: this.peek('(') ? this.brackets(() => this.identifier('a column name')) : undefined };
  }

  /** Words that go on with the statement where an alias could stand. */
  private isClause(): boolean {
    const token = this.token();
    return token?.kind === 'word' && /^(window|offset|limit|fetch|minus|lateral)$/i.test(token.text);
  }

  protected qualifiedName(): string[] {
    const names = [this.identifier('a table')];
    while (this.accept('.')) {
      names.push(this.identifier('a name'));
    }
    return names;
  }
}
