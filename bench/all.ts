import { spawnSync } from 'node:child_process';
import * as path from 'node:path';

if (process.argv.length > 2) {
  console.log('usage: npm run bench\n\nMeasures everything; one alone by its file, e.g. npx tsx bench/start.ts');
  process.exit(process.argv[2] === '--help' ? 0 : 2);
}

// Each in a process of its own, so that none warms up another; a missed goal does not keep the rest from running.
for (const name of [
  'start',
  'deploy',
  'state',
  'plan',
  'synth',
  'smoke',
  'http',
  'oss',
  'rocketmq',
  'mns',
  'queries',
  'select',
  'load',
  'console',
]) {
  process.stdout.write(`\n${name}\n`);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', path.join(__dirname, `${name}.ts`)], {
    stdio: 'inherit',
  });
  process.exitCode = status === 0 ? process.exitCode : 1;
}
