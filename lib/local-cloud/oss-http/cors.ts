import { anyWildcardFits } from '../../cloud/wildcard';
import { CloudError } from '../account/cloud-error';
import type { Bucket, CorsRule } from '../account/oss-types';
import { emptyReply } from './reply';
import { type Operation, optionalHeader, type OssRequest } from './request';

/** What a browser asks before a request to another origin. It carries no signature, so it needs no permission. */
export const preflight: Operation = {
  name: 'OptionObject',
  needsNoPermission: true,
  run: (request) => {
    const [origin, method] = [required(request, 'origin'), required(request, 'access-control-request-method')];
    const bucket = request.account.oss.getBucket(request.bucket);
    const headers = (optionalHeader(request, 'access-control-request-headers') ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const rule = bucket.corsRules.find(
      (one) => allows(one, origin, method) && headers.every((name) => anyWildcardFits(one.allowedHeaders, name, true)),
    );
    if (!rule) {
      throw new CloudError(
        'AccessForbidden',
        bucket.corsRules.length === 0
          ? 'CORSResponse: CORS is not enabled for this bucket.'
          : `CORSResponse: no CORS rule allows ${method} from ${origin} with the headers ${headers.join(', ') || 'none'}.`,
        403,
      );
    }
    return emptyReply(200, {
      ...allowHeaders(bucket, rule, origin),
      ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
      ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    });
  },
};

/** What an answer tells a browser, when the request came from another origin and a rule allows it. */
export function corsHeaders(bucket: Bucket | undefined, origin: string | undefined, method: string) {
  if (!bucket || origin === undefined) {
    return {};
  }
  const rule = bucket.corsRules.find((one) => allows(one, origin, method));
  return rule ? allowHeaders(bucket, rule, origin) : bucket.corsResponseVary ? VARY : {};
}

const VARY = { vary: 'Origin' };

function allowHeaders(bucket: Bucket, rule: CorsRule, origin: string): Record<string, string> {
  const anyOrigin = rule.allowedOrigins.includes('*');
  return {
    'access-control-allow-origin': anyOrigin ? '*' : origin,
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(rule.exposeHeaders.length > 0 && { 'access-control-expose-headers': rule.exposeHeaders.join(', ') }),
    ...((bucket.corsResponseVary || !anyOrigin) && VARY),
  };
}

function allows({ allowedOrigins, allowedMethods }: CorsRule, origin: string, method: string): boolean {
  return anyWildcardFits(allowedOrigins, origin, false) && allowedMethods.includes(method);
}

function required(request: OssRequest, name: string): string {
  const value = optionalHeader(request, name);
  if (value === undefined) {
    throw new CloudError('BadRequest', `Insufficient information: the request header ${name} is needed`);
  }
  return value;
}
