import { build, type Plugin, transform } from 'esbuild';
import * as fs from 'node:fs';
import * as path from 'node:path';

// The command `alicloud-local` as few files, for most of its start was finding and reading a hundred: one has what a start
// needs, others what the first client of a kind does, loaded with it. From code the local cloud is the compiled files.

const ROOT = path.resolve(__dirname, '..');
const COMMAND = path.join(ROOT, 'lib/local-cloud/server/cli.ts');
const OUT = path.join(ROOT, 'dist/lib/local-cloud/server');
const PARTS = 'cli-parts';
const TARGET = { platform: 'node', target: 'node20.9' } as const;

/** What runs queries, in one file that a local cloud can keep. */
const WORKER = path.join(ROOT, 'lib/local-cloud/dla/engine/worker.ts');

/** Libraries that the package carries stay files of their own. */
const bundled: Plugin = {
  name: 'bundled libraries',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/bundled\/\w+$/ }, ({ path: file }) => ({
      path: path.posix.join('../../../bundled', `${path.basename(file)}.js`),
      external: true,
    })),
};

async function main(): Promise<void> {
  // Only modules can be split; what comes out is made CommonJS afterwards, which node loads faster.
  const { outputFiles, metafile } = await build({
    ...TARGET,
    entryPoints: [COMMAND],
    outdir: path.join(OUT, PARTS),
    tsconfig: path.join(ROOT, 'tsconfig.json'),
    absWorkingDir: ROOT,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    // All others build on the whole of the first, which is then one file and not one for each set of them.
    inject: [COMMAND],
    packages: 'external',
    format: 'esm',
    logLevel: 'warning',
    plugins: [bundled],
  });
  fs.rmSync(path.join(OUT, PARTS), { recursive: true, force: true });
  fs.mkdirSync(path.join(OUT, PARTS));
  for (const { path: file, text } of outputFiles) {
    const { code } = await transform(text, { ...TARGET, format: 'cjs', supported: { 'dynamic-import': false } });
    // Node's own modules are objects already; to copy them takes time.
    fs.writeFileSync(file, code.replace(/__toESM\((require\("node:[\w/]+"\))\)/g, '$1'));
  }
  await build({
    ...TARGET,
    entryPoints: { worker: WORKER },
    outdir: path.join(OUT, PARTS),
    tsconfig: path.join(ROOT, 'tsconfig.json'),
    external: ['@duckdb/node-api'],
    bundle: true,
    minifyWhitespace: true,
    format: 'cjs',
    logLevel: 'warning',
  });
  const [[, { imports }]] = Object.entries(metafile.outputs).filter(([file]) => file.endsWith(`${PARTS}/cli.js`));
  const first = path.basename(imports[0].path);
  await build({
    ...TARGET,
    stdin: {
      contents: `import { join } from 'node:path';
        import { launch } from './lib/cli/launch';
        launch(join(__dirname, '${PARTS}/${first}'), process.argv[2] === 'start');`,
      resolveDir: ROOT,
    },
    outfile: path.join(OUT, 'cli.js'),
    allowOverwrite: true,
    bundle: true,
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
