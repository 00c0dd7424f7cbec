import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ROOT, runNode } from '../run-node';
import { scratchFolder } from '../scratch';

const NAMESPACES = ['--pid', '--mount', '--mount-proc', '--fork', '--kill-child'];
const works = spawnSync('unshare', [...NAMESPACES, 'true']).status === 0;
const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

interface Service {
  readonly command: string[];
  readonly ports: string[];
  readonly volumes: string[];
}

it('the compose file and the image name the same folders and ports, and serve this machine alone', () => {
  const { services } = parse(read('container/compose.yaml')) as { services: Record<string, Service> };
  const { command, ports, volumes } = services['alicloud-local'];
  const image = read('container/Dockerfile');
  const exposed = /^EXPOSE (.+)$/m.exec(image)![1].split(' ');
  expect(ports).toEqual(exposed.map((port) => `127.0.0.1:${port}:${port}`));
  expect(command).toContain('--host=0.0.0.0');
  expect(image).not.toContain('--host');
  expect(volumes[0].split(':')[1]).toBe(/^VOLUME (.+)$/m.exec(image)![1]);
  expect(image).toMatch(/^USER 1000:1000$/m);
  // A status is fine while the files of init still run.
  const check = JSON.parse(/^HEALTHCHECK [^[]*(\[.*\])$/m.exec(image)![1]) as string[];
  expect(check).toEqual(['alicloud-local', 'wait', '--timeout', '2s', '--state', volumes[0].split(':')[1]]);
  const { version } = JSON.parse(read('packages/alicloud-local/package.json')) as { version: string };
  expect(image).toContain(`ARG VERSION=${version}\n`);
});

it('--host is for the container alone', async () => {
  const { code, stderr } = await runNode('lib/local-cloud/server/cli.js', ['start', '--host', '0.0.0.0']);
  expect(code).toBe(2);
  expect(stderr).toContain('--host: expected 127.0.0.1, got 0.0.0.0');
});

describe.skipIf(!works)(
  'the entrypoint as process 1 of new namespaces (skipped where unshare may not make them)',
  () => {
    let state: string;
    let bin: string;
    beforeEach(() => {
      state = scratchFolder();
      bin = scratchFolder();
      fs.symlinkSync(path.join(ROOT, 'dist/lib/local-cloud/server/cli.js'), path.join(bin, 'alicloud-local'));
    });

    /** Runs it until it is ready; `host` is the process outside, which ends with it. */
    async function start(...args: string[]) {
      const entrypoint = path.join(ROOT, 'container/entrypoint.sh');
      const ports = ['--http-port=0', '--dla-port=0', '--rocketmq-port=0'];
      const host = spawn('unshare', [...NAMESPACES, entrypoint, 'start', `--state=${state}`, ...ports, ...args], {
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ALICLOUD_LOCAL_CONTAINER: '1' },
      });
      onTestFinished(() => void host.kill('SIGKILL'));
      let [stdout, stderr] = ['', ''];
      host.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      host.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => host.once('close', (code) => resolve(code)));
      const isReady = async (): Promise<boolean> => stdout.endsWith('Ready.\n') || host.exitCode !== null;
      await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
      return {
        host,
        ended,
        stderr: () => stderr,
        endpoints: () => JSON.parse(stdout.split('\n')[0]) as { http: string },
      };
    }

    it('serves by the name of its service, and ends with code 0 when it is told', async () => {
      const { host, ended, endpoints } = await start('--host=0.0.0.0');
      const port = endpoints().http.split(':')[1];
      const { status } = spawnSync('curl', [
        '-sf',
        '-H',
        `Host: alicloud-local:${port}`,
        `http://127.0.0.1:${port}/_local/health`,
      ]);
      expect(status).toBe(0);
      process.kill(childOf(host), 'SIGTERM');
      expect(await ended).toBe(0);
      expect(fs.existsSync(path.join(state, 'running.json'))).toBe(false);
    });

    it('leaves no zombies of what programs of --init leave running', async () => {
      const init = scratchFolder();
      fs.writeFileSync(path.join(init, 'orphan.sh'), 'for i in 1 2 3; do (sleep 0.1 &) ; done; sleep 0.5');
      const { host } = await start(`--init=${init}`);
      const shell = childOf(host);
      await expect.poll(() => childrenOf(shell).map(stateOf), { timeout: 10_000 }).not.toContain('Z');
      expect(childrenOf(shell)).toHaveLength(1);
    });

    it('has its volume for itself, and frees it when it is killed', async () => {
      const first = await start();
      const second = await start();
      expect(await second.ended).toBe(1);
      expect(second.stderr()).toContain(`state folder ${state} is in use by`);
      process.kill(childOf(first.host), 'SIGKILL');
      await first.ended;
      const third = await start();
      expect(third.endpoints().http).toMatch(/^127\.0\.0\.1:/);
    });
  },
);

function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function childOf(child: ChildProcess): number {
  return childrenOf(child.pid!)[0];
}

function stateOf(pid: number): string {
  return /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
}
