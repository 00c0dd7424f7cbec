import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../run-node';

const PROGRAMS = {
  'dla-check-plan': 'dist/lib/check-plan/cli.js',
  'dla-smoke': 'dist/lib/smoke/cli.js',
  'alicloud-local': 'dist/lib/local-cloud/server/cli.js',
  'deploy.js': 'dist/stacks/deploy.js',
  'deploy-local.js': 'dist/stacks/deploy-local.js',
};

async function help(file: string, wrap: string): Promise<{ code: number; err: string }> {
  const args = ['-c', wrap, 'bash', process.execPath, path.join(ROOT, file), '--help'];
  const child = spawn('bash', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, err };
}

describe.runIf(process.platform === 'linux').each(Object.entries(PROGRAMS))('%s', (name, file) => {
  it('tells once that what it prints is lost, and fails', async () => {
    expect(await help(file, '"$@" > /dev/full')).toEqual({
      code: 1,
      err: `${name}: standard output cannot be written (ENOSPC)\n`,
    });
  });

  it('says nothing to a reader that leaves', async () => {
    expect(await help(file, '"$@" | true; exit ${PIPESTATUS[0]}')).toEqual({ code: 0, err: '' });
  });
});
