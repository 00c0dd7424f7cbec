import { createHash, createHmac } from 'node:crypto';
import { MAX_CLOCK_SKEW_MILLIS } from '../../cloud/limits';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { invalidArgument, OssError } from '../account/oss-error';
import { encodePercent, type Exchange, header, byName } from '../http/request';
import { carriesToken, type Principal, principalOf, sameText } from '../account/principal';
import { notServed } from './not-served';
import type { OssTarget } from './request';

/** How long an address that is signed in version 4 may be good for. */
const MAX_EXPIRES_SECONDS = 7 * 24 * 60 * 60;
const VERSION_4 = 'OSS4-HMAC-SHA256';

/**
 * Parameters that signature version 1 covers; the others are not part of what is signed.
 */
export const SUBRESOURCES: ReadonlySet<string> = new Set(
  (
    'accessMonitor accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback ' +
    'callback-var cname comp continuation-token copy cors dataAccelerator delete encryption endTime group httpsConfig ' +
    'img inventory inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta partNumber policy ' +
    'policyStatus position processConfiguration publicAccessBlock qos qosInfo redundancyTransition referer regionList ' +
    'regions replication replicationLocation replicationProgress requestPayment resourceGroup response-cache-control ' +
    'response-content-disposition response-content-encoding response-content-language response-content-type ' +
    'response-expires responseHeader restore rtc security-token sequential startTime stat status style styleName ' +
    'symlink tagging transferAcceleration udf udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName ' +
    'uploadId uploads userDefinedLogFieldsConfig versionId versioning versions vod website worm wormExtend wormId'
  ).split(' '),
);

/**
 * Who signed the request, by OSS's signature version 1 or 4, in the header or in the address; undefined when nobody did.
 *
 * @throws CloudError as OSS refuses a signature
 */
export function callerOf(exchange: Exchange, target: OssTarget, account: Account): Principal | undefined {
  const authorization = header(exchange, 'authorization');
  const { query } = exchange;
  if (authorization !== undefined) {
    if (/^AWS/.test(authorization)) {
      throw notServed("the S3-compatible signature (AWS4-HMAC-SHA256): sign in OSS's version 1 or 4");
    }
    if (/^OSS2\s/.test(authorization)) {
      throw version2NotServed();
    }
    return authorization.startsWith(VERSION_4)
      ? byVersion4Header(exchange, target, account, authorization)
      : byVersion1Header(exchange, target, account, authorization);
  }
  if (query.has('x-oss-signature')) {
    return byVersion4Query(exchange, target, account);
  }
  if (query.has('X-Amz-Algorithm') || query.has('AWSAccessKeyId')) {
    throw notServed("the S3-compatible signature (AWS4-HMAC-SHA256): sign in OSS's version 1 or 4");
  }
  return query.has('OSSAccessKeyId') || query.has('Signature') ? byVersion1Query(exchange, target, account) : undefined;
}

function version2NotServed(): CloudError {
  return notServed("OSS's signature version 2 (OSS2), which its documentation has no more: sign in version 1 or 4");
}

function byVersion1Header(exchange: Exchange, target: OssTarget, account: Account, authorization: string): Principal {
  const [, accessKeyId, signature] = /^OSS ([^:\s]+):(\S+)$/.exec(authorization) ?? [];
  if (accessKeyId === undefined) {
    throw new CloudError('InvalidArgument', 'the Authorization header is not understood, expected OSS KEY:SIGNATURE');
  }
  const date = header(exchange, 'x-oss-date') ?? header(exchange, 'date') ?? '';
  checkTime(Date.parse(date));
  const principal = known(account, accessKeyId);
  checkVersion1(exchange, target, principal, date, signature);
  checkToken(principal, header(exchange, 'x-oss-security-token'));
  return principal;
}

function byVersion1Query(exchange: Exchange, target: OssTarget, account: Account): Principal {
  const { query } = exchange;
  const expires = query.get('Expires') ?? '';
  checkNotExpired(/^\d{1,11}$/.test(expires) ? 1000 * Number(expires) : NaN);
  const principal = known(account, query.get('OSSAccessKeyId') ?? '');
  checkVersion1(exchange, target, principal, expires, query.get('Signature') ?? '');
  checkToken(principal, query.get('security-token') ?? undefined);
  return principal;
}

