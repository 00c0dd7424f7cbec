import * as fs from 'node:fs';
import * as path from 'node:path';
import { LocalCloud } from '../lib/local-cloud';
import { commandEnvironment } from '../lib/local-cloud/server/environment';
import { ROOT, run } from './processes';
import { report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const ROUNDS = 5;

/** `npm run deploy:local` where nothing changes, start and smoke test and stop with it, against cdktf deploy alone. */
async function main(): Promise<void> {
  const npm = (script: string) => run('npm', ['run', '--silent', script], { stdio: 'ignore' });
  const scratch = scratchFolder('bench-deploy');
  const settings = path.join(scratch, 'bench-deploy.yaml');
  fs.copyFileSync(path.join(ROOT, 'stacks/settings/local.yaml'), settings);
  const cloud = await LocalCloud.start();
  const env = {
    ...commandEnvironment(process.env, cloud.endpoints),
    ...{ CI: '1', NODE_NO_WARNINGS: '1', DLA_SETTINGS: settings },
    TF_PLUGIN_CACHE_DIR: path.join(ROOT, '.deploy/plugin-cache'),
  };
  const cdktf = require.resolve('cdktf-cli/bundle/bin/cdktf');
  const args = ['deploy', '*', '--auto-approve', '--skip-provider-lock', '--output', path.join(scratch, 'cdktf.out')];
  const cdktfDeploy = () => run(process.execPath, [cdktf, ...args], { env, stdio: 'ignore' });
  try {
    await npm('deploy:local');
    await cdktfDeploy();
    report(
      'npm run deploy:local a second time against cdktf deploy alone',
      await timeRatio(ROUNDS, () => npm('deploy:local'), cdktfDeploy),
      1.5,
    );
  } finally {
    await npm('destroy:local');
    await cloud.stop();
    fs.rmSync(path.join(ROOT, '.deploy/bench-deploy'), { recursive: true, force: true });
  }
}

void main();
