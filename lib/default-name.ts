import type { IConstruct } from 'constructs';

/**
 * A name for something in the account, made from the construct's path: readable, within the limit, and different for
 * every path. It changes only when the path does.
 *
 * @param prefix start of the name, with its separator
 * @param separator allowed character that takes the place of those that are not
 */
export function defaultName(construct: IConstruct, prefix: string, separator: '_' | '-', longest: number): string {
  const hash = construct.node.addr.slice(-8);
  const readable = construct.node.path
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== '')
    .join(separator)
    .slice(0, longest - prefix.length - hash.length - 1);
  return `${prefix}${readable}${separator}${hash}`;
}
