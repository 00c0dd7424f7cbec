import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './run-node';

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const FILES = ['README.md', 'README.zh-CN.md'];

/** Fenced blocks of a language, comments behind commands left out. */
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, body]) =>
    body.replace(/ +# .*$/gm, '').trim(),
  );

describe.each(FILES)('%s', (file) => {
  const text = read(file);

  it('shows the code of an example that a test deploys', () => {
    const [code] = blocks(text, 'ts');
    expect(read('examples/minimal/main.ts')).toContain(code);
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names the terminal of cdktf-cli that this package installs itself', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    const [overrides] = blocks(text, 'json');
    const name = '@cdktf/node-pty-prebuilt-multiarch';
    expect(JSON.parse(overrides)).toEqual({ overrides: { [name]: devDependencies[name] } });
  });

  it('links only to files that there are', () => {
    const links = [...text.matchAll(/\]\(([^):]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !fs.existsSync(path.join(ROOT, link)))).toEqual([]);
  });
});

it('both READMEs are in step', () => {
  const [english, chinese] = FILES.map(read);
  const shape = (text: string) => text.split('\n').flatMap((line) => /^(#+|\||- \*\*|```)/.exec(line)?.[0] ?? []);
  expect(shape(chinese)).toEqual(shape(english));
  for (const language of ['sh', 'ts', 'yaml']) {
    expect(blocks(chinese, language)).toEqual(blocks(english, language));
  }
});
