import * as fs from 'node:fs';
import { expect, it } from 'vitest';
import { SERVED_FILE, servedPage } from '../scripts/write-served';

it('docs/served.md says what the code serves; `npm run served` brings it up to date', () => {
  expect(fs.readFileSync(SERVED_FILE, 'utf8')).toBe(servedPage());
});
