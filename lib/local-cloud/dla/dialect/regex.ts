import { TextError } from './date-text';

const compiled = new Map<string, RegExp>();
const MAX_COMPILED = 200;

/** The regular expression of Java, in JavaScript's. */
export function regexOf(pattern: string): RegExp {
  let regex = compiled.get(pattern);
  if (!regex) {
    if (compiled.size >= MAX_COMPILED) {
      compiled.clear();
    }
    regex = translate(pattern);
    compiled.set(pattern, regex);
  }
  regex.lastIndex = 0;
  return regex;
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\x0B\\f\\r ',
  blank: '\\t ',
  xdigit: '0-9a-fA-F',
};
const ESCAPED: Readonly<Record<string, [string, string]>> = {
  s: ['[\\t\\n\\x0B\\f\\r ]', '\\t\\n\\x0B\\f\\r '],
  S: ['[^\\t\\n\\x0B\\f\\r ]', ''],
  h: ['[\\t ]', '\\t '],
  A: ['(?<![\\s\\S])', ''],
  z: ['(?![\\s\\S])', ''],
  Z: ['(?=\\n?(?![\\s\\S]))', ''],
  a: ['\\x07', '\\x07'],
  e: ['\\x1b', '\\x1b'],
};

function translate(pattern: string): RegExp {
  let flags = 'gu';
  let at = 0;
  let out = '';
  let isInClass = false;
  let isQuantified = false;
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  if (leading) {
    flags += [...new Set(leading[1])].join('');
    at = leading[0].length;
  }
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const char = String.fromCodePoint(pattern.codePointAt(at)!);
    at += char.length;
    if (char === '\\') {
      const [whole, text] = escape(rest, isInClass);
      at += whole - 1;
      out += text;
    } else if (isInClass) {
      const posix = /^\[:(\^?)(\w+):\]/.exec(rest);
      if (posix && !posix[1] && Object.hasOwn(CLASSES, posix[2])) {
        out += CLASSES[posix[2]];
        at += posix[0].length - 1;
      } else if (char === ']') {
        isInClass = false;
        out += char;
      } else if (char === '[' || rest.startsWith('&&')) {
        throw unsupported(pattern, 'a class within a class');
      } else {
        out += /[()|{}/]/.test(char) ? `\\${char}` : char;
      }
    } else if (char === '[') {
      isInClass = true;
      const negated = pattern[at] === '^' ? '^' : '';
      at += negated.length;
      out += `[${negated}`;
      if (pattern[at] === ']') {
        out += '\\]';
        at += 1;
      }
    } else if (char === '(' && /^\(\?(?:>|[imsx-]+[:)])/.test(rest)) {
      throw unsupported(pattern, 'an atomic group or a flag within the pattern');
    } else if (char === '+' && isQuantified) {
      throw unsupported(pattern, 'a possessive quantifier');
    } else if (char === '{' && !/^\{\d+(,\d*)?\}/.test(rest)) {
      out += '\\{';
    } else if (char === '}' && !/\{\d+(,\d*)?$/.test(out)) {
      out += '\\}';
    } else {
      out += char === ']' ? '\\]' : char;
    }
    isQuantified = !isInClass && char !== '\\' && /[*+?}]/.test(char) && !isQuantified;
  }
  try {
    return new RegExp(out, flags);
  } catch {
    throw new TextError(`invalid regular expression: ${pattern}`);
  }
}

/** How long an escape is, and what stands for it. */
function escape(rest: string, isInClass: boolean): [number, string] {
  const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest);
  if (quoted) {
    return [
      quoted[0].length,
      quoted[1].replace(/[\\^$.*+?()[\]{}|/-]/g, (symbol) => (symbol === '-' && !isInClass ? '-' : `\\${symbol}`)),
    ];
  }
  const property = /^\\([pP])\{(?:Is|In)?(\w+)\}/.exec(rest);
  if (property) {
    const set = CLASSES[property[2].toLowerCase()];
    if (set !== undefined) {
      return [property[0].length, isInClass ? set : `[${property[1] === 'P' ? '^' : ''}${set}]`];
    }
    const name = /^[A-Z][a-z]?$/.test(property[2]) ? property[2] : `Script=${property[2]}`;
    return [property[0].length, `\\${property[1]}{${name}}`];
  }
  const named = /^\\k<\w+>|^\\x[0-9a-fA-F]{2}|^\\u[0-9a-fA-F]{4}|^\\c[A-Za-z]/.exec(rest);
  if (named) {
    return [named[0].length, named[0]];
  }
  const letter = rest[1] ?? '';
  if (Object.hasOwn(ESCAPED, letter)) {
    const [outside, inside] = ESCAPED[letter];
    return [2, isInClass ? inside : outside];
  }
  if (/[dDwWbBtnrfv1-9]/.test(letter) && letter !== '') {
    return [2, `\\${letter}`];
  }
  if (letter === '' || /[a-zA-Z]/.test(letter)) {
    throw new TextError(`invalid regular expression: unknown escape \\${letter}`);
  }
  return [2, /[\\^$.*+?()[\]{}|/]/.test(letter) || (letter === '-' && isInClass) ? `\\${letter}` : letter];
}

function unsupported(pattern: string, what: string): TextError {
  return new TextError(`the regular expression ${pattern} is not supported here: ${what}`);
}

/** The number of the pattern's groups. */
export function groupCount(regex: RegExp): number {
  return new RegExp(`${regex.source}|`, regex.flags).exec('')!.length - 1;
}

/** A replacement of Java: `$1`, `${name}`, and a backslash before what is meant literally. */
export function expand(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(
    /\\([\s\S])|\$(?:(\d)|\{(\w+)\}|([\s\S]?))|\\$/g,
    (whole, literal?: string, digit?: string, name?: string) => {
      if (literal !== undefined) {
        return literal;
      }
      if (digit !== undefined) {
        if (Number(digit) >= match.length) {
          throw new TextError(`Illegal replacement sequence: unknown group ${digit}`);
        }
        return match[Number(digit)] ?? '';
      }
      if (name !== undefined) {
        const group = /^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name];
        if (group === undefined && !(name in (match.groups ?? {}))) {
          throw new TextError(`Illegal replacement sequence: unknown group { ${name} }`);
        }
        return group ?? '';
      }
      throw new TextError(`Illegal replacement sequence: ${whole}`);
    },
  );
}
