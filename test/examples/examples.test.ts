import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalCloud } from '../../lib/local-cloud';
import { readChannels, runSmokeTest } from '../../lib/smoke';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';
import { pointProviders, SERVED, withEachProvider } from '../terraform-providers';

const run = promisify(execFile);
const TRUST = JSON.stringify({
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
  Version: '1',
});

interface Example {
  readonly name: string;
  readonly stack: string;
  readonly channels: string[];
  /** What has to be in the account before; returns variables that the app reads. */
  readonly before?: (cloud: LocalCloud) => NodeJS.ProcessEnv;
  /** The account is not empty afterwards. */
  readonly keeps?: { roles: number; instances: number };
}

const EXAMPLES: Example[] = [
  { name: 'minimal', stack: 'minimal', channels: ['notification'] },
  {
    name: 'existing-instance-and-role',
    stack: 'existing',
    channels: ['notification'],
    before: ({ account }) => {
      const roleName = 'AliyunOpenAnalyticsAccessingMQRole';
      account.ram.createRole({ roleName, assumeRolePolicyDocument: TRUST });
      account.ram.attachPolicy('role', roleName, 'System', 'AliyunMQFullAccess');
      return { MQ_INSTANCE_ID: account.ons.createInstance('cn-hangzhou', { instanceName: 'shared' }).instanceId };
    },
    keeps: { roles: 1, instances: 1 },
  },
  {
    name: 'many-channels',
    stack: 'many',
    channels: ['notification', 'notification/orders', 'notification/reports'],
  },
  { name: 'multi-environment', stack: 'environments', channels: ['production', 'test'] },
  {
    name: 'baseline',
    stack: 'baseline',
    channels: ['notification'],
    before: ({ account }) => {
      account.oss.createBucket('cn-hangzhou', { name: 'access-logs-of-the-team' });
      return {};
    },
  },
  { name: 'smoke-in-stack', stack: 'smoke', channels: ['notification'] },
  { name: 'mns', stack: 'mns', channels: ['queue', 'topic'] },
];

function environmentOf({ endpoints }: LocalCloud, tested = SERVED): NodeJS.ProcessEnv {
  return { ...process.env, ...endpoints.environment, ...tested.environment };
}

/** An example as a project of its own, which finds this package as a consumer would. */
class Project {
  public readonly folder = scratchFolder();

  constructor(
    private readonly example: Example,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    fs.cpSync(path.join(ROOT, 'examples', example.name), this.folder, { recursive: true });
    const modules = path.join(this.folder, 'node_modules');
    fs.mkdirSync(modules);
    fs.symlinkSync(ROOT, path.join(modules, 'cdktf-alicloud-dla'));
    ['cdktf', 'constructs'].forEach((name) =>
      fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name)),
    );
  }

  public async synth(env: NodeJS.ProcessEnv = {}): Promise<void> {
    await run(process.execPath, [path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), 'main.ts'], {
      cwd: this.folder,
      env: { ...this.env, ...env },
    });
  }

  /** A file of the synthesised stack, or its folder. */
  public file(name = ''): string {
    return path.join(this.folder, 'cdktf.out/stacks', this.example.stack, name);
  }

  /** All that stands in the project's own files. */
  public everything(): string {
    return fs
      .readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
  }

  public async terraform(...args: string[]): Promise<string> {
    const { stdout } = await run(process.env.TERRAFORM_BINARY_NAME ?? 'terraform', [...args, '-no-color'], {
      cwd: this.file(),
      env: this.env,
    });
    return stdout;
  }
}

withEachProvider('an example', (tested) => {
  let cloud: LocalCloud;
  beforeEach(async () => {
    cloud = await LocalCloud.start({ regions: ['cn-hangzhou', 'cn-shanghai'], provider: tested.provider });
  });
  afterEach(() => cloud.stop());

  it.each(EXAMPLES)('$name is valid, gives receipts, stays as it is, and goes without a trace', async (example) => {
    const { account } = cloud;
    const env = { ...environmentOf(cloud, tested), ...example.before?.(cloud) };
    const project = new Project(example, env);
    await project.synth();
    if (tested.provider === 'registry') {
      pointProviders(project.file('cdk.tf.json'), cloud);
    }
    await project.terraform('init', '-input=false');
    expect(await project.terraform('validate')).toContain('The configuration is valid');
    await project.terraform('apply', '-auto-approve');

    const outputs = JSON.parse(await project.terraform('output', '-json')) as Record<string, { value: unknown }>;
    const values = Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    const channels = readChannels(JSON.stringify({ [example.stack]: values }), 'output');
    expect(channels.map(({ name }) => name).sort()).toEqual(example.channels.map((id) => `${example.stack}/${id}`));
    const report = await runSmokeTest({ channels, env, intervalMillis: 50, timeoutMillis: 30_000 });
    expect(report.outcome, JSON.stringify(report)).toBe('pass');

    expect(await project.terraform('plan')).toContain('No changes.');
    await project.terraform('destroy', '-auto-approve');
    expect({
      roles: account.ram.listRoles().length,
      instances: ['cn-hangzhou', 'cn-shanghai'].flatMap((region) => account.ons.listInstances(region)).length,
    }).toEqual(example.keeps ?? { roles: 0, instances: 0 });
  });
});

