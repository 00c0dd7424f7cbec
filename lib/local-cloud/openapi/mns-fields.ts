import { CloudError } from '../account/cloud-error';
import type { Tags } from '../account/ram';
import type { Result } from './action';

/** What answers of mns-open have in common. */
export const STATUS_OK = { Code: 200, Success: true, Message: '' };

export function success(data: Result): Result {
  return { Code: 200, Status: 'Success', Success: true, Message: 'operation success', Data: data };
}

export function tagFields(all: Tags): { TagKey: string; TagValue: string }[] {
  return Object.entries(all).map(([key, value]) => ({ TagKey: key, TagValue: value }));
}

/** The tags of something new, where any are given. */
export function givenTags(tags: Tags): { tags?: Tags } {
  return Object.keys(tags).length > 0 ? { tags } : {};
}

/** A page of what was found, by its number and size. */
export function pageFields<T>(
  found: readonly T[],
  { PageNum = 1, PageSize = 10 }: { readonly PageNum?: number; readonly PageSize?: number },
  fieldsOf: (one: T) => Result,
): Result {
  if (PageNum < 1 || PageSize < 1 || PageSize > 100) {
    throw new CloudError(
      'InvalidArgument',
      `expected PageNum from 1 and PageSize from 1 to 100, got ${PageNum} and ${PageSize}`,
    );
  }
  const page = found.slice((PageNum - 1) * PageSize, PageNum * PageSize);
  return {
    Total: found.length,
    PageNum,
    PageSize,
    Pages: Math.ceil(found.length / PageSize),
    Size: page.length,
    PageData: page.map(fieldsOf),
  };
}
