import { arn } from '../../cloud/arn';
import { MAX_CLOCK_SKEW_MILLIS } from '../../cloud/limits';
import { CloudError } from '../account/cloud-error';
import { carriesToken, mayDo, type Principal, principalOf, requestContext, sameText } from '../account/principal';
import { messageSignature } from './message-signature';
import { type Exchange, header } from './request';
import type { Services } from './services';

/** @throws CloudError when the caller may not do it */
export type Authorise = (actions: readonly string[], region: string, resource: string) => void;

/** Who signed a request. @throws CloudError where it is unsigned, wrongly signed or too old */
export function callerOf(exchange: Exchange, scheme: string, { account }: Services): Principal {
  if (header(exchange, 'authorization') === undefined) {
    throw new CloudError('MissingAuthorizationHeader', 'Authorization header is required.');
  }
  const date = header(exchange, 'date') ?? header(exchange, `x-${scheme.toLowerCase()}-date`);
  if (date === undefined) {
    throw new CloudError('MissingDateHeader', 'Date header is required.');
  }
  const signed = messageSignature(exchange, scheme, date);
  if (!signed) {
    throw new CloudError('InvalidAuthorizationHeader', `Authorization: expected ${scheme} KEY:SIGNATURE`);
  }
  const age = Date.now() - Date.parse(date);
  if (Number.isNaN(age)) {
    throw new CloudError('InvalidDateHeader', 'The Date header format is invalid.');
  }
  if (Math.abs(age) > MAX_CLOCK_SKEW_MILLIS) {
    throw new CloudError('TimeExpired', 'The http request you sent is expired.', 408);
  }
  const principal = principalOf(account, signed.accessKeyId);
  if (!principal || principal === 'inactive') {
    const problem = principal ? 'is disabled' : 'does not exist';
    throw new CloudError('InvalidAccessKeyId', `The AccessKey ID you provided ${problem}.`, 403);
  }
  if (!sameText(signed.sign(principal.secret), signed.signature)) {
    throw new CloudError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. ' +
        `We signed ${JSON.stringify(signed.toSign)}`,
      403,
    );
  }
  if (!carriesToken(principal, header(exchange, 'security-token'))) {
    throw new CloudError('InvalidSecurityToken', 'The security token does not belong to the access key.', 403);
  }
  return principal;
}

/** Asks the policies of the caller. */
export function authoriser({ account }: Services, principal: Principal, secure: boolean): Authorise {
  return (actions, region, resource) => {
    const [product] = actions[0].split(':');
    const name = arn(product, region, account.identity.accountId, resource);
    if (!mayDo(account, principal, actions, name, requestContext(secure))) {
      throw new CloudError('AccessDenied', `You are not authorized to do ${actions[0]} on ${name}.`, 403);
    }
  };
}
