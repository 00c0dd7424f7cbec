import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../../scratch';
import { hasTerraform, openAccount, openProviderServer, servedAt, Workspace } from './workspace';

const TRUST =
  '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["openanalytics.aliyuncs.com"]}}],"Version":"1"}';
/** The same document as the RAM console writes it. */
const CONSOLE_TRUST = JSON.stringify(JSON.parse(TRUST), null, 2);
const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';

const CHANNEL = `
resource "alicloud_ons_instance" "mq" {
  instance_name = "receipts"
  remark        = "first"
}
resource "alicloud_ons_topic" "topic" {
  instance_id  = alicloud_ons_instance.mq.id
  topic_name   = "receipts"
  message_type = 0
  timeouts {
    create = "7m"
  }
}
resource "alicloud_ons_group" "group" {
  instance_id = alicloud_ons_instance.mq.id
  group_name  = "GID_receipts"
}
`;
const ROLE_AND_POLICY = `
resource "alicloud_ram_role" "role" {
  role_name                   = "${ROLE}"
  assume_role_policy_document = jsonencode(jsondecode(${JSON.stringify(TRUST)}))
}
resource "alicloud_ram_role_policy_attachment" "full" {
  role_name   = alicloud_ram_role.role.role_name
  policy_name = "AliyunMQFullAccess"
  policy_type = "System"
}
`;
const BUCKET = `
resource "alicloud_oss_bucket" "data" {
  bucket        = "data-bucket"
  force_destroy = true
  tags          = { team = "data" }
  versioning {
    status = "Enabled"
  }
  server_side_encryption_rule {
    sse_algorithm = "AES256"
  }
  lifecycle_rule {
    enabled = true
    prefix  = "logs/"
    expiration {
      days = 30
    }
    transitions {
      days          = 10
      storage_class = "IA"
    }
  }
}
resource "alicloud_oss_bucket_acl" "acl" {
  bucket = alicloud_oss_bucket.data.bucket
  acl    = "private"
}
resource "alicloud_oss_bucket_public_access_block" "block" {
  bucket              = alicloud_oss_bucket.data.bucket
  block_public_access = true
}
resource "alicloud_oss_bucket_object" "rows" {
  bucket  = alicloud_oss_bucket.data.bucket
  key     = "tables/rows.json"
  content = "{}"
}
`;