function checkVersion1(
  exchange: Exchange,
  { bucket, key }: OssTarget,
  principal: Principal,
  date: string,
  signature: string,
): void {
  const resource = bucket === undefined ? '/' : `/${bucket}/${key ?? ''}`;
  const toSign = [
    exchange.method,
    header(exchange, 'content-md5') ?? '',
    header(exchange, 'content-type') ?? '',
    date,
    ...ossHeaders(exchange).map(([name, value]) => `${name}:${value}`),
    resource + signedParameters(exchange),
  ].join('\n');
  if (!sameText(createHmac('sha1', principal.secret).update(toSign).digest('base64'), signature)) {
    throw mismatch(toSign);
  }
}

function signedParameters({ query }: Exchange): string {
  const signed = [...query]
    .filter(([name]) => SUBRESOURCES.has(name) || name.startsWith('x-oss-'))
    .sort(byName)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return signed.length === 0 ? '' : `?${signed.join('&')}`;
}

function byVersion4Header(exchange: Exchange, target: OssTarget, account: Account, authorization: string): Principal {
  const fields = new Map(
    authorization
      .slice(VERSION_4.length)
      .split(',')
      .map((field) => field.trim().split(/=(.*)/s, 2) as [string, string]),
  );
  // Alibaba's first client for Go signs the header Date, as it stands.
  const date = header(exchange, 'x-oss-date') ?? header(exchange, 'date') ?? '';
  const at = parseVersion4Time(date) || Date.parse(date);
  checkTime(at);
  return byVersion4(exchange, target, account, {
    credential: fields.get('Credential') ?? '',
    additional: fields.get('AdditionalHeaders') ?? '',
    signature: fields.get('Signature') ?? '',
    date,
    at,
    token: header(exchange, 'x-oss-security-token'),
    wrongRegion: 'Invalid signing region in Authorization header.',
  });
}

function byVersion4Query(exchange: Exchange, target: OssTarget, account: Account): Principal {
  const { query } = exchange;
  const date = query.get('x-oss-date') ?? '';
  const expires = query.get('x-oss-expires') ?? '';
  if (query.get('x-oss-signature-version') === 'OSS2') {
    throw version2NotServed();
  }
  if (query.get('x-oss-signature-version') !== VERSION_4) {
    throw new CloudError('InvalidArgument', `x-oss-signature-version: expected ${VERSION_4}`);
  }
  const at = parseVersion4Time(date);
  if (!/^\d{1,9}$/.test(expires) || Number(expires) < 1 || Number(expires) > MAX_EXPIRES_SECONDS) {
    throw invalidArgument('x-oss-expires', expires, `1 to ${MAX_EXPIRES_SECONDS} seconds, which is seven days`);
  }
  if (at - Date.now() > MAX_CLOCK_SKEW_MILLIS) {
    throw new CloudError('AccessDenied', 'Request is not valid yet.', 403);
  }
  checkNotExpired(at + 1000 * Number(expires));
  return byVersion4(exchange, target, account, {
    credential: query.get('x-oss-credential') ?? '',
    additional: query.get('x-oss-additional-headers') ?? '',
    signature: query.get('x-oss-signature') ?? '',
    date,
    at,
    token: query.get('x-oss-security-token') ?? undefined,
    wrongRegion: 'The signing region in credential is invalid.',
  });
}

interface Version4 {
  readonly credential: string;
  readonly additional: string;
  readonly signature: string;
  /** Time of the request, as it is signed. */
  readonly date: string;
  readonly at: number;
  readonly token: string | undefined;
  /** What is told where it is signed for another region than the bucket's. */
  readonly wrongRegion: string;
}

