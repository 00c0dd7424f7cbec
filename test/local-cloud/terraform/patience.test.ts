import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Faults } from '../../../lib/local-cloud/http/faults';
import { ProviderCalls } from '../../../lib/local-cloud/terraform/calls';
import { ramRole } from '../../../lib/provider-schema/index';
import { hasTerraform, openAccount, servedAt, startProviderServer, Workspace } from './workspace';
import { eventually } from '../../eventually';
import { scratchFolder } from '../../scratch';

const ROLE = `
resource "alicloud_ram_role" "role" {
  role_name                   = "worker"
  assume_role_policy_document = jsonencode({
    Version   = "1"
    Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = ["fc.aliyuncs.com"] } }]
  })
}
`;

/** Terraform against an account whose provider meets faults, and tries again soon. */
async function disturbed(faults = new Faults()): Promise<{ workspace: Workspace; faults: Faults }> {
  const account = openAccount();
  const { port, close } = await startProviderServer(account, { faults, retryMillis: 20 });
  onTestFinished(close);
  return { workspace: new Workspace(account, scratchFolder(), servedAt(port)), faults };
}

it('says that it was stopped where it waited for another try', async () => {
  const faults = new Faults({ errors: [{ action: 'ram.CreateRole', code: 'Throttling.User' }] });
  const calls = new ProviderCalls(faults, 3_600_000);
  const asked = vi.spyOn(faults, 'apply');
  const run = calls.run(ramRole, 'create', { values: {} }, () => 'made');
  run.catch(() => undefined);
  await expect.poll(() => asked.mock.settledResults.some(({ type }) => type === 'rejected')).toBe(true);
  await new Promise(setImmediate);
  calls.stop();
  await expect(run).rejects.toMatchObject({ code: 'Interrupted', message: expect.stringContaining('was stopped') });
});

describe.skipIf(!hasTerraform)('the provider', { timeout: 60_000 }, () => {
  it('tries again what is throttled or fails for the moment', async () => {
    const { workspace } = await disturbed(
      new Faults({
        errors: [
          { action: 'ram.CreateRole', code: 'Throttling.User', times: 2 },
          { action: 'ram.GetRole', code: 'ServiceUnavailable', status: 503 },
        ],
      }),
    );
    expect((await workspace.apply(ROLE)).errors).toEqual([]);
    expect(workspace.account.ram.listRoles()).toHaveLength(1);
  });

  it('tells Terraform what else a service answers, and makes nothing', async () => {
    const { workspace } = await disturbed(
      new Faults({ errors: [{ action: 'ram.CreateRole', code: 'NoPermission', status: 403 }] }),
    );
    expect((await workspace.apply(ROLE)).errors.join()).toContain('cannot create alicloud_ram_role: NoPermission');
    expect(workspace.account.ram.listRoles()).toEqual([]);
    expect((await workspace.apply()).errors).toEqual([]);
  });

  it('takes for tainted what it made and could not read', async () => {
    const { workspace, faults } = await disturbed();
    faults.configure({ errors: [{ action: 'ram.GetRole', code: 'NoPermission', status: 403 }] });
    expect((await workspace.apply(ROLE)).errors.join()).toContain('NoPermission');
    expect((await workspace.plan()).changes).toEqual(['alicloud_ram_role.role: replace']);
  });

  it('waits for the policies of a role that it deletes', async () => {
    const { workspace } = await disturbed();
    await workspace.apply(ROLE);
    const { ram } = workspace.account;
    ram.attachPolicy('role', 'worker', 'System', 'AliyunMQFullAccess');
    const asked = vi.spyOn(ram, 'deleteRole');
    const destroyed = workspace.destroy();
    await eventually(() => expect(asked.mock.results.map(({ type }) => type)).toContain('throw'));
    ram.detachPolicy('role', 'worker', 'System', 'AliyunMQFullAccess');
    expect((await destroyed).errors).toEqual([]);
    expect(ram.listRoles()).toEqual([]);
  });

  it.each([
    ['LTAIunknown', 'wrong', 'InvalidAccessKeyId.NotFound'],
    [undefined, 'wrong', 'SignatureDoesNotMatch'],
    [undefined, undefined, undefined],
  ])('takes the keys %s and %s of a configuration as the account does', async (accessKey, secretKey, error) => {
    const { workspace } = await disturbed();
    const { accessKeyId, accessKeySecret } = workspace.account.identity;
    const provider = `provider "alicloud" {\n access_key = "${accessKey ?? accessKeyId}"\n secret_key = "${secretKey ?? accessKeySecret}"\n}\n`;
    const { errors } = await workspace.apply(provider + ROLE);
    expect(errors.join()).toContain(error ?? '');
    expect(workspace.account.ram.listRoles()).toHaveLength(error === undefined ? 1 : 0);
  });

  it('makes no ninth MQ instance, and no tags that MQ does not take', async () => {
    const { workspace } = await disturbed();
    const instance = (name: number, tags = '{}') =>
      `resource "alicloud_ons_instance" "i${name}" {\n instance_name = "instance-${name}"\n tags = ${tags}\n}\n`;
    const nine = Array.from({ length: 9 }, (_, index) => instance(index)).join('');
    expect((await workspace.apply(nine)).errors.join()).toContain('a region has at most 8 instances of an account');
    const { workspace: other } = await disturbed();
    expect((await other.apply(instance(1, '{ "acs:x" = "1" }'))).errors.join()).toContain("a tag's key: expected");
  });
});

