/**
 * Tells whether a pattern of LIKE fits a whole text, in whatever case: `%` stands for any characters, `_` for one, and a
 * backslash takes the meaning from what follows it. At worst it takes the length of the text times that of the
 * pattern, where a regular expression may take exponential time. Without a pattern every text fits.
 */
export function likeMatcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) {
    return () => true;
  }
  const parts: (string | symbol)[] = [...pattern.toLowerCase().matchAll(/\\([^])|([^])/g)].map(
    ([, escaped, plain]) => escaped ?? ANY[plain] ?? plain,
  );
  return (text) => fits(parts, text.toLowerCase());
}

function fits(parts: readonly (string | symbol)[], chars: string): boolean {
  let [at, index] = [0, 0];
  // After a mismatch only the last `%` takes one character more: what stands before it fits as early as it can.
  let [many, taken] = [-1, 0];
  while (index < chars.length) {
    if (parts[at] === MANY) {
      many = at++;
      taken = index;
    } else if (parts[at] === ONE || parts[at] === chars[index]) {
      at++;
      index++;
    } else if (many >= 0) {
      at = many + 1;
      index = ++taken;
    } else {
      return false;
    }
  }
  while (parts[at] === MANY) {
    at++;
  }
  return at === parts.length;
}

const MANY = Symbol('%');
const ONE = Symbol('_');
const ANY: Readonly<Record<string, symbol | undefined>> = { '%': MANY, _: ONE };
