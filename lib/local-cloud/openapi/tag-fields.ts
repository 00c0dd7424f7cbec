import type { Tags } from '../account/ram';

/** Whether a thing has all the tags that are asked for; an empty value asks for any. */
export function hasTags(all: Tags, asked: Tags): boolean {
  return Object.entries(asked).every(([key, value]) => Object.hasOwn(all, key) && (value === '' || all[key] === value));
}

/** Tags as an answer lists them. */
export function tagFields(all: Tags): { Key: string; Value: string }[] {
  return Object.entries(all).map(([key, value]) => ({ Key: key, Value: value }));
}
