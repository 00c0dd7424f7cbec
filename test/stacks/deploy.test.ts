import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Deployment } from '../../stacks/deployment';
import { withFolder } from '../../stacks/folder-in-use';
import { Interruption } from '../../lib/cli/interruption';
import { Progress } from '../../lib/cli/progress';
import { checkTerraformVariables } from '../../stacks/terraform-variables';
import { eventually } from '../eventually';
import { ROOT, runNode, type RunOptions } from '../run-node';
import { type Answers, runOnTerminal } from '../terminal';
import { failed, FakeTerraform, planned, says } from './fake-terraform';

const DEPLOY_SCRIPT = path.join(ROOT, 'dist/stacks/deploy.js');
const STACK = '.deploy/settings/cdktf.out/stacks/account';
const NO_CHANGES = says('{"type":"change_summary","changes":{"add":0,"change":0,"remove":0,"operation":"plan"}}');
/** Processes of its own, of which the first is number 1, as in a container. */
const CONTAINER = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
/** Waits for a signal as Terraform does: it finishes what is under way, and says that it did not end well. */
const UNTIL_SIGNAL = `trap 'echo interrupted >> "$0.signals"; exit 1' INT
echo '{"type":"apply_start","@message":"under way"}'
while :; do sleep 0.1; done`;

let terraform: FakeTerraform;
beforeEach(() => {
  terraform = new FakeTerraform();
});

/** Sends a signal once a text has come. */
const signalAt = (text: string, signal: NodeJS.Signals): RunOptions => {
  let isSent = false;
  return {
    onErrorOutput: (output, kill) => {
      if (!isSent && output.includes(text)) {
        isSent = true;
        kill(signal);
      }
    },
  };
};

const run = (args: readonly string[], options: RunOptions = {}) =>
  runNode('stacks/deploy.js', args, { cwd: terraform.folder, env: terraform.env, ...options });

const onTerminal = (command: string, answers?: Answers) =>
  runOnTerminal(command, { cwd: terraform.folder, env: terraform.env }, answers);

const node = (args: string) => `'${process.execPath}' '${DEPLOY_SCRIPT}' ${args}`;

