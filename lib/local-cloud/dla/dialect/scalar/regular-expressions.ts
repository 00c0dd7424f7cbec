import { expand, groupCount, regexOf } from '../regex';
import { fail, fn, points } from './scalar-function';
import type { Functions } from './scalar-function';

export const REGULAR_EXPRESSIONS: Functions = {
  regexp_like: fn('ss:b', (text: string, pattern: string) => regexOf(pattern).test(text)),
  regexp_extract: fn('ssi:s', (text: string, pattern: string, group: bigint) => {
    const regex = withGroup(pattern, group);
    return regex.exec(text)?.[Number(group)] ?? null;
  }),
  regexp_extract_all: fn('ssi:S', (text: string, pattern: string, group: bigint) => {
    const regex = withGroup(pattern, group);
    return [...text.matchAll(regex)].map((match) => match[Number(group)] ?? null);
  }),
  regexp_replace: fn('sss:s', (text: string, pattern: string, replacement: string) => {
    let out = '';
    let at = 0;
    for (const match of text.matchAll(regexOf(pattern))) {
      out += text.slice(at, match.index) + expand(replacement, match);
      at = match.index + match[0].length;
    }
    return out + text.slice(at);
  }),
  regexp_split: fn('ss:S', (text: string, pattern: string) => {
    const parts: string[] = [];
    let at = 0;
    for (const match of text.matchAll(regexOf(pattern))) {
      parts.push(text.slice(at, match.index));
      at = match.index + match[0].length;
    }
    return [...parts, text.slice(at)];
  }),
  regexp_position: fn('ssii:i', (text: string, pattern: string, from: bigint, occurrence: bigint) => {
    if (from < 1n || occurrence < 1n) {
      return fail('start position and occurrence cannot be smaller than 1');
    }
    const start = points(text)
      .slice(0, Number(from) - 1)
      .join('').length;
    const match = nth(text, pattern, start, Number(occurrence));
    return match ? BigInt(points(text.slice(0, match.index)).length + 1) : -1n;
  }),
  regexp_substr: fn('ssii:s', (text: string, pattern: string, from: bigint, occurrence: bigint) => {
    if (from < 1n || occurrence < 1n) {
      return fail('position and occurrence cannot be smaller than 1');
    }
    const start = points(text)
      .slice(0, Number(from) - 1)
      .join('').length;
    return nth(text, pattern, start, Number(occurrence))?.[0] ?? null;
  }),
};

function withGroup(pattern: string, group: bigint): RegExp {
  const regex = regexOf(pattern);
  if (group < 0n) {
    return fail('Group cannot be negative');
  }
  if (group > 0n && group > BigInt(groupCount(regex))) {
    return fail(`Pattern has ${groupCount(regex)} groups. Cannot access group ${group}`);
  }
  return regex;
}

function nth(text: string, pattern: string, start: number, occurrence: number): RegExpExecArray | undefined {
  const regex = regexOf(pattern);
  regex.lastIndex = start;
  let left = occurrence;
  for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
    left -= 1;
    if (left === 0) {
      return match;
    }
    if (match[0] === '') {
      regex.lastIndex += 1;
    }
  }
  return undefined;
}
