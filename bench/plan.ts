import * as fs from 'node:fs';
import * as path from 'node:path';
import { LocalCloud } from '../lib/local-cloud';
import { ROOT, run } from './processes';
import { report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

/** Folders with the notification stack's Terraform, and with as many `terraform_data` as it has resources. */
async function synthesise(folder: string): Promise<{ stack: string; data: string }> {
  const out = path.join(folder, 'out');
  await run(process.execPath, [path.join(ROOT, 'dist/stacks/main.js')], {
    cwd: folder,
    env: { ...process.env, DLA_SETTINGS: path.join(ROOT, 'stacks/settings/local.yaml'), CDKTF_OUTDIR: out },
  });
  const stack = path.join(out, 'stacks/notification-demo');
  const { resource } = JSON.parse(fs.readFileSync(path.join(stack, 'cdk.tf.json'), 'utf8')) as {
    resource: Record<string, object>;
  };
  const names = Object.values(resource).flatMap((one) => Object.keys(one));
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  const bodies = Object.fromEntries(names.map((name) => [name, { input: name }]));
  fs.writeFileSync(path.join(data, 'main.tf.json'), JSON.stringify({ resource: { terraform_data: bodies } }));
  return { stack, data };
}

async function main(): Promise<void> {
  const folder = scratchFolder('bench-plan');
  const cloud = await LocalCloud.start();
  const env = { ...process.env, ...cloud.endpoints.environment };
  const terraform = (cwd: string, ...args: string[]) => run('terraform', args, { cwd, env });
  try {
    const { stack, data } = await synthesise(folder);
    for (const cwd of [stack, data]) {
      await terraform(cwd, 'init');
      await terraform(cwd, 'apply', '-auto-approve');
    }
    report(
      'terraform plan of the notification stack against terraform_data only',
      await timeRatio(
        9,
        () => terraform(stack, 'plan'),
        () => terraform(data, 'plan'),
      ),
      3,
    );
  } finally {
    await cloud.stop();
  }
}

void main();
