import { build } from 'esbuild';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Libraries that the package carries, so that its users have nothing more to install: a file each. */
const SOURCES = resolve(__dirname, '../lib/bundled');
const COMPILED = resolve(__dirname, '../dist/lib/bundled');

build({
  entryPoints: readdirSync(SOURCES).map((file) => join(SOURCES, file)),
  outdir: COMPILED,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.9',
  minify: true,
  legalComments: 'eof',
  logLevel: 'warning',
}).catch(() => {
  process.exitCode = 1;
});
