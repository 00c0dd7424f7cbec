import { SqlError } from '../../sql-error';
import type { Token } from '../../tokens';
import type { Call, Expr, FrameBound, Query, SortItem, TypeName, Window } from '../syntax';
import { RESERVED } from './token-reader';
import { TypeParser } from './types';

/** Functions whose names are reserved words, and those that are written without brackets. */
const RESERVED_CALLS = new Set(['left', 'right', 'grouping', 'insert']);

const BARE_CALLS = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_user',
]);

/** Aggregates that can be followed by WITHIN GROUP. */
const LISTS = new Set(['listagg', 'group_concat']);

const INTERVAL_UNITS = new Set(['year', 'month', 'week', 'day', 'hour', 'minute', 'second']);

const TYPED_LITERALS = new Set([
  'date',
  'time',
  'timestamp',
  'decimal',
  'json',
  'char',
  'varchar',
  'bigint',
  'integer',
  'int',
  'smallint',
  'tinyint',
  'double',
  'real',
  'boolean',
]);

/** Expressions, from OR down to literals and calls. */
export abstract class ExpressionParser extends TypeParser {
  /** One that is not binary, of which a statement has the last. */
  public otherCollation?: string;

  public abstract query(): Query;

  public expression(): Expr {
    return this.nested(() => this.or());
  }

  private or(): Expr {
    const items = [this.and()];
    while (this.accept('or')) {
      items.push(this.and());
    }
    return items.length === 1 ? items[0] : { is: 'logical', op: 'or', items };
  }

  private and(): Expr {
    const items = [this.not()];
    while (this.accept('and')) {
      items.push(this.not());
    }
    return items.length === 1 ? items[0] : { is: 'logical', op: 'and', items };
  }

  private not(): Expr {
    if (this.accept('not')) {
      return { is: 'unary', op: 'not', of: this.nested(() => this.not()) };
    }
    return this.predicate();
  }

  private predicate(): Expr {
    let left = this.concat();
    for (;;) {
      // MySQL's equality that finds NULL equal to itself.
      if (this.operator('<=>')) {
        left = { is: 'distinct', negated: true, left, right: this.concat() };
        continue;
      }
      const op = this.comparison();
      if (op !== undefined) {
        const quantifier = this.accept('all') ? 'all' : this.accept('any') || this.accept('some') ? 'any' : undefined;
        if (quantifier) {
          this.expect('(');
          left = { is: 'quantified', op, quantifier, left, query: this.query() };
          this.expect(')');
        } else {
          left = { is: 'compare', op, left, right: this.concat() };
        }
        continue;
      }
      if (this.accept('is')) {
        const negated = this.accept('not');
        if (this.accept('null')) {
          left = { is: 'isnull', negated, of: left };
        } else if (this.accept('distinct', 'from')) {
          left = { is: 'distinct', negated, left, right: this.concat() };
        } else if (this.peek('true') || this.peek('false') || this.peek('unknown')) {
          const word = this.token()!.text.toLowerCase();
          this.at += 1;
          left = { is: 'truth', negated, of: left, value: word === 'unknown' ? undefined : word === 'true' };
        } else {
          throw this.error('NULL or DISTINCT FROM');
        }
        continue;
      }
      const start = this.at;
      const negated = this.accept('not');
      if (this.accept('between')) {
        const low = this.concat();
        this.expect('and');
        left = { is: 'between', negated, of: left, low, high: this.concat() };
      } else if (this.accept('in')) {
        this.expect('(');
        const list = this.startsQuery() ? this.inQuery() : this.listOf(() => this.expression());
        this.expect(')');
        left = { is: 'in', negated, of: left, list };
      } else if (this.accept('regexp') || this.accept('rlike')) {
        const of: Call = { is: 'call', name: 'regexp_like', args: [left, this.concat()] };
        left = negated ? { is: 'unary', op: 'not', of } : of;
      } else if (this.accept('like')) {
        // Texts are compared by their characters anyway.
        if (this.peek('binary') && this.tokens[this.at + 1]?.kind !== 'symbol') {
          this.accept('binary');
        }
        const pattern = this.concat();
        const escape = this.accept('escape') ? this.concat() : undefined;
        left = { is: 'like', negated, of: left, pattern, escape };
      } else {
        this.at = start;
        return left;
      }
    }
  }

