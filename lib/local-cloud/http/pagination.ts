import { CloudError } from '../account/cloud-error';

/** Part of a list, with the marker of the next part. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

/**
 * Items by name, after the one that `marker` names, at most `max`. The marker is opaque to callers; that its item has
 * gone meanwhile does not matter, as in a clean-up that deletes page by page.
 */
export function pageOf<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  marker: string | undefined,
  max: number,
): Page<T> {
  const start = marker ? readMarker(marker) : '';
  if (start === undefined) {
    throw new CloudError(
      'InvalidParameter.Marker',
      `the marker ${JSON.stringify(marker)} is not one that was given out`,
    );
  }
  const after = items
    .map((item) => ({ item, name: nameOf(item) }))
    .filter(({ name }) => name > start)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = after.slice(0, max);
  return {
    items: page.map(({ item }) => item),
    ...(after.length > max && { next: markerAfter(page[page.length - 1].name) }),
  };
}

const MARKER_START = 'after:';

/** An opaque marker of what comes after `name`. */
export function markerAfter(name: string): string {
  return Buffer.from(MARKER_START + name).toString('base64url');
}

/** The name in such a marker; undefined when it was not given out. */
export function readMarker(marker: string): string | undefined {
  const text = Buffer.from(marker, 'base64url').toString();
  return text.startsWith(MARKER_START) ? text.slice(MARKER_START.length) : undefined;
}
