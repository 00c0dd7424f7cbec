import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import type { LocalCloudEndpoints } from '../../lib/local-cloud/server/local-cloud';

const CLI = path.resolve(__dirname, '../../dist/lib/local-cloud/server/cli.js');

/** `alicloud-local start` on a folder, to be killed. */
export class LocalProcess {
  private readonly gone: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    public readonly endpoints: LocalCloudEndpoints,
  ) {
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  public static start(folder: string): Promise<LocalProcess> {
    const child = spawn(process.execPath, [CLI, 'start', '--state', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`alicloud-local start ended with ${code}: ${errors}`)));
      child.stdout.on('data', (bytes: Buffer) => {
        output += bytes.toString();
        if (output.endsWith('Ready.\n')) {
          resolve(new LocalProcess(child, JSON.parse(output.split('\n')[0]) as LocalCloudEndpoints));
        }
      });
    });
  }

  public async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.gone;
  }
}
