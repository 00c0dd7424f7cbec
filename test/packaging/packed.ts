import { execFile, type ExecFileOptions } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../run-node';

/** The app that every consumer runs; it prints its synthesised stacks. */
const APP = `
const app = new App({ outdir: 'out' });
const stack = new TerraformStack(app, 'consumer');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });
const channel = new DlaMqNotification(stack, 'notification', { smokeQuery: 'select 1' });
channel.addChannel('orders', { topicProps: { messageType: MessageType.DELAY } });
channel.smokeTest();
new DlaMnsNotification(stack, 'queue');
app.synth();
if (typeof main !== 'function') throw new Error('no smoke test');
`;
const NAMES = '{ DlaMnsNotification, DlaMqNotification, MessageType }';
const PROVIDER = 'cdktf-alicloud-dla/provider-alicloud/provider';

/** The consumers' main files, one for each way to load modules. */
export const CONSUMERS: Record<string, string> = {
  'consumer.cjs': `
const { App, TerraformStack } = require('cdktf');
const ${NAMES} = require('cdktf-alicloud-dla');
const { AlicloudProvider } = require('${PROVIDER}');
const { main } = require('cdktf-alicloud-dla/smoke');
${APP}`,
  'consumer.mjs': `
import { App, TerraformStack } from 'cdktf';
import ${NAMES} from 'cdktf-alicloud-dla';
import { AlicloudProvider } from '${PROVIDER}';
import { main } from 'cdktf-alicloud-dla/smoke';
${APP}`,
  'consumer.ts': `
import { App, TerraformStack } from 'cdktf';
import ${NAMES} from 'cdktf-alicloud-dla';
import { AlicloudProvider } from '${PROVIDER}';
import { main } from 'cdktf-alicloud-dla/smoke';
${APP}`,
};

/** What the compiler is told for \`consumer.ts\`: every declaration file is checked too. */
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    target: 'ES2022',
    module: 'commonjs',
    moduleResolution: 'node',
    types: ['node'],
    outDir: 'compiled',
  },
  files: ['consumer.ts'],
};

const run = promisify(execFile);

/** Runs a program and tells all that it said when it fails. */
export async function runOrExplain(file: string, args: string[], options: ExecFileOptions): Promise<string> {
  try {
    return (await run(file, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options })).stdout as string;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Packs a package of the checkout as it would be published. */
export async function pack(folder: string, source = '.'): Promise<{ tarball: string; files: string[] }> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename, files }] = JSON.parse(await runOrExplain('npm', args, { cwd: path.join(ROOT, source) })) as {
    filename: string;
    files: { path: string }[];
  }[];
  return { tarball: path.join(folder, filename), files: files.map((file) => file.path) };
}

/** Writes the consumers into a project. */
export function writeConsumers(folder: string): void {
  Object.entries(CONSUMERS).forEach(([name, text]) => fs.writeFileSync(path.join(folder, name), text));
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
}

/** Runs a consumer and returns what Terraform would get, without what names the version of cdktf. */
export async function synthOf(folder: string, consumer: string): Promise<unknown> {
  await runOrExplain(process.execPath, [consumer], { cwd: folder });
  const file = path.join(folder, 'out/stacks/consumer/cdk.tf.json');
  const json = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>;
  fs.rmSync(path.join(folder, 'out'), { recursive: true });
  delete json['//'];
  // cdktf writes the project's folder into the default backend.
  delete json.terraform.backend;
  return json;
}

/** Compiles consumer.ts with the project's own compiler. */
export async function compile(folder: string): Promise<void> {
  await runOrExplain(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: folder });
}
