import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { scratchFolder } from './scratch-folder';

const USAGE = `usage: npm run test:node -- VERSION [arguments of vitest]

Runs the tests on another Node, whose executable comes from the npm registry.

  npm run test:node -- 22
  npm run test:node -- 20.9 test/smoke`;

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', env });
  if (error) {
    throw error;
  }
  return status ?? 1;
}

function main([version, ...args]: readonly string[]): number {
  if (version === '--help') {
    console.log(USAGE);
    return 0;
  }
  if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
    console.error(USAGE);
    return 2;
  }
  const folder = scratchFolder('test-node');
  const name = `node-${process.platform}-${process.arch}`;
  const installed = run('npm', ['install', '--silent', '--no-save', '--prefix', folder, `${name}@${version}`]);
  if (installed !== 0) {
    console.error(`test-node: expected a version of the package ${name}, got ${version}`);
    return installed;
  }
  const bin = path.join(folder, 'node_modules', name, 'bin');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  run(path.join(bin, 'node'), ['--version'], env);
  return run('npm', ['test', '--', ...args], env);
}

process.exitCode = main(process.argv.slice(2));
