import { randomBytes, randomInt } from 'node:crypto';

/** A decimal id without a leading zero, like those of accounts, roles and users. */
export function decimalId(digits: number): string {
  return Array.from({ length: digits }, (_, at) => randomInt(at === 0 ? 1 : 0, 10)).join('');
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits, like the tail of an instance id. */
export function alphanumericId(length: number): string {
  return Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('');
}

/** Upper-case hex digits, like message ids. */
export function hexId(digits: number): string {
  return randomBytes(digits / 2)
    .toString('hex')
    .toUpperCase();
}

/** Seconds and `Z`, as RAM and OSS write a time. */
export function isoSeconds(at: Date = new Date()): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