/** A change of one argument, and what comes of it, as it was seen of the real provider (1.286.0). */
describe.skipIf(!hasTerraform)('an argument that changes', { timeout: 60_000 }, () => {
  const bucket = (body: string) => `resource "alicloud_oss_bucket" "x" {\n bucket = "data-bucket"\n ${body}\n}\n`;
  const queue = (body: string) => `resource "alicloud_message_service_queue" "x" {\n queue_name = "q"\n ${body}\n}\n`;
  const topic = (body: string) =>
    `resource "alicloud_ons_instance" "i" {\n instance_name = "mq-1"\n}\nresource "alicloud_ons_topic" "x" {\n instance_id = alicloud_ons_instance.i.id\n topic_name = "topic"\n message_type = 0\n ${body}\n}\n`;

  it.each<[string, string, string, string[], string[]]>([
    [
      'versioning suspended',
      bucket('versioning {\n status = "Enabled"\n }'),
      bucket('versioning {\n status = "Suspended"\n }'),
      ['update'],
      [],
    ],
    ['versioning left out', bucket('versioning {\n status = "Enabled"\n }'), bucket(''), ['update'], ['update']],
    ['tags', bucket('tags = { a = "1" }'), bucket('tags = { b = "2" }'), ['update'], []],
    [
      'encryption',
      bucket('server_side_encryption_rule {\n sse_algorithm = "AES256"\n }'),
      bucket('server_side_encryption_rule {\n sse_algorithm = "KMS"\n }'),
      ['update'],
      [],
    ],
    ['storage class', bucket(''), bucket('storage_class = "IA"'), ['replace'], []],
    ['visibility to zero', queue('visibility_timeout = 60'), queue('visibility_timeout = 0'), ['update'], ['update']],
    ['delay to zero', queue('delay_seconds = 5'), queue('delay_seconds = 0'), ['update'], []],
    ['visibility left out', queue('visibility_timeout = 60'), queue(''), [], []],
    ['retention', queue('message_retention_period = 3600'), queue('message_retention_period = 7200'), ['update'], []],
    ['remark of a topic', topic('remark = "one"'), topic('remark = "two"'), ['replace'], []],
    ['tags of a topic', topic('tags = { a = "1" }'), topic('tags = { a = "2" }'), ['update'], []],
  ])('%s', async (_name, before, after, planned, left) => {
    const { workspace } = await disturbed();
    expect((await workspace.apply(before)).errors).toEqual([]);
    const applied = await workspace.apply(after);
    expect(applied.errors).toEqual([]);
    const actions = (changes: string[]) => changes.map((change) => change.split(': ')[1]);
    expect(actions(applied.changes)).toEqual(planned);
    expect(actions((await workspace.plan()).changes)).toEqual(left);
  });
});
