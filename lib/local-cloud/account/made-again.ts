/**
 * Whether what is there has all that is given, so that making it again is no error. What is left out is not compared.
 *
 * @param given attributes, of which those that are undefined are left out
 */
export function isAsGiven<T extends object>(existing: T, given: Partial<T>): boolean {
  return Object.entries(given).every(
    ([name, value]) => value === undefined || JSON.stringify(existing[name as keyof T]) === JSON.stringify(value),
  );
}
