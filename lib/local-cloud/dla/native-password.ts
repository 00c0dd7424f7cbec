import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a client that answered `token` to `scramble` knows the password (mysql_native_password). */
export function verifyNativePassword(password: string, scramble: Uint8Array, token: unknown): boolean {
  const hash = sha1(password);
  const mask = sha1(scramble, sha1(hash));
  const expected = hash.map((byte, at) => byte ^ mask[at]);
  return Buffer.isBuffer(token) && token.length === expected.length && timingSafeEqual(token, expected);
}

function sha1(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha1');
  parts.forEach((part) => hash.update(part));
  return hash.digest();
}
