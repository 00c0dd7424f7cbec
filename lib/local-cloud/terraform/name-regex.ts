import { RE2JS } from '../../bundled/re2js';

/** Whether a text is a regular expression as the real provider reads it: RE2, whose time is linear in the text. */
export function isRegex(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a part of `text` matches; without an expression any does. */
export function matchesRegex(expression: string | undefined, text: string): boolean {
  return expression === undefined || RE2JS.compile(expression).matcher(text).find();
}
