import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

interface Workflow {
  readonly jobs: Record<string, { readonly steps: readonly { readonly run?: string }[] }>;
}

it('the commands of the workflow deploy, ask for a receipt and leave nothing running', async () => {
  const file = path.join(ROOT, 'examples/github-actions/deploy-and-smoke.yml');
  const { jobs } = parse(fs.readFileSync(file, 'utf8')) as Workflow;
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  // Below the repository, where npx finds this package's commands as it does in a project that has installed it.
  const folder = scratchFolder(path.join(ROOT, 'dist'));
  fs.cpSync(path.join(ROOT, 'examples/minimal'), folder, { recursive: true });
  // The usual ports may be another's on this machine.
  const script = commands
    .filter((command) => command !== 'npm ci')
    .map((command) => command.replace('--background', '--background --http-port=0'))
    .join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', script], { cwd: folder });
  expect(stdout).toMatch(/^PASS /m);
  expect(fs.existsSync(path.join(folder, '.cloud/running.json'))).toBe(false);
}, 180_000);