  private inQuery(): Query | Expr[] {
    const start = this.at;
    const query = this.query();
    if (this.peek(')')) {
      return query;
    }
    // "((select 1), 2)" is a list.
    this.backtrack(start);
    return this.listOf(() => this.expression());
  }

  private comparison(): string | undefined {
    for (const op of ['<>', '!=', '<=', '>=', '=', '<', '>']) {
      if (this.operator(op)) {
        return op === '!=' ? '<>' : op;
      }
    }
    return undefined;
  }

  private concat(): Expr {
    let left = this.sum();
    while (this.operator('||')) {
      left = { is: 'binary', op: '||', left, right: this.sum() };
    }
    return left;
  }

  private sum(): Expr {
    let left = this.product();
    for (;;) {
      const op = this.peekOperator('->') ? undefined : this.accept('+') ? '+' : this.accept('-') ? '-' : undefined;
      if (op === undefined) {
        return left;
      }
      left = { is: 'binary', op, left, right: this.product() };
    }
  }

  private product(): Expr {
    let left = this.unary();
    for (;;) {
      const op = ['*', '/', '%'].find((symbol) => this.accept(symbol)) ?? this.wordOperator();
      if (op === undefined) {
        return left;
      }
      left = { is: 'binary', op, left, right: this.unary() };
    }
  }

  /** MySQL's `DIV` and `MOD` between two operands; elsewhere they are names. */
  private wordOperator(): string | undefined {
    const op = this.peek('div') ? 'div' : this.peek('mod') ? '%' : undefined;
    const next = this.tokens.at(this.at + 1);
    const isOperand =
      this.at + 1 < this.tokens.length &&
      next !== undefined &&
      (next.kind === 'symbol' ? next.text === '(' : next.kind !== 'word' || !RESERVED.has(next.text.toLowerCase()));
    if (op === undefined || !isOperand) {
      return undefined;
    }
    this.at += 1;
    return op;
  }

  private unary(): Expr {
    for (const op of ['-', '+'] as const) {
      if (this.accept(op)) {
        return { is: 'unary', op, of: this.nested(() => this.unary()) };
      }
    }
    let of = this.postfix();
    while (this.accept('at', 'time', 'zone')) {
      of = { is: 'zone', of, zone: this.postfix() };
    }
    this.collation();
    return of;
  }

  /**
   * Texts are compared by their characters, which is what MySQL's binary collations mean; those of information_schema in
   * one way, which no collation changes.
   */
  private collation(): void {
    const name = this.peek('collate') ? this.tokens.at(this.at + 1)?.text : undefined;
    if (name === undefined || !/^binary$|_(bin|ci|cs)$/i.test(name)) {
      return;
    }
    if (!/bin(ary)?$/i.test(name)) {
      this.otherCollation = name;
    }
    this.at += 2;
  }

  private postfix(): Expr {
    let of = this.primary();
    for (;;) {
      if (this.accept('[')) {
        of = { is: 'subscript', of, index: this.expression() };
        this.expect(']');
      } else if (of.is !== 'number' && this.peek('.')) {
        this.at += 1;
        const name = this.identifier('a field name');
        of = of.is === 'column' ? { is: 'column', names: [...of.names, name] } : { is: 'field', of, name };
      } else {
        return of;
      }
    }
  }

  private primary(): Expr {
    const token = this.token();
    if (token === undefined) {
      throw this.error('an expression');
    }
    if (token.kind === 'string') {
      return this.string();
    }
    if (token.kind === 'number') {
      this.at += 1;
      const after = this.token();
      if (after?.kind === 'word' && after.start === token.end) {
        if (/^(0x[0-9a-f]+|0b[01]+)$/i.test(token.text + after.text)) {
          throw new SqlError(
            'ER_NOT_SUPPORTED_YET',
            `literals such as ${(token.text + after.text).slice(0, 20)} are not supported: expected X'41' for bytes, or a number`,
          );
        }
        throw new SqlError(
          'ER_PARSE_ERROR',
          `syntax error near "${token.text}${after.text.slice(0, 60)}": expected a number`,
        );
      }
      return { is: 'number', text: token.text };
    }
    if (token.kind === 'symbol') {
      return this.bracketed();
    }
    const next = this.tokens[this.at + 1];
    if (token.kind === 'word') {
      const special = this.special(token.text.toLowerCase(), next);
      if (special) {
        return special;
      }
    }
    const callable = this.isIdentifier() || (token.kind === 'word' && RESERVED_CALLS.has(token.text.toLowerCase()));
    if (callable && next?.kind === 'symbol' && next.text === '(') {
      this.at += 1;
      return this.call(token.text.toLowerCase());
    }
    const name = this.identifier('an expression');
    if (this.operator('->')) {
      return { is: 'lambda', params: [name], body: this.expression() };
    }
    return { is: 'column', names: [name] };
  }

