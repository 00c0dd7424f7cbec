import { CloudError } from '../account/cloud-error';

/** A whole number of the query; undefined where it is not given. @throws CloudError InvalidArgument */
export function numberIn(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === null) {
    return undefined;
  }
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new CloudError('InvalidArgument', `${name}: expected ${min} to ${max}, got ${JSON.stringify(text)}`);
  }
  return value;
}
