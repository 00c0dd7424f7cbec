import { CloudError } from '../account/cloud-error';

/** Part of a list, with the marker of the next part. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

/** Items after the one that `marker` names, at most `most`. The marker is opaque to callers. */
export function pageOf<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  marker: string | undefined,
  max: number,
): Page<T> {
  let start = 0;
  if (marker) {
    const last = Buffer.from(marker, 'base64url').toString();
    start = items.findIndex((item) => nameOf(item) === last) + 1;
    if (start === 0) {
      throw new CloudError(
        'InvalidParameter.Marker',
        `the marker ${JSON.stringify(marker)} is not one that was given out`,
      );
    }
  }
  const page = items.slice(start, start + max);
  return start + max < items.length
    ? { items: page, next: Buffer.from(nameOf(page[page.length - 1])).toString('base64url') }
    : { items: page };
}