  /** Strings that stand side by side are one, as in MySQL. */
  private string(): Expr {
    let text = '';
    for (let token = this.token(); token?.kind === 'string'; token = this.token()) {
      text += token.text;
      this.at += 1;
    }
    return { is: 'string', text };
  }

  /** Expressions that begin with a word of their own. */
  private special(word: string, next: Token | undefined): Expr | undefined {
    const adjacentString = next?.kind === 'string' ? next : undefined;
    switch (word) {
      case 'null':
        this.at += 1;
        return { is: 'null' };
      case 'true':
      case 'false':
        this.at += 1;
        return { is: 'boolean', value: word === 'true' };
      case 'x':
        if (adjacentString && adjacentString.start === this.tokens[this.at].end) {
          this.at += 2;
          const hex = adjacentString.text.replace(/\s/g, '');
          if (!/^([0-9a-f]{2})*$/i.test(hex)) {
            throw new SqlError('ER_PARSE_ERROR', 'a binary literal has an even number of hexadecimal digits');
          }
          return { is: 'bytes', hex };
        }
        return undefined;
      case 'b':
        if (adjacentString && adjacentString.start === this.tokens[this.at].end) {
          throw new SqlError('ER_NOT_SUPPORTED_YET', "literals of bits such as b'01' are not supported");
        }
        return undefined;
      case 'interval':
        return this.interval();
      case 'case':
        return this.case();
      case 'cast':
      case 'try_cast':
        return this.cast(word === 'try_cast');
      case 'convert':
        return this.convert();
      case 'extract': {
        this.at += 1;
        this.expect('(');
        const field = this.identifier('a field such as year').toLowerCase();
        this.expect('from');
        const of = this.expression();
        this.expect(')');
        return { is: 'extract', field, of };
      }
      case 'exists': {
        this.at += 1;
        this.expect('(');
        const query = this.query();
        this.expect(')');
        return { is: 'exists', query };
      }
      case 'position': {
        const start = this.at;
        this.at += 1;
        if (this.accept('(')) {
          const needle = this.concat();
          if (this.accept('in')) {
            const of = this.concat();
            this.expect(')');
            return { is: 'call', name: 'strpos', args: [of, needle] };
          }
        }
        this.at = start;
        return undefined;
      }
      case 'trim':
        return this.trim();
      case 'array':
        if (next?.text === '[' && next.kind === 'symbol') {
          this.at += 2;
          const items = this.accept(']') ? undefined : this.listOf(() => this.expression());
          if (items) {
            this.expect(']');
          }
          return { is: 'array', items: items ?? [] };
        }
        return undefined;
      case 'row':
        if (next?.text === '(' && next.kind === 'symbol') {
          this.at += 1;
          return { is: 'row', items: this.brackets(() => this.expression()) };
        }
        return undefined;
      default:
        break;
    }
    if (BARE_CALLS.has(word)) {
      this.at += 1;
      if (this.accept('(')) {
        if (this.token()?.kind === 'number') {
          this.at += 1;
        }
        this.expect(')');
      }
      return { is: 'call', name: word, args: [] };
    }
    if (TYPED_LITERALS.has(word)) {
      const start = this.at;
      const type = this.tryType();
      const token = this.token();
      if (type && token?.kind === 'string') {
        this.at += 1;
        return { is: 'typed', type, text: token.text };
      }
      this.at = start;
    }
    return undefined;
  }

  private bracketed(): Expr {
    const start = this.at;
    if (!this.accept('(')) {
      throw this.error('an expression');
    }
    const lambda = this.lambda();
    if (lambda) {
      return lambda;
    }
    if (this.startsQuery()) {
      const inner = this.at;
      const query = this.query();
      if (this.accept(')')) {
        return { is: 'subquery', query };
      }
      this.backtrack(inner);
    }
    if (this.accept(')')) {
      this.at = start;
      throw this.error('an expression');
    }
    const items = this.listOf(() => this.expression());
    this.expect(')');
    return items.length === 1 ? items[0] : { is: 'row', items };
  }

