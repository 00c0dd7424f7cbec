import { ownManifest } from './own-version';

/** What is wrong with the Node that runs this, in one line, or undefined when it is new enough. */
export function nodeTooOld(version = process.versions.node): string | undefined {
  const least = ownManifest().engines.node.replace('>=', '');
  return isOlder(version, least) ? `expected node ${least} or newer, got ${version}` : undefined;
}

/** Compares versions by their three numbers. */
export function isOlder(version: string, least: string): boolean {
  const parts = (text: string) => text.split(/[.-]/, 3).map(Number);
  const [have, need] = [parts(version), parts(least)];
  const at = need.findIndex((number, index) => have[index] !== number);
  return at >= 0 && !(have[at] > need[at]);
}
