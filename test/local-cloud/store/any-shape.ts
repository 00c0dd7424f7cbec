import type { KeyOf, Shape } from '../../../lib/local-cloud/store/shape';

/** Rows of tests, which no import is held to. */
export function anyShape<T>(): Shape<T> {
  return { check: () => undefined };
}

/** The key that a row has. */
export const anyKey: KeyOf<unknown> = (_, key) => key;
