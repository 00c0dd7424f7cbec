import { createHash, createHmac } from 'node:crypto';
import { MAX_CLOCK_SKEW_MILLIS } from '../../cloud/limits';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { decodePercent, encodePercent, type Exchange, header, byName } from '../http/request';
import { carriesToken, type Principal, principalOf, sameText } from '../account/principal';
import type { Services } from '../http/services';
import { type Parameters, text } from './parameters';

/**
 * Who signed the call, by signature version 1 (HMAC-SHA1 over all parameters) or 3 (ACS3-HMAC-SHA256 in the header).
 *
 * @throws CloudError as Alibaba Cloud refuses a call that is unsigned, wrongly signed or too old
 */
export function callerOf(
  exchange: Exchange,
  parameters: Parameters,
  body: Buffer,
  { account, nonces }: Pick<Services, 'account' | 'nonces'>,
): Principal {
  const authorization = header(exchange, 'authorization');
  const [accessKeyId, principal] =
    authorization === undefined
      ? callerByVersion1(exchange, parameters, account)
      : callerByVersion3(exchange, authorization, body, account);
  const nonce =
    authorization === undefined ? parameters.get('SignatureNonce') : header(exchange, 'x-acs-signature-nonce');
  if (nonce) {
    nonces.use(accessKeyId, nonce);
  }
  return principal;
}

type Caller = [accessKeyId: string, principal: Principal];

function callerByVersion1(exchange: Exchange, parameters: Parameters, account: Account): Caller {
  const accessKeyId = text('AccessKeyId', parameters);
  const signature = text('Signature', parameters);
  checkTime(text('Timestamp', parameters));
  const method = parameters.get('SignatureMethod') ?? 'HMAC-SHA1';
  const version = parameters.get('SignatureVersion') ?? '1.0';
  if (method !== 'HMAC-SHA1' || version !== '1.0') {
    throw new CloudError(
      'InvalidParameter.SignatureMethod',
      `SignatureMethod: expected HMAC-SHA1 in version 1.0, got ${method} in version ${version}`,
    );
  }
  const principal = requirePrincipal(account, accessKeyId);
  const canonical = [...parameters]
    .filter(([name]) => name !== 'Signature')
    .map(([name, value]) => [encodePercent(name), encodePercent(value)])
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const toSign = `${exchange.method}&${encodePercent('/')}&${encodePercent(canonical)}`;
  const expected = createHmac('sha1', `${principal.secret}&`).update(toSign).digest('base64');
  if (!sameText(expected, signature)) {
    throw mismatch(toSign);
  }
  checkToken(principal, parameters.get('SecurityToken'));
  return [accessKeyId, principal];
}

const VERSION_3 = /^ACS3-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/;

function callerByVersion3(exchange: Exchange, authorization: string, body: Buffer, account: Account): Caller {
  const [, accessKeyId, signedHeaders, signature] = VERSION_3.exec(authorization) ?? [];
  if (accessKeyId === undefined) {
    throw new CloudError(
      'IncompleteSignature',
      'the Authorization header is not understood, expected ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…',
    );
  }
  checkTime(header(exchange, 'x-acs-date') ?? '');
  const names = signedHeaders.split(';');
  const unsigned = ['host', 'x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-content-sha256'].find(
    (name) => header(exchange, name) !== undefined && !names.includes(name),
  );
  if (unsigned !== undefined) {
    throw new CloudError('IncompleteSignature', `SignedHeaders: expected ${unsigned} among them, got ${signedHeaders}`);
  }
  const hashedBody = createHash('sha256').update(body).digest('hex');
  if (header(exchange, 'x-acs-content-sha256') !== hashedBody) {
    throw new CloudError('SignatureDoesNotMatch', 'x-acs-content-sha256 is not the hash of the body that came');
  }
  const principal = requirePrincipal(account, accessKeyId);
  const canonical = [
    exchange.method,
    exchange.rawPath,
    canonicalQuery(exchange.rawQuery),
    ...names.map((name) => `${name}:${(header(exchange, name) ?? '').trim()}`),
    '',
    signedHeaders,
    hashedBody,
  ].join('\n');
  const toSign = `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`;
  if (!sameText(createHmac('sha256', principal.secret).update(toSign).digest('hex'), signature)) {
    throw mismatch(canonical);
  }
  checkToken(principal, header(exchange, 'x-acs-security-token'));
  return [accessKeyId, principal];
}

/** The query as it was sent, each part decoded and encoded again, ordered by name. */
function canonicalQuery(rawQuery: string): string {
  return rawQuery
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return (at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]).map((one) =>
        encodePercent(decodePercent(one.replace(/\+/g, '%20'))),
      );
    })
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function requirePrincipal(account: Account, accessKeyId: string): Principal {
  const principal = principalOf(account, accessKeyId);
  // Assumption: 400, as other refusals of keys that exist.
  if (principal === 'inactive') {
    throw new CloudError('InvalidAccessKeyId.Inactive', 'Specified access key is disabled.');
  }
  if (!principal) {
    throw accessKeyId.startsWith('STS.')
      ? new CloudError('InvalidSecurityToken.Expired', 'Specified SecurityToken is expired or unknown.')
      : new CloudError('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404);
  }
  return principal;
}

function checkToken(principal: Principal, token: string | undefined): void {
  if (!carriesToken(principal, token)) {
    throw token === undefined
      ? new CloudError('MissingSecurityToken', 'SecurityToken is mandatory for this access key.')
      : new CloudError(
          'InvalidSecurityToken.MismatchWithAccessKey',
          'SecurityToken does not belong to the access key.',
        );
  }
}

function checkTime(time: string): void {
  // Node's ali-oss sends milliseconds for its STS.
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(time) ? Date.parse(time) : NaN;
  if (Number.isNaN(at)) {
    throw new CloudError(
      'InvalidTimeStamp.Format',
      `the time of the request: expected YYYY-MM-DDThh:mm:ssZ, got ${JSON.stringify(time)}`,
    );
  }
  if (Math.abs(Date.now() - at) > MAX_CLOCK_SKEW_MILLIS) {
    throw new CloudError('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
  }
}

function mismatch(toSign: string): CloudError {
  return new CloudError(
    'SignatureDoesNotMatch',
    `Specified signature is not matched with our calculation. server string to sign is:${toSign}`,
  );
}
