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

export function ownVersion(): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(ownPackage(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
