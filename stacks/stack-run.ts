import * as fs from 'node:fs';
import * as path from 'node:path';
import { capture, type CapturedRun } from './captured-run';
import type { Interruption } from './interruption';
import type { Progress } from './progress';
import { terraformBinary } from './requirements';
import { adviceOn, errorsOf, eventOf, eventsOf, logOf, type TerraformEvent } from './terraform-events';

const PLAN_FILE = 'plan';

/** Terraform did not do what it was asked for; the message has what it said. */
export class StackError extends Error {}

/** What a plan would do. */
export interface StackPlan {
  readonly events: readonly TerraformEvent[];
  /** Whether there is anything to apply, be it an output. */
  readonly hasChanges: boolean;
}

interface StackRunOptions {
  /** The synthesised stack's folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
  readonly progress: Progress;
}

/** Terraform on one synthesised stack, as cdktf-cli runs it, but that what is applied is the plan that was seen. */
export class StackRun {
  constructor(
    public readonly name: string,
    private readonly options: StackRunOptions,
  ) {}

  /** Installs the providers and opens the state. */
  public async init(): Promise<void> {
    const first = await this.terraform('init', '-input=false', '-no-color');
    if (first.code === 0) {
      return;
    }
    // The lock file may be of an earlier release, with another version of the provider.
    const upgraded = await this.terraform('init', '-input=false', '-no-color', '-upgrade');
    if (upgraded.code !== 0) {
      throw this.failure('terraform init failed', [(first.stderr || first.stdout).trim()]);
    }
  }

  /** @throws StackError when there is no plan, for one because the state belongs to another account */
  public async plan(...args: readonly string[]): Promise<StackPlan> {
    const { events, code } = await this.withEvents('plan', '-detailed-exitcode', `-out=${PLAN_FILE}`, ...args);
    return { events, hasChanges: code === 2 };
  }

  /**
   * Refuses credentials of another account, as `StateOwner` lays down. A destroy does not look at a plan's conditions: it
   * would find nothing, and forget everything.
   */
  public async checkOwner(): Promise<void> {
    const { resource } = JSON.parse(fs.readFileSync(path.join(this.options.folder, 'cdk.tf.json'), 'utf8')) as {
      resource: { terraform_data: Record<string, unknown> };
    };
    const owner = Object.keys(resource.terraform_data).find((name) => name.startsWith('state-owner_'))!;
    await this.withEvents('plan', '-lock=false', `-target=terraform_data.${owner}`);
  }

  /** The last plan as Terraform shows it to people. */
  public async show(): Promise<string> {
    const { stdout } = await this.terraform('show', ...(process.stdout.isTTY ? [] : ['-no-color']), PLAN_FILE);
    return stdout;
  }

  /** Does what the last plan says. */
  public async apply(): Promise<readonly TerraformEvent[]> {
    try {
      return (await this.withEvents('apply', PLAN_FILE)).events;
    } finally {
      fs.rmSync(path.join(this.options.folder, PLAN_FILE), { force: true });
    }
  }

  /** Outputs by name, without those that are sensitive. */
  public async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const { code, stdout, stderr } = await this.terraform('output', '-json');
    if (code !== 0) {
      throw this.failure('terraform output failed', [stderr.trim()]);
    }
    const outputs = JSON.parse(stdout) as Record<string, { readonly value: unknown; readonly sensitive: boolean }>;
    return Object.fromEntries(
      Object.entries(outputs).flatMap(([name, { value, sensitive }]) => (sensitive ? [] : [[name, value]])),
    );
  }

  /** How many resources the state has. */
  public async countResources(): Promise<number> {
    const { stdout } = await this.terraform('state', 'list');
    return stdout.split('\n').filter((address) => address !== '' && !/^(.*\.)?data\./.test(address)).length;
  }

  /** @throws StackError with all that Terraform said, unless its exit code says that it went well */
  private async withEvents(verb: 'plan' | 'apply', ...args: readonly string[]): Promise<StackEvents> {
    const { code, stdout, stderr } = await this.terraform(verb, '-json', '-input=false', ...args);
    const events = eventsOf(stdout);
    if (code !== 0 && !(verb === 'plan' && code === 2)) {
      const errors = errorsOf(events);
      throw this.failure(
        `terraform ${verb} failed`,
        [...(errors.length > 0 ? errors : [stderr.trim() || stdout.trim()]), ...adviceOn(events)],
        logOf(events),
      );
    }
    return { code, events };
  }

  private terraform(...args: readonly string[]): Promise<CapturedRun> {
    const { folder, env, interruption, progress } = this.options;
    return capture(terraformBinary(env), [`-chdir=${folder}`, ...args], {
      env,
      interruption,
      onLine: (line) => {
        const message = eventOf(line)?.['@message'];
        if (message !== undefined) {
          progress.detail(`${this.name}: ${message}`);
        }
      },
    });
  }

  private failure(what: string, errors: readonly string[], log: readonly string[] = []): StackError {
    return new StackError([...log, what, ...errors].map((line) => `${this.name}: ${line}`).join('\n'));
  }
}

interface StackEvents {
  readonly code: number;
  readonly events: readonly TerraformEvent[];
}
