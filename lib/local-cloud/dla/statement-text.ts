import { isUtf8 } from 'node:buffer';
import { tokenize } from './tokens';

/**
 * The text of a statement as a client sent it. Drivers put the bytes of a parameter into quotes as they are: where such
 * a string is not UTF-8, or has a NUL, it becomes a literal of hexadecimal digits.
 */
export function statementText(bytes: Buffer): string {
  if (isUtf8(bytes) && !bytes.includes(0)) {
    return bytes.toString();
  }
  // A character a byte: no byte of a character beyond ASCII looks like a quote or a backslash.
  const sql = bytes.toString('latin1');
  let text = '';
  let copied = 0;
  const copy = (end: number): string => bytes.subarray(copied, end).toString();
  for (const { kind, text: value, start, end } of tokenize(sql).tokens) {
    const found = Buffer.from(value, 'latin1');
    if (kind === 'string' && (!isUtf8(found) || found.includes(0))) {
      text += `${copy(start)}X'${found.toString('hex')}'`;
      copied = end;
    }
  }
  return text + copy(bytes.length);
}
