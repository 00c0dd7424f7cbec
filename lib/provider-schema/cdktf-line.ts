/* eslint-disable no-restricted-imports -- the bindings beside it are classes of cdktf, too */
import { App } from 'cdktf';
import type { Construct, IConstruct } from 'constructs';

const known = new WeakSet<IConstruct>();

/**
 * The scope of something new, if its app is of the line of cdktf that this package is loaded with. cdktf went on as cdktn:
 * code that imports from `cdktn` gets both, unless the name `cdktf` stands for it too, and the two fail deep inside.
 *
 * @throws Error that names the command which brings them together
 */
export function sameCdktf<T extends Construct>(scope: T): T {
  const root = scope?.node?.root;
  if (root === undefined || known.has(root)) {
    return scope;
  }
  if (!(root instanceof App)) {
    const theirs = scope.node.tryGetContext('cdktfVersion') as string | undefined;
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- bundlers follow a plain call
    const { version: ours } = require('cdktf/package.json') as { version: string };
    if (theirs !== undefined && isCdktn(theirs) !== isCdktn(ours)) {
      const wanted = isCdktn(theirs) ? `npm:cdktn@${theirs}` : theirs;
      throw new Error(
        `the app is made with ${lineOf(theirs)} and cdktf-alicloud-dla is loaded with ${lineOf(ours)}: ` +
          `run npm install cdktf@${wanted}`,
      );
    }
  }
  known.add(root);
  return scope;
}

/** cdktf ended at 0.21. */
function isCdktn(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major > 0 || minor > 21;
}

function lineOf(version: string): string {
  return `${isCdktn(version) ? 'cdktn' : 'cdktf'} ${version}`;
}
