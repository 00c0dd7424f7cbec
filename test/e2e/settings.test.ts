import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DLA_SERVICE } from '../../lib/cloud/dla-roles';
import { ROOT } from '../run-node';
import { SERVED } from '../terraform-providers';
import { TestDeployment } from './deployment';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const MQ = 'environments: { dev: { smoke: off } }';
const MNS = 'environments: { dev: { channel: mns, smoke: off } }';

let deployment: TestDeployment;
afterEach(() => deployment.stop());

const write = (...lines: readonly string[]) =>
  fs.writeFileSync(path.join(deployment.folder, 'settings.yaml'), `${lines.join('\n')}\n`);

/** A deployment by settings, before anything was deployed. */
async function start(...lines: readonly string[]): Promise<void> {
  deployment = await TestDeployment.start('', SERVED);
  write(...lines);
}

async function passes(verb: string): Promise<string> {
  const { code, stdout, stderr } = await deployment.run(verb);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function fails(verb: string): Promise<string> {
  const { code, stdout, stderr } = await deployment.run(verb);
  expect(code, stdout + stderr).toBe(1);
  expect(stderr).toContain(`nothing was ${verb === 'deploy' ? 'deployed' : 'destroyed'}\n`);
  return stderr;
}

const roles = () => deployment.cloud.account.ram.listRoles();

describe('role', { timeout: 180_000 }, () => {
  /** A role that somebody made by hand. */
  const makeRole = (attached = true) => {
    const { ram } = deployment.cloud.account;
    const Statement = [
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: [DLA_SERVICE, 'fc.aliyuncs.com'] } },
    ];
    ram.createRole({
      roleName: ROLE,
      assumeRolePolicyDocument: JSON.stringify({ Version: '1', Statement }),
      description: 'of the operators',
      tags: { owner: 'ops' },
    });
    if (attached) {
      ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
    }
  };

  it('adopt takes nothing away, and leaves the role when all is destroyed', async () => {
    await start(`region: ${REGION}`, 'role: adopt', MQ);
    makeRole();
    const before = roles();
    expect(await passes('deploy')).toContain('account: 2 imported, 2 added, 0 changed, 0 destroyed\n');
    expect(await passes('deploy')).toContain('account: No changes\nnotification-dev: No changes\n');
    expect(roles()).toEqual(before);

    write(`region: ${REGION}`, 'role: refer', MQ);
    const message = await fails('deploy');
    const [, command] = /let the state go of it by \S+ (.*)/.exec(message)!;
    expect(await fails('destroy')).toContain(command);

    write(`region: ${REGION}`, 'role: adopt', MQ);
    expect(await passes('destroy')).toContain(`account: stays, as it was only taken over: ${ROLE}, role:`);
    expect(roles()).toEqual(before);
    expect(deployment.cloud.account.ram.listAttachedPolicies('role', ROLE)).toHaveLength(1);
    expect(deployment.resources()).toEqual({ account: [], 'notification-dev': [] });
    await passes('deploy');
  });

  it('adopt says what is missing, and create what exists', async () => {
    await start(`region: ${REGION}`, 'role: adopt', MQ);
    expect(await fails('deploy')).toContain(
      'role: adopt takes over a role that exists with its system policy attached',
    );
    makeRole(false);
    expect(await fails('deploy')).toContain(
      'role: adopt takes over a role that exists with its system policy attached',
    );
    write(`region: ${REGION}`, MQ);
    expect(await fails('deploy')).toMatch(
      /account: role \S+ exists, and this stack did not make it: .*\n.*role: adopt takes it over/,
    );
  });

  it('goes from one that is needed to the other', async () => {
    await start(`region: ${REGION}`, MQ);
    await passes('deploy');
    write(`region: ${REGION}`, MNS);
    expect(await passes('deploy')).toMatch(/Destroyed: .*account\/alicloud_ram_role\.role_/);
    expect(roles().map(({ roleName }) => roleName)).toEqual(['AliyunOpenAnalyticsAccessingMNSRole']);
  });
});