describe('a smoke test in a stack', () => {
  let cloud: LocalCloud;
  let project: Project;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    cloud = await LocalCloud.start();
    env = environmentOf(cloud);
    project = new Project(
      EXAMPLES.find(({ name }) => name === 'smoke-in-stack')!,
      env,
    );
    await project.synth();
    await project.terraform('init', '-input=false');
  });
  afterEach(() => cloud.stop());

  const report = () =>
    JSON.parse(fs.readFileSync(project.file('dla-smoke-notification.json'), 'utf8')) as { outcome: string };
  const messages = () =>
    cloud.account.ons
      .listInstances('cn-hangzhou')
      .flatMap(({ instanceId }) => cloud.account.ons.listTopics('cn-hangzhou', instanceId))
      .map(({ topic, instanceId }) => cloud.account.ons.messageCount(instanceId, topic));

  it('fails the apply, writes its report, runs again with the next apply, and never stands in the way of destroy', async () => {
    const password = env.DLA_PASSWORD;
    env.DLA_PASSWORD = 'wrong';
    await expect(project.terraform('apply', '-auto-approve')).rejects.toMatchObject({
      stderr: expect.stringContaining('local-exec provisioner error') as string,
    });
    expect(report().outcome).toBe('fail');

    env.DLA_PASSWORD = password;
    expect(await project.terraform('apply', '-auto-approve')).toContain('1 added, 0 changed, 1 destroyed');
    expect(report().outcome).toBe('pass');
    expect(messages()).toEqual([1]);

    env.DLA_PASSWORD = 'wrong';
    await project.terraform('destroy', '-auto-approve');
    expect(cloud.account.ram.listRoles()).toEqual([]);
  }, 120_000);

  it('finds this package where the output of cdktf is outside of the project', async () => {
    const outside = path.join(scratchFolder(), 'cdktf.out');
    await project.synth({ CDKTF_OUTDIR: outside });
    const terraform = (...args: string[]) =>
      run(process.env.TERRAFORM_BINARY_NAME ?? 'terraform', [...args, '-no-color'], {
        cwd: path.join(outside, 'stacks/smoke'),
        env,
      });
    await terraform('init', '-input=false');
    await terraform('apply', '-auto-approve');
    expect(messages()).toEqual([1]);
    await terraform('destroy', '-auto-approve');
  }, 120_000);

  it('runs again when the role had to be repaired', async () => {
    await project.terraform('apply', '-auto-approve');
    const { account } = cloud;
    const [{ roleName, assumeRolePolicyDocument }] = account.ram.listRoles();
    account.ram.updateRole(roleName, {
      assumeRolePolicyDocument: assumeRolePolicyDocument.replace('openanalytics', 'ecs'),
    });
    expect(await project.terraform('apply', '-auto-approve')).toContain('1 added, 1 changed, 1 destroyed');
    expect(messages()).toEqual([2]);
  }, 120_000);

  it('leaves no password behind', async () => {
    await project.terraform('apply', '-auto-approve');
    expect(project.everything()).toContain('terraform_data');
    expect(project.everything()).not.toContain(env.DLA_PASSWORD);
  }, 120_000);
});

it('a role that is looked up and not there fails the plan with one clear line', async () => {
  const cloud = await LocalCloud.start();
  try {
    const example = EXAMPLES.find(({ name }) => name === 'existing-instance-and-role')!;
    const env = { ...environmentOf(cloud), ...example.before!(cloud) };
    const project = new Project(example, env);
    await project.synth();
    await project.terraform('init', '-input=false');
    cloud.account.ram.detachPolicy('role', 'AliyunOpenAnalyticsAccessingMQRole', 'System', 'AliyunMQFullAccess');
    cloud.account.ram.deleteRole('AliyunOpenAnalyticsAccessingMQRole');
    await expect(project.terraform('plan')).rejects.toMatchObject({
      stderr: expect.stringMatching(/role AliyunOpenAnalyticsAccessingMQRole does not exist in this\s/) as string,
    });
  } finally {
    await cloud.stop();
  }
}, 60_000);