describe('Terraform', { timeout: 60_000 }, () => {
  beforeEach((ctx) => {
    if (!hasTerraform) {
      ctx.skip('terraform is not on this machine');
    }
  });

  it('needs no download', async () => {
    const workspace = await Workspace.open();
    workspace.write(CHANNEL);
    expect((await workspace.terraform('init')).code).toBe(0);
    expect((await workspace.terraform('validate')).code).toBe(0);
    expect(fs.existsSync(path.join(workspace.folder, '.terraform'))).toBe(false);
  });

  it('is served to modules that name no source as well', async () => {
    const workspace = await Workspace.open();
    const queues = () => workspace.account.mns.listQueues('cn-hangzhou').map(({ queueName }) => queueName);
    const queue = (name: string) => `resource "alicloud_message_service_queue" "queue" { queue_name = "${name}" }`;
    fs.mkdirSync(path.join(workspace.folder, 'module'));
    fs.writeFileSync(path.join(workspace.folder, 'module/main.tf'), queue('of-the-module'));
    workspace.write(`${queue('of-the-root')}
      module "child" { source = "./module" }
    `);
    expect(await workspace.terraform('init')).toMatchObject({ code: 0 });
    expect(await workspace.apply()).toMatchObject({ code: 0, errors: [] });
    expect(queues()).toEqual(['of-the-module', 'of-the-root']);
    expect(await workspace.destroy()).toMatchObject({ code: 0, errors: [] });
    expect(queues()).toEqual([]);
  });

  it('is served whatever else the configuration of Terraform says, which goes on holding', async () => {
    const account = openAccount();
    const folder = scratchFolder();
    const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
    const version = '9.9.9';
    for (const registry of ['registry.terraform.io', 'registry.opentofu.org']) {
      const mirrored = path.join(folder, 'mirror', registry, 'hashicorp/random', version, platform);
      fs.mkdirSync(mirrored, { recursive: true });
      fs.writeFileSync(path.join(mirrored, `terraform-provider-random_v${version}`), '', { mode: 0o755 });
    }
    const config = path.join(folder, 'terraform.rc');
    fs.writeFileSync(
      config,
      `provider_installation {
        dev_overrides { "aliyun/alicloud" = ${JSON.stringify(folder)} }
        filesystem_mirror { path = ${JSON.stringify(path.join(folder, 'mirror'))} }
      }`,
    );
    const cloud = { ...servedAt(await openProviderServer(account)), TF_CLI_CONFIG_FILE: config };
    const workspace = new Workspace(account, scratchFolder(), cloud);
    const write = (others: object) =>
      workspace.writeJson({
        terraform: { required_providers: { alicloud: { source: 'aliyun/alicloud' }, ...others } },
        resource: { alicloud_message_service_queue: { queue: { queue_name: 'receipts' } } },
      });
    write({ random: { source: 'hashicorp/random' } });
    expect(await workspace.run('init', '-input=false')).toMatchObject({ code: 0 });
    expect(fs.readFileSync(path.join(workspace.folder, '.terraform.lock.hcl'), 'utf8')).toContain('hashicorp/random');
    // The mirror's is an empty file, which nobody can start.
    write({});
    expect(await workspace.run('init', '-input=false')).toMatchObject({ code: 0 });
    expect(await workspace.apply()).toMatchObject({ code: 0, errors: [] });
    expect(account.mns.listQueues('cn-hangzhou')).toHaveLength(1);
    expect(await workspace.destroy()).toMatchObject({ code: 0, errors: [] });
    expect(account.mns.listQueues('cn-hangzhou')).toEqual([]);
  });

  it('creates, finds nothing to change, and destroys', async () => {
    const workspace = await Workspace.open();
    const { account } = workspace;
    const created = await workspace.apply(`${CHANNEL}${ROLE_AND_POLICY}${BUCKET}
      resource "alicloud_message_service_service" "mns" {}
      resource "alicloud_message_service_queue" "queue" { queue_name = "receipts" }
      data "alicloud_ons_instances" "mq" {
        ids            = [alicloud_ons_instance.mq.id]
        enable_details = true
      }
      output "endpoint" { value = data.alicloud_ons_instances.mq.instances[0].tcp_endpoint }
    `);
    expect(created.errors).toEqual([]);
    const [instance] = account.ons.listInstances('cn-hangzhou');
    expect(instance).toMatchObject({ instanceName: 'receipts', remark: 'first' });
    expect(account.ons.getTopic('cn-hangzhou', instance.instanceId, 'receipts').messageType).toBe(0);
    expect(account.ons.getGroup('cn-hangzhou', instance.instanceId, 'GID_receipts').groupType).toBe('tcp');
    expect(account.ram.listAttachedPolicies('role', ROLE)).toHaveLength(1);
    expect(account.oss.getBucket('data-bucket')).toMatchObject({
      versioning: 'Enabled',
      encryption: { sseAlgorithm: 'AES256' },
      blockPublicAccess: true,
      tags: { team: 'data' },
    });
    expect(account.oss.getObject('data-bucket', 'tables/rows.json')).toMatchObject({
      size: 2,
      contentType: 'application/json',
    });
    expect(workspace.state('data.alicloud_ons_instances.mq').instances).toMatchObject([
      { tcp_endpoint: account.ons.endpointsOf(instance).tcp },
    ]);
    expect(workspace.state('alicloud_ons_topic.topic')).toMatchObject({
      id: `${instance.instanceId}:receipts`,
      timeouts: { create: '7m' },
    });
    expect(workspace.state('alicloud_ram_role_policy_attachment.full').id).toBe(
      `role:AliyunMQFullAccess:System:${ROLE}`,
    );

    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [], drift: [] });

    expect(await workspace.destroy()).toMatchObject({ code: 0, errors: [] });
    expect(account.ons.listInstances('cn-hangzhou')).toEqual([]);
    expect(account.ram.listRoles()).toEqual([]);
    expect(account.oss.listBuckets()).toEqual([]);
    expect(account.mns.listQueues('cn-hangzhou')).toEqual([]);
  });

  it('updates in place what can be', async () => {
    const workspace = await Workspace.open();
    await workspace.apply(`${CHANNEL}${ROLE_AND_POLICY}${BUCKET}`);
    const before = workspace.state('alicloud_ons_instance.mq').id;
    const changed = `${CHANNEL}${ROLE_AND_POLICY}${BUCKET}`
      .replace('"first"', '"second"')
      .replace('days = 30', 'days = 31')
      .replace('status = "Enabled"', 'status = "Suspended"')
      .replace('content = "{}"', 'content = "{ }"')
      .replace('"openanalytics.aliyuncs.com"', '"fc.aliyuncs.com"')
      .replace('openanalytics', 'fc');
    const applied = await workspace.apply(changed);
    expect(applied.errors).toEqual([]);
    expect(applied.changes).toEqual([
      'alicloud_ons_instance.mq: update',
      'alicloud_oss_bucket.data: update',
      'alicloud_oss_bucket_object.rows: update',
      'alicloud_ram_role.role: update',
    ]);
    expect(workspace.state('alicloud_ons_instance.mq')).toMatchObject({ id: before, remark: 'second' });
    expect(workspace.state('alicloud_ram_role.role').services).toEqual(['fc.aliyuncs.com']);
    const { oss } = workspace.account;
    expect(oss.getBucket('data-bucket')).toMatchObject({
      versioning: 'Suspended',
      lifecycleRules: [{ prefix: 'logs/', expiration: { days: 31 }, transitions: [{ days: 10, storageClass: 'IA' }] }],
    });
    expect(oss.getObject('data-bucket', 'tables/rows.json').size).toBe(3);
    expect(workspace.state('alicloud_oss_bucket_object.rows').content_length).toBe('3');
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
  });

  it('takes blocks and arguments away again', async () => {
    const workspace = await Workspace.open();
    await workspace.apply(BUCKET);
    const applied = await workspace.apply(
      'resource "alicloud_oss_bucket" "data" {\n bucket = "data-bucket"\n force_destroy = true\n}',
    );
    expect(applied.errors).toEqual([]);
    const bucket = workspace.account.oss.getBucket('data-bucket');
    // Versioning stays without its block, as with the real provider, and every plan says so.
    expect(bucket).toMatchObject({ lifecycleRules: [], tags: {}, versioning: 'Enabled' });
    expect(bucket.encryption).toBeUndefined();
    expect(await workspace.plan()).toMatchObject({ code: 2, changes: ['alicloud_oss_bucket.data: update'] });
  });

  it('replaces what cannot be changed, and what depends on it', async () => {
    const workspace = await Workspace.open();
    await workspace.apply(CHANNEL);
    const topic = await workspace.plan(CHANNEL.replace('message_type = 0', 'message_type = 1'));
    expect(topic.changes).toEqual(['alicloud_ons_topic.topic: replace']);
    await workspace.apply();
    const { instanceId } = workspace.account.ons.listInstances('cn-hangzhou')[0];
    expect(workspace.account.ons.getTopic('cn-hangzhou', instanceId, 'receipts').messageType).toBe(1);
  });

  it('imports by id without a difference', async () => {
    const workspace = await Workspace.open();
    const { ons, ram } = workspace.account;
    ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: CONSOLE_TRUST });
    ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
    const { instanceId } = ons.createInstance('cn-hangzhou', { instanceName: 'receipts', remark: 'first' });
    ons.createTopic('cn-hangzhou', { instanceId, topic: 'receipts', messageType: 0 });
    ons.createGroup('cn-hangzhou', { instanceId, groupId: 'GID_receipts', groupType: 'tcp' });
    const imports = {
      'alicloud_ram_role.role': ROLE,
      'alicloud_ram_role_policy_attachment.full': `role:AliyunMQFullAccess:System:${ROLE}`,
      'alicloud_ons_instance.mq': instanceId,
      'alicloud_ons_topic.topic': `${instanceId}:receipts`,
      'alicloud_ons_group.group': `${instanceId}:GID_receipts`,
    };
    const blocks = Object.entries(imports).map(([to, id]) => `import {\n to = ${to}\n id = "${id}"\n}\n`);
    const configuration = `${CHANNEL.replace(/timeouts {[^}]*}/, '')}${ROLE_AND_POLICY}`;
    const imported = await workspace.apply(configuration + blocks.join(''));
    expect(imported.errors).toEqual([]);
    expect(imported.changes).toEqual(
      Object.keys(imports)
        .map((address) => `${address}: import`)
        .sort(),
    );
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
  });

  it('manages and destroys what an earlier version made with values that are out of range now', async () => {
    const workspace = await Workspace.open();
    const { ons, mns } = workspace.account;
    const { instanceId } = ons.createInstance('cn-hangzhou', { instanceName: 'receipts', remark: 'first' });
    const topic = ons.createTopic('cn-hangzhou', { instanceId, topic: 'receipts', messageType: 0 });
    const queue = mns.createQueue('cn-hangzhou', { queueName: 'q' });
    type Rows = { put(row: object, ...key: string[]): void };
    (ons as unknown as { topics: Rows }).topics.put({ ...topic, topic: 'ab' }, instanceId, 'ab');
    (mns as unknown as { queues: Rows }).queues.put({ ...queue, visibilityTimeout: 0 }, 'cn-hangzhou', 'q');
    await ons.deleteTopic('cn-hangzhou', instanceId, 'receipts');
    const imported = (delay: number) => `
      resource "alicloud_ons_topic" "x" {\n instance_id = "${instanceId}"\n topic_name = "ab"\n message_type = 0\n }
      resource "alicloud_message_service_queue" "q" {\n queue_name = "q"\n visibility_timeout = 0\n delay_seconds = ${delay}\n }
      import {\n to = alicloud_ons_topic.x\n id = "${instanceId}:ab"\n }
      import {\n to = alicloud_message_service_queue.q\n id = "q"\n }
    `;
    expect((await workspace.apply(imported(0))).errors).toEqual([]);
    expect((await workspace.apply(imported(5))).errors).toEqual([]);
    expect(mns.getQueue('cn-hangzhou', 'q')).toMatchObject({ visibilityTimeout: 0, delaySeconds: 5 });
    expect((await workspace.destroy()).errors).toEqual([]);
    expect([ons.listTopics('cn-hangzhou', instanceId), mns.listQueues('cn-hangzhou')]).toEqual([[], []]);
  });

  it('sends no visibility of zero, and lets MQ refuse a topic whose name is too short', async () => {
    const workspace = await Workspace.open();
    const run = await workspace.apply(`
      resource "alicloud_message_service_queue" "q" {\n queue_name = "q"\n visibility_timeout = 0\n }
      resource "alicloud_ons_instance" "mq" {\n instance_name = "receipts"\n }
      resource "alicloud_ons_topic" "x" {\n instance_id = alicloud_ons_instance.mq.id\n topic_name = "ab"\n message_type = 0\n }
    `);
    expect(run.errors.join('\n')).toContain('expected 3 to 64 letters');
    expect(workspace.account.mns.getQueue('cn-hangzhou', 'q').visibilityTimeout).toBe(30);
  });

  it.each([
    ['alicloud_ons_topic', 'no-colon', 'expected INSTANCE_ID:TOPIC_NAME'],
    ['alicloud_ram_role_policy_attachment', 'user:a:System:b', 'expected role:POLICY_NAME:POLICY_TYPE:ROLE_NAME'],
    ['alicloud_ram_role', 'Nobody', 'Cannot import non-existent remote object'],
    ['alicloud_oss_bucket_object', 'a.json', 'the provider cannot import alicloud_oss_bucket_object'],
  ])('refuses to import %s by %s', async (type, id, reason) => {
    const workspace = await Workspace.open();
    const bodies: Record<string, string> = {
      alicloud_ons_topic: 'instance_id = "i"\n topic_name = "t"\n message_type = 0',
      alicloud_ram_role_policy_attachment: 'role_name = "r"\n policy_name = "p"\n policy_type = "System"',
      alicloud_ram_role: 'role_name = "Nobody"',
      alicloud_oss_bucket_object: 'bucket = "b"\n key = "a.json"\n content = "x"',
    };
    const { code, errors } = await workspace.plan(
      `resource "${type}" "it" {\n ${bodies[type]}\n}\nimport {\n to = ${type}.it\n id = "${id}"\n}\n`,
    );
    expect(code).toBe(1);
    expect(errors.join()).toContain(reason);
  });

  it('sees what changed behind its back, and repairs it', async () => {
    const workspace = await Workspace.open();
    await workspace.apply(`${CHANNEL}${ROLE_AND_POLICY}${BUCKET}`);
    const { ons, oss, ram } = workspace.account;
    const [{ instanceId }] = ons.listInstances('cn-hangzhou');
    ram.updateRole(ROLE, { assumeRolePolicyDocument: TRUST.replace('openanalytics', 'fc') });
    ram.detachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
    void ons.deleteTopic('cn-hangzhou', instanceId, 'receipts');
    oss.updateBucket('data-bucket', { encryption: { sseAlgorithm: 'KMS' } });
    const expected = [
      'alicloud_ons_topic.topic: create',
      'alicloud_oss_bucket.data: update',
      'alicloud_ram_role.role: update',
      'alicloud_ram_role_policy_attachment.full: create',
    ];
    expect(await workspace.plan()).toMatchObject({ code: 2, changes: expected });
    expect((await workspace.apply()).errors).toEqual([]);
    expect(ram.getRole(ROLE).assumeRolePolicyDocument).toContain('openanalytics');
    expect(ram.listAttachedPolicies('role', ROLE)).toHaveLength(1);
    expect(ons.getTopic('cn-hangzhou', instanceId, 'receipts').topic).toBe('receipts');
    expect(oss.getBucket('data-bucket').encryption).toMatchObject({ sseAlgorithm: 'AES256' });
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
  });

  it('takes a document that only looks different for the same', async () => {
    const workspace = await Workspace.open();
    await workspace.apply(ROLE_AND_POLICY);
    workspace.account.ram.updateRole(ROLE, { assumeRolePolicyDocument: CONSOLE_TRUST });
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
  });

  it('keeps the configurations of two aliases apart', async () => {
    const workspace = await Workspace.open();
    const applied = await workspace.apply(`
      provider "alicloud" { region = "cn-hangzhou" }
      provider "alicloud" {
        alias  = "shanghai"
        region = "cn-shanghai"
      }
      resource "alicloud_ons_instance" "here" { instance_name = "here" }
      resource "alicloud_ons_instance" "there" {
        provider      = alicloud.shanghai
        instance_name = "there"
      }
      resource "alicloud_oss_bucket" "there" {
        provider = alicloud.shanghai
        bucket   = "there-bucket"
      }
    `);
    expect(applied.errors).toEqual([]);
    const { ons } = workspace.account;
    expect(ons.listInstances('cn-hangzhou').map(({ instanceName }) => instanceName)).toEqual(['here']);
    expect(ons.listInstances('cn-shanghai').map(({ instanceName }) => instanceName)).toEqual(['there']);
    expect(workspace.state('alicloud_oss_bucket.there')).toMatchObject({
      location: 'oss-cn-shanghai',
      extranet_endpoint: 'oss-cn-shanghai.aliyuncs.com',
    });
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
  });

  it('does not let a bucket be changed through another region', async () => {
    const workspace = await Workspace.open();
    workspace.account.oss.createBucket('cn-shanghai', { name: 'there-bucket' });
    const { errors } = await workspace.apply(
      'resource "alicloud_oss_bucket_acl" "acl" {\n bucket = "there-bucket"\n acl = "private"\n}',
    );
    expect(errors).toEqual([
      "cannot create alicloud_oss_bucket_acl: AccessDenied: the bucket there-bucket is in cn-shanghai, the provider's region is cn-hangzhou",
    ]);
  });

  it('shows no sensitive value', async () => {
    const workspace = await Workspace.open();
    const run = await workspace.apply(`${BUCKET.replace('content = "{}"', 'content = var.secret')}
      variable "secret" {
        default   = "do-not-show-this"
        sensitive = true
      }
    `);
    expect(run.code).toBe(0);
    expect(run.text).not.toContain('do-not-show-this');
    expect(workspace.account.oss.getObject('data-bucket', 'tables/rows.json').size).toBe(16);
  });

  it('uploads a file, and refuses one that it cannot find', async () => {
    const workspace = await Workspace.open();
    const file = path.join(workspace.folder, 'rows.json');
    fs.writeFileSync(file, '{"id":1}');
    const object = (source: string) => BUCKET.replace('content = "{}"', `source = ${JSON.stringify(source)}`);
    expect((await workspace.apply(object(file))).errors).toEqual([]);
    expect(workspace.account.oss.getObject('data-bucket', 'tables/rows.json').size).toBe(8);
    expect((await workspace.apply(object('rows.json'))).errors).toEqual([
      'invalid value for source: source: expected an absolute path, got "rows.json"; use abspath()',
    ]);
    expect((await workspace.apply(object('/nowhere/rows.json'))).errors.join()).toContain('cannot read the file');
  });

  it('adopts nothing that exists already', async () => {
    const workspace = await Workspace.open();
    const { account } = workspace;
    account.ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: TRUST });
    account.oss.createBucket('cn-hangzhou', { name: 'data-bucket' });
    account.ons.createInstance('cn-hangzhou', { instanceName: 'receipts' });
    const { errors } = await workspace.apply(`${CHANNEL}${ROLE_AND_POLICY}${BUCKET}`);
    expect(errors.map((error) => error.split(':').slice(0, 2).join(':')).sort()).toEqual([
      'cannot create alicloud_ons_instance: INSTANCE_NAME_EXIST',
      'cannot create alicloud_oss_bucket: BucketAlreadyExists',
      'cannot create alicloud_ram_role: EntityAlreadyExists.Role',
    ]);
  });

  it('keeps a bucket that it could not complete, and replaces it', async () => {
    const workspace = await Workspace.open();
    const bucket = (policy: string) =>
      `resource "alicloud_oss_bucket" "data" {\n bucket = "data-bucket"\n ${policy}\n tags = { a = "1" }\n}`;
    const { errors } = await workspace.apply(bucket('policy = "no policy"'));
    expect(errors.join()).toContain('MalformedPolicyDocument');
    expect(workspace.account.oss.listBuckets()).toMatchObject([{ name: 'data-bucket', tags: {} }]);
    const next = await workspace.apply(bucket(''));
    expect(next).toMatchObject({ errors: [], changes: ['alicloud_oss_bucket.data: replace'] });
    expect(workspace.account.oss.listBuckets()).toMatchObject([{ tags: { a: '1' } }]);
  });

  it('deletes what still holds something only when forced to', async () => {
    const workspace = await Workspace.open();
    const { oss, ram } = workspace.account;
    const role = (force: boolean) =>
      `resource "alicloud_ram_role" "role" {\n role_name = "worker"\n services = ["fc.aliyuncs.com"]\n force = ${force}\n timeouts {\n delete = "1s"\n }\n}\n`;
    const bucket = (force: boolean) =>
      `resource "alicloud_oss_bucket" "data" {\n bucket = "data-bucket"\n force_destroy = ${force}\n versioning {\n status = "Enabled"\n }\n}\n`;
    await workspace.apply(role(false) + bucket(false));
    ram.attachPolicy('role', 'worker', 'System', 'AliyunMQFullAccess');
    oss.putObject('data-bucket', 'a', Buffer.from('1'));
    oss.putObject('data-bucket', 'a', Buffer.from('2'));
    const refused = await workspace.destroy();
    expect(refused.errors.join()).toContain('cannot delete alicloud_ram_role: DeleteConflict.Role.Policy');
    expect(refused.errors.join()).toContain('cannot delete alicloud_oss_bucket: BucketNotEmpty');
    await workspace.apply(role(true) + bucket(true));
    expect((await workspace.destroy()).errors).toEqual([]);
    expect([...ram.listRoles(), ...oss.listBuckets()]).toEqual([]);
  });

  it('keeps policies, users and what is attached to them', async () => {
    const workspace = await Workspace.open();
    const { ram } = workspace.account;
    const configuration = `
      resource "alicloud_ram_user" "user" { name = "reader" }
      resource "alicloud_ram_policy" "read" {
        policy_name = "read-data"
        force       = true
        statement {
          effect   = "Allow"
          action   = ["oss:GetObject"]
          resource = ["acs:oss:*:*:data-bucket/*"]
        }
      }
      resource "alicloud_ram_policy" "list" {
        policy_name     = "list-data"
        policy_document = jsonencode({
          Version   = "1"
          Statement = [{ Effect = "Allow", Action = "oss:ListObjects", Resource = "acs:oss:*:*:data-bucket" }]
        })
      }
      resource "alicloud_ram_user_policy_attachment" "read" {
        user_name   = alicloud_ram_user.user.name
        policy_name = alicloud_ram_policy.read.policy_name
        policy_type = alicloud_ram_policy.read.type
      }
      resource "alicloud_oss_bucket" "data" { bucket = "data-bucket" }
      resource "alicloud_oss_bucket_policy" "tls" {
        bucket = alicloud_oss_bucket.data.bucket
        policy = jsonencode({
          Version   = "1"
          Statement = [{ Effect = "Deny", Action = "oss:*", Principal = ["*"], Resource = ["acs:oss:*:*:data-bucket/*"] }]
        })
      }`;
    expect((await workspace.apply(configuration)).errors).toEqual([]);
    expect(ram.allows('user', 'reader', 'oss:GetObject', 'acs:oss:cn-hangzhou:1:data-bucket/a')).toBe(true);
    expect(workspace.account.oss.getBucket('data-bucket').policy).toContain('Deny');
    const id = workspace.state('alicloud_ram_user.user').id;
    const changed = await workspace.apply(
      configuration.replace('"oss:GetObject"', '"oss:PutObject"').replace('name = "reader"', 'name = "writer"'),
    );
    expect(changed.errors).toEqual([]);
    expect(workspace.state('alicloud_ram_user.user').id).toBe(id);
    expect(workspace.state('alicloud_ram_policy.read').default_version).toBe('v2');
    expect(ram.allows('user', 'writer', 'oss:GetObject', 'acs:oss:cn-hangzhou:1:data-bucket/a')).toBe(false);
    expect(ram.allows('user', 'writer', 'oss:PutObject', 'acs:oss:cn-hangzhou:1:data-bucket/a')).toBe(true);
  });

  it('changes a policy as often as it is asked to, where it may drop the oldest version', async () => {
    const workspace = await Workspace.open();
    const { ram } = workspace.account;
    const policy = (bucket: number, strategy: string) => `
      resource "alicloud_ram_policy" "read" {
        policy_name     = "read-data"
        policy_document = jsonencode({
          Version   = "1"
          Statement = [{ Effect = "Allow", Action = "oss:GetObject", Resource = "acs:oss:*:*:bucket-${bucket}/*" }]
        })
        rotate_strategy = "${strategy}"
      }`;
    await workspace.apply(policy(1, 'None'));
    for (let bucket = 2; bucket <= 5; bucket += 1) {
      ram.createPolicyVersion('read-data', ram.getPolicy('Custom', 'read-data').versions[0].document, false);
    }
    const refused = await workspace.apply(policy(6, 'None'));
    expect(refused.errors.join()).toContain('cannot update alicloud_ram_policy: LimitExceeded.Policy.Version');
    const { errors } = await workspace.apply(policy(6, 'DeleteOldestNonDefaultVersionWhenLimitExceeded'));
    expect(errors).toEqual([]);
    expect(workspace.state('alicloud_ram_policy.read').policy_document).toContain('bucket-6');
  });

  it('fills in both spellings of a renamed argument, and warns of the old one', async () => {
    const workspace = await Workspace.open();
    const run = await workspace.apply('resource "alicloud_ons_instance" "mq" { name = "old-name" }');
    expect(run.warnings).toContain('argument is deprecated: the provider will remove name');
    expect(workspace.state('alicloud_ons_instance.mq')).toMatchObject({ name: 'old-name', instance_name: 'old-name' });
    const renamed = await workspace.apply('resource "alicloud_ons_instance" "mq" { instance_name = "new-name" }');
    expect(renamed.changes).toEqual(['alicloud_ons_instance.mq: update']);
    expect(workspace.state('alicloud_ons_instance.mq')).toMatchObject({ name: 'new-name', instance_name: 'new-name' });
  });

  it('tells whose the account is', async () => {
    const workspace = await Workspace.open();
    const { errors } = await workspace.apply(
      'data "alicloud_account" "own" {}\noutput "id" { value = data.alicloud_account.own.id }',
    );
    expect(errors).toEqual([]);
    expect(workspace.output('id')).toBe(workspace.account.identity.accountId);
  });

  it('opens services at plan, and only when asked to', async () => {
    const workspace = await Workspace.open();
    const { activation } = workspace.account;
    activation.deactivate('oss');
    activation.deactivate('ons');
    await workspace.plan('data "alicloud_oss_service" "oss" { enable = "On" }\ndata "alicloud_ons_service" "ons" {}\n');
    expect([activation.isActive('oss'), activation.isActive('ons')]).toEqual([true, false]);
    const { errors } = await workspace.apply('resource "alicloud_ons_instance" "mq" { instance_name = "receipts" }');
    expect(errors.join()).toContain('cannot create alicloud_ons_instance: ONS_SERVICE_UNOPENED');
  });

  it('finds instances by what is asked for', async () => {
    const account = openAccount();
    const workspace = await Workspace.open(account);
    const [first, second] = ['receipts-a', 'other-b'].map((instanceName) =>
      account.ons.createInstance('cn-hangzhou', { instanceName, tags: { name: instanceName } }),
    );
    account.ons.createInstance('cn-shanghai', { instanceName: 'receipts-c' });
    await workspace.apply(`
      data "alicloud_ons_instances" "all" {}
      data "alicloud_ons_instances" "named" { name_regex = "^receipts" }
      data "alicloud_ons_instances" "tagged" { tags = { name = "other-b" } }
      data "alicloud_caller_identity" "me" {}
    `);
    expect(workspace.state('data.alicloud_ons_instances.all').ids).toHaveLength(2);
    expect(workspace.state('data.alicloud_ons_instances.named').ids).toEqual([first.instanceId]);
    expect(workspace.state('data.alicloud_ons_instances.named').instances).toMatchObject([{ tcp_endpoint: null }]);
    expect(workspace.state('data.alicloud_ons_instances.tagged').names).toEqual([second.instanceName]);
    expect(workspace.state('data.alicloud_caller_identity.me')).toMatchObject({
      account_id: account.identity.accountId,
      identity_type: 'Account',
    });
    const refused = await workspace.plan('data "alicloud_ons_instances" "all" { output_file = "x" }');
    expect(refused.errors.join()).toContain('output_file is not written by the local cloud');
  });

  it('assumes a role when the configuration says so', async () => {
    const workspace = await Workspace.open();
    const { identity, ram } = workspace.account;
    const trust = TRUST.replace(
      '"Service":["openanalytics.aliyuncs.com"]',
      `"RAM":["acs:ram::${identity.accountId}:root"]`,
    );
    const { arn } = ram.createRole({ roleName: 'deployer', assumeRolePolicyDocument: trust });
    const configuration = (role: string) =>
      `provider "alicloud" {\n assume_role {\n role_arn = "${role}"\n }\n}\ndata "alicloud_caller_identity" "me" {}\n`;
    expect((await workspace.apply(configuration(arn))).errors).toEqual([]);
    expect(workspace.state('data.alicloud_caller_identity.me')).toMatchObject({ identity_type: 'AssumedRoleUser' });
    const refused = await workspace.plan(configuration('acs:ram::1:role/other'));
    expect(refused.errors.join()).toContain('cannot configure provider: InvalidParameter.RoleArn');
  });

  it('refuses at plan what the provider does not allow', async () => {
    const workspace = await Workspace.open();
    const { code, errors } = await workspace.plan(`
      resource "alicloud_ons_instance" "mq" { instance_name = "mq" }
      resource "alicloud_ons_topic" "topic" {
        instance_id  = "i"
        topic_name   = "t"
        topic        = "t"
        message_type = 3
      }
      resource "alicloud_ons_group" "group" {
        instance_id = "i"
        group_name  = "receipts"
      }
      resource "alicloud_ram_role" "role" { assume_role_policy_document = "{" }
      resource "alicloud_message_service_queue" "queue" {
        queue_name         = "q"
        visibility_timeout = 43201
      }
    `);
    expect(code).toBe(1);
    for (const message of [
      'invalid value for instance_name: instance_name: expected text of 3 to 64 characters, got "mq"',
      'invalid value for message_type: message_type: expected one of 0, 1, 2, 4, 5, got 3',
      'conflicting arguments: topic_name and topic cannot both be set',
      'invalid value for group_name: group_name: expected 7 to 64 letters, digits, "-" and "_", beginning with "GID_" or "GID-", got "receipts"',
      'invalid value for assume_role_policy_document: assume_role_policy_document: expected a JSON document, got "{"',
      'invalid value for visibility_timeout: visibility_timeout: expected a whole number from 0 to 43200, got 43201',
    ]) {
      expect(errors).toContain(message);
    }
    const region = await workspace.plan(
      'provider "alicloud" { region = "cn-atlantis" }\ndata "alicloud_ons_service" "s" {}',
    );
    expect(region.errors.join()).toContain('region: expected one of cn-hangzhou, ');
  });

  it('keeps what a queue is made with, changes it in place, and plans nothing more', async () => {
    const workspace = await Workspace.open();
    const queues = (count: number, seconds: number) => `
      resource "alicloud_message_service_queue" "dead" { queue_name = "dead" }
      resource "alicloud_message_service_queue" "queue" {
        queue_name           = "q"
        delay_seconds        = ${seconds}
        maximum_message_size = 2048
        dlq_policy {
          enabled                  = true
          dead_letter_target_queue = alicloud_message_service_queue.dead.queue_name
          max_receive_count        = ${count}
        }
      }`;
    const { mns } = workspace.account;
    expect((await workspace.apply(queues(3, 5))).errors).toEqual([]);
    expect(mns.getQueue('cn-hangzhou', 'q')).toMatchObject({
      delaySeconds: 5,
      maximumMessageSize: 2048,
      dlqPolicy: { enabled: true, deadLetterTargetQueue: 'dead', maxReceiveCount: 3 },
    });
    expect((await workspace.plan(queues(3, 5))).code).toBe(0);
    expect((await workspace.apply(queues(4, 0))).errors).toEqual([]);
    expect(mns.getQueue('cn-hangzhou', 'q')).toMatchObject({ delaySeconds: 0, dlqPolicy: { maxReceiveCount: 4 } });
    expect((await workspace.plan(queues(4, 0))).code).toBe(0);
    expect((await workspace.apply(queues(0, 0))).errors.join()).toContain('MaxReceiveCount');
  });

  it.each([
    ['resource "alicloud_ons_instance" "it" {}', 'expected one of instance_name and name, got neither'],
    ['resource "alicloud_ram_role" "it" { role_name = "r" }', 'the role must say whom it trusts'],
    [
      'resource "alicloud_ram_policy" "it" { policy_name = "p" }',
      'expected one of policy_document and statement, got neither',
    ],
    ['resource "alicloud_message_service_queue" "it" { queue_name = "a_b" }', 'QueueNameInvalid'],
  ])('refuses at apply %s', async (configuration, reason) => {
    const workspace = await Workspace.open();
    const { errors } = await workspace.apply(configuration);
    expect(errors.join()).toContain(reason);
  });
});