  /** `(x, y) -> …`, after its first bracket. */
  private lambda(): Expr | undefined {
    const start = this.at;
    const params: string[] = [];
    while (this.isIdentifier() && (params.length === 0 || this.tokens[this.at - 1].text === ',')) {
      params.push(this.identifier('a name'));
      if (!this.accept(',')) {
        break;
      }
    }
    if (this.accept(')') && this.operator('->')) {
      return { is: 'lambda', params, body: this.expression() };
    }
    this.at = start;
    return undefined;
  }

  private call(name: string): Expr {
    const digits = this.tokens.at(this.at + 1);
    if (
      name === 'now' &&
      digits?.kind === 'number' &&
      /^[0-6]$/.test(digits.text) &&
      this.tokens.at(this.at + 2)?.text === ')'
    ) {
      // MySQL's digits of a fraction; times have three of them here.
      this.at += 3;
      return { is: 'call', name, args: [] };
    }
    this.expect('(');
    let called = name;
    let star = false;
    let distinct = false;
    const args: Expr[] = [];
    let order: SortItem[] | undefined;
    if (!this.accept(')')) {
      if (this.accept('*')) {
        star = true;
      } else {
        distinct = this.accept('distinct');
        if (!distinct) {
          this.accept('all');
        }
        args.push(...this.listOf(() => this.expression()));
        if (name === 'substring' && args.length === 1 && this.accept('from')) {
          args.push(this.expression());
          if (this.accept('for')) {
            args.push(this.expression());
          }
        }
        order = this.accept('order', 'by') ? this.sortItems() : undefined;
        if (name === 'group_concat' && args.length === 1 && this.accept('separator')) {
          if (this.token()?.kind !== 'string') {
            throw this.error('a separator in quotes');
          }
          args.push(this.string());
          called = 'listagg';
        }
      }
      this.expect(')');
    }
    if (LISTS.has(name) && this.accept('within', 'group')) {
      this.expect('(');
      this.expect('order', 'by');
      order = this.sortItems();
      this.expect(')');
    }
    let filter: Expr | undefined;
    if (this.accept('filter', '(')) {
      this.expect('where');
      filter = this.expression();
      this.expect(')');
    }
    const nulls = (['ignore', 'respect'] as const).find((word) => this.accept(word, 'nulls'));
    const over = this.accept('over') ? this.window() : undefined;
    const call: Call = { is: 'call', name: called, args, star, distinct, order, filter, nulls, over };
    return call;
  }

  protected window(): Window {
    if (!this.peek('(')) {
      return { name: this.identifier('a window name').toLowerCase(), partition: [], order: [] };
    }
    this.expect('(');
    const named = this.isIdentifier() && !/^(partition|range|rows|groups)$/i.test(this.token()!.text);
    const name = named ? this.identifier('a window name').toLowerCase() : undefined;
    const partition = this.accept('partition', 'by') ? this.listOf(() => this.expression()) : [];
    const order = this.accept('order', 'by') ? this.sortItems() : [];
    const unit = ['rows', 'range', 'groups'].find((word) => this.accept(word));
    let frame: Window['frame'];
    if (unit !== undefined) {
      if (this.accept('between')) {
        const start = this.frameBound();
        this.expect('and');
        frame = { unit, start, end: this.frameBound() };
      } else {
        frame = { unit, start: this.frameBound() };
      }
    }
    this.expect(')');
    return { name, partition, order, frame };
  }

  private frameBound(): FrameBound {
    if (this.accept('current', 'row')) {
      return { kind: 'current row' };
    }
    const offset = this.accept('unbounded') ? undefined : this.expression();
    const side = this.accept('preceding') ? 'preceding' : 'following';
    if (side === 'following') {
      this.expect('following');
    }
    return offset ? { kind: side, offset } : { kind: `unbounded ${side}` };
  }

  protected sortItems(): SortItem[] {
    return this.listOf(() => {
      const expr = this.expression();
      const descending = this.accept('desc');
      if (!descending) {
        this.accept('asc');
      }
      const nullsFirst = this.accept('nulls', 'first');
      if (!nullsFirst) {
        this.accept('nulls', 'last');
      }
      return { expr, descending, nullsFirst };
    });
  }

