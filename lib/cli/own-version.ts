import * as fs from 'node:fs';
import * as path from 'node:path';

/** Version of the package that this file is part of: two carry it, and it runs from source and compiled. */
export function ownVersion(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
    }
  }
}
