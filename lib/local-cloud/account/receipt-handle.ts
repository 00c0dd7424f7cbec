import { hexId } from './ids';

/** A handle that tells when it ends, as those of the service do: it is another each time that a message is received. */
export function receiptHandle(msgId: string, expires: number): string {
  return `${msgId}-${hexId(16)}-${expires.toString(36)}`;
}

/** Whether a handle's time is over; false for what is no handle. */
export function hasExpired(handle: string): boolean {
  const [, expires] = /-[0-9A-F]{16}-([0-9a-z]{1,11})$/.exec(handle) ?? [];
  return expires !== undefined && parseInt(expires, 36) <= Date.now();
}