function byVersion4(exchange: Exchange, { bucket, key }: OssTarget, account: Account, given: Version4): Principal {
  const [, accessKeyId, scope, day, region] =
    /^([^/]+)\/((\d{8})\/([a-z0-9-]*)\/oss\/aliyun_v4_request)$/.exec(given.credential) ?? [];
  if (accessKeyId === undefined || day !== new Date(given.at).toISOString().slice(0, 10).replaceAll('-', '')) {
    throw new CloudError(
      'InvalidArgument',
      'the credential is not understood, expected KEY/YYYYMMDD/REGION/oss/aliyun_v4_request of the day of the request',
    );
  }
  const bucketRegion = account.oss.findBucket(bucket ?? '')?.region;
  if (region === '' || (bucketRegion !== undefined && region !== bucketRegion)) {
    // Source: the tests of OSS's SDK for Python, but for the region that is told.
    throw new OssError('InvalidArgument', given.wrongRegion, 400, {
      elements: bucketRegion === undefined ? {} : { Region: bucketRegion },
      cause: '0002-00000226',
    });
  }
  const principal = known(account, accessKeyId);
  const additional = given.additional === '' ? [] : given.additional.split(';');
  const missing = additional.find((name) => header(exchange, name) === undefined);
  if (missing !== undefined) {
    throw new CloudError(
      'InvalidArgument',
      `expected the header ${JSON.stringify(missing)}, which is signed, got none`,
    );
  }
  const headers = new Map([
    ...ossHeaders(exchange),
    ...['content-type', 'content-md5', ...additional].flatMap((name): [string, string][] => {
      const value = header(exchange, name);
      return value === undefined ? [] : [[name, value.trim()]];
    }),
  ]);
  const path = bucket === undefined ? '/' : `/${bucket}/${key ?? ''}`;
  const signingKey = [day, region, 'oss', 'aliyun_v4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `aliyun_v4${principal.secret}`,
  );
  const canonicals = canonicalQueries(exchange).map((query) =>
    [
      exchange.method,
      encodePercent(path).replace(/%2F/g, '/'),
      query,
      [...headers]
        .sort(byName)
        .map(([name, value]) => `${name}:${value}\n`)
        .join(''),
      given.additional,
      header(exchange, 'x-oss-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    ].join('\n'),
  );
  const matches = canonicals.some((canonical) => {
    const toSign = [VERSION_4, given.date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
    return sameText(createHmac('sha256', signingKey).update(toSign).digest('hex'), given.signature);
  });
  if (!matches) {
    throw mismatch(canonicals[0]);
  }
  checkToken(principal, given.token);
  return principal;
}

/**
 * The query as it may have been signed. A parameter without a value stands without the equals sign; Alibaba's client
 * for Node.js keeps the sign for those that are not sub-resources.
 */
function canonicalQueries({ query }: Exchange): string[] {
  const parameters = [...query].filter(([name]) => name !== 'x-oss-signature').sort(byName);
  return [() => true, (name: string) => SUBRESOURCES.has(name)].map((isBare) =>
    parameters
      .map(([name, value]) =>
        value === '' && isBare(name) ? encodePercent(name) : `${encodePercent(name)}=${encodePercent(value)}`,
      )
      .join('&'),
  );
}

function ossHeaders(exchange: Exchange): [string, string][] {
  return Object.keys(exchange.headers)
    .filter((name) => name.startsWith('x-oss-'))
    .sort()
    .map((name) => [name, header(exchange, name)!.trim()]);
}

function known(account: Account, accessKeyId: string): Principal {
  const principal = principalOf(account, accessKeyId);
  if (principal === 'inactive') {
    throw new CloudError('InvalidAccessKeyId', 'The OSS Access Key Id you provided is disabled.', 403);
  }
  if (!principal) {
    throw accessKeyId.startsWith('STS.')
      ? new CloudError('SecurityTokenExpired', 'The security token you provided has expired.', 403)
      : new CloudError('InvalidAccessKeyId', 'The OSS Access Key Id you provided does not exist in our records.', 403);
  }
  return principal;
}

function checkToken(principal: Principal, token: string | undefined): void {
  if (principal.kind !== 'session' && token) {
    throw new CloudError('InvalidAccessKeyId', 'The OSS Access Key Id you provided has no security token.', 403);
  }
  if (!carriesToken(principal, token)) {
    throw new CloudError('InvalidSecurityToken', 'The security token you provided is invalid.', 403);
  }
}

function checkTime(at: number): void {
  if (Number.isNaN(at)) {
    throw new CloudError('AccessDenied', 'OSS authentication requires a valid Date.', 403);
  }
  if (Math.abs(Date.now() - at) > MAX_CLOCK_SKEW_MILLIS) {
    throw new CloudError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      403,
    );
  }
}

function checkNotExpired(at: number): void {
  if (!(at >= Date.now())) {
    throw new CloudError('AccessDenied', 'Request has expired.', 403);
  }
}

function parseVersion4Time(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return parts.length === 0 ? NaN : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function mismatch(toSign: string): CloudError {
  return new CloudError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. ' +
      `Check your key and signing method. We signed ${JSON.stringify(toSign)}`,
    403,
  );
}
