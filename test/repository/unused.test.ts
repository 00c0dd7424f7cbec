import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

it('the search for unused files and exports, which the linter runs, finds both', async () => {
  const folder = scratchFolder();
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  write('package.json', '{ "name": "scratch" }');
  fs.copyFileSync(path.join(ROOT, 'knip.json'), path.join(folder, 'knip.json'));
  write('lib/index.ts', "import { used } from './part';\nconsole.log(used);\n");
  write('lib/part.ts', 'export const used = 1;\nexport const forgotten = 2;\n');
  write('lib/left-behind.ts', 'export const nothing = 3;\n');
  const knip = path.join(ROOT, 'node_modules/knip/bin/knip.js');
  const { code, stdout } = await new Promise<{ code: number; stdout: string }>((resolve) => {
    const child = execFile(process.execPath, [knip, '--directory', folder], (_error, out) =>
      resolve({ code: child.exitCode ?? -1, stdout: out }),
    );
  });
  expect(stdout).toContain('lib/left-behind.ts');
  expect(stdout).toMatch(/forgotten\s+lib\/part\.ts/);
  expect(code).toBe(1);
});
