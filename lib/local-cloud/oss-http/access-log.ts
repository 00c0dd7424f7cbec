import type { Account } from '../account/account';
import type { Principal } from '../account/principal';
import { encodePercent, type Exchange, header, type Reply } from '../http/request';
import type { Operation, OssTarget } from './request';

/** What became of a request. */
export interface Outcome {
  readonly target: OssTarget;
  /** Undefined where the request was of no operation that is served. */
  readonly operation: Operation | undefined;
  readonly principal: Principal | undefined;
  readonly reply: Reply;
  /** Code of the error. */
  readonly code: string | undefined;
  readonly requestId: string;
  readonly millis: number;
}

/** One line of OSS's access log, in the order of its fields; `-` for what does not apply. */
export function accessLogLine(account: Account, exchange: Exchange, outcome: Outcome): string {
  const { target, operation, principal, reply, code, requestId, millis } = outcome;
  const { bucket = '', key = '' } = target;
  const size = key === '' ? undefined : account.oss.findVersion(bucket, key)?.size;
  const sent =
    reply.headers?.['content-length'] ?? (typeof reply.body === 'string' ? Buffer.byteLength(reply.body) : 0);
  const address = exchange.rawPath + (exchange.rawQuery === '' ? '' : `?${exchange.rawQuery}`);
  return [
    '127.0.0.1',
    ...['-', '-'],
    `[${timeOf(new Date())}]`,
    quoted(`${exchange.method} ${withoutSignature(address)} HTTP/1.1`),
    reply.status,
    sent,
    millis,
    quoted(header(exchange, 'referer')),
    quoted(header(exchange, 'user-agent')),
    quoted(header(exchange, 'host')),
    quoted(requestId),
    quoted('true'),
    quoted(requesterOf(account, principal)),
    quoted(operation?.name),
    quoted(bucket),
    quoted(encodePercent(key).replace(/%2F/g, '/')),
    size ?? '-',
    millis,
    quoted(code),
    header(exchange, 'content-length') ?? '-',
    quoted(account.identity.accountId),
    '-',
    ...Array.from({ length: 5 }, () => quoted(undefined)),
  ].join(' ');
}

function requesterOf({ identity, ram }: Account, principal: Principal | undefined): string | undefined {
  switch (principal?.kind) {
    case 'account':
      return identity.accountId;
    case 'user':
      return ram.userIdOf(principal.userName);
    case 'session':
      return principal.session.roleName;
    default:
      return undefined;
  }
}

function quoted(text: string | undefined): string {
  return `"${(text || '-').replace(/["\p{Cc}]/gu, encodePercent)}"`;
}

/** Whoever reads a log must not be able to use an address that was signed. */
function withoutSignature(target: string): string {
  return target.replace(/([?&](?:x-oss-signature|Signature|x-oss-security-token|security-token)=)[^&]*/gi, '$1-');
}

/** `26/Nov/2026:17:00:00 +0000` */
function timeOf(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(time.toUTCString())!;
  return `${day}/${month}/${year}:${clock} +0000`;
}
