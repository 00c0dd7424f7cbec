import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { Account, type AccountIdentity } from '../../lib/local-cloud/account/account';
import { ROOT } from '../run-node';

/** The `alicloud-local` of one folder, which can be killed or stopped; always on the same port of the one server that a test speaks to. */
export class KillableCloud {
  public readonly identity: AccountIdentity;
  public readonly instanceId: string;
  public port = 0;
  private child: ChildProcess | undefined;

  /** @param prepare makes what the test needs in the account, and gives the id of its MQ instance */
  constructor(
    private readonly folder: string,
    private readonly server: 'http' | 'rocketmq' | 'dla',
    prepare: (account: Account) => string,
  ) {
    this.instanceId = this.look(prepare);
    this.identity = this.look((account) => account.identity);
  }

  public async start(): Promise<void> {
    const args = ['start', '--state', this.folder, `--${this.server}-port`, String(this.port)];
    const child = spawn(process.execPath, [path.join(ROOT, 'dist/lib/local-cloud/server/cli.js'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`the local cloud ended with ${code}`)));
    });
    const told = (JSON.parse(line) as Record<string, string | Record<string, string>>)[this.server];
    const address = typeof told === 'string' ? told : Object.values(told)[0];
    this.port = Number(address.split(':')[1]);
  }

  public async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child) {
      child.removeAllListeners('exit');
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await gone;
      this.child = undefined;
    }
  }

  /** What the account says while nobody serves it. */
  public look<T>(what: (account: Account) => T): T {
    const account = new Account(this.folder);
    try {
      return what(account);
    } finally {
      account.close();
    }
  }
}
