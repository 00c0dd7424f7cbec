import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { runMain } from '../lib/cli/command-line';
import { readCommandLine } from '../lib/cli/options';
import { scratchFolder } from './scratch-folder';

const ROOT = path.resolve(__dirname, '..');
const TYPEDOC = path.join(ROOT, 'node_modules/typedoc/bin/typedoc');

const USAGE = `usage: npm run api [-- FILE]

Writes API.md, or FILE, from the declarations and comments of what the package exports.

Example:
  npm run api && git diff API.md
`;

/** What a user of the package may import, the source that it comes from, and names of it that stay inside. */
const ENTRY_POINTS: readonly (readonly [specifier: string, source: string, ...hidden: string[]])[] = [
  // Classes of the bindings, which have entry points of their own.
  [
    'cdktf-alicloud-dla',
    'lib/index.ts',
    ...['MessageServiceQueue', 'OnsGroup', 'OnsInstance', 'OnsTopic', 'RamRole', 'OssBucket'],
  ],
  ['cdktf-alicloud-dla/receipt-hint', 'lib/cloud/receipt-hint.ts', 'Kind', 'Keys'],
  ['cdktf-alicloud-dla/smoke', 'lib/smoke/index.ts'],
  ['cdktf-alicloud-dla/local-cloud', 'lib/local-cloud/index.ts', 'Account'],
];

/** The API's page of one entry point, its headings one level below that of the entry point. */
async function pageOf(folder: string, specifier: string, source: string, ...hidden: string[]): Promise<string> {
  const out = path.join(folder, path.basename(path.dirname(source)) + path.basename(source));
  await promisify(execFile)(
    process.execPath,
    [TYPEDOC, '--entryPoints', source, '--out', out, ...hidden.flatMap((name) => ['--intentionallyNotExported', name])],
    { cwd: ROOT },
  );
  const text = fs.readFileSync(path.join(out, 'API.md'), 'utf8');
  return `# \`${specifier}\`\n\n${text.slice(text.indexOf('\n## ') + 1)}`;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, words } = readCommandLine(argv, { help: { type: 'boolean', short: 'h' } });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [file = path.join(ROOT, 'API.md')] = words;
  const folder = scratchFolder('api');
  try {
    const pages = await Promise.all(ENTRY_POINTS.map((entry) => pageOf(folder, ...entry)));
    fs.writeFileSync(file, pages.join('\n'));
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${stdout}${stderr}` || message, { cause: error });
  }
  return 0;
}

runMain(main);
