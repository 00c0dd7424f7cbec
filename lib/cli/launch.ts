import * as fs from 'node:fs';
import { createRequire, Module } from 'node:module';
import * as path from 'node:path';
import { Script } from 'node:vm';

/**
 * Loads a CommonJS file as `require` does, with what V8 made of it the last time: to compile is a third of what a bundle
 * needs to start. That is kept beside the file, where whoever installed it may write, and nowhere otherwise.
 *
 * @param keeps - whether this run is one whose start is to be quick the next time
 */
export function launch(file: string, keeps: boolean): void {
  // V8 looks itself whether it suits its version and flags, but of the source at the length alone: names of bundles have a
  // hash of what they hold.
  const cache = `${file}.${process.version}-${process.arch}.cache`;
  const cachedData = readIfThere(cache);
  const script = new Script(Module.wrap(fs.readFileSync(file, 'utf8')), { filename: file, cachedData });
  if (keeps && (cachedData === undefined || script.cachedDataRejected)) {
    process.once('exit', () => write(cache, script.createCachedData()));
  }
  const require = createRequire(file);
  const module = new Module(file);
  module.filename = file;
  // Whatever else requires it gets this one.
  require.cache[file] = module;
  const run = script.runInThisContext() as (...given: unknown[]) => void;
  run(module.exports, require, module, file, path.dirname(file));
  module.loaded = true;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

function write(file: string, data: Buffer): void {
  const draft = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(draft, data);
    fs.renameSync(draft, file);
  } catch {
    // It is somebody else's folder, or an archive, in which a removal is an error too.
    if (fs.existsSync(draft)) {
      fs.rmSync(draft);
    }
  }
}
