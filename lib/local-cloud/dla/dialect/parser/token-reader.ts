import { SqlError } from '../../sql-error';
import type { Token } from '../../tokens';

/** What is nested deeper would exhaust a stack, here or in the engine. */
const MAX_DEPTH = 120;
const MAX_BACKTRACKS = 200;

/** Words that cannot be the name of a column or a table unless they are quoted. */
export const RESERVED = new Set(
  (
    'alter and as between by case cast constraint create cross cube current_date current_time current_timestamp ' +
    'deallocate delete describe distinct drop else end escape except execute exists extract false for from full ' +
    'group grouping having in inner insert intersect into is join left like limit localtime localtimestamp natural not null on ' +
    'or order outer prepare right rollup select table then true uescape union unnest using values when where with ' +
    'qualify'
  ).split(' '),
);

/** Reads tokens one by one, and tells what was expected where they end or differ. */
export class TokenReader {
  protected at = 0;
  private depth = 0;
  private backtracks = 0;

  constructor(protected readonly tokens: readonly Token[]) {}

  public end(): void {
    this.accept(';');
    if (this.at < this.tokens.length) {
      if (this.tokens[this.at - 1]?.text !== ';') {
        throw this.error('the end of the statement');
      }
      throw this.startsQuery()
        ? new SqlError('ER_PARSE_ERROR', 'several statements were sent, allowed is one')
        : new SqlError('ER_NOT_SUPPORTED_YET', 'only a plain SELECT is supported here');
    }
  }

  protected token(): Token | undefined {
    return this.tokens.at(this.at);
  }

  protected isIdentifier(): boolean {
    const token = this.token();
    return token?.kind === 'name' || (token?.kind === 'word' && !RESERVED.has(token.text.toLowerCase()));
  }

  protected identifier(what: string): string {
    const token = this.token();
    if (!token || !this.isIdentifier() || token.text === '') {
      throw this.error(what);
    }
    this.at += 1;
    return token.text;
  }

  protected count(what: string): number {
    const token = this.token();
    if (token?.kind === 'word') {
      throw new SqlError('ER_BAD_FIELD_ERROR', `expected ${what}, got the name ${token.text}`);
    }
    if (token?.kind !== 'number' || !/^\d{1,20}$/.test(token.text)) {
      throw this.error(what);
    }
    this.at += 1;
    // MySQL's way to say "all" is LIMIT 18446744073709551615.
    return Math.min(Number(token.text), Number.MAX_SAFE_INTEGER);
  }

  protected peek(text: string): boolean {
    const token = this.token();
    return (token?.kind === 'word' || token?.kind === 'symbol') && token.text.toLowerCase() === text;
  }

  /** Takes the words or symbols if they come next, all or none of them. */
  protected accept(...words: string[]): boolean {
    const found = words.every((word, offset) => {
      const token = this.tokens.at(this.at + offset);
      return (
        this.at + offset < this.tokens.length &&
        (token?.kind === 'word' || token?.kind === 'symbol') &&
        token.text.toLowerCase() === word
      );
    });
    this.at += found ? words.length : 0;
    return found;
  }

  protected expect(...words: string[]): void {
    if (!this.accept(...words)) {
      throw this.error(words.join(' ').toUpperCase());
    }
  }

  /** An operator of several symbols, which touch. */
  protected operator(op: string): boolean {
    const found = this.peekOperator(op);
    this.at += found ? op.length : 0;
    return found;
  }

  protected peekOperator(op: string): boolean {
    return [...op].every((symbol, offset) => {
      const token = this.tokens[this.at + offset];
      return (
        token?.kind === 'symbol' &&
        token.text === symbol &&
        (offset === 0 || token.start === this.tokens[this.at + offset - 1].end)
      );
    });
  }

  /** `(item, …)` */
  protected brackets<T>(item: () => T, mayBeEmpty = false): T[] {
    this.expect('(');
    if (mayBeEmpty && this.accept(')')) {
      return [];
    }
    const items = this.listOf(item);
    this.expect(')');
    return items;
  }

  protected listOf<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accept(',')) {
      items.push(item());
    }
    return items;
  }

  protected nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) {
      throw new SqlError('ER_PARSE_ERROR', `the statement is nested more than ${MAX_DEPTH} times`);
    }
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }

  /** Reads the same again in another way; brackets within brackets would take exponential time. */
  protected backtrack(to: number): void {
    this.backtracks += 1;
    if (this.backtracks > MAX_BACKTRACKS) {
      throw new SqlError('ER_PARSE_ERROR', 'the statement has too many queries in brackets within brackets');
    }
    this.at = to;
  }

  /** Whether a query comes next, perhaps in brackets. */
  protected startsQuery(): boolean {
    let at = this.at;
    while (this.tokens[at]?.text === '(' && this.tokens[at].kind === 'symbol') {
      at += 1;
    }
    const token = this.tokens[at];
    return token?.kind === 'word' && /^(select|with|values|table)$/i.test(token.text);
  }

  protected error(expected: string): SqlError {
    const token = this.token();
    const near = token ? `near ${JSON.stringify(token.text.slice(0, 60))}` : 'at the end of the statement';
    return new SqlError('ER_PARSE_ERROR', `syntax error ${near}: expected ${expected}`);
  }
}
