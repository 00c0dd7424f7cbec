import { build } from 'esbuild';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { PICO_CSS } from '../lib/bundled/pico';

/** Libraries that the package carries, so that its users have nothing more to install: a file each. */
const SOURCES = path.resolve(__dirname, '../lib/bundled');
const COMPILED = path.resolve(__dirname, '../dist/lib/bundled');

build({
  entryPoints: fs.readdirSync(SOURCES).map((file) => path.join(SOURCES, file)),
  outdir: COMPILED,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.9',
  minify: true,
  legalComments: 'eof',
  logLevel: 'warning',
  plugins: [
    {
      name: 'stylesheet',
      setup: ({ onLoad }) =>
        onLoad({ filter: /bundled\/pico\.ts$/ }, () => ({
          contents: `export const PICO_CSS = ${JSON.stringify(PICO_CSS)};`,
        })),
    },
  ],
}).catch(() => {
  process.exitCode = 1;
});
