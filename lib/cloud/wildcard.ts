/**
 * Whether a pattern of RAM fits a whole text: `*` stands for any characters, `?` for one.
 * Not a regular expression: a policy may come from anywhere, and a backtracking one would hang on `*?*?*?*#`.
 */
export function wildcardFits(pattern: string, text: string, ignoreCase: boolean): boolean {
  if (ignoreCase) {
    return wildcardFits(pattern.toLowerCase(), text.toLowerCase(), false);
  }
  let [at, index] = [0, 0];
  // After a mismatch only the last `*` takes one character more: what stands before it fits as early as it can.
  let [star, taken] = [-1, 0];
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      taken = index;
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++taken;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Whether one of the patterns fits. */
export function anyWildcardFits(patterns: readonly string[], text: string, ignoreCase: boolean): boolean {
  return patterns.some((pattern) => wildcardFits(pattern, text, ignoreCase));
}
