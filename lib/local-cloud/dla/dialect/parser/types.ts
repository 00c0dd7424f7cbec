import type { Token } from '../../tokens';
import type { TypeName } from '../syntax';
import { TokenReader } from './token-reader';

/** @throws SqlError ER_PARSE_ERROR for what is not a type */
export function parseType(tokens: readonly Token[]): TypeName {
  const parser = new TypeParser(tokens);
  const type = parser.type();
  parser.end();
  return type;
}

/** Types as they are written in casts, literals and columns. */
export class TypeParser extends TokenReader {
  public type(): TypeName {
    return this.nested(() => {
      let type = this.plainType();
      // The older spelling, "bigint array".
      while (this.accept('array')) {
        type = { name: 'array', lengths: [], of: [{ type }] };
      }
      return type;
    });
  }

  protected tryType(): TypeName | undefined {
    const start = this.at;
    try {
      return this.type();
    } catch {
      this.at = start;
      return undefined;
    }
  }

  private plainType(): TypeName {
    const name = this.identifier('a type').toLowerCase();
    if (name === 'signed' || name === 'unsigned') {
      if (!this.accept('integer')) {
        this.accept('int');
      }
      return { name, lengths: [], of: [] };
    }
    if (name === 'interval') {
      const [from, to] = this.peek('day') ? ['day', 'second'] : ['year', 'month'];
      [from, 'to', to].forEach((word) => this.expect(word));
      return { name: `interval ${from} to ${to}`, lengths: [], of: [] };
    }
    const lengths: number[] = [];
    const of: { name?: string; type: TypeName }[] = [];
    if (this.peek('(') || this.peek('<')) {
      const close = this.accept('<') ? '>' : ')';
      if (close === ')') {
        this.expect('(');
      }
      do {
        if (this.token()?.kind === 'number') {
          lengths.push(this.count('a length'));
        } else if (name === 'row' || name === 'struct') {
          of.push(this.rowField());
        } else {
          of.push({ type: this.type() });
        }
      } while (this.accept(','));
      this.expect(close);
    }
    if (name === 'double') {
      this.accept('precision');
    }
    if (name === 'timestamp' || name === 'time') {
      if (this.accept('with', 'time', 'zone')) {
        return { name: `${name} with time zone`, lengths, of };
      }
      this.accept('without', 'time', 'zone');
    }
    return { name, lengths, of };
  }

  private rowField(): { name?: string; type: TypeName } {
    const start = this.at;
    const first = this.identifier('a field');
    if (this.accept(':') || this.isIdentifier()) {
      return { name: first, type: this.type() };
    }
    this.at = start;
    return { type: this.type() };
  }
}
