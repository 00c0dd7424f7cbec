/** What a value may be. Whoever takes the value, a construct, a settings file or a server, checks it against the same rule. */
export interface Rule {
  /** In Terraform's words, as the provider's tables have them. Only values of `string` and `number` are checked. */
  readonly type: 'string' | 'number' | 'bool' | readonly unknown[];
  readonly allowed?: readonly (string | number)[];
  /** Upper and lower case are the same in `allowed`. */
  readonly ignoreCase?: boolean;
  /** Least and greatest length, in bytes of UTF-8, as the provider counts. */
  readonly length?: readonly [number, number];
  /** Least and greatest number; Infinity where only the least is limited. */
  readonly range?: readonly [number, number];
  readonly pattern?: RegExp;
  /** The value starts with one of these. */
  readonly prefixes?: readonly string[];
  /**
   * The rule in words.
   *
   * @default - made from the other fields
   */
  readonly expected?: string;
  /**
   * Makes what was probably meant of a text that is not allowed.
   *
   * @default - none
   */
  readonly suggest?: (text: string) => string;
}

/** What is expected in place of a value, or undefined when the value is fine. */
export function expectedInstead(rule: Rule, value: unknown): string | undefined {
  return isAllowed(rule, value) ? undefined : (rule.expected ?? inWords(rule, value));
}

/** A value that is allowed and near the one that is not. */
export function suggestionFor(rule: Rule, value: unknown): string | undefined {
  if (typeof value !== 'string') {
    return undefined;
  }
  const known = rule.allowed?.find((one) => String(one).toLowerCase() === value.toLowerCase());
  const suggestion = String(known ?? rule.suggest?.(value) ?? value);
  return isAllowed(rule, suggestion) ? suggestion : undefined;
}

function isAllowed(rule: Rule, value: unknown): boolean {
  const { type, allowed, ignoreCase, length, range, pattern, prefixes } = rule;
  if (type !== 'number' && type !== 'string') {
    return true;
  }
  if (type === 'number' ? !Number.isInteger(value) : typeof value !== 'string') {
    return false;
  }
  const text = String(value);
  const bytes = length === undefined ? 0 : Buffer.byteLength(text);
  const caseKey = (one: unknown): unknown => (ignoreCase && typeof one === 'string' ? one.toLowerCase() : one);
  return (
    (allowed === undefined || allowed.some((one) => caseKey(one) === caseKey(value))) &&
    (length === undefined || (bytes >= length[0] && bytes <= length[1])) &&
    (range === undefined || (Number(value) >= range[0] && Number(value) <= range[1])) &&
    (pattern === undefined || pattern.test(text)) &&
    (prefixes === undefined || prefixes.some((prefix) => text.startsWith(prefix)))
  );
}

function inWords({ type, allowed, length, range, pattern, prefixes }: Rule, value: unknown): string {
  const hasWide = typeof value === 'string' && Buffer.byteLength(value) > value.length;
  const unit = hasWide ? 'bytes in UTF-8' : 'characters';
  const parts = [
    ...(allowed ? [`one of ${allowed.map((one) => JSON.stringify(one)).join(', ')}`] : []),
    ...(length ? [`text of ${length[0]} to ${length[1]} ${unit}`] : []),
    ...(range
      ? [`a whole number ${range[1] === Infinity ? `from ${range[0]}` : `from ${range[0]} to ${range[1]}`}`]
      : []),
    ...(pattern ? [`text that matches ${String(pattern)}`] : []),
    ...(prefixes ? [`text that starts with ${prefixes.map((one) => JSON.stringify(one)).join(' or ')}`] : []),
  ];
  return parts.join(' and ') || (type === 'number' ? 'a whole number' : 'text');
}