it('example.yaml, copied as it is, deploys and gives a receipt', { timeout: 120_000 }, async () => {
  const example = path.join(ROOT, 'stacks/settings/example.yaml');
  await start(fs.readFileSync(example, 'utf8'));
  expect(await passes('diff')).toContain('Nothing is replaced or destroyed.\n');
  expect(await passes('deploy')).toMatch(/^PASS {2}notification-dev\/notification/m);
  await passes('destroy');
  expect(roles()).toEqual([]);
});

it('region of what is deployed cannot change, and does once it is destroyed', { timeout: 120_000 }, async () => {
  await start(`region: ${REGION}`, MQ);
  await passes('deploy');
  const before = deployment.resources();
  write('region: cn-shanghai', MQ);
  for (const verb of ['deploy', 'destroy']) {
    expect(await fails(verb)).toContain(
      `notification-dev: what this state has is in ${REGION}, the settings say cn-shanghai: an environment cannot move;`,
    );
  }
  expect(deployment.resources()).toEqual(before);
  write(`region: ${REGION}`, MQ);
  await passes('destroy');
  write('region: cn-shanghai', MQ);
  await passes('deploy');
  expect(deployment.cloud.account.ons.listInstances('cn-shanghai')).toHaveLength(1);
});

it('state moves by the command that the refusal tells', { timeout: 120_000 }, async () => {
  await start(`region: ${REGION}`, MNS);
  await passes('deploy');
  deployment.cloud.account.oss.createBucket(REGION, { name: 'state-of-a-team' });
  write(`region: ${REGION}`, `state: { backend: oss, bucket: state-of-a-team, region: ${REGION} }`, MNS);
  const first = await fails('deploy');
  expect(first).toMatch(/^\S+: \S+ -chdir=\S+\/account init -migrate-state\n/m);
  for (const name of ['account', 'notification-dev']) {
    await deployment.terraform(name, 'init', '-migrate-state', '-force-copy', '-input=false');
  }
  expect(await passes('deploy')).toContain('account: No changes\nnotification-dev: No changes\n');
  expect(await passes('destroy')).toContain('notification-dev: 0 added, 0 changed, 6 destroyed\n');
});

describe('environments', { timeout: 180_000 }, () => {
  /** Runs the commands of Terraform that a message tells. */
  const follow = (message: string) => {
    const commands = [...message.matchAll(/terraform -chdir=\S+\/([\w-]+) ((?:state|import) .*?)(?= && | \(|$)/gm)];
    return commands.reduce(
      (before, [, stack, command]) => before.then(() => deployment.terraform(stack, ...command.split(' '))),
      Promise.resolve(),
    );
  };

  it('keep an instance that one of them made, and another one refers to', async () => {
    await start(`region: ${REGION}`, MQ);
    await passes('deploy');
    const { ons } = deployment.cloud.account;
    const [{ instanceId }] = ons.listInstances(REGION);
    const second = `environments: { dev: { channel: mns, smoke: off }, prod: { existingInstanceId: ${instanceId}, smoke: off } }`;
    write(`region: ${REGION}`, second);
    const { code, stdout, stderr } = await deployment.run('diff');
    expect(code, stdout).toBe(1);
    expect(stdout).toContain('Destroyed: notification-dev/alicloud_ons_');
    const told = `(${instanceId}) would be destroyed by alicloud_ons_instance.`;
    expect(stderr).toContain(told);
    const message = await fails('deploy');
    expect(message).toContain(told);
    expect(message).toContain('notification-prod/instance still refers to it');
    expect(ons.listInstances(REGION)).toHaveLength(1);
    await follow(message);
    await passes('deploy');
    expect(ons.listInstances(REGION)).toMatchObject([{ instanceId }]);
  });

  it('that swap the names of their buckets do so once the states are told', async () => {
    const settings = (dev: string, prod: string) =>
      `environments: { dev: { channel: mns, smoke: off, bucketName: ${dev} }, prod: { channel: mns, smoke: off, bucketName: ${prod} } }`;
    await start(`region: ${REGION}`, settings('data-of-dev', 'data-of-prod'));
    await passes('deploy');
    const { oss } = deployment.cloud.account;
    const before = oss.listBuckets();
    write(`region: ${REGION}`, settings('data-of-prod', 'data-of-dev'));
    const message = await fails('deploy');
    expect(message).toContain('made by stack notification-prod at once');
    await follow(message);
    await passes('deploy');
    expect(oss.listBuckets()).toEqual(before);
  });
});
