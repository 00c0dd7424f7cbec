import { doubleText } from './number-text';

/** JSON as Presto keeps it: numbers by their own text, keys in order, no spaces. */
export type Json =
  | { readonly is: 'null' }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'string'; readonly value: string }
  | { readonly is: 'array'; readonly items: readonly Json[] }
  | { readonly is: 'object'; readonly members: ReadonlyMap<string, Json> };

const MAX_DEPTH = 200;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

/** The value, or undefined for what is not JSON. */
export function readJson(text: string): Json | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    return reader.atEnd() ? value : undefined;
  } catch (error) {
    if (error === NOT_JSON) {
      return undefined;
    }
    throw error;
  }
}

const NOT_JSON = new Error('not JSON');

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  public atEnd(): boolean {
    this.match(SPACE);
    return this.at === this.text.length;
  }

  public value(depth: number): Json {
    if (depth > MAX_DEPTH) {
      throw NOT_JSON;
    }
    this.match(SPACE);
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[': {
        const items: Json[] = [];
        this.sequence('[', ']', () => items.push(this.value(depth + 1)));
        return { is: 'array', items };
      }
      case '"':
        return { is: 'string', value: this.string() };
      default: {
        const word = this.match(WORD);
        if (word) {
          return word === 'null' ? { is: 'null' } : { is: 'boolean', value: word === 'true' };
        }
        return { is: 'number', text: this.match(NUMBER) ?? fail() };
      }
    }
  }

  private object(depth: number): Json {
    const members = new Map<string, Json>();
    this.sequence('{', '}', () => {
      this.match(SPACE);
      const key = this.string();
      this.match(SPACE);
      this.symbol(':');
      members.set(key, this.value(depth + 1));
    });
    return { is: 'object', members };
  }

  private sequence(open: string, close: string, read: () => void): void {
    this.symbol(open);
    this.match(SPACE);
    if (this.text[this.at] !== close) {
      for (;;) {
        read();
        this.match(SPACE);
        if (this.text[this.at] === close) {
          break;
        }
        this.symbol(',');
      }
    }
    this.symbol(close);
  }

  private string(): string {
    const written = this.match(STRING) ?? fail();
    try {
      return JSON.parse(written) as string;
    } catch {
      // A control character that is not escaped.
      return fail();
    }
  }

  private symbol(symbol: string): void {
    if (this.text[this.at] !== symbol) {
      throw NOT_JSON;
    }
    this.at += 1;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}

function fail(): never {
  throw NOT_JSON;
}

export function writeJson(json: Json, form = { isSorted: true }): string {
  switch (json.is) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(json.value);
    case 'number':
      return !/[.e]/i.test(json.text) ? json.text : doubleText(Number(json.text));
    case 'string':
      return JSON.stringify(json.value);
    case 'array':
      return `[${json.items.map((item) => writeJson(item, form)).join(',')}]`;
    case 'object': {
      const members = [...json.members];
      if (form.isSorted) {
        members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      }
      return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${writeJson(value, form)}`).join(',')}}`;
    }
  }
}

const STEP = /\.?\[\s*(?:(-?\d+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]|\.([^.[\]]+)/y;

/** The keys and indexes of a path such as `$.a[0]["b"]`; undefined for what is not such a path. */
export function readPath(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) {
    return undefined;
  }
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  let at = 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (!match) {
      return undefined;
    }
    at += match[0].length;
    const [, index, double, single, name] = match;
    steps.push(index !== undefined ? Number(index) : ((double ?? single)?.replace(/\\(.)/g, '$1') ?? name));
  }
  return steps;
}

export function atPath(json: Json, steps: readonly (string | number)[]): Json | undefined {
  let found: Json | undefined = json;
  for (const step of steps) {
    if (found?.is === 'object') {
      found = found.members.get(String(step));
    } else if (found?.is === 'array' && /^\d+$/.test(String(step))) {
      found = found.items[Number(step)];
    } else {
      return undefined;
    }
  }
  return found;
}
