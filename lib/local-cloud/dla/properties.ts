import type { Cursor } from './cursor';

/** `(key = 'value', …)`, the key in quotes or not, the `=` there or not. */
export function readProperties(cursor: Cursor): Record<string, string> {
  const entries = cursor.list((): [string, string] => {
    const key = cursor.peek()?.kind === 'string' ? cursor.string('a property') : dottedName(cursor);
    cursor.accept('=');
    const value =
      cursor.peek()?.kind === 'number' ? cursor.integer('a value') : cursor.text(`a value in quotes for ${key}`);
    return [key.toLowerCase(), value];
  });
  return Object.fromEntries(entries);
}

function dottedName(cursor: Cursor): string {
  const parts = [cursor.name('a property')];
  while (cursor.accept('.')) {
    parts.push(cursor.name('a property'));
  }
  return parts.join('.');
}
