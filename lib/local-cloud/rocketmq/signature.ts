import { createHmac } from 'node:crypto';
import { sameText } from '../account/principal';
import type { Frame } from './frame';

const SIGNATURE = 'Signature';
/**
 * What some clients send and leave out of what they sign: the token of a session that for Go, and whether a message is
 * looked for by its id those for Java up to 4.7.
 */
const MAYBE_UNSIGNED = ['SecurityToken', '_UNIQUE_KEY_QUERY'];

/** Signature of a request: the values of its fields in the order of their names, then the body. */
export function signatureOf(fields: ReadonlyMap<string, string>, body: Buffer, secret: string): string {
  const hmac = createHmac('sha1', secret);
  // By code unit, whatever the locale: capitals come first.
  for (const name of [...fields.keys()].filter((name) => name !== SIGNATURE).sort()) {
    hmac.update(fields.get(name)!);
  }
  return hmac.update(body).digest('base64');
}

/** Whether a request was signed with this secret. */
export function isSignedWith(secret: string, { fields, body }: Frame): boolean {
  const signature = fields.get(SIGNATURE) ?? '';
  return [fields, ...MAYBE_UNSIGNED.filter((name) => fields.has(name)).map((name) => without(fields, name))].some(
    (covered) => sameText(signatureOf(covered, body, secret), signature),
  );
}

function without(fields: ReadonlyMap<string, string>, name: string): Map<string, string> {
  return new Map([...fields].filter(([one]) => one !== name));
}
