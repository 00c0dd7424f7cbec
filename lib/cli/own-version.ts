import * as fs from 'node:fs';
import * as path from 'node:path';

/** Folder of the package that this file is part of: two carry it, and it runs from source, compiled and bundled. */
export function ownPackage(): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) {
    if (folder === path.dirname(folder)) {
      throw new Error(`expected a package.json above ${__dirname}, got none`);
    }
    folder = path.dirname(folder);
  }
  return folder;
}

/** What its package.json says. */
export function ownManifest(): { readonly version: string; readonly engines: { readonly node: string } } {
  return JSON.parse(fs.readFileSync(path.join(ownPackage(), 'package.json'), 'utf8')) as ReturnType<typeof ownManifest>;
}

export function ownVersion(): string {
  return ownManifest().version;
}
