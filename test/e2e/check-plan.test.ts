import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { App, LocalBackend, OssBackend, TerraformOutput, type TerraformStack } from 'cdktf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DlaMnsNotification, MnsQueue, MqInstance, MqTopic, OssBucket } from '../../lib/index';
import { LocalCloud } from '../../lib/local-cloud';
import { terraformBinary } from '../../lib/cli/requirements';
import { hasTerraform } from '../local-cloud/terraform/workspace';
import { type Finished, ROOT, runNode, type RunOptions } from '../run-node';
import { scratchFolder } from '../scratch';
import { testStack } from '../synth';
import { SERVED } from '../terraform-providers';

/** Of cdktf-cli. */
const CDKTF = path.join(ROOT, 'node_modules/cdktf-cli/bundle/bin/cdktf.js');

type Build = (stack: (id: string) => TerraformStack) => void;

describe.skipIf(!hasTerraform)('dla-check-plan', { timeout: 240_000 }, () => {
  let cloud: LocalCloud;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-check-plan-test-'));
    fs.mkdirSync(path.join(folder, 'tmp'));
    cloud = await LocalCloud.start();
    env = {
      ...{ ...process.env, ...cloud.endpoints.environment, ...SERVED.environment },
      TMPDIR: path.join(folder, 'tmp'),
    };
  });
  afterEach(async () => {
    await cloud.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const onThisMachine = (stack: TerraformStack): void =>
    void new LocalBackend(stack, { path: path.join(folder, `terraform.${stack.node.id}.tfstate`) });
  const inOss = (stack: TerraformStack): void =>
    void new OssBackend(stack, {
      ...{ bucket: 'states', region: 'cn-hangzhou', prefix: 'team', key: `${stack.node.id}.tfstate` },
    });

  /** As `cdktf synth` does, with states where cdktf keeps them. */
  function synth(build: Build, keepState = onThisMachine): string[] {
    const app = new App({ outdir: path.join(folder, 'cdktf.out') });
    build((id) => {
      const stack = testStack(id, app);
      keepState(stack);
      return stack;
    });
    app.synth();
    return app.node.children.map(({ node }) => node.id);
  }

  const terraform = (command: string) =>
    promisify(execFile)('sh', ['-ec', command.replaceAll(/\bterraform /g, `${terraformBinary()} `)], {
      cwd: folder,
      env,
    });

  async function deploy(build: Build, keepState = onThisMachine): Promise<void> {
    for (const id of synth(build, keepState)) {
      const at = `terraform -chdir=cdktf.out/stacks/${id}`;
      await terraform(`${at} init -input=false && ${at} apply -auto-approve -input=false`);
    }
  }

  async function check(args: readonly string[] = [], options: RunOptions = {}): Promise<Finished> {
    const checked = await runNode('lib/check-plan/cli.js', args, { cwd: folder, env, ...options });
    expect(fs.readdirSync(path.join(folder, 'tmp'))).toEqual([]);
    for (const secret of [env.ALICLOUD_SECRET_KEY!, env.ALICLOUD_ACCESS_KEY!]) {
      expect(checked.stdout + checked.stderr).not.toContain(secret);
    }
    return checked;
  }

  const made = () => [
    ...cloud.account.oss.listBuckets().map(({ name }) => name),
    ...cloud.account.mns.listQueues('cn-hangzhou').map(({ queueName }) => queueName),
    ...cloud.account.ons
      .listInstances('cn-hangzhou')
      .flatMap(({ instanceId }) => cloud.account.ons.listTopics('cn-hangzhou', instanceId).map(({ topic }) => topic)),
  ];

  const parts = (stack: TerraformStack, suffix: string, only = ['bucket', 'queue', 'topic']) => {
    if (only.includes('bucket')) {
      new OssBucket(stack, `bucket${suffix}`, { bucketName: 'data-of-a-team' });
    }
    if (only.includes('queue')) {
      new MnsQueue(stack, `queue${suffix}`, { queueName: 'receipts' });
    }
    if (only.includes('topic')) {
      const instance = new MqInstance(stack, 'instance', { instanceName: 'of-a-team' });
      new MqTopic(stack, `topic${suffix}`, { instance, topicName: 'orders' });
    }
  };

  it.each<[string, Build]>([
    ['another id', (stack) => parts(stack('alpha'), '2')],
    [
      'another stack',
      (stack) => {
        parts(stack('alpha'), '', ['topic']);
        parts(stack('beta'), '', ['bucket', 'queue']);
      },
    ],
  ])('stops what moves to %s, and the commands that it tells keep it', async (_name, build) => {
    await deploy((stack) => parts(stack('alpha'), ''));
    const before = made();
    expect(await check()).toMatchObject({ code: 0, stdout: 'Nothing that is in use is destroyed by alpha.\n' });

    synth(build);
    const stopped = await check();
    expect(stopped).toMatchObject({ code: 1, stdout: expect.stringContaining('queue receipts') });
    expect(stopped.stdout).toContain('bucket data-of-a-team');
    const [, commands] = / by (\S+ -chdir=\S+ state (?:rm|mv) .*?)(?: \(or |$)/m.exec(stopped.stdout)!;
    await terraform(commands);
    expect(await check()).toMatchObject({ code: 0 });
    await deploy(build);
    expect(made()).toEqual(before);
  });

  it('stops what a stack refers to that is deployed, but no longer in the code', async () => {
    await deploy((stack) => {
      const bucket = new OssBucket(stack('alpha'), 'bucket', { bucketName: 'data-of-a-team' });
      const beta = stack('beta');
      const { bucketName } = bucket;
      new DlaMnsNotification(beta, 'n', { bucket: OssBucket.fromBucketName(beta, 'bucket', bucketName) });
    });
    synth((stack) => stack('alpha'));
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^bucket data-of-a-team would be destroyed .*, and beta\/n \(bucket\) still refers to it/,
      ),
      stderr: expect.stringContaining('warning: deployed, but not in the code: beta;'),
    });
  });

  it('stops a destroy of what another stack refers to, and not of all at once', async () => {
    const build: Build = (stack) => {
      parts(stack('alpha'), '');
      OssBucket.fromBucketName(stack('beta'), 'bucket', 'data-of-a-team');
    };
    await deploy(build);
    expect(await check(['--destroy', 'alpha'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('and beta/bucket still refers to it'),
    });
    expect(await check(['--destroy'])).toMatchObject({ code: 0 });
    expect(made()).toHaveLength(3);
  });

  it('compares a stack that Terraform cannot plan yet by its code and its state', async () => {
    await deploy((stack) => parts(stack('alpha'), '', ['bucket']));
    synth((stack) => {
      const alpha = stack('alpha');
      const queue = new MnsQueue(alpha, 'queue', { queueName: 'receipts' });
      const beta = stack('beta');
      parts(beta, '', ['bucket']);
      new TerraformOutput(beta, 'read', { value: queue.resource.getStringAttribute('id') });
    });
    const checked = await check();
    expect(checked.stderr).toContain('warning: beta: Terraform cannot plan it before');
    expect(checked).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bucket data-of-a-team would be destroyed by'),
    });
    expect(checked.stdout).toContain('and made by stack beta at once');
  });

  it('tells why a stack cannot be planned, and takes plans that were made elsewhere', async () => {
    await deploy((stack) => parts(stack('alpha'), '', ['queue']));
    const state = path.join(folder, 'terraform.alpha.tfstate');
    synth((stack) => parts(stack('alpha'), '2', ['queue']));
    const at = 'terraform -chdir=cdktf.out/stacks/alpha';
    await terraform(`${at} plan -out=saved && ${at} show -json saved > alpha.json`);
    fs.truncateSync(state, 100);
    const failed = await check();
    expect(failed.code).toBe(3);
    expect(failed.stderr).toMatch(/^alpha: terraform \w+ failed\n.*state/m);
    expect(failed.stderr).toContain('nothing was compared');

    const checked = await check(['--plan', 'alpha=alpha.json'], { env: { ...env, TERRAFORM_BINARY_NAME: 'none' } });
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('state mv') });
  });

  it('as part of the app stops a bare cdktf deploy, which goes on after the command', async () => {
    // Where an app finds this package as one that has installed it does.
    const app = scratchFolder(path.join(ROOT, 'dist'));
    const check = `node ${path.join(ROOT, 'dist/lib/check-plan/cli.js')}`;
    const config = {
      language: 'typescript',
      app: `npx --no-install tsx main.ts && ${check}`,
      sendCrashReports: 'false',
    };
    fs.writeFileSync(path.join(app, 'cdktf.json'), JSON.stringify(config));
    const cdktf = async (verb: string, code: string): Promise<{ code: number; said: string }> => {
      fs.writeFileSync(
        path.join(app, 'main.ts'),
        `import { App, TerraformStack } from 'cdktf';
import { MnsQueue } from 'cdktf-alicloud-dla';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';
const app = new App();
const stack = new TerraformStack(app, 'alpha');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });
${code};
app.synth();
`,
      );
      const args = [CDKTF, verb, '*', '--auto-approve', '--skip-provider-lock'];
      return promisify(execFile)(process.execPath, args, { cwd: app, env: { ...env, CI: '1' } }).then(
        ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
        ({ code: failed, stdout, stderr }) => ({ code: failed, said: stdout + stderr }),
      );
    };
    const first = await cdktf('deploy', "new MnsQueue(stack, 'queue', { queueName: 'receipts' })");
    expect(first.code, first.said).toBe(0);
    const referred = "MnsQueue.fromQueueName(stack, 'elsewhere', 'receipts')";
    const stopped = await cdktf('deploy', referred);
    expect(stopped.code).toBe(1);
    const [, command] = /forget it, by (terraform .*?) \(or /.exec(stopped.said)!;
    expect(made()).toEqual(['receipts']);
    await promisify(execFile)('sh', ['-ec', command.replace('terraform', terraformBinary())], { cwd: app, env });
    const after = await cdktf('deploy', referred);
    expect(after.code, after.said).toBe(0);
    expect(made()).toEqual(['receipts']);
  });

  it.each([
    ['this machine', onThisMachine],
    ['OSS', inOss],
  ])('stops what a stack that left the code needs, or has, by its state on %s', async (_where, keepState) => {
    cloud.account.oss.createBucket('cn-hangzhou', { name: 'states' });
    await deploy((stack) => {
      parts(stack('alpha'), '', ['bucket']);
      const beta = stack('beta');
      new DlaMnsNotification(beta, 'n', { bucket: OssBucket.fromBucketName(beta, 'b', 'data-of-a-team') });
      const gamma = stack('gamma');
      parts(gamma, '', ['queue']);
      new OssBucket(gamma, 'other', { bucketName: 'other-data-of-a-team' });
    }, keepState);
    synth((stack) => {
      stack('alpha');
      parts(stack('delta'), '', ['queue']);
      new OssBucket(stack('epsilon'), 'other', { bucketName: 'other-data-of-a-team' });
    }, keepState);
    const checked = await check();
    expect(checked.stderr).toContain('not in the code: beta, gamma;');
    expect(checked).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^bucket data-of-a-team would be destroyed .* beta\/n \(bucket\) still refers to it.*\nqueue receipts would be made .*\nbucket other-data-of-a-team would be made .* stack gamma has it/,
      ),
    });
  });
});