  private interval(): Expr | undefined {
    const start = this.at;
    this.at += 1;
    const negative = this.accept('-');
    if (!negative) {
      this.accept('+');
    }
    const token = this.token();
    const from = this.tokens[this.at + 1]?.text.toLowerCase() ?? '';
    if ((token?.kind !== 'string' && token?.kind !== 'number') || !INTERVAL_UNITS.has(from)) {
      this.at = start;
      return this.computedInterval();
    }
    this.at += 2;
    const to = this.accept('to') ? this.identifier('a unit').toLowerCase() : undefined;
    return { is: 'interval', negative, text: token.text, from, to };
  }

  /** MySQL's form, `INTERVAL expression unit`. */
  private computedInterval(): Expr | undefined {
    const start = this.at;
    const next = this.tokens.at(start + 1);
    if (next === undefined || (next.kind === 'symbol' && next.text !== '(' && next.text !== '-')) {
      return undefined;
    }
    this.at += 1;
    let amount: Expr | undefined;
    try {
      amount = this.sum();
    } catch {
      amount = undefined;
    }
    const unit = this.token()?.text.toLowerCase() ?? '';
    const [from, to] = unit.split('_');
    if (amount?.is === 'string' && INTERVAL_UNITS.has(from) && INTERVAL_UNITS.has(to)) {
      this.at += 1;
      return { is: 'interval', negative: false, text: amount.text, from, to };
    }
    if (amount !== undefined && /^([a-z]+_)?microsecond$/.test(unit)) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        `INTERVAL … ${unit.toUpperCase()} is not supported: times have milliseconds here`,
      );
    }
    if (amount === undefined || (unit !== 'quarter' && !INTERVAL_UNITS.has(unit))) {
      this.backtrack(start);
      return undefined;
    }
    this.at += 1;
    const [text, name] = unit === 'quarter' ? ['3', 'month'] : ['1', unit];
    return { is: 'binary', op: '*', left: amount, right: { is: 'interval', negative: false, text, from: name } };
  }

  private case(): Expr {
    this.expect('case');
    const of = this.peek('when') ? undefined : this.expression();
    const whens: { when: Expr; then: Expr }[] = [];
    while (this.accept('when')) {
      const when = this.expression();
      this.expect('then');
      whens.push({ when, then: this.expression() });
    }
    if (whens.length === 0) {
      throw this.error('WHEN');
    }
    const otherwise = this.accept('else') ? this.expression() : undefined;
    this.expect('end');
    return { is: 'case', of, whens, otherwise };
  }

  private cast(safe: boolean): Expr {
    this.at += 1;
    this.expect('(');
    const of = this.expression();
    this.expect('as');
    const type = this.castType();
    this.expect(')');
    return { is: 'cast', safe, of, type };
  }

  /** MySQL's other spellings of a cast, `CONVERT(x, type)` and `CONVERT(x USING utf8)`. */
  private convert(): Expr {
    this.at += 1;
    this.expect('(');
    const of = this.expression();
    if (this.accept('using')) {
      this.characterSet();
      this.expect(')');
      return { is: 'cast', safe: false, of, type: { name: 'char', lengths: [], of: [] } };
    }
    this.expect(',');
    const type = this.castType();
    this.expect(')');
    return { is: 'cast', safe: false, of, type };
  }

  private castType(): TypeName {
    const type = this.type();
    if (type.name === 'char' && (this.accept('character', 'set') || this.accept('charset'))) {
      this.characterSet();
    }
    return type;
  }

  private characterSet(): void {
    const name = this.identifier('a character set');
    if (!/^utf8(mb[34])?$/i.test(name)) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', `the character set ${name} is not supported, only UTF-8 is`);
    }
  }

  private trim(): Expr | undefined {
    const start = this.at;
    this.at += 1;
    if (!this.accept('(')) {
      this.at = start;
      return undefined;
    }
    const side = ['both', 'leading', 'trailing'].find((word) => this.accept(word));
    if (side === undefined) {
      const first = this.expression();
      if (!this.accept('from')) {
        const args = [first, ...(this.accept(',') ? [this.expression()] : [])];
        this.expect(')');
        return { is: 'call', name: 'trim', args };
      }
      const of = this.expression();
      this.expect(')');
      return { is: 'call', name: 'trim', args: [of, first] };
    }
    const what = this.accept('from') ? undefined : this.expression();
    if (what !== undefined) {
      this.expect('from');
    }
    const of = this.expression();
    this.expect(')');
    const name = { both: 'trim', leading: 'ltrim', trailing: 'rtrim' }[side]!;
    return { is: 'call', name, args: what === undefined ? [of] : [of, what] };
  }
}