describe('a deploy', () => {
  it('applies the plans that were seen, tells each stack in one line, keeps outputs, and says how to go on', async () => {
    terraform.on(
      'account.plan',
      `${says('{"type":"apply_complete","hook":{"resource":{"resource_type":"alicloud_caller_identity"},"id_value":"1234567890123456"}}')}\nexit 2`,
    );
    terraform.on(
      'notification-dev.output',
      `echo '{"a":{"value":{"b":1},"sensitive":false},"key":{"value":"s","sensitive":true}}'`,
    );
    const { code, stdout } = await run(['deploy', '--auto-approve']);
    expect({ code, stdout: stdout.trimEnd().split('\n') }).toEqual({
      code: 0,
      stdout: [
        'account: 1 added, 0 changed, 0 destroyed',
        'notification-dev: 1 added, 0 changed, 0 destroyed',
        'Nothing is replaced or destroyed.',
        '',
        'Deployed to the account 1234567890123456; outputs and reports are in .deploy/settings.',
        expect.stringMatching(/^ {2}npm run diff +# what a deploy would change$/),
        expect.stringMatching(
          /^ {2}npx dla-smoke --outputs \.deploy\/settings\/outputs\.json +# the smoke test again$/,
        ),
        expect.stringMatching(/^ {2}npm run destroy +# removes what was deployed$/),
      ],
    });
    expect(terraform.calls('apply')).toEqual(['account apply', 'notification-dev apply']);
    const calls = fs.readFileSync(terraform.file('calls'), 'utf8');
    expect(calls).toMatch(
      /^account plan -json -input=false -detailed-exitcode -out=(plan-\d+)\n[^]*^account apply -json -input=false \1\n/m,
    );
    expect(JSON.parse(fs.readFileSync(terraform.file('.deploy/settings/outputs.json'), 'utf8'))).toEqual({
      'notification-dev': { a: { b: 1 } },
    });
  });

  it('says what exists, and how to test again, when the smoke test fails', async () => {
    fs.writeFileSync(terraform.file('settings.yaml'), 'region: cn-hangzhou\nenvironments: { dev: { smoke: fail } }\n');
    const env = { ...terraform.env, DLA_USER: 'user', DLA_PASSWORD: 'password' };
    const { code, stdout, stderr } = await run(['deploy', '--auto-approve'], { env });
    // The outputs have no channel.
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /everything is deployed; the smoke test again: npx dla-smoke --outputs \.deploy\/settings\/outputs\.json\n$/,
    );
    expect(stdout).not.toContain('# the smoke test again');
  });

  it('shows what Terraform did when it fails, says what exists, and goes no further', async () => {
    terraform.on(
      'account.apply',
      `${says('{"type":"apply_start","@message":"alicloud_ram_role.role: Creating..."}', failed('no right', 'ask', 'alicloud_ram_role.role'))}\nexit 1`,
    );
    const { code, stderr } = await run(['deploy', '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'account: alicloud_ram_role.role: Creating...\naccount: terraform apply failed\n' +
        'account: no right: ask (alicloud_ram_role.role)\n' +
        'resources that exist now: account 1, notification-dev 1\n' +
        'npm run deploy goes on from here, npm run destroy removes them\n',
    );
    expect(terraform.calls('apply')).toEqual(['account apply']);
  });

  it('tells a command of Terraform with the folder to run it in', async () => {
    const words = 'topic t is not destroyed: let the stack forget it by terraform state rm a.b';
    terraform.on(
      'notification-dev.apply',
      `${says(failed('local-exec provisioner error', `Error running command: exit status 1. Output: ${words}`))}\nexit 1`,
    );
    const { code, stderr } = await run(['deploy', '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `notification-dev: topic t is not destroyed: let the stack forget it by ${terraform.program} ` +
        '-chdir=.deploy/settings/cdktf.out/stacks/notification-dev state rm a.b\n',
    );
  });

  describe('that needs another role than before', () => {
    const [ROLE, FORMER] = ['alicloud_ram_role.new', 'alicloud_ram_role.former'];
    const applies = () =>
      fs
        .readFileSync(terraform.file('calls'), 'utf8')
        .split('\n')
        .flatMap((call) =>
          / plan .*-out|^\S+ apply/.test(call)
            ? [call.replace(/(?:-json|-input|-det|-out|plan-)\S*\s?/g, '').trim()]
            : [],
        )
        .slice(2);

    it('takes the former one away once nothing uses it any longer', async () => {
      terraform.on('account.plan', `${says(planned('create', ROLE), planned('delete', FORMER))}\nexit 2`);
      const { code, stderr } = await run(['deploy', '--auto-approve']);
      expect(code, stderr).toBe(0);
      expect(applies()).toEqual([
        `account plan -target=${ROLE}`,
        'account apply',
        'notification-dev apply',
        `account plan -target=${FORMER}`,
        'account apply',
      ]);
    });

    it('or none, applies the plan that was seen last', async () => {
      terraform.on('account.plan', `${says(planned('delete', FORMER))}\nexit 2`);
      const { code, stderr } = await run(['deploy', '--auto-approve']);
      expect(code, stderr).toBe(0);
      expect(applies()).toEqual(['notification-dev apply', 'account apply']);
    });

    it('keeps the former one where what uses it cannot be changed', async () => {
      terraform.on('account.plan', `${says(planned('create', ROLE), planned('delete', FORMER))}\nexit 2`);
      terraform.on('notification-dev.apply', `${says(failed('a queue of this name exists'))}\nexit 1`);
      expect((await run(['deploy', '--auto-approve'])).code).toBe(1);
      expect(applies()).toEqual([`account plan -target=${ROLE}`, 'account apply', 'notification-dev apply']);
    });
  });

  it('goes on saying that it goes on', async () => {
    terraform.on('account.apply', `while ! [ -f "$0.go" ]; do sleep 0.1; done`);
    const child = spawn(process.execPath, [DEPLOY_SCRIPT, 'deploy', '--auto-approve'], {
      cwd: terraform.folder,
      env: terraform.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
      if (/^ {2}\d+ s: account: deploying$/m.test(stderr)) {
        fs.writeFileSync(terraform.file('terraform.go'), '');
      }
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });

  it('is finished although nobody reads on', async () => {
    const { code } = await onTerminal(`${node('deploy --auto-approve')} 2>&1 | head -1`);
    expect(code).toBe(0);
    await expect.poll(() => terraform.calls('output'), { timeout: 20_000 }).toHaveLength(2);
    expect(terraform.calls('apply')).toHaveLength(2);
  });
});

describe('a diff', () => {
  it('ends with what would be replaced or destroyed, and changes nothing', async () => {
    terraform.on('account.plan', NO_CHANGES);
    terraform.on(
      'notification-dev.plan',
      `${says(planned('replace', 'alicloud_ons_topic.t'), planned('delete', 'alicloud_ons_group.g'), planned('update', 'alicloud_oss_bucket.b'))}\nexit 2`,
    );
    const { code, stdout } = await run(['diff']);
    expect(code).toBe(0);
    expect(stdout).toContain('the plan of notification-dev\n');
    expect(stdout).not.toContain('the plan of account\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'Replaced, with what is in them: notification-dev/alicloud_ons_topic.t. Destroyed: notification-dev/alicloud_ons_group.g.',
    );
    expect(terraform.calls('apply')).toEqual([]);
  });
});

describe('a stack that is deployed, but no longer among the environments', () => {
  beforeEach(() => {
    const state = terraform.file('.deploy/settings/state');
    fs.mkdirSync(state, { recursive: true });
    fs.writeFileSync(path.join(state, 'notification-old.tfstate'), '{"version":4,"resources":[{}]}');
    fs.writeFileSync(path.join(state, 'notification-gone.tfstate'), '{"version":4,"resources":[]}');
    fs.writeFileSync(path.join(state, 'notification-dev.tfstate'), '{"version":4,"resources":[{}]}');
  });

  it('is told', async () => {
    const { code, stderr } = await run(['diff']);
    expect(code).toBe(0);
    expect(stderr.match(/^warning: .*/gm)).toEqual([
      'warning: notification-old is deployed, but no longer in settings.yaml: it stays as it is. To remove it put it ' +
        'back, and take it out after npx cdktf destroy notification-old',
    ]);
  });

  it('is not destroyed by the command that is told after a deploy that fails', async () => {
    terraform.on('notification-dev.apply', `${says(failed('no right'))}\nexit 1`);
    const { stderr } = await run(['deploy', '--auto-approve']);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'npm run deploy goes on from here, npx cdktf destroy notification-dev removes all but account, which ' +
        'notification-old may need',
    );
  });

  it.each(['deploy', 'destroy'])('keeps the role that it may need from a %s', async (verb) => {
    terraform.on('account.plan', `${says(planned('delete', 'alicloud_ram_role.role'))}\nexit 2`);
    const { code, stderr } = await run([verb, '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'account: alicloud_ram_role.role would be destroyed, and may still be needed: notification-old is deployed,',
    );
    expect(terraform.calls('apply')).toEqual([]);
  });
});

describe('what is deployed otherwise, and refers to what would be destroyed,', () => {
  const QUEUE = 'alicloud_message_service_queue.q';
  const write = (file: string, content: object) => {
    fs.mkdirSync(path.dirname(terraform.file(file)), { recursive: true });
    fs.writeFileSync(terraform.file(file), JSON.stringify(content));
  };
  const owned = (account: string, rest: object = {}) => ({
    version: 4,
    resources: [
      {
        ...{ mode: 'managed', type: 'terraform_data', name: 'state-owner_1', provider: 'provider["x"]' },
        instances: [{ attributes: { output: { value: { account_id: account } } } }],
      },
    ],
    ...rest,
  });
  const referring = (account: string, queue = 'receipts', region = 'cn-hangzhou') =>
    owned(account, { outputs: { receipt_channels: { value: { n: { kind: 'mns', region, queue } } } } });

  beforeEach(() => {
    const [type, name] = QUEUE.split('.');
    const change = { actions: ['delete'], before: { queue_name: 'receipts' }, after: null };
    write('plan.json', { resource_changes: [{ address: QUEUE, mode: 'managed', type, name, change }] });
    write(
      'state.json',
      owned('1', { resources: [...owned('1').resources, { mode: 'managed', type, name, provider: 'provider["x"]' }] }),
    );
    terraform.on('notification-dev.plan', `${says(planned('delete', QUEUE))}\nexit 2`);
    terraform.on('notification-dev.show', `cat '${terraform.file('plan.json')}'`);
    terraform.on('notification-dev.state', `[ "$2" = pull ] && cat '${terraform.file('state.json')}'`);
  });

  it.each([
    ['deploy', 'settings/state/notification-old', 'notification-old'],
    ['destroy', 'settings/state/notification-old', 'notification-old'],
    ['deploy', 'other/state/notification-x', 'other/notification-x'],
    ['destroy', 'other/state/notification-x', 'other/notification-x'],
  ])('stops a %s by its state, %s', async (verb, file, name) => {
    write(`.deploy/${file}.tfstate`, referring('1'));
    const { code, stderr } = await run([verb, '--auto-approve']);
    expect({ code, applied: terraform.calls('apply') }).toEqual({ code: 1, applied: [] });
    expect(stderr).toContain(
      `queue receipts would be destroyed by ${QUEUE} of stack notification-dev, and ${name}/n (queue) still refers to it`,
    );
  });

  describe('or has what would be made,', () => {
    const having = (account: string) => {
      const [type, name] = QUEUE.split('.');
      const queue = {
        ...{ mode: 'managed', type, name, provider: 'provider["x"]' },
        instances: [{ attributes: { queue_name: 'receipts' } }],
      };
      const { resources, ...rest } = referring(account) as unknown as { resources: object[] };
      return { ...rest, resources: [...resources, queue] };
    };
    const deploy = async (state: object, file = 'settings/state/notification-old') => {
      write(`.deploy/${file}.tfstate`, state);
      const [type, name] = QUEUE.split('.');
      const change = { actions: ['create'], before: null, after: { queue_name: 'receipts' } };
      write('plan.json', { resource_changes: [{ address: QUEUE, mode: 'managed', type, name, change }] });
      const identity = { resource: { resource_type: 'alicloud_caller_identity' }, id_value: '1' };
      terraform.on('account.plan', `${says(JSON.stringify({ type: 'apply_complete', hook: identity }))}\nexit 2`);
      terraform.on('notification-dev.plan', `${says(planned('create', QUEUE))}\nexit 2`);
      const { code, stderr } = await run(['deploy', '--auto-approve']);
      return { code, stderr, applied: terraform.calls('apply') };
    };

    it.each([
      ['settings/state/notification-old', 'notification-old'],
      ['other/state/notification-x', 'other/notification-x'],
    ])('stops a deploy by its state, %s', async (file, owner) => {
      const { stderr, ...ended } = await deploy(having('1'), file);
      expect(ended).toEqual({ code: 1, applied: [] });
      expect(stderr).toContain(
        `queue receipts would be made by ${QUEUE} of stack notification-dev, and stack ${owner} has it: take another`,
      );
    });

    it.each([
      ['of another account', having('2')],
      ['that has another', referring('1')],
    ])('stops none by a state %s', async (_name, state) => {
      expect(await deploy(state)).toMatchObject({ code: 0 });
    });
  });

  it.each<[string, object]>([
    ['of another account', referring('2')],
    ['of another queue', referring('1', 'others')],
    ['in another region', referring('1', 'receipts', 'cn-shanghai')],
    ['that was destroyed', { version: 4, resources: [] }],
    ['that is none', {}],
  ])('stops no destroy by a state %s', async (_name, state) => {
    write('.deploy/other/state/notification-x.tfstate', state);
    const { code, stderr } = await run(['destroy', '--auto-approve']);
    expect(code, stderr).toBe(0);
    expect(terraform.calls('apply')).toEqual(['notification-dev apply', 'account apply']);
  });
});

describe('a state that was lost', () => {
  beforeEach(async () => {
    expect((await run(['deploy', '--auto-approve'])).code).toBe(0);
    fs.writeFileSync(terraform.file('.deploy/settings/outputs.json'), '{"notification-dev":{"receipt_channels":{}}}');
    const file = terraform.file('.deploy/settings/cdktf.out/stacks/notification-dev/cdk.tf.json');
    const { resource } = JSON.parse(fs.readFileSync(file, 'utf8'));
    const [owner] = Object.keys(resource.terraform_data).filter((name) => name.startsWith('state-owner_'));
    terraform.on('notification-dev.plan', `${says(planned('create', `terraform_data.${owner}`))}\nexit 2`);
  });
  const TOLD =
    'notification-dev: deployed before, by .deploy/settings/outputs.json, but there is nothing in the state: if it was lost,';

  it('is told where it is taken for new', async () => {
    const { code, stderr } = await run(['deploy', '--auto-approve']);
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: ${TOLD}`);
  });

  it('stops a destroy, which would leave all that it made', async () => {
    const calls = terraform.calls('apply').length;
    const { code, stderr } = await run(['destroy', '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain(TOLD);
    expect(terraform.calls('apply')).toHaveLength(calls);
    fs.rmSync(terraform.file('.deploy/settings/outputs.json'));
    expect((await run(['destroy', '--auto-approve'])).code).toBe(0);
  });

  it('is not told of outputs that cannot be read', async () => {
    fs.writeFileSync(terraform.file('.deploy/settings/outputs.json'), '{"notif');
    expect((await run(['deploy', '--auto-approve'])).stderr).not.toContain('warning');
  });
});

it('tells of stacks of other settings that it cannot look for', async () => {
  const folder = terraform.file('.deploy/other/cdktf.out/stacks/account');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${folder}/cdk.tf.json`, '{"terra');
  const { code, stderr } = await run(['diff']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('warning: it is not known what other/account has and refers to');
});

it('without keys to look into the bucket of the state says that it does not know of other stacks, and deploys no loss of a role', async () => {
  fs.writeFileSync(
    terraform.file('settings.yaml'),
    'region: cn-hangzhou\nstate: { backend: oss, bucket: states, region: cn-hangzhou }\nenvironments: { dev: { smoke: off } }\n',
  );
  const keys = { ALICLOUD_ACCESS_KEY: '', ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABACLOUD_ACCESS_KEY_ID: '' };
  const env = { ...terraform.env, ...keys };
  const { code, stderr } = await run(['diff'], { env });
  expect(code).toBe(0);
  expect(stderr.match(/^warning: .*/gm)).toEqual([
    'warning: deployed stacks that are not in settings.yaml are not looked for: ALICLOUD_ACCESS_KEY and ' +
      'ALICLOUD_SECRET_KEY are not set',
  ]);

  terraform.on('account.plan', `${says(planned('delete', 'alicloud_ram_role.role'))}\nexit 2`);
  const deploy = await run(['deploy', '--auto-approve'], { env });
  expect(deploy.code).toBe(1);
  expect(deploy.stderr).toContain(
    'account: alicloud_ram_role.role would be destroyed, and may still be needed by a deployed stack that is not in ' +
      'settings.yaml: ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are not set. Where no other stack is deployed: ' +
      'npx cdktf deploy account\nnothing was deployed\n',
  );
  expect(terraform.calls('apply')).toEqual([]);
  const destroy = await run(['destroy', '--auto-approve'], { env });
  expect(destroy.code, destroy.stderr).toBe(0);
});

describe('a role of somebody else', () => {
  const ROLE = 'alicloud_ram_role.role_C7B7E775';
  const ATTACHMENT = 'alicloud_ram_role_policy_attachment.role_Attachment_72777EC9';
  const OWNER = 'terraform_data.state-owner_EA009B2F';
  const settings = (role: string) =>
    fs.writeFileSync(
      terraform.file('settings.yaml'),
      `region: cn-hangzhou\nrole: ${role}\nenvironments: { dev: { smoke: off } }\n`,
    );
  const accountHas = (...addresses: readonly string[]) =>
    terraform.on('account.state', `[ "$2" = list ] && printf '%s\\n' ${addresses.join(' ')}`);
  const accountCalls = () =>
    fs
      .readFileSync(terraform.file('calls'), 'utf8')
      .split('\n')
      .filter((call) => /^account (plan .*-destroy|apply|state rm)/.test(call));

  it('that was adopted stays when all is destroyed, and is forgotten', async () => {
    settings('adopt');
    accountHas(OWNER, ROLE, ATTACHMENT, 'alicloud_message_service_service.mns');
    const { code, stdout, stderr } = await run(['destroy', '--auto-approve']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('account: stays, as it was only taken over: AliyunOpenAnalyticsAccessingMQRole, role:');
    expect(accountCalls()).toEqual([
      expect.stringMatching(
        /^account plan -json -input=false -detailed-exitcode -out=plan-\d+ -destroy -target=alicloud_message_service_service\.mns$/,
      ),
      expect.stringMatching(/^account apply -json -input=false plan-\d+$/),
      `account state rm ${OWNER} ${ROLE} ${ATTACHMENT} alicloud_message_service_service.mns`,
    ]);
  });

  it.each([
    ['adopt', 'destroy'],
    ['refer', 'deploy'],
    ['refer', 'destroy'],
  ])('is not taken for gone where the state cannot be read: role: %s, %s', async (role, verb) => {
    settings(role);
    terraform.on('account.state', 'echo "Error: the bucket answered 503" >&2; exit 1');
    const { code, stderr } = await run([verb, '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain('account: terraform state list failed\naccount: Error: the bucket answered 503\n');
    expect(terraform.calls('apply')).toEqual([]);
  });

  it('is told before it is asked whether to destroy the rest, and stays known where the answer is no', async () => {
    settings('adopt');
    accountHas(OWNER, ROLE, ATTACHMENT);
    const { code, output } = await onTerminal(node('destroy'), [[/Only "yes" is taken: /, 'no\r']]);
    expect(code).toBe(1);
    expect(output).toMatch(/account: stays, as it was only taken over: [^]*Only "yes" is taken/);
    expect(accountCalls()).toEqual([]);
  });

  it('that a deploy did not make is not looked at when all is destroyed', async () => {
    settings('create');
    accountHas(OWNER);
    const { code, stderr } = await run(['destroy', '--auto-approve']);
    expect(code, stderr).toBe(0);
    expect(accountCalls()[0]).toMatch(/ -destroy -target=\S+$/);
    expect(accountCalls()[0]).toContain(` -target=${OWNER}`);
    accountHas(OWNER, ROLE, ATTACHMENT);
    await run(['destroy', '--auto-approve']);
    expect(accountCalls().at(-2)).toMatch(/ -destroy$/);
  });

  it.each(['deploy', 'destroy'])('that is only referred to, but in the state, stops a %s', async (verb) => {
    settings('refer');
    accountHas(OWNER, `${ROLE}[0]`, ATTACHMENT);
    const { code, stderr } = await run([verb, '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'account: AliyunOpenAnalyticsAccessingMQRole, AliyunMQFullAccess of AliyunOpenAnalyticsAccessingMQRole would be ' +
        `destroyed: let the state go of it by ${terraform.program} ` +
        '-chdir=.deploy/settings/cdktf.out/stacks/account state rm ' +
        `${ROLE} ${ATTACHMENT}\n`,
    );
    expect(terraform.calls('plan')).toEqual([]);
  });
});

it('what Terraform warns of is told, once a stack', async () => {
  const warning = '{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"old","detail":"use b"}}';
  terraform.on('account.plan', `${says(warning, warning)}\nexit 0`);
  const { code, stderr } = await run(['diff']);
  expect(code).toBe(0);
  expect(stderr.match(/^warning: .*/gm)).toEqual(['warning: account: old: use b']);
});

it('what constructs warn of is told', async () => {
  const warn = terraform.file('warn.js');
  const cdktf = require.resolve('cdktf');
  fs.writeFileSync(
    warn,
    `const { App, Annotations } = require(${JSON.stringify(cdktf)});
const { synth } = App.prototype;
App.prototype.synth = function () {
  this.node.children.forEach((stack) => Annotations.of(stack).addWarning('mind this'));
  synth.call(this);
};\n`,
  );
  const { code, stderr } = await run(['diff'], {
    env: { ...terraform.env, NODE_OPTIONS: `--require ${JSON.stringify(warn)}` },
  });
  expect(code).toBe(0);
  expect(stderr.match(/^warning: .*/gm)).toEqual(['warning: account, notification-dev: mind this']);
});

it.each(['', '{"vers', '[]'])('a state that is %j is not taken for a stack that was never deployed', async (text) => {
  const state = terraform.file('.deploy/settings/state');
  fs.mkdirSync(state, { recursive: true });
  fs.writeFileSync(path.join(state, 'notification-dev.tfstate'), text);
  const { code, stderr } = await run(['deploy', '--auto-approve']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'expected a state in .deploy/settings/state/notification-dev.tfstate, got something else: put its last state back ' +
      'from .deploy/settings/state/notification-dev.tfstate.backup,',
  );
  expect(terraform.calls('init')).toEqual([]);
});

it.each([
  ['TF_WORKSPACE', 'prod', 'none, as each settings file has states of its own, got "prod"'],
  ['TF_DATA_DIR', '/tmp/data', 'none or a relative folder, as each stack needs one of its own, got "/tmp/data"'],
])('%s=%s is told, and nothing is planned', async (name, value, expected) => {
  const { code, stderr } = await run(['deploy', '--auto-approve'], { env: { ...terraform.env, [name]: value } });
  expect({ code, stderr }).toEqual({ code: 2, stderr: `${name}: expected ${expected}\n` });
  expect(terraform.calls()).toEqual(['version -json']);
});

describe('an option of Terraform in a variable', () => {
  it('ends a run before anything is planned, and is told without the secrets beside it', async () => {
    const given = {
      TF_CLI_ARGS_plan: '-var password=s3cret -destroy',
      TF_CLI_ARGS_init: '-backend-config=secret_key=s3cret',
    };
    const { code, stdout, stderr } = await run(['deploy', '--auto-approve'], { env: { ...terraform.env, ...given } });
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').sort() }).toEqual({
      code: 2,
      stdout: '',
      lines: [
        'TF_CLI_ARGS_init: expected no -backend-config, as it would be done instead of what is asked for',
        'TF_CLI_ARGS_plan: expected no -destroy, as it would be done instead of what is asked for',
      ],
    });
    expect(terraform.calls()).toEqual(['version -json']);
  });

  it.each([
    ['TF_CLI_ARGS', '-target=a.b', '-target'],
    ['TF_CLI_ARGS_plan', '"-target-file=a b"', '-target-file'],
    ['TF_CLI_ARGS_apply', '--state-out=other', '--state-out'],
    ['TF_CLI_ARGS_output', '-state=other', '-state'],
    ['TF_CLI_ARGS_state_rm', '-state=other', '-state'],
    ['TF_CLI_ARGS_state_pull', '-chdir=other', '-chdir'],
    ['TF_CLI_ARGS_import', '-state=other', '-state'],
    ['TF_CLI_ARGS_init', '-backend=false', '-backend'],
    ['TF_CLI_ARGS_init', '-upgrade -reconfigure', '-reconfigure'],
    ['TF_CLI_ARGS_init', '-migrate-state', '-migrate-state'],
    ['TF_CLI_ARGS_init', '-force-copy', '-force-copy'],
    ['TF_CLI_ARGS_init', "'-from-module=other'", '-from-module'],
  ])('%s=%s is an error', (name, value, option) => {
    expect(() => checkTerraformVariables({ [name]: value })).toThrow(`${name}: expected no ${option}, as it would`);
  });

  it.each([
    ['TF_CLI_ARGS_init', '-upgrade -plugin-dir=/backend-config'],
    ['TF_CLI_ARGS_plan', '-parallelism=3 -out-of=1'],
    ['TF_CLI_ARGS_destroy', '-target=a.b'],
  ])('%s=%s is left to Terraform', (name, value) => {
    expect(() => checkTerraformVariables({ [name]: value })).not.toThrow();
  });
});

it.each([
  ['an answer', false, 'off', 'expected a terminal to ask on, or --auto-approve'],
  ['the keys of the smoke test', true, 'fail', 'they are needed by the smoke test'],
])('a deployment that will need %s begins nothing without', async (_what, approve, smoke, expected) => {
  const settingsFile = terraform.file('needy.yaml');
  fs.writeFileSync(settingsFile, `region: cn-hangzhou\nenvironments: { dev: { smoke: ${smoke} } }\n`);
  const [progress, interruption] = [new Progress(false), new Interruption(() => undefined)];
  const words = { deploy: '', destroy: '', smoke: '', look: { command: '', purpose: '' }, prefix: '', place: () => '' };
  const env = { TF_PLUGIN_CACHE_DIR: terraform.file('cache') };
  const deployment = new Deployment({ settingsFile, env, approve, progress, interruption, next: words });
  await expect(deployment.run('deploy')).rejects.toThrow(expected);
  expect(fs.existsSync(env.TF_PLUGIN_CACHE_DIR)).toBe(false);
  interruption.end();
  progress.end();
});

it('variables of Terraform that change nothing of what is done are left to it', async () => {
  const given = { TF_WORKSPACE: 'default', TF_DATA_DIR: 'data', TF_CLI_ARGS_plan: '-parallelism=3', TF_LOG: 'TRACE' };
  const { code, stderr } = await run(['diff'], { env: { ...terraform.env, ...given } });
  expect(code, stderr).toBe(0);
});

describe('settings files of one name', () => {
  const settings = (folder: string) => ['--settings', `${folder}/prod.yaml`, '--auto-approve'];

  beforeEach(() => {
    for (const folder of ['a', 'b']) {
      fs.mkdirSync(terraform.file(folder));
      fs.copyFileSync(terraform.file('settings.yaml'), terraform.file(`${folder}/prod.yaml`));
    }
  });

  it.each(['deploy', 'diff', 'destroy'])('share no state: %s of the second is an error', async (verb) => {
    expect((await run(['deploy', ...settings('a')])).code).toBe(0);
    const calls = terraform.calls();
    expect(await run([verb, ...settings('b')])).toMatchObject({
      code: 2,
      stderr:
        '.deploy/prod has the deployment of a/prod.yaml, got b/prod.yaml: give one of the two files another name, or, ' +
        'where it was moved, remove .deploy/prod/settings-file\n',
    });
    expect(terraform.calls().slice(calls.length)).toEqual([' version']);
  });

  it('stand in quotes in what can be typed again, where their names need them', async () => {
    fs.cpSync(terraform.file('a'), terraform.file('my team'), { recursive: true });
    const file = "'my team/prod.yaml'";
    const { code, stdout } = await run(['deploy', ...settings('my team')]);
    expect(code).toBe(0);
    expect(stdout).toContain(`npm run destroy -- --settings ${file}`);
    expect(stdout).toContain(`npm run diff -- --settings ${file}`);
  });

  it('take the folder one after the other', async () => {
    expect((await run(['deploy', ...settings('a')])).code).toBe(0);
    expect((await run(['destroy', ...settings('a')])).code).toBe(0);
    expect((await run(['deploy', ...settings('b')])).code).toBe(0);
  });

  it('have the same folder after a move', async () => {
    expect((await run(['deploy', ...settings('a')])).code).toBe(0);
    fs.rmSync(terraform.file('.deploy/prod/settings-file'));
    expect((await run(['deploy', ...settings('b')])).code).toBe(0);
  });
});

describe('a second run in the same folder', () => {
  it('does not begin', async () => {
    terraform.on('account.apply', `while ! [ -f "$0.go" ]; do sleep 0.1; done`);
    let second: ReturnType<typeof run> | undefined;
    const first = await run(['deploy', '--auto-approve'], {
      onErrorOutput: (output) => {
        if (output.includes('account: deploying')) {
          second ??= run(['diff']).finally(() => fs.writeFileSync(terraform.file('terraform.go'), ''));
        }
      },
    });
    expect(first.code, first.stderr).toBe(0);
    expect(await second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^\.deploy\/settings is in use by process \d+ on \S+: wait until it has ended\. Nothing was changed\n$/,
      ) as string,
    });
  });

  it.skipIf(spawnSync('unshare', [...CONTAINER, 'true']).status !== 0)(
    'begins when the first was killed, also where it has the same process id (skipped where unshare may not make namespaces)',
    async () => {
      terraform.on('account.plan', `touch "$0.planning"; sleep 60`);
      const command = [...CONTAINER, process.execPath, DEPLOY_SCRIPT, 'diff'];
      const options = { cwd: terraform.folder, env: terraform.env };
      const first = spawn('unshare', command, { ...options, stdio: 'ignore' });
      const ended = new Promise((resolve) => first.once('close', resolve));
      await expect.poll(() => fs.existsSync(terraform.file('terraform.planning')), { timeout: 30_000 }).toBe(true);
      first.kill('SIGKILL');
      await ended;
      terraform.on('account.plan', NO_CHANGES);
      const begun = Date.now();
      let second = spawnSync('unshare', command, { ...options, encoding: 'utf8' });
      // The kernel may still be at ending the first.
      while (second.stderr.includes('is in use by') && Date.now() - begun < 30_000) {
        second = spawnSync('unshare', command, { ...options, encoding: 'utf8' });
      }
      expect(second.status, second.stderr).toBe(0);
    },
  );

  it('is one of all that begin at once', async () => {
    const folder = terraform.file('.deploy/settings');
    const progress = new Progress(false);
    let leave: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    let begun = 0;
    const runs = Array.from({ length: 8 }, () =>
      withFolder(folder, progress, () => {
        begun += 1;
        return left;
      }).catch((error: Error) => error.message),
    );
    const refused = runs.map((one) => one.then((text) => text?.includes('is in use by process')));
    let count = 0;
    refused.forEach((one) => void one.then(() => (count += 1)));
    await expect.poll(() => count, { timeout: 20_000 }).toBe(7);
    leave!();
    expect((await Promise.all(refused)).filter(Boolean)).toHaveLength(7);
    expect(begun).toBe(1);
    progress.end();
  });

  it('is not looked for where the file system takes no lock, which is told', async () => {
    const noLinks = terraform.file('no-links.cjs');
    fs.writeFileSync(
      noLinks,
      `require('node:fs').linkSync = () => { throw Object.assign(new Error('no links'), { code: 'EPERM', syscall: 'link' }); };`,
    );
    const { code, stderr } = await run(['diff'], {
      env: { ...terraform.env, NODE_OPTIONS: `--require ${noLinks}` },
    });
    expect(code, stderr).toBe(0);
    expect(stderr.match(/^warning: .*/gm)).toEqual([
      'warning: .deploy/settings cannot be locked (EPERM): begin no second run in it meanwhile',
    ]);
  });
});

it('a state that could not be written is put back before anything else is done', async () => {
  const folder = '.deploy/settings/cdktf.out/stacks/account';
  terraform.on(
    'account.apply',
    `echo state > ${folder}/errored.tfstate\n${says(failed('Failed to save state'))}\nexit 1`,
  );
  const first = await run(['deploy', '--auto-approve']);
  expect(first.code).toBe(1);
  const recovery =
    `account: what was made is known to ${folder}/errored.tfstate alone: put it into the state, before anything else, ` +
    `by ${terraform.program} -chdir=${folder} state push errored.tfstate && rm ${folder}/errored.tfstate\n`;
  expect(first.stderr).toContain(recovery);
  expect(first.stderr).not.toContain('goes on from here');
  const plans = terraform.calls('plan').length;
  for (const verb of ['deploy', 'destroy']) {
    const again = await run([verb, '--auto-approve']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(recovery);
  }
  expect(terraform.calls('plan')).toHaveLength(plans);
});

const ON_A_SMALL_DISK = ['--user', '--map-root-user', '--mount', 'sh', '-ec'];

it.skipIf(spawnSync('unshare', [...ON_A_SMALL_DISK, 'mount -t tmpfs tmpfs /tmp']).status !== 0)(
  'a disk that is nearly full is told before anything begins (skipped where unshare may not mount)',
  () => {
    fs.mkdirSync(terraform.file('.deploy'));
    const script = `mount -t tmpfs -o size=8m tmpfs .deploy; exec ${node('deploy --auto-approve')}`;
    const { status, stderr } = spawnSync('unshare', [...ON_A_SMALL_DISK, script], {
      cwd: terraform.folder,
      env: terraform.env,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(/^account: expected 32 MB free on the disk of \S+, got [67] MB\nnothing was deployed\n$/m);
    expect(terraform.calls('init')).toEqual([]);
  },
);

it.each([
  [{}, false],
  [{ NO_COLOR: '1' }, true],
  [{ TERM: 'dumb' }, true],
])('a plan on a terminal with %j has no colours: %s', async (env, isPlain) => {
  terraform.env.TERM = 'xterm';
  delete terraform.env.NO_COLOR;
  Object.assign(terraform.env, env);
  await onTerminal(node('diff'));
  const calls = fs.readFileSync(terraform.file('calls'), 'utf8');
  expect(calls.match(/^account show.*/m)?.[0].includes('-no-color')).toBe(isPlain);
});

it('a state that Terraform could only say is kept', async () => {
  terraform.on(
    'account.apply',
    `: > ${STACK}/errored.tfstate\n${says('{"@message":"Emergency state dump","state":{"serial":7}}', failed('Failed to persist state to backend'))}\nexit 1`,
  );
  const { code, stderr } = await run(['deploy', '--auto-approve']);
  expect(code).toBe(1);
  expect(stderr).toContain(`state push errored.tfstate && rm ${STACK}/errored.tfstate\n`);
  expect(fs.readFileSync(terraform.file(`${STACK}/errored.tfstate`), 'utf8')).toBe('{"serial":7}');

  const state = '.deploy/settings/state/account.tfstate';
  fs.mkdirSync(terraform.file('.deploy/settings/state'));
  fs.writeFileSync(terraform.file(state), '{"ser');
  const again = await run(['deploy', '--auto-approve']);
  expect(again.stderr).toContain(
    `before anything else, by mv ${STACK}/errored.tfstate ${state}\nnothing was deployed\n`,
  );
});

it('what exists without being in the state is told with the command that puts it there', async () => {
  const id = { instance_id: 'MQ_INST_1', topic_name: 't' };
  const topic = { address: 'alicloud_ons_topic.t["a b"]', type: 'alicloud_ons_topic', values: id };
  terraform.on('account.show', `echo '${JSON.stringify({ planned_values: { root_module: { resources: [topic] } } })}'`);
  terraform.on('account.apply', `${says(failed('cannot create: BIZ_TOPIC_EXISTED', '', topic.address))}\nexit 1`);
  const { code, stderr } = await run(['deploy', '--auto-approve']);
  expect(code).toBe(1);
  expect(stderr).toContain(`-chdir=${STACK} import 'alicloud_ons_topic.t["a b"]' MQ_INST_1:t, and then the same again`);
});

describe('an apply that is killed', () => {
  const event = (type: string, address: string, id?: string) =>
    JSON.stringify({
      type,
      hook: { action: 'create', resource: { addr: address, resource_type: address.split('.')[0] }, id_value: id },
    });
  const [INSTANCE, TOPIC] = ['alicloud_ons_instance.i', 'alicloud_ons_topic.t'];
  const KILLED = `${says(
    event('apply_start', INSTANCE),
    event('apply_complete', INSTANCE, 'MQ_INST_1'),
    event('apply_complete', 'terraform_data.d', 'd'),
    event('apply_start', TOPIC),
  )}\nkill -9 $$`;
  const DONE = says('{"type":"change_summary","changes":{"add":1,"change":0,"remove":0,"operation":"apply"}}');
  const stateOf = (id: string) =>
    `echo '${JSON.stringify({ values: { root_module: { resources: [{ address: INSTANCE, values: { id } }] } } })}'`;
  const leftIn = (folder: string) => fs.readdirSync(terraform.file(folder)).filter((name) => /apply|plan/.test(name));

  beforeEach(() => terraform.on('show', 'echo "{}"'));

  it('tells what is not known, and the next run puts into the state what it made', async () => {
    terraform.on('account.apply', KILLED);
    const killed = await run(['deploy', '--auto-approve']);
    expect(killed.code).toBe(1);
    expect(killed.stderr).toContain(
      'account: terraform apply was ended before it was done (exit code 137)\n' +
        'account: what it has made comes into the state with the next run\n' +
        `account: it is not known whether these were made: ${TOPIC}\n`,
    );
    terraform.on('account.apply', DONE);
    const next = await run(['deploy', '--auto-approve']);
    expect(next.code, next.stderr).toBe(0);
    expect(next.stderr).toContain(`a run was killed while it made ${TOPIC}: they may exist\n`);
    expect(terraform.calls('import')).toEqual(['account import']);
    expect(fs.readFileSync(terraform.file('calls'), 'utf8')).toContain(
      `import -input=false -no-color ${INSTANCE} MQ_INST_1\n`,
    );
    expect(leftIn(STACK)).toEqual([]);
  });

  it.each([
    ['is in the state', 'MQ_INST_1', []],
    ['replaced what is in the state', 'MQ_INST_0', ['account state', 'account import']],
  ])('puts there nothing twice: what it made %s', async (_what, id, calls) => {
    terraform.on('account.apply', KILLED);
    await run(['deploy', '--auto-approve']);
    terraform.on('account.show', stateOf(id));
    terraform.on('account.apply', DONE);
    const before = terraform.calls('state').length;
    const next = await run(['destroy', '--auto-approve']);
    expect(next.code, next.stderr).toBe(0);
    const changed = [...terraform.calls('state').slice(before), ...terraform.calls('import')];
    expect(changed.filter((call) => call.startsWith('account'))).toEqual(expect.arrayContaining(calls));
    expect(terraform.calls('import')).toHaveLength(calls.length === 0 ? 0 : 1);
  });

  it.each([
    ['', '{"version":4}'],
    ['{"vers', undefined],
  ])('leaves %j of a state, and the next run puts back what was before, %j', async (left, before) => {
    const state = '.deploy/settings/state/account.tfstate';
    const backup = before === undefined ? ':' : `echo '${before}' > ${state}.backup`;
    terraform.on('account.apply', `mkdir -p .deploy/settings/state; printf '${left}' > ${state}; ${backup}\n${KILLED}`);
    await run(['deploy', '--auto-approve']);
    terraform.on('account.apply', DONE);
    const { code, stderr } = await run(['deploy', '--auto-approve']);
    expect(code, stderr).toBe(0);
    const file = terraform.file(state);
    expect(fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : undefined).toBe(before);
    expect(terraform.calls('import')).toEqual(['account import']);
  });

  it('is told to have changed the state where the next run goes no further', async () => {
    terraform.on('account.apply', KILLED);
    await run(['deploy', '--auto-approve']);
    const { output } = await onTerminal(node('deploy'), [[/Only "yes" is taken: /, 'no\r']]);
    expect(terraform.calls('import')).toEqual(['account import']);
    expect(output).toContain(`nothing was deployed; the state now has account/${INSTANCE} of a killed run`);
  });

  it('stays known until it is in the state', async () => {
    terraform.on('account.apply', KILLED);
    await run(['deploy', '--auto-approve']);
    terraform.on('account.apply', DONE);
    terraform.on('import', 'echo no network >&2; exit 1');
    for (const verb of ['deploy', 'destroy']) {
      const { code, stderr } = await run([verb, '--auto-approve']);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /account: no network\naccount: \S+ was made as MQ_INST_1 by .* import \S+ MQ_INST_1, or remove/,
      );
    }
    terraform.on('import', 'echo Cannot import non-existent remote object >&2; exit 1');
    expect((await run(['deploy', '--auto-approve'])).code).toBe(0);
  });

  it.each([
    [
      'plan',
      `case "$*" in *-target=*) ${says(failed('Resource postcondition failed', 'this state belongs to another'))}; exit 1;; esac`,
      'account: this state belongs to another',
    ],
    [
      'show',
      'echo "Error: the bucket answered 503" >&2; exit 1',
      'account: terraform show failed\naccount: Error: the',
    ],
  ])('stays known where a %s cannot tell what exists', async (verb, script, told) => {
    terraform.on('account.apply', KILLED);
    await run(['deploy', '--auto-approve']);
    terraform.on(`account.${verb}`, script);
    terraform.on('import', 'echo Cannot import non-existent remote object >&2; exit 1');
    const { code, stderr } = await run(['deploy', '--auto-approve']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(told) as string });
    expect(terraform.calls('import')).toEqual([]);
    expect(leftIn(STACK)).toHaveLength(1);
  });

  it('with the script alone goes on, and nothing else begins meanwhile', async () => {
    terraform.on(
      'account.apply',
      `echo $$ > "$0.pid"; while ! [ -f "$0.go" ]; do sleep 0.1; done\n${DONE}\n: > "$0.ended"`,
    );
    await run(['deploy', '--auto-approve'], {
      onErrorOutput: (_output, kill) => {
        if (fs.existsSync(terraform.file('terraform.pid'))) {
          kill('SIGKILL');
        }
      },
    });
    const meanwhile = await run(['deploy', '--auto-approve']);
    expect(meanwhile.code).toBe(1);
    expect(meanwhile.stderr).toMatch(/account: the last run was killed, and its Terraform \(process \d+\) still works/);
    fs.writeFileSync(terraform.file('terraform.go'), '');
    await eventually(() => fs.statSync(terraform.file('terraform.ended')));
    terraform.on('account.apply', DONE);
    const next = await eventually(async () => {
      const ended = await run(['deploy', '--auto-approve']);
      expect(ended.code, ended.stderr).toBe(0);
      return ended;
    });
    expect(next.stderr).not.toContain('warning');
    expect(leftIn(STACK)).toEqual([]);
  });
});

it('a lock that a killed run left is told with the command that takes it away', async () => {
  const lock = 'Error message: held\\nLock Info:\\n  ID:        7d3c-1\\n  Path:      a';
  terraform.on(
    'account.plan',
    `cat <<'E'\n${failed('Error acquiring the state lock', 'DETAIL').replace('DETAIL', lock)}\nE\nexit 1`,
  );
  const { code, stderr } = await run(['deploy', '--auto-approve']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `by ${terraform.program} -chdir=.deploy/settings/cdktf.out/stacks/account force-unlock 7d3c-1\nnothing was deployed\n`,
  );
});

it('leaves no plan behind, and takes none of another run', async () => {
  terraform.on(
    'plan',
    `for one in "$@"; do case $one in -out=*) echo plan > ".deploy/settings/cdktf.out/stacks/$stack/\${one#-out=}";; esac; done\nexit 2`,
  );
  const { code, stderr } = await run(['diff']);
  expect(code, stderr).toBe(0);
  const files = fs.readdirSync(terraform.file('.deploy/settings/cdktf.out/stacks'), { recursive: true });
  expect(files.filter((file) => String(file).includes('plan'))).toEqual([]);
  const names = fs.readFileSync(terraform.file('calls'), 'utf8').match(/-out=\S+/g);
  await run(['diff']);
  const all = fs.readFileSync(terraform.file('calls'), 'utf8').match(/-out=\S+/g)!;
  expect(new Set(names)).toHaveProperty('size', 1);
  expect(new Set(all)).toHaveProperty('size', 2);
});

it.each(['deploy --bogus', 'deploy notification-dev', 'deploy --settings', 'deploy --auto-approve=1', ''])(
  'a wrong command line, %j, is told in one line before anything runs',
  async (line) => {
    const { code, stdout, stderr } = await run(line.split(' ').filter(Boolean));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(fs.existsSync(terraform.file('calls'))).toBe(false);
  },
);

it('a state that is kept elsewhere than before is not looked for in the new place', async () => {
  terraform.on('init', 'echo "Error: Backend configuration changed" >&2; exit 1');
  const { code, stderr } = await run(['deploy', '--auto-approve']);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `${terraform.program} -chdir=.deploy/settings/cdktf.out/stacks/account init -migrate-state\n`,
  );
  expect(stderr).toContain('nothing was deployed\n');
});

describe('a destroy', () => {
  it('goes from what depends on the account to the account, once the owner is known', async () => {
    const { code } = await run(['destroy', '--auto-approve']);
    expect(code).toBe(0);
    expect(terraform.calls('apply')).toEqual(['notification-dev apply', 'account apply']);
    expect(fs.readFileSync(terraform.file('calls'), 'utf8')).toContain('-target=terraform_data.state-owner_');
  });

  it('does not begin when the owner is another', async () => {
    terraform.on(
      'account.plan',
      `case "$*" in *-target=*) ${says(failed('Resource postcondition failed', 'this state belongs to another'))}; exit 1;; esac`,
    );
    const { code, stderr } = await run(['destroy', '--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toContain('account: this state belongs to another\nnothing was destroyed\n');
    expect(terraform.calls('apply')).toEqual([]);
  });
});

describe('an interruption', () => {
  it('while the stacks are synthesised changes nothing', async () => {
    const { code, stderr } = await run(['deploy', '--auto-approve'], signalAt('synthesising', 'SIGINT'));
    expect({ code, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({ code: 130, last: 'nothing was deployed' });
    expect(terraform.calls()).toEqual(['version -json']);
  });

  it.each([
    ['deploy', 'account', 'npm run deploy goes on from here, npm run destroy removes them\n'],
    ['destroy', 'notification-dev', 'npm run destroy goes on from here\n'],
  ])('lets Terraform end, and stops a %s there', async (verb, first, next) => {
    terraform.on('apply', UNTIL_SIGNAL);
    const finished = await run([verb, '--auto-approve', '--verbose'], signalAt(`${first}: under way`, 'SIGINT'));
    expect(finished.code, finished.stderr).toBe(130);
    expect(finished.stderr).toContain('stopping: what is under way is finished first.');
    expect(finished.stderr).toContain(`resources that exist now: `);
    expect(finished.stderr).toContain(next);
    expect(terraform.calls('apply')).toEqual([`${first} apply`]);
    expect(fs.readFileSync(terraform.file('terraform.signals'), 'utf8')).toBe('interrupted\n');
  });

  it('on a terminal reaches Terraform once', async () => {
    terraform.on('apply', UNTIL_SIGNAL);
    const { code, output } = await onTerminal(node('deploy --auto-approve --verbose'), [[/under way/, '\x03']]);
    expect({ code, signals: fs.readFileSync(terraform.file('terraform.signals'), 'utf8') }).toEqual({
      code: 130,
      signals: 'interrupted\n',
    });
    expect(output).toContain('goes on from here');
  });

  it('before anything was changed says so', async () => {
    terraform.on('plan', UNTIL_SIGNAL);
    const { code, stderr } = await run(['deploy', '--auto-approve', '--verbose'], signalAt('under way', 'SIGTERM'));
    expect({ code, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({ code: 143, last: 'nothing was deployed' });
  });
});

describe('the question', () => {
  const QUESTION = /Only "yes" is taken: /;

  it.each([
    ['deploy', 'yes\r', 0, 2],
    ['deploy', '\x04', 1, 0],
    ['deploy', '\x03', 130, 0],
    ['destroy', 'no\r', 1, 0],
  ])('%s answered by %j ends with %d', async (verb, keys, code, applied) => {
    const ended = await onTerminal(node(verb), [[QUESTION, keys]]);
    expect(ended.code, ended.output).toBe(code);
    expect(terraform.calls('apply')).toHaveLength(applied);
    expect(ended.output).toMatch(/the plan of account[^]*Nothing is replaced or destroyed\.[^]*Only "yes" is taken/);
    if (applied === 0) {
      expect(ended.output).toContain(`nothing was ${verb === 'deploy' ? 'deployed' : 'destroyed'}`);
    }
  });

  it('answered by no leaves the outputs of what is deployed, which a destroy takes away', async () => {
    const outputs = terraform.file('.deploy/settings/outputs.json');
    await run(['deploy', '--auto-approve']);
    expect(fs.existsSync(outputs)).toBe(true);
    expect((await onTerminal(node('deploy'), [[QUESTION, 'no\r']])).code).toBe(1);
    expect(fs.existsSync(outputs)).toBe(true);
    await run(['destroy', '--auto-approve']);
    expect(fs.existsSync(outputs)).toBe(false);
  });

  it('is not asked where nothing changes, and nothing is applied', async () => {
    terraform.on('plan', NO_CHANGES);
    const { code, output } = await onTerminal(node('deploy'));
    expect(code, output).toBe(0);
    expect(output).not.toMatch(QUESTION);
    expect(output).toMatch(/account: No changes\s+notification-dev: No changes/);
    expect(terraform.calls('apply')).toEqual([]);
  });

  it.each([
    ['| cat', 'standard output is not a terminal'],
    ['< /dev/null', 'standard input is not a terminal'],
    ['< /dev/null | cat', 'standard input and standard output are not a terminal'],
  ])('is not asked with %s, and nothing is changed', async (redirection, reason) => {
    // Its own exit code, not that of what it is piped into.
    const { output } = await onTerminal(`{ ${node('deploy')}; echo "exit $?" >&2; } ${redirection}`);
    expect(output).toContain(`${reason}; nothing was changed`);
    expect(output).toContain('exit 2');
    expect(terraform.calls()).toEqual(['version -json']);
  });
});
