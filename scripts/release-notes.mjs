// Prints the part of the changelog that is about a version, `v1.2.3`; fails unless that is the version of all packages.
import * as fs from 'node:fs';
import * as path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = process.env.RELEASE_ROOT ?? path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

function notesOf(tag) {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag ?? '')?.[1];
  if (version === undefined) {
    throw new Error(`expected a tag such as v1.2.3, got ${tag ?? 'none'}`);
  }
  for (const file of ['package.json', 'packages/alicloud-local/package.json']) {
    const found = JSON.parse(read(file)).version;
    if (found !== version) {
      throw new Error(`${file}: expected version ${version}, got ${found}`);
    }
  }
  const image = /^ARG VERSION=(.+)$/m.exec(read('container/Dockerfile'))?.[1];
  if (image !== version) {
    throw new Error(`container/Dockerfile: expected version ${version}, got ${image}`);
  }
  const parts = read('CHANGELOG.md').split(/^## /m).slice(1);
  const part = parts.find((text) => text.split(/\s/, 1)[0] === version);
  if (part === undefined) {
    throw new Error(`CHANGELOG.md: expected a part about ${version}`);
  }
  const [heading, ...lines] = part.split('\n');
  if (/unreleased/i.test(heading)) {
    throw new Error(`CHANGELOG.md: expected the date of ${version}, got ${JSON.stringify(heading)}`);
  }
  return lines.join('\n').trim();
}

try {
  process.stdout.write(`${notesOf(process.argv[2])}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
