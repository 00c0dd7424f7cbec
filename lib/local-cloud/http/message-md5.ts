import { createHash } from 'node:crypto';

/** MD5 of a message's body, as the protocols write it. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex').toUpperCase();
}
