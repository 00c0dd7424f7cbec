import { SqlError } from './sql-error';
import type { Token } from './tokens';

/** Reads tokens one after the other; what does not fit is a syntax error that tells what is expected. */
export class Cursor {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  public get done(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The next token, or one after it, which is not taken; a statement may have hundreds of thousands. */
  public peek(offset = 0): Token | undefined {
    return this.tokens.at(this.at + offset);
  }

  public takeRest(): readonly Token[] {
    const rest = this.tokens.slice(this.at);
    this.at = this.tokens.length;
    return rest;
  }

  /** What `read` gives; where that is nothing, nothing is taken. */
  public attempt<T>(read: () => T | undefined): T | undefined {
    const { at } = this;
    const found = read();
    if (found === undefined) {
      this.at = at;
    }
    return found;
  }

  /** Takes the next token, whatever it is. */
  public skip(): Token {
    const token = this.tokens.at(this.at);
    if (!token) {
      throw this.error('more');
    }
    this.at += 1;
    return token;
  }

  /** Takes the words or symbols if they come next, all or none of them. */
  public accept(...words: string[]): boolean {
    const found = words.every((word, offset) => {
      const token = this.tokens.at(this.at + offset);
      return (token?.kind === 'word' || token?.kind === 'symbol') && token.text.toUpperCase() === word;
    });
    this.at += found ? words.length : 0;
    return found;
  }

  public expect(...words: string[]): void {
    if (!this.accept(...words)) {
      throw this.error(words.join(' '));
    }
  }

  public name(what: string): string {
    return this.take(['word', 'name'], what);
  }

  public string(what: string): string {
    return this.take(['string'], what);
  }

  /** A string that may be empty. */
  public text(what: string): string {
    return this.peek()?.kind === 'string' ? this.skip().text : this.string(what);
  }

  public integer(what: string): string {
    const text = this.take(['number'], what);
    if (!/^\d{1,15}$/.test(text)) {
      this.at -= 1;
      throw this.error(what);
    }
    return text;
  }

  /** `[schema.]name` */
  public qualifiedName(what: string): { schema?: string; name: string } {
    const first = this.name(what);
    return this.accept('.') ? { schema: first, name: this.name(what) } : { name: first };
  }

  /** `(item, …)`, at least one. */
  public list<T>(item: () => T): T[] {
    this.expect('(');
    const items = [item()];
    while (this.accept(',')) {
      items.push(item());
    }
    this.expect(')');
    return items;
  }

  public end(): void {
    this.accept(';');
    if (!this.done) {
      throw this.error('the end of the statement');
    }
  }

  public error(expected: string): SqlError {
    const token = this.tokens.at(this.at);
    const near = token ? `near ${JSON.stringify(token.text.slice(0, 60))}` : 'at the end of the statement';
    return new SqlError('ER_PARSE_ERROR', `syntax error ${near}: expected ${expected}`);
  }

  private take(kinds: readonly Token['kind'][], what: string): string {
    const token = this.tokens.at(this.at);
    if (!token || !kinds.includes(token.kind) || token.text === '') {
      throw this.error(what);
    }
    this.at += 1;
    return token.text;
  }
}
