import { STORAGE_CLASSES } from './limits';

/** A move of objects to another storage class, so many days after their last change. */
export interface DaysToStorageClass {
  readonly days?: number;
  readonly storageClass: string;
}

/**
 * Whether objects move to colder classes only, each later than the one before, and are deleted after that.
 *
 * Source: OSS, PutBucketLifecycle.
 */
export function areInOrder(transitions: readonly DaysToStorageClass[], expirationDays?: number): boolean {
  const byClass = [...transitions].sort((a, b) => coldnessOf(a) - coldnessOf(b));
  const days = [...byClass.map((one) => one.days), expirationDays].filter((one) => one !== undefined);
  return (
    byClass.every((one) => coldnessOf(one) > 0) && days.every((one, index) => index === 0 || one > days[index - 1])
  );
}

function coldnessOf({ storageClass }: DaysToStorageClass): number {
  return STORAGE_CLASSES.indexOf(storageClass);
}
