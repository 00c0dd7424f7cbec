import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HELP } from '../../lib/check-plan/main';
import { type Finished, runNode, type RunOptions } from '../run-node';
import { scratchFolder } from '../scratch';

/** A plan that changes nothing, as `terraform show -json` tells it. */
const planOf = (...addresses: string[]) => ({
  format_version: '1.2',
  planned_values: {},
  configuration: { root_module: { resources: addresses.map((address) => ({ mode: 'managed', address })) } },
});

const TOPIC = { resource: { alicloud_ons_topic: { a: { topic_name: 'prod-orders' } } } };

/** A plan of a topic, as its code has it. */
const planOfNames = (expressions: object) => ({
  ...planOf(),
  configuration: {
    root_module: {
      resources: [{ mode: 'managed', address: 'alicloud_ons_topic.a', type: 'alicloud_ons_topic', expressions }],
    },
  },
});

/** A synthesised app in a folder of its own, and a program in the place of Terraform. */
class Synthesized {
  public readonly folder = scratchFolder();
  private readonly tmp = path.join(this.folder, 'tmp');

  constructor(stacks: readonly string[]) {
    fs.mkdirSync(this.tmp);
    this.write('cdktf.out/manifest.json', {
      stacks: Object.fromEntries(
        stacks.map((name) => [name, { name, synthesizedStackPath: `stacks/${name}/cdk.tf.json` }]),
      ),
    });
    stacks.forEach((name) => this.write(`cdktf.out/stacks/${name}/cdk.tf.json`, {}));
    this.terraform('');
  }

  public write(file: string, content: object | string): void {
    const written = path.join(this.folder, file);
    fs.mkdirSync(path.dirname(written), { recursive: true });
    fs.writeFileSync(written, typeof content === 'string' ? content : JSON.stringify(content));
  }

  /** @param code of a shell, that knows its `$stack` and `$verb`; what it does not end, goes well */
  public terraform(code: string): void {
    const program = path.join(this.folder, 'terraform');
    fs.writeFileSync(
      program,
      `#!/bin/sh
[ "$1" = version ] && { echo '{ "terraform_version": "1.11.4" }'; exit; }
stack=\${1##*/}; verb=$2
echo "$stack $verb" >> '${this.folder}/calls'
for arg; do case $arg in -out=*) echo plan > "\${arg#-out=}";; esac; done
${code}
[ "$verb" = show ] && echo '{}'
exit 0
`,
      { mode: 0o755 },
    );
  }

  public calls(): string[] {
    return fs.readFileSync(path.join(this.folder, 'calls'), 'utf8').trim().split('\n');
  }

  /** Whatever comes of it, it leaves no plan. */
  public async check(args: readonly string[] = [], options: RunOptions = {}): Promise<Finished> {
    const env = {
      ...{ ...process.env, TMPDIR: this.tmp, TERRAFORM_BINARY_NAME: path.join(this.folder, 'terraform') },
      ...options.env,
    };
    const ended = await runNode('lib/check-plan/cli.js', args, { cwd: this.folder, ...options, env });
    expect(fs.readdirSync(this.tmp)).toEqual([]);
    // What it says on a loaded machine while nothing else comes.
    return { ...ended, stderr: ended.stderr.replace(/^ {2}\d+ s: .*\n/gm, '') };
  }
}

