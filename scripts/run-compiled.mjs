// Runs a compiled script, SCRIPT ARGUMENTS…, and compiles what has changed before; for --help it does not.
import * as fs from 'node:fs';
import * as path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileIfChanged } from './compile.mjs';

const [script, ...args] = process.argv.slice(2);
const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../dist', script);
const code = args.includes('--help') && fs.existsSync(file) ? 0 : await compileIfChanged();
if (code === 0) {
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
} else {
  process.exitCode = code;
}
