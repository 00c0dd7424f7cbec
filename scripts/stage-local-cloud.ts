import * as fs from 'node:fs';
import * as path from 'node:path';

const ROOT = path.resolve(__dirname, '..');
const PACKAGE = path.join(ROOT, 'packages/alicloud-local');

/** Rooms that the local cloud is made of; none of them needs cdktf. */
const ROOMS = ['bundled', 'cli', 'cloud', 'local-cloud', 'provider-schema'];
/** Bindings, which are for cdktf. */
const BINDINGS = path.join('provider-schema', 'gen');

/** Puts what the build has made, and the texts that both packages share, into the package of the local cloud. */
const compiled = path.join(ROOT, 'dist/lib');
const staged = path.join(PACKAGE, 'dist/lib');
fs.rmSync(path.join(PACKAGE, 'dist'), { recursive: true, force: true });
for (const room of ROOMS) {
  fs.cpSync(path.join(compiled, room), path.join(staged, room), {
    recursive: true,
    filter: (source) => path.relative(compiled, source) !== BINDINGS,
  });
}
fs.chmodSync(path.join(staged, 'local-cloud/server/cli.js'), 0o755);
for (const text of ['CHANGELOG.md', 'LICENSE']) {
  fs.copyFileSync(path.join(ROOT, text), path.join(PACKAGE, text));
}
