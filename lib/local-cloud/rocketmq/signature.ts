import { createHmac } from 'node:crypto';
import { sameText } from '../account/principal';
import type { Frame } from './frame';

const SIGNATURE = 'Signature';
const SECURITY_TOKEN = 'SecurityToken';

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
  if (sameText(signatureOf(fields, body, secret), signature)) {
    return true;
  }
  // The client for Go sends the token of a session, and leaves it out of what it signs.
  const unsigned = new Map(fields);
  return unsigned.delete(SECURITY_TOKEN) && sameText(signatureOf(unsigned, body, secret), signature);
}
