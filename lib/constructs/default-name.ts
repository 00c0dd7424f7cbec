import type { IConstruct } from 'constructs';

/**
 * A name for something in the account, made from the construct's path: readable, within the limit, and in practice
 * different for every path, of which it has a hash of 32 bits. It changes only when the path does.
 *
 * @param prefix start of the name, with its separator
 * @param separator allowed character that takes the place of those that are not
 */
export function defaultName(construct: IConstruct, prefix: string, separator: '_' | '-', longest: number): string {
  const { path } = construct.node;
  const hash = fnv1a(path);
  const readable = path
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== '')
    .join(separator)
    .slice(0, longest - prefix.length - hash.length - 1);
  return `${prefix}${readable}${separator}${hash}`;
}

/** FNV-1a, 32 bits in hexadecimal digits: there are names by the thousand, and a digest of node:crypto is slow to set up. */
export function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
