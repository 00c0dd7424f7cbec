import type { IncomingHttpHeaders } from 'node:http';

/**
 * Headers as texts. Node takes each byte of a header for a character; SDKs send UTF-8. Bytes that are none stay as
 * they are.
 */
export function decodeHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' && /[\x80-\xff]/.test(value) ? decode(value) : value,
    ]),
  );
}

/** The same on the way out. */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      /[^\0-\x7f]/.test(value) ? Buffer.from(value).toString('latin1') : value,
    ]),
  );
}

function decode(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : value;
}
