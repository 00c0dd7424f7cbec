// Finds what our own imports mean, for the linter: `./wire.js` in a dynamic import is compiled from wire.ts.
const fs = require('node:fs');
const path = require('node:path');

exports.interfaceVersion = 2;

exports.resolve = (source, importer) => {
  if (!source.startsWith('.')) {
    return { found: false };
  }
  const target = path.resolve(path.dirname(importer), source.replace(/\.js$/, ''));
  const file = [`${target}.ts`, path.join(target, 'index.ts'), target].find((candidate) =>
    fs.statSync(candidate, { throwIfNoEntry: false })?.isFile(),
  );
  return file === undefined ? { found: false } : { found: true, path: file };
};