describe('dla-check-plan', () => {
  it('plans all stacks, and changes nothing', async () => {
    const app = new Synthesized(['alpha', 'beta']);
    expect(await app.check(['al*'])).toEqual({
      code: 0,
      stdout: 'Nothing that is in use is destroyed by alpha.\n',
      stderr:
        'alpha: initialising\nbeta: initialising\nalpha: planning\nbeta: planning\nwarning: nothing is deployed of alpha, beta, by the state: if it was deployed ' +
        'before, put its state back first\n',
    });
    expect(new Set(app.calls().map((call) => call.split(' ')[1]))).toEqual(new Set(['init', 'state', 'plan', 'show']));
  });

  it('shows nobody what states and plans hold, not even with --verbose', async () => {
    const app = new Synthesized(['alpha']);
    app.terraform(`[ "$verb" = init ] && echo 'what init says'
[ "$verb" = state ] && { echo '{ "outputs": { "a": "s3cret" } }'; exit; }
[ "$verb" = show ] && { echo '{ "variables": { "b": "s3cret" } }'; exit; }`);
    const { code, stdout, stderr } = await app.check(['--verbose']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('alpha: what init says');
    expect(stdout + stderr).not.toContain('s3cret');
  });

  it('makes stacks ready one after the other, for the cache of providers takes no two at once', async () => {
    const app = new Synthesized(['alpha', 'beta', 'gamma']);
    app.terraform('[ "$verb" = init ] && { mkdir lock || exit 1; sleep 0.1; rmdir lock; }');
    const { code, stderr } = await app.check();
    expect(code, stderr).toBe(0);
  });

  it('tells its help and its version without an app', async () => {
    const cwd = scratchFolder();
    expect(await runNode('lib/check-plan/cli.js', ['-h'], { cwd })).toMatchObject({ code: 0, stdout: HELP });
    expect((await runNode('lib/check-plan/cli.js', ['--version'], { cwd })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('tells of all stacks that cannot be planned, and takes nothing for agreed', async () => {
    const app = new Synthesized(['alpha', 'beta', 'gamma']);
    app.terraform('[ $verb = plan ] && [ $stack != beta ] && { echo "Error: $stack is locked" >&2; exit 1; }');
    const { code, stdout, stderr } = await app.check();
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(
      stderr
        .replace(/^.*: (?:initialising|planning)\n/gm, '')
        .split('\n')
        .sort(),
    ).toEqual([
      '',
      'Error: alpha is locked',
      'Error: gamma is locked',
      'alpha: terraform plan failed',
      'gamma: terraform plan failed',
      'what is destroyed cannot be known: nothing was compared',
    ]);
  });

  it('is not content with a plan that waits for something else than outputs', async () => {
    const app = new Synthesized(['alpha']);
    app.terraform(
      `[ $verb = plan ] && { printf 'Error: Unable to find remote state\\n\\n  data.terraform_remote_state.x\\n\\nError: Forbidden\\n' >&2; exit 1; }`,
    );
    expect(await app.check()).toMatchObject({ code: 3, stderr: expect.stringContaining('Forbidden') });
  });

  it('refuses a folder of data that its stacks would share', async () => {
    const app = new Synthesized(['alpha']);
    const env = { ...process.env, TERRAFORM_BINARY_NAME: path.join(app.folder, 'terraform'), TF_DATA_DIR: '/data' };
    expect(await app.check([], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TF_DATA_DIR: expected'),
    });
  });

  it('upgrades the provider where the lock file has another', async () => {
    const app = new Synthesized(['alpha']);
    app.terraform('case "$*" in *" init "*-upgrade*) ;; *" init "*) exit 1;; esac');
    expect(await app.check()).toMatchObject({ code: 0 });
    expect(app.calls().slice(0, 2)).toEqual(['alpha init', 'alpha init']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends by %s once Terraform has ended', async (signal, code) => {
    const app = new Synthesized(['alpha']);
    app.terraform(
      `[ $verb = plan ] && { trap 'echo ended > "${app.folder}/ended"; exit 1' INT; echo begun; while :; do sleep 0.05; done; }`,
    );
    const ended = await app.check(['--verbose'], {
      onErrorOutput: (said, kill) => said.endsWith('alpha: begun\n') && kill(signal),
    });
    expect(ended).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining('interrupted: nothing was changed'),
    });
    expect(fs.existsSync(path.join(app.folder, 'ended'))).toBe(true);
  });

  it.each<[string, string[], string, ((app: Synthesized) => void)?]>([
    ['another folder', ['-o', 'elsewhere'], 'elsewhere/manifest.json cannot be read (ENOENT): run cdktf synth first'],
    ['a stack that is not there', ['alpa'], 'expected a stack (alpha), got "alpa"'],
    ['an option that is not there', ['--destory'], 'there is no option --destory; did you mean --destroy?'],
    ['a plan of no stack', ['--plan', 'beta=x'], 'expected --plan STACK=FILE with one of alpha, got "beta=x"'],
    [
      'a plan without a file',
      ['--plan', 'alpha=none'],
      'none cannot be read (ENOENT): write it by terraform show -json',
    ],
    [
      'a plan that is a state',
      ['--plan', 'alpha=state'],
      'alpha: expected in state what terraform show -json tells of a plan',
      (app) => app.write('state', { format_version: '1.0', values: {} }),
    ],
    [
      'a plan that failed',
      ['--plan', 'alpha=plan'],
      'alpha: expected a whole plan in plan, got one that failed',
      (app) => app.write('plan', { format_version: '1.2', planned_values: {}, errored: true }),
    ],
    [
      'the plan of another stack',
      ['--plan', 'alpha=plan'],
      'alpha: expected in plan a plan of this stack as it is synthesised, got one with alicloud_ons_topic.b',
      (app) => app.write('plan', planOf('alicloud_ons_topic.b')),
    ],
    [
      'the plan of an earlier synth',
      ['--plan', 'alpha=plan'],
      'got one without alicloud_ons_topic.a',
      (app) => {
        app.write('plan', planOf());
        app.write('cdktf.out/stacks/alpha/cdk.tf.json', { resource: { alicloud_ons_topic: { a: {} } } });
      },
    ],
    [
      'the plan of another environment, where only a name is another',
      ['--plan', 'alpha=plan'],
      'got one where alicloud_ons_topic.a has topic_name dev-orders, and not prod-orders',
      (app) => {
        app.write('plan', planOfNames({ topic_name: { constant_value: 'dev-orders' } }));
        app.write('cdktf.out/stacks/alpha/cdk.tf.json', TOPIC);
      },
    ],
    [
      'two plans of a stack',
      ['--plan', 'alpha=plan', '--plan', 'alpha=plan'],
      'expected --plan STACK=FILE once for a stack, got alpha several times',
      (app) => app.write('plan', planOf()),
    ],
    [
      'a stack of HCL',
      [],
      'alpha: expected a stack synthesised as JSON, got cdktf.out/x/cdk.tf',
      (app) => app.write('cdktf.out/manifest.json', { stacks: { alpha: { synthesizedStackPath: 'x/cdk.tf' } } }),
    ],
    [
      'a manifest that is none',
      [],
      'expected an object of JSON in cdktf.out/manifest.json',
      (app) => app.write('cdktf.out/manifest.json', '{"stacks"'),
    ],
    [
      'an app without stacks',
      [],
      'expected stacks in cdktf.out/manifest.json, got none',
      (app) => app.write('cdktf.out/manifest.json', { stacks: {} }),
    ],
  ])('refuses %s', async (_name, args, told, prepare) => {
    const app = new Synthesized(['alpha']);
    prepare?.(app);
    const { code, stdout, stderr } = await app.check(args);
    expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(told) });
    expect(stderr).toMatch(/^dla-check-plan: .*\ndla-check-plan --help tells more\n$/s);
  });

  it.each([
    ['of the same name', TOPIC, { topic_name: { constant_value: 'prod-orders' } }],
    ['with a name that it does not tell', TOPIC, { topic_name: { references: ['var.name'] } }],
    [
      'of a stack with a name that synth does not tell',
      { resource: { alicloud_ons_topic: { a: { topic_name: '${var.name}' } } } },
      { topic_name: { constant_value: 'dev-orders' } },
    ],
  ])('takes a plan %s', async (_name, synthesized, expressions) => {
    const app = new Synthesized(['alpha']);
    app.write('plan', planOfNames(expressions));
    app.write('cdktf.out/stacks/alpha/cdk.tf.json', synthesized);
    const { code, stderr } = await app.check(['--plan', 'alpha=plan']);
    expect(code, stderr).toBe(0);
  });

  it.each<[string, number, string, NodeJS.ProcessEnv]>([
    ['compares', 1, 'alpha/channel still refers to it', { TF_VAR_queue: 'receipts' }],
    ['tells what it cannot compare of', 0, 'it is not known what alpha/channel (queue ${var.queue}) refers to', {}],
  ])('%s references by variables of a stack that Terraform cannot plan yet', async (_name, code, told, env) => {
    const app = new Synthesized(['alpha', 'beta']);
    app.write('cdktf.out/stacks/alpha/cdk.tf.json', {
      variable: { queue: { type: 'string' } },
      '//': { references: { 'alpha/channel': { kind: 'queue', name: '${var.queue}', provider: 'alicloud' } } },
    });
    const queue = { type: 'alicloud_message_service_queue', name: 'q' };
    const before = { queue_name: 'receipts', id: 'receipts' };
    const change = { actions: ['delete'], before, after: null };
    const changes = [{ address: `${queue.type}.q`, mode: 'managed', ...queue, change }];
    app.terraform(`[ $verb = plan ] && [ $stack = alpha ] && { printf 'Error: Unable to find remote state\\n\\n data.terraform_remote_state.x\\n' >&2; exit 1; }
[ $verb = show ] && { echo '${JSON.stringify({ resource_changes: changes })}'; exit; }`);
    const ended = await app.check([], { env });
    expect(ended.stdout + ended.stderr).toContain(told);
    expect(ended.code).toBe(code);
  });

  it('says where it does not look for stacks that are gone', async () => {
    const app = new Synthesized(['alpha', 'beta', 'gamma']);
    const oss = { bucket: 'states', key: 'gamma', region: 'cn-hangzhou', profile: 'ops' };
    app.write('cdktf.out/stacks/alpha/cdk.tf.json', { terraform: { backend: { s3: {} } } });
    app.write('cdktf.out/stacks/beta/cdk.tf.json', { terraform: { backend: { local: { path: '../../b.tfstate' } } } });
    app.write('cdktf.out/stacks/gamma/cdk.tf.json', { terraform: { backend: { oss } } });
    const env = { ALICLOUD_ACCESS_KEY: 'id', ALICLOUD_SECRET_KEY: 'secret' };
    const { code, stdout, stderr } = await app.check([], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('but for stacks that are not looked for');
    expect([...stderr.matchAll(/are not looked for (.*)/g)].map(([, where]) => where)).toEqual([
      'in the backend s3',
      'beside the state of beta, whose place does not tell the name of the stack',
      'in the backend oss, where only the keys in the environment are used: it is given profile',
    ]);
  });

  describe('looks for stacks that are gone', () => {
    const QUEUE = { queue_name: 'receipts', id: 'receipts' };
    const state = (type: string, attributes: object) => ({
      version: 4,
      resources: [{ mode: 'managed', type, name: 'r', instances: [{ attributes }] }],
    });
    const local = (place: string) => ({ local: { path: `../../../${place}` } });
    const oss = (key: string) => ({ oss: { bucket: 'states', prefix: 'team', key, region: 'cn-hangzhou' } });
    const inStack = (app: Synthesized, backend: object) =>
      app.write('cdktf.out/stacks/alpha/cdk.tf.json', { terraform: { backend } });

    /** States in a bucket; undefined: one that may not be read. */
    async function bucketWith(states: Readonly<Record<string, string | undefined>>): Promise<NodeJS.ProcessEnv> {
      const server = http.createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url!, 'http://host');
        const key = decodeURIComponent(pathname.replace(/^\/states\//, ''));
        if (key === '') {
          const keys = Object.keys(states).filter((one) => one.startsWith(searchParams.get('prefix')!));
          const contents = keys.map((one) => `<Contents><Key>${encodeURIComponent(one)}</Key></Contents>`);
          response.end(`<ListBucketResult>${contents.join('')}<IsTruncated>false</IsTruncated></ListBucketResult>`);
          return;
        }
        response.statusCode = states[key] === undefined ? 403 : 200;
        response.end(states[key] ?? '<Error><Code>AccessDenied</Code></Error>');
      });
      onTestFinished(() => void server.close().closeAllConnections());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return {
        ...{ ALICLOUD_ACCESS_KEY: 'id', ALICLOUD_SECRET_KEY: 'secret' },
        OSS_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      };
    }

    it.each([
      ['terraform.alpha.tfstate', 'terraform.beta.tfstate'],
      ['states/alpha/terraform.tfstate', 'states/beta/terraform.tfstate'],
      ['states/alpha/alpha.tfstate', 'states/beta/beta.tfstate'],
      ['alpha/alpha/terraform.tfstate', 'alpha/beta/terraform.tfstate'],
      ['alpha/alpha/terraform.tfstate', 'beta/alpha/terraform.tfstate'],
    ])('on this machine, where %s has one neighbour %s', async (own, other) => {
      const app = new Synthesized(['alpha']);
      inStack(app, local(own));
      app.write(own, state('alicloud_message_service_queue', QUEUE));
      app.write(other, state('alicloud_message_service_queue', QUEUE));
      app.write(`${other}.backup`, '{');
      expect((await app.check()).stderr).toContain('warning: deployed, but not in the code: beta;');
    });

    it('in a workspace', async () => {
      const app = new Synthesized(['alpha']);
      const other = 'cdktf.out/stacks/beta/terraform.tfstate.d/prod/terraform.tfstate';
      app.write(other, state('alicloud_message_service_queue', QUEUE));
      expect((await app.check()).stderr).not.toContain('beta');
      const { stderr } = await app.check([], { env: { TF_WORKSPACE: 'prod' } });
      expect(stderr).toContain('warning: deployed, but not in the code: beta;');
    });

    it.each([
      ['on this machine', local],
      ['in OSS', oss],
    ])('of one name in several places %s', async (_name, backend) => {
      const deployed = state('alicloud_message_service_queue', QUEUE);
      const [keys, gone] = [
        ['s/net/vpc.tfstate', 's/data/lake.tfstate'],
        ['s/net/old.tfstate', 's/data/old.tfstate'],
      ];
      const app = new Synthesized(['vpc', 'lake']);
      ['vpc', 'lake'].forEach((name, index) =>
        app.write(`cdktf.out/stacks/${name}/cdk.tf.json`, { terraform: { backend: backend(keys[index]) } }),
      );
      gone.forEach((place) => app.write(place, deployed));
      const env = await bucketWith(Object.fromEntries(gone.map((key) => [`team/${key}`, JSON.stringify(deployed)])));
      expect((await app.check([], { env })).stderr).toContain('warning: deployed, but not in the code: old, old;');
    });

    it.each([
      ['st/alpha/terraform.tfstate', 'st/README.md'],
      ['alpha/terraform.alpha.tfstate', 'notes'],
    ])('beside plain files: %s, %s', async (own, file) => {
      const app = new Synthesized(['alpha']);
      inStack(app, local(own));
      app.write(own, state('alicloud_message_service_queue', QUEUE));
      app.write(file, 'text');
      const { code, stderr } = await app.check();
      expect(code, stderr).toBe(0);
    });

    it.each([
      ['st/alpha/terraform.tfstate', 'st/beta/terraform.tfstate'],
      ['st/alpha/terraform.tfstate', 'st'],
    ])('and says that it cannot check where %s is beside %s, which cannot be read', async (own, unreadable) => {
      const app = new Synthesized(['alpha']);
      inStack(app, local(own));
      const link = path.join(app.folder, unreadable);
      fs.mkdirSync(path.dirname(link), { recursive: true });
      fs.symlinkSync(path.basename(link), link);
      expect(await app.check()).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('cannot be looked for on this machine: ELOOP'),
      });
    });

    it.each([
      ['alpha.tfstate', 'team/beta.tfstate'],
      ['alpha/terraform.tfstate', 'team/beta/terraform.tfstate'],
      ['统计/alpha.tfstate', 'team/统计/beta.tfstate'],
    ])('in OSS, where %s has one neighbour %s', async (own, other) => {
      const app = new Synthesized(['alpha']);
      inStack(app, oss(own));
      const deployed = JSON.stringify(state('alicloud_message_service_queue', QUEUE));
      const env = await bucketWith({ [`team/${own}`]: deployed, [other]: deployed, 'team/notes.txt': undefined });
      expect((await app.check([], { env })).stderr).toContain('warning: deployed, but not in the code: beta;');
    });

    it.each<[string, Record<string, string | undefined>, string]>([
      ['cannot be read', { 'team/beta.tfstate': undefined }, 'OSS answered 403 AccessDenied'],
      ['is damaged', { 'team/beta.tfstate': '{"vers' }, 'expected a state in oss://states/team/beta.tfstate'],
    ])('and says that it cannot check where a state in OSS %s', async (_name, states, told) => {
      const app = new Synthesized(['alpha']);
      inStack(app, oss('alpha.tfstate'));
      const env = await bucketWith(states);
      expect(await app.check([], { env })).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining(told),
      });
    });

    it('and says that it cannot check where a state on this machine is damaged', async () => {
      const app = new Synthesized(['alpha']);
      inStack(app, local('terraform.alpha.tfstate'));
      app.write('terraform.beta.tfstate', '{"version":');
      expect(await app.check()).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('expected a state in terraform.beta.tfstate, got something else'),
      });
    });
  });
});
