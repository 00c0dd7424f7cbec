import type { ObjectVersion } from '../account/oss-types';
import { CloudError } from '../account/cloud-error';
import { OssError } from '../account/oss-error';
import { etagOf, optionalHeader, type OssRequest } from './request';

/**
 * Whether the object is to be sent: false when the caller has it already.
 *
 * @throws CloudError PreconditionFailed
 */
export function checkConditions(object: ObjectVersion, condition: (name: string) => string | undefined): boolean {
  const etags = (text: string) => text.split(',').map((one) => one.trim().replace(/^W\//, '').replace(/"/g, ''));
  const etag = etagOf(object).replace(/"/g, '');
  const modified = Math.floor(Date.parse(object.lastModified) / 1000) * 1000;
  const match = condition('if-match');
  const unmodified = Date.parse(condition('if-unmodified-since') ?? '');
  const failed =
    match !== undefined && !etags(match).includes(etag) && match !== '*'
      ? 'If-Match'
      : modified > unmodified
        ? 'If-Unmodified-Since'
        : undefined;
  if (failed !== undefined) {
    throw new OssError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.', 412, {
      elements: { Condition: failed },
    });
  }
  const noneMatch = condition('if-none-match');
  if (noneMatch !== undefined) {
    return noneMatch !== '*' && !etags(noneMatch).includes(etag);
  }
  return !(modified <= Date.parse(condition('if-modified-since') ?? ''));
}

/** Whether the object is the one that a client has a part of. Assumption: OSS takes `If-Range` as HTTP has it. */
function isSame(object: ObjectVersion, ifRange: string | undefined): boolean {
  return ifRange === undefined || ifRange === etagOf(object) || ifRange === new Date(object.lastModified).toUTCString();
}

/** First and last byte, or undefined for all: as OSS, which ignores a range that it cannot serve unless told not to. */
export function rangeOf(request: OssRequest, object: ObjectVersion): [number, number] | undefined {
  const text = optionalHeader(request, 'range');
  if (text === undefined || !isSame(object, optionalHeader(request, 'if-range'))) {
    return undefined;
  }
  const { size } = object;
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  const valid = first !== undefined && !(first === '' && last === '');
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (valid && start <= end && start < size) {
    return [start, end];
  }
  if (optionalHeader(request, 'x-oss-range-behavior') === 'standard') {
    throw new CloudError('InvalidRange', `the range ${text} is outside of the ${size} bytes of the object`, 416);
  }
  return undefined;
}
