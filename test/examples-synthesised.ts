import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { BaselineProps } from '../lib/index';
import { ROOT } from './run-node';

/**
 * The stacks of the examples as Terraform's JSON, by the name of the example. They come from a process of their own, for
 * an example loads the compiled package.
 */
export async function synthesisedExamples(
  baseline?: Omit<BaselineProps, 'logBucket'>,
): Promise<Record<string, object>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'synthesised-examples-'));
  try {
    const script = path.join(ROOT, 'test/synth-examples.ts');
    const options = baseline ? [JSON.stringify(baseline)] : [];
    await promisify(execFile)(process.execPath, ['--require', 'tsx/cjs', script, folder, ...options], { cwd: ROOT });
    return Object.fromEntries(
      fs.readdirSync(folder).map((name) => {
        const [stack] = fs.readdirSync(path.join(folder, name, 'stacks'));
        const file = path.join(folder, name, 'stacks', stack, 'cdk.tf.json');
        const { terraform, ...rest } = JSON.parse(fs.readFileSync(file, 'utf8')) as { terraform: { backend?: object } };
        return [name, { ...rest, terraform: { ...terraform, backend: undefined } }];
      }),
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
