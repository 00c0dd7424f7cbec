import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, type TerraformStack } from 'cdktf';
import { expect, onTestFinished } from 'vitest';
import { trustPolicy } from '../../../lib/cloud/dla-roles';
import { Account } from '../../../lib/local-cloud/account/account';
import type { ComparedStack, PlanDocument, StateDocument, SynthesizedStack } from '../../../lib/check-plan/documents';
import { planConflicts } from '../../../lib/check-plan/plan-conflicts';
import { type Run, servedAt, startProviderServer, Workspace } from '../../local-cloud/terraform/workspace';
import { scratchFolder } from '../../scratch';

/** Makes the stacks of an app. */
export type Build = (app: App) => void;

/** What a deploy of all stacks came to. */
export interface Deployed {
  /** What Terraform said of each stack that was deployed. */
  readonly runs: Readonly<Record<string, Run>>;
  /** Stacks that were left alone, for one that they depend on failed. */
  readonly skipped: readonly string[];
}

/** One configuration of Terraform, as synthesised. */
export type Configuration = SynthesizedStack & Record<string, unknown> & { terraform: Record<string, unknown> };

/**
 * An account and the states of an app's stacks, which is deployed as `cdktf deploy '*'` does: stacks in the order of
 * their dependencies, and none whose dependency failed. Stacks that are no longer there keep their state.
 */
export class GrowingApp {
  private constructor(
    public readonly account: Account,
    private readonly folder: string,
    private readonly server: { port: number; close: () => Promise<void> },
  ) {}

  /** @param folder an empty one, or a copy of another one's, to go on from its state */
  public static async open(folder: string): Promise<GrowingApp> {
    const state = path.join(folder, 'account');
    fs.mkdirSync(state, { recursive: true });
    const account = new Account(state);
    return new GrowingApp(account, folder, await startProviderServer(account));
  }

  public async close(): Promise<void> {
    await this.server.close();
    this.account.close();
  }

  /** Synthesises an app and applies its stacks. */
  public deploy(build: (app: App) => void): Promise<Deployed> {
    return this.apply(...synthesize(build));
  }

  /** Applies configurations in order. */
  public async apply(
    stacks: Readonly<Record<string, Configuration>>,
    dependencies: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<Deployed> {
    const runs: Record<string, Run> = {};
    const skipped: string[] = [];
    const waiting = Object.keys(stacks);
    while (waiting.length > 0) {
      const next = waiting.findIndex((id) => (dependencies[id] ?? []).every((one) => !waiting.includes(one)));
      const [id] = waiting.splice(next, 1);
      if ((dependencies[id] ?? []).some((one) => skipped.includes(one) || runs[one].code !== 0)) {
        skipped.push(id);
        continue;
      }
      const workspace = this.workspace(id);
      workspace.writeJson(stacks[id]);
      runs[id] = await workspace.apply();
    }
    return { runs, skipped };
  }

  /** What the deploy script would stop a deploy of the app for. */
  public async conflicts(build: (app: App) => void): Promise<string[]> {
    const compared: ComparedStack[] = [];
    for (const [name, configuration] of Object.entries(synthesize(build)[0])) {
      const workspace = this.workspace(name);
      workspace.writeJson(configuration);
      const planned = await workspace.terraform('plan', '-input=false', '-out=plan');
      if (planned.code !== 0) {
        throw new Error(planned.errors.join('\n'));
      }
      const [plan, state] = [await workspace.run('show', '-json', 'plan'), await workspace.run('state', 'pull')];
      compared.push({
        ...{ name, command: `terraform -chdir=${workspace.folder}`, configuration },
        plan: JSON.parse(plan.text) as PlanDocument,
        state: JSON.parse(state.text || '{}') as StateDocument,
      });
    }
    return planConflicts(compared);
  }

  /** Runs commands of Terraform that a message tells, and gives what it tells to write in place of them. */
  public async follow(message: string): Promise<void> {
    for (const [, folder, command] of message.matchAll(
      /terraform -chdir=(\S+) ((?:state|import) .*?)(?= && | \(|$)/gm,
    )) {
      const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
      const { code, text } = await this.workspace(path.basename(folder)).run(...words);
      if (code !== 0) {
        throw new Error(`terraform ${command}: ${text}`);
      }
    }
  }

  /** Terraform on a stack's state. */
  public workspace(id: string): Workspace {
    return new Workspace(this.account, path.join(this.folder, 'stacks', id), servedAt(this.server.port));
  }

  /** Names of all that DLA's receipts need, as the account has them. */
  public get made(): string[] {
    const { ram, oss, ons, mns } = this.account;
    return [
      ...ram.listRoles().map(({ roleName }) => `role ${roleName}`),
      ...oss.listBuckets().map(({ name }) => `bucket ${name}`),
      ...ons
        .listInstances('cn-hangzhou')
        .flatMap(({ instanceId, instanceName }) => [
          `instance ${instanceName}`,
          ...ons.listTopics('cn-hangzhou', instanceId).map(({ topic }) => `topic ${topic}`),
          ...ons.listGroups('cn-hangzhou', instanceId).map(({ groupId }) => `group ${groupId}`),
        ]),
      ...mns.listQueues('cn-hangzhou').map(({ queueName }) => `queue ${queueName}`),
    ].sort();
  }
}

/** Configurations of an app's stacks in the order of its code, and what they depend on. */
export function synthesize(build: (app: App) => void): [Record<string, Configuration>, Record<string, string[]>] {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'growing-app-'));
  const app = new App({ outdir });
  build(app);
  app.synth();
  const stacks: Record<string, Configuration> = {};
  const dependencies: Record<string, string[]> = {};
  for (const stack of app.node.children as TerraformStack[]) {
    const { id } = stack.node;
    const file = path.join(app.outdir, 'stacks', id, 'cdk.tf.json');
    const configuration = JSON.parse(fs.readFileSync(file, 'utf8')) as Configuration;
    delete configuration.terraform.backend;
    stacks[id] = configuration;
    dependencies[id] = stack.dependencies.map(({ node }) => node.id);
  }
  fs.rmSync(outdir, { recursive: true });
  return [stacks, dependencies];
}

async function opened(): Promise<GrowingApp> {
  const growing = await GrowingApp.open(scratchFolder());
  onTestFinished(() => growing.close());
  return growing;
}

/** A new one, that goes with the test that asks for it, with the role that the app of version 0.1 grants to. */
export async function openWithReader(): Promise<GrowingApp> {
  const growing = await opened();
  growing.account.ram.createRole({
    roleName: 'receipt-reader',
    assumeRolePolicyDocument: trustPolicy(['ecs.aliyuncs.com']),
  });
  return growing;
}

/** An app that was deployed without an error, and goes with the test that asks for it. */
export async function grown(first: Build, prepare: (account: Account) => void = () => {}): Promise<GrowingApp> {
  const growing = await opened();
  prepare(growing.account);
  const { runs } = await growing.deploy(first);
  expect(Object.values(runs).flatMap(({ errors }) => errors)).toEqual([]);
  return growing;
}

/** An app of version 0.1 as that version deployed it. */
export async function deployedBy01(): Promise<GrowingApp> {
  const growing = await openWithReader();
  const [alpha, beta] = ['alpha', 'beta'].map(
    (id) => JSON.parse(fs.readFileSync(path.join(__dirname, 'version-0.1', `${id}.tf.json`), 'utf8')) as Configuration,
  );
  const { runs } = await growing.apply({ alpha, beta });
  expect(Object.values(runs).flatMap(({ errors }) => errors)).toEqual([]);
  return growing;
}
