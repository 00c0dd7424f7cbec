import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

let folder: string;

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
}

beforeEach(() => {
  folder = scratchFolder();
  write('package.json', '{ "version": "1.2.0" }');
  write('packages/alicloud-local/package.json', '{ "version": "1.2.0" }');
  write('container/Dockerfile', 'FROM x\nARG VERSION=1.2.0\n');
  write('CHANGELOG.md', '# Changelog\n\n## 1.2.0 (2026-12-01)\n\n- New.\n\n## 1.1.0 (2026-11-01)\n\n- Old.\n');
});

function notes(tag: string): { status: number | null; stdout: string; stderr: string } {
  const script = path.join(ROOT, 'scripts/release-notes.mjs');
  const env = { ...process.env, RELEASE_ROOT: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, tag], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

it('are what the changelog says of the version', () => {
  expect(notes('v1.2.0')).toEqual({ status: 0, stdout: '- New.\n', stderr: '' });
});

it.each([
  ['1.2.0', () => undefined, 'expected a tag such as v1.2.3, got 1.2.0'],
  ['v1.3.0', () => undefined, 'package.json: expected version 1.3.0, got 1.2.0'],
  [
    'v1.2.0',
    () => write('packages/alicloud-local/package.json', '{ "version": "1.1.0" }'),
    'packages/alicloud-local/package.json: expected version 1.2.0, got 1.1.0',
  ],
  [
    'v1.2.0',
    () => write('container/Dockerfile', 'ARG VERSION=1.1.0\n'),
    'container/Dockerfile: expected version 1.2.0',
  ],
  ['v1.2.0', () => write('CHANGELOG.md', '## 1.1.0\n'), 'CHANGELOG.md: expected a part about 1.2.0'],
  ['v1.2.0', () => write('CHANGELOG.md', '## 1.2.0 (unreleased)\n'), 'CHANGELOG.md: expected the date of 1.2.0'],
])('keep %s from being released when something is not in step', (tag, spoil, message) => {
  spoil();
  const { status, stdout, stderr } = notes(tag);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(message);
});
