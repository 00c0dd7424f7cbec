import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { onTestFinished } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { ProviderServer, type ProviderServerOptions } from '../../../lib/local-cloud/terraform/provider-server';
import { reattachProviders } from '../../../lib/local-cloud/terraform/reattach';
import { scratchFolder } from '../../scratch';

/** Terraform, or OpenTofu where the variable of cdktf names it. */
const TERRAFORM = process.env.TERRAFORM_BINARY_NAME ?? 'terraform';

/** Whether it is on this machine. */
export const hasTerraform = (() => {
  try {
    execFileSync(TERRAFORM, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** What one run of Terraform said. */
export interface Run {
  readonly code: number;
  /** `ADDRESS: ACTION` of each planned change, sorted. */
  readonly changes: string[];
  /** Addresses whose real resource differs from the state. */
  readonly drift: string[];
  readonly errors: string[];
  readonly warnings: string[];
  readonly text: string;
}

const PROVIDERS = `
terraform {
  required_providers {
    alicloud = {
      source  = "aliyun/alicloud"
      version = "~> 1.252"
    }
  }
}
`;

/** Opens an account's server for Terraform on a port of its own; closed when the test ends. */
export async function openProviderServer(account: Account, region = 'cn-hangzhou'): Promise<number> {
  const { port, close } = await startProviderServer(account, { region });
  onTestFinished(close);
  return port;
}

/** Starts an account's server for Terraform on a port of its own. */
export async function startProviderServer(
  account: Account,
  options: Partial<ProviderServerOptions> = {},
): Promise<{ port: number; close: () => Promise<void> }> {
  const served = new ProviderServer(account, { region: 'cn-hangzhou', ...options });
  const server = net.createServer((socket) => served.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    served.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as net.AddressInfo).port, close };
}

export function openAccount(): Account {
  const account = new Account(scratchFolder());
  onTestFinished(() => account.close());
  return account;
}

/** What Terraform needs to work with the server for it on a port. */
export function servedAt(port: number): NodeJS.ProcessEnv {
  return { TF_CLI_CONFIG_FILE: '/dev/null', TF_REATTACH_PROVIDERS: reattachProviders(port) };
}

/** A folder with a configuration, and Terraform that works on it against an account of its own. */
export class Workspace {
  constructor(
    public readonly account: Account,
    public readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  public static async open(account = openAccount()): Promise<Workspace> {
    return new Workspace(account, scratchFolder(), servedAt(await openProviderServer(account)));
  }

  /** Writes the configuration as JSON. */
  public writeJson(configuration: object): void {
    fs.mkdirSync(this.folder, { recursive: true });
    fs.writeFileSync(path.join(this.folder, 'main.tf.json'), JSON.stringify(configuration, null, 2));
  }

  /** Writes the configuration, with a provider block unless it has one. Without one the last stays. */
  public write(configuration: string | undefined): void {
    if (configuration === undefined) {
      return;
    }
    const provider = configuration.includes('provider "alicloud"') ? '' : 'provider "alicloud" {}\n';
    fs.writeFileSync(path.join(this.folder, 'main.tf'), PROVIDERS + provider + configuration);
  }

  public plan(configuration?: string): Promise<Run> {
    this.write(configuration);
    return this.terraform('plan', '-detailed-exitcode', '-input=false');
  }

  public apply(configuration?: string): Promise<Run> {
    this.write(configuration);
    return this.terraform('apply', '-auto-approve', '-input=false');
  }

  public destroy(): Promise<Run> {
    return this.terraform('destroy', '-auto-approve', '-input=false');
  }

  /** Attributes of a resource or data source in the state. */
  public state(address: string): Record<string, unknown> {
    const { resources } = JSON.parse(fs.readFileSync(path.join(this.folder, 'terraform.tfstate'), 'utf8'));
    const found = resources.find(
      ({ mode, type, name }: { mode: string; type: string; name: string }) =>
        `${mode === 'data' ? 'data.' : ''}${type}.${name}` === address,
    );
    return found.instances[0].attributes;
  }

  /** Value of an output in the state. */
  public output(name: string): unknown {
    return JSON.parse(fs.readFileSync(path.join(this.folder, 'terraform.tfstate'), 'utf8')).outputs[name].value;
  }

  public terraform(...args: string[]): Promise<Run> {
    return this.run(...args, '-json');
  }

  /** Runs a command that knows no `-json`. */
  public run(...args: string[]): Promise<Run> {
    const env = {
      PATH: process.env.PATH,
      CHECKPOINT_DISABLE: '1',
      ...this.environment,
    };
    return new Promise((resolve) => {
      const child = execFile(TERRAFORM, args, { cwd: this.folder, env, maxBuffer: 1 << 26 }, (_error, stdout, stderr) =>
        resolve(runOf(child.exitCode ?? -1, stdout + stderr)),
      );
    });
  }
}

function runOf(code: number, text: string): Run {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line));
  const ofType = (type: string) => lines.filter((line) => line.type === type);
  const diagnostics = (severity: string) =>
    ofType('diagnostic')
      .filter((line) => line.diagnostic.severity === severity)
      .map(({ diagnostic }) => `${diagnostic.summary}: ${diagnostic.detail}`);
  return {
    code,
    changes: ofType('planned_change')
      .map(({ change }) => `${change.resource.addr}: ${change.action}`)
      .sort(),
    drift: ofType('resource_drift').map(({ change }) => change.resource.addr),
    errors: diagnostics('error'),
    warnings: diagnostics('warning'),
    text,
  };
}
