import { ESLint, type Linter } from 'eslint';
import * as fs from 'node:fs';
import * as path from 'node:path';
import tseslint from 'typescript-eslint';
import { expect, it } from 'vitest';
import { ARROWS } from '../../eslint.arrows.cjs';
import { ROOT } from '../run-node';

const TYPED = new ESLint({ cwd: ROOT });
/** The arrows need no types, and are quicker without. */
const UNTYPED = new ESLint({
  cwd: ROOT,
  overrideConfig: {
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { parserOptions: { projectService: false, program: null, project: false } },
  } as Linter.Config,
});

/** What the linter says of a text that stands in the place of one of our files. */
async function lint(eslint: ESLint, file: string, text: string): Promise<readonly Linter.LintMessage[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
  return result.messages;
}

function someFile(room: string): string {
  const name = fs.readdirSync(path.join(ROOT, room)).find((entry) => entry.endsWith('.ts'));
  return path.join(room, name!);
}

const rooms = Object.entries(ARROWS).filter(([room]) => fs.existsSync(path.join(ROOT, room)));

it.each(rooms)('refuses every import into %s that is no arrow of the design', async (room, allowed) => {
  const others = rooms.map(([other]) => other).filter((other) => other !== room);
  const from = someFile(room);
  const lines = others.map((other) => {
    const specifier = path.relative(path.dirname(from), someFile(other)).replace(/\.ts$/, '');
    return `import '${specifier.startsWith('.') ? specifier : `./${specifier}`}';`;
  });
  const messages = await lint(UNTYPED, from, lines.join('\n'));
  const refused = messages
    .filter(({ ruleId }) => ruleId === 'boundaries/dependencies')
    .map(({ line }) => others[line - 1]);
  expect(refused).toEqual(others.filter((other) => !allowed.includes(other)));
});

it.each([
  ['boundaries/dependencies', 'lib/cloud/wildcard.ts', "void import('../smoke/main.js');"],
  ['boundaries/dependencies', 'stacks/main.ts', "import '../test/synth';"],
  ['boundaries/no-unknown-dependencies', 'lib/cloud/wildcard.ts', "import './nothing-that-is';"],
  ['import-x/no-cycle', 'lib/cloud/names.ts', "export * from './oss-location';"],
  ['no-restricted-imports', 'lib/cloud/wildcard.ts', "import 'cdktf';"],
  ['no-restricted-syntax', 'lib/cloud/wildcard.ts', "import { join } from 'node:path';\njoin();"],
  [
    '@typescript-eslint/consistent-type-imports',
    'lib/cloud/wildcard.ts',
    "import { Socket } from 'node:net';\nexport type A = Socket;",
  ],
  ['@typescript-eslint/explicit-member-accessibility', 'lib/cloud/wildcard.ts', 'export class A {\n  a = 1;\n}'],
  ['@typescript-eslint/no-unsafe-return', 'lib/cloud/wildcard.ts', "export const a = (): string => JSON.parse('1');"],
  ['@typescript-eslint/no-floating-promises', 'lib/cloud/wildcard.ts', 'Promise.resolve(1);'],
])('finds what %s forbids', async (rule, file, text) => {
  expect((await lint(TYPED, file, text)).map(({ ruleId }) => ruleId)).toContain(rule);
});
