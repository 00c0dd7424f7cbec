import { fail, fn, points } from './scalar-function';
import type { Functions } from './scalar-function';

export const TEXTS: Functions = {
  upper: fn('s:s', (text: string) =>
    points(text)
      .map((char) => (char.toUpperCase().length === char.length ? char.toUpperCase() : char))
      .join(''),
  ),
  chr: fn('i:s', (code: bigint) =>
    code < 0n || code > 0x10ffffn || (code >= 0xd800n && code <= 0xdfffn)
      ? fail(`Not a valid Unicode code point: ${code}`)
      : String.fromCodePoint(Number(code)),
  ),
  char: fn('s:s', (list: string) =>
    Buffer.from(
      (JSON.parse(list.replaceAll('NULL', 'null')) as (number | null)[]).flatMap((code) =>
        code === null ? [] : bytesOf(code),
      ),
    ).toString('utf8'),
  ),
  codepoint: fn('s:i', (text: string) =>
    points(text).length === 1 ? BigInt(text.codePointAt(0)!) : fail(`Input string must be a single character string`),
  ),
  first_byte: fn('s:i', (text: string) => BigInt(Buffer.from(text)[0])),
  ord: fn('s:i', (text: string) =>
    Buffer.from(points(text)[0] ?? '').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n),
  ),
  replace: fn('sss:s', (text: string, search: string, by: string) =>
    search === ''
      ? by +
        points(text)
          .map((char) => char + by)
          .join('')
      : text.replaceAll(search, () => by),
  ),
  reverse: fn('s:s', (text: string) => points(text).reverse().join('')),
  translate: fn('sss:s', (text: string, from: string, to: string) => {
    const [a, b] = [points(from), points(to)];
    return points(text)
      .map((char) => (a.includes(char) ? (b[a.indexOf(char)] ?? '') : char))
      .join('');
  }),
  split: fn('ssi:S', (text: string, delimiter: string, limit: bigint) => {
    if (limit < 1n) {
      return fail('Limit must be positive');
    }
    if (delimiter === '') {
      return fail('The delimiter may not be the empty string');
    }
    const parts = text.split(delimiter);
    const count = Number(limit);
    return parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join(delimiter)];
  }),
  split_part: fn('si:s', (text: string, index: bigint) => points(text)[Number(index) - 1] ?? null),
  split_to_map: fn('sss:s', (text: string, entryDelimiter: string, keyDelimiter: string) => {
    if (entryDelimiter === '' || keyDelimiter === '') {
      return fail('a delimiter is empty');
    }
    if (entryDelimiter === keyDelimiter) {
      return fail('entryDelimiter and keyValueDelimiter must not be the same');
    }
    const entries = new Map<string, string>();
    for (const entry of text.split(entryDelimiter)) {
      if (entry === '') {
        continue;
      }
      const parts = entry.split(keyDelimiter);
      if (parts.length !== 2) {
        return fail('Key-value delimiter must appear exactly once in each entry');
      }
      if (entries.has(parts[0])) {
        return fail(`Duplicate keys (${parts[0]}) are not allowed`);
      }
      entries.set(parts[0], parts[1]);
    }
    return `{${[...entries].map((pair) => pair.map((part) => JSON.stringify(part)).join(':')).join(',')}}`;
  }),
  strpos: fn('ssi:i', (text: string, part: string, instance: bigint) => {
    if (instance === 0n) {
      return fail("'instance' must be a positive or negative number.");
    }
    let at = instance > 0n ? -1 : text.length + 1;
    for (let left = instance > 0n ? instance : -instance; left > 0n; left -= 1n) {
      at = instance > 0n ? text.indexOf(part, at + 1) : at === 0 ? -1 : text.lastIndexOf(part, at - 1);
      if (at < 0) {
        return 0n;
      }
    }
    return BigInt(points(text.slice(0, at)).length + 1);
  }),
  locate: fn('ssi:i', (part: string, text: string, from: bigint) => {
    const chars = points(text.toLowerCase());
    if (from < 1n || from > BigInt(chars.length) + 1n) {
      return 0n;
    }
    const before = chars.slice(0, Number(from) - 1).length;
    const rest = chars.slice(before).join('');
    const at = rest.indexOf(part.toLowerCase());
    return at < 0 ? 0n : BigInt(before + points(rest.slice(0, at)).length + 1);
  }),
  normalize: fn('ss:s', (text: string, form: string) =>
    ['NFC', 'NFD', 'NFKC', 'NFKD'].includes(form)
      ? text.normalize(form)
      : fail(`Normalization form must be one of [NFD, NFC, NFKD, NFKC]`),
  ),
  // DuckDB's counts bytes.
  levenshtein: fn('ss:i', levenshtein),
  hamming: fn('ss:i', (a: string, b: string) => {
    const [x, y] = [points(a), points(b)];
    return BigInt(x.filter((char, at) => char !== y[at]).length);
  }),
  soundex: fn('s:s', soundex),
  luhn_check: fn('s:b', (text: string) => {
    if (text === '') {
      return false;
    }
    if (!/^\d+$/.test(text)) {
      return fail(`Invalid argument: ${text}`);
    }
    const sum = [...text].reverse().reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
    return sum % 10 === 0;
  }),
  export_set: fn('isssi:s', (bits: bigint, on: string, off: string, separator: string, count: bigint) => {
    const n = count < 0n || count > 64n ? 64 : Number(count);
    return Array.from({ length: n }, (_, at) => ((BigInt.asUintN(64, bits) >> BigInt(at)) & 1n ? on : off)).join(
      separator,
    );
  }),
  insert: fn('siis:s', (text: string, from: bigint, length: bigint, by: string) => {
    const chars = points(text);
    if (from < 1n || from > BigInt(chars.length)) {
      return text;
    }
    const at = Number(from) - 1;
    const end = length < 0n || BigInt(at) + length > BigInt(chars.length) ? chars.length : at + Number(length);
    return chars.slice(0, at).join('') + by + chars.slice(end).join('');
  }),
  substring_index: fn('ssi:s', (text: string, delimiter: string, count: bigint) => {
    if (delimiter === '' || count === 0n) {
      return '';
    }
    const parts = text.split(delimiter);
    const n = Number(count);
    return (n > 0 ? parts.slice(0, n) : parts.slice(n)).join(delimiter);
  }),
  initcap: fn('s:s', (text: string) =>
    text.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => word[0].toUpperCase() + word.slice(1)),
  ),
  like_escape: fn('sss:b', likeEscape),
};

