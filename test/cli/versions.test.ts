import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOlder, nodeTooOld } from '../../lib/cli/versions';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

describe('isOlder', () => {
  it.each([
    ['20.8.9', '20.9.0', true],
    ['18.20.8', '20.9.0', true],
    ['20.9.0', '20.9.0', false],
    ['20.10.0', '20.9.0', false],
    ['22.0.0', '20.9.0', false],
    ['26.0.0-nightly', '20.9.0', false],
  ])('%s and %s: %s', (version, least, expected) => expect(isOlder(version, least)).toBe(expected));
});

it('tells of a Node that is older than package.json asks for', () => {
  expect(nodeTooOld()).toBeUndefined();
  expect(nodeTooOld('18.20.8')).toBe('expected node 20.9.0 or newer, got 18.20.8');
});

it.each(['lib/local-cloud/server/cli.js', 'lib/smoke/cli.js'])('%s says so instead of what comes of it', (command) => {
  const old = path.join(scratchFolder(), 'old.cjs');
  const spoof = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });";
  fs.writeFileSync(old, spoof);
  const args = ['--require', old, path.join(ROOT, 'dist', command), '--version'];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({
    status: 2,
    stdout: '',
    stderr: 'expected node 20.9.0 or newer, got 18.20.8\n',
  });
});
