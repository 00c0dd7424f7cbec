import { anyWildcardFits } from '../../cloud/wildcard';
import { CloudError } from '../account/cloud-error';
import type { Referer } from '../account/oss-types';

/** @throws CloudError AccessDenied when a bucket's hotlink protection does not let the request through */
export function checkReferer(rule: Referer | undefined, header: string | undefined): void {
  if (rule && !isLetThrough(rule, header)) {
    throw new CloudError('AccessDenied', 'You are denied by bucket referer policy.', 403);
  }
}

function isLetThrough(rule: Referer, header: string | undefined): boolean {
  const { referers, blacklist = [], truncateQueryString = true, truncatePath = false } = rule;
  if (header === undefined || header === '') {
    return rule.allowEmpty;
  }
  const referer = truncatePath
    ? header.replace(/^([a-z]+:\/\/)?([^/?#]*).*$/is, '$1$2')
    : truncateQueryString
      ? header.split('?', 1)[0]
      : header;
  if (anyWildcardFits(blacklist, referer, true)) {
    return false;
  }
  // Assumption: a list that is empty lets every referer through, also where an empty one is not allowed.
  return referers.length === 0 || anyWildcardFits(referers, referer, true);
}