function bytesOf(code: number): number[] {
  const bytes: number[] = [];
  for (let rest = code >>> 0; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

function levenshtein(first: string, second: string): bigint {
  const [a, b] = [points(first), points(second)];
  let before = b.map((_, at) => at + 1);
  for (const [row, char] of a.entries()) {
    let [diagonal, last] = [row, row + 1];
    before = before.map((above, at) => {
      last = Math.min(above + 1, last + 1, diagonal + (char === b[at] ? 0 : 1));
      diagonal = above;
      return last;
    });
  }
  return BigInt(before.at(-1) ?? a.length);
}

function soundex(text: string): string {
  const codes: Record<string, string> = {};
  for (const [digit, letters] of Object.entries({ 1: 'BFPV', 2: 'CGJKQSXZ', 3: 'DT', 4: 'L', 5: 'MN', 6: 'R' })) {
    for (const letter of letters) {
      codes[letter] = digit;
    }
  }
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === '') {
    return '';
  }
  let out = letters[0];
  let last = codes[letters[0]] ?? '';
  for (const letter of letters.slice(1)) {
    const code = codes[letter] ?? '';
    if (code !== '' && code !== last) {
      out += code;
    }
    if (letter !== 'H' && letter !== 'W') {
      last = code;
    }
  }
  return out.slice(0, 4).padEnd(4, '0');
}

function likeEscape(text: string, pattern: string, escape: string): boolean {
  if (points(escape).length > 1) {
    return fail('Escape string must be a single character');
  }
  // Matched greedily from `%` to `%`, so that no pattern takes exponential time.
  const chars = points(text);
  const wanted: (string | { any: true } | { one: true })[] = [];
  const symbols = points(pattern);
  for (let at = 0; at < symbols.length; at += 1) {
    const symbol = symbols[at];
    if (symbol === escape) {
      at += 1;
      if (![escape, '%', '_'].includes(symbols[at])) {
        return fail(`Escape character must be followed by '%', '_' or the escape character itself`);
      }
      wanted.push(symbols[at]);
    } else {
      wanted.push(symbol === '%' ? { any: true } : symbol === '_' ? { one: true } : symbol);
    }
  }
  let [t, p, star, mark] = [0, 0, -1, 0];
  while (t < chars.length) {
    const one = wanted[p];
    if (one !== undefined && (one === chars[t] || (typeof one === 'object' && 'one' in one))) {
      t += 1;
      p += 1;
    } else if (typeof one === 'object' && 'any' in one) {
      star = p;
      mark = t;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else {
      return false;
    }
  }
  return wanted.slice(p).every((one) => typeof one === 'object' && 'any' in one);
}
