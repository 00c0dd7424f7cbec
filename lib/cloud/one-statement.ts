/** Texts and names in quotes, comments, and what ends a statement. */
const PARTS = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"|`[^`]*`|--[^\n]*|\/\*[^]*?\*\/|;/g;

/** Whether a text has no second statement after a semicolon. */
export function isOneStatement(sql: string): boolean {
  const [, ...others] = sql
    .replace(PARTS, (part) => (part === ';' ? '\0' : /^(?:--|\/\*)/.test(part) ? ' ' : 'x'))
    .split('\0');
  return others.every((text) => text.trim() === '');
}
