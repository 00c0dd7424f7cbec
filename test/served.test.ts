import * as fs from 'node:fs';
import { expect, it } from 'vitest';
import { actionNames, ACTIONS_FILE, SERVED_FILE, servedPage } from '../scripts/write-served';

it('docs/served.md says what the code serves; `npm run served` brings it up to date', () => {
  expect(fs.readFileSync(SERVED_FILE, 'utf8')).toBe(servedPage());
  expect(fs.readFileSync(ACTIONS_FILE, 'utf8')).toBe(actionNames());
});

it('names apart what is only refused', () => {
  const [served, refused] = /### ram[^]*?\n\n([^]*?)\n\nRefused by name: (.*)/.exec(servedPage())!.slice(1);
  expect(refused.split(', ')).toEqual(['CreateLoginProfile', 'UpdateLoginProfile']);
  expect(served.split(', ')).not.toContain('CreateLoginProfile');
  expect(served.split(', ')).toContain('DeleteLoginProfile');
});
