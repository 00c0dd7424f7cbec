import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import type { LocalCloudEndpoints } from '../../lib/local-cloud/server/local-cloud-options';

const CLI = path.resolve(__dirname, '../../dist/lib/local-cloud/server/cli.js');

/** `alicloud-local start` on a folder, in a process of its own. */
export class LocalProcess {
  private readonly gone: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    public readonly endpoints: LocalCloudEndpoints,
  ) {
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** @param within a program, with its arguments, that runs the command after them */
  public static start(folder: string, within: readonly string[] = []): Promise<LocalProcess> {
    const [program, ...args] = [...within, process.execPath, CLI, 'start', '--state', folder];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`alicloud-local start ended with ${code}: ${errors}`)));
      child.stdout.on('data', (bytes: Buffer) => {
        output += bytes.toString();
        if (output.endsWith('Ready.\n')) {
          resolve(new LocalProcess(child, JSON.parse(output.split('\n')[0]) as LocalCloudEndpoints));
        }
      });
    });
  }

  public get pid(): number {
    return this.child.pid!;
  }

  /** Ends it; returns its exit code, null after a kill. */
  public async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    await this.gone;
    return this.child.exitCode;
  }
}
