import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { RpcClient } from '../local-cloud/openapi/rpc-client';
import { ossRequest } from '../local-cloud/oss-http/signed-request';
import { startHttpServer, type StartedHttpServer } from '../local-cloud/server/started-http-server';

interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly { readonly Effect: string; readonly Action: string[]; readonly Resource: string[] }[];
}

const BUCKET = 'deployer-bucket';
const ROLE = { RoleName: 'AliyunOpenAnalyticsAccessingMQRole' };
const ATTACHMENT = { ...ROLE, PolicyType: 'System', PolicyName: 'AliyunMQFullAccess' };
const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
});
const TAGS = '<Tagging><TagSet><Tag><Key>team</Key><Value>data</Value></Tag></TagSet></Tagging>';
const ENCRYPTION =
  '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>' +
  '</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>';
const BLOCK =
  '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>';
const DOCUMENT = JSON.parse(
  fs.readFileSync(path.join(__dirname, '../../stacks/deployer-policy.json'), 'utf8').replaceAll('BUCKET', BUCKET),
) as PolicyDocument;
const ACTIONS = DOCUMENT.Statement.flatMap(({ Action }) => Action);

let server: StartedHttpServer;
afterEach(() => server.stop());

/** A user who may do what the policy says, and who makes the calls that the provider makes for the stacks. */
class Deployer {
  public static async start(document: PolicyDocument): Promise<Deployer> {
    server = await startHttpServer();
    const { ram } = server.account;
    ram.createUser({ userName: 'deployer' });
    ram.createPolicy({ policyName: 'deployer', document: JSON.stringify(document) });
    ram.attachPolicy('user', 'deployer', 'Custom', 'deployer');
    return new Deployer(ram.accessKeys.create('deployer'));
  }

  private readonly rpc: RpcClient;
  private instanceId = '';

  private constructor(private readonly key: { accessKeyId: string; accessKeySecret: string }) {
    this.rpc = new RpcClient(server.endpoint, key);
  }

  public async deploy(): Promise<void> {
    await this.call('sts', 'GetCallerIdentity');
    await this.call('ram', 'ListRoles');
    await this.call('ram', 'CreateRole', { ...ROLE, AssumeRolePolicyDocument: TRUST });
    await this.readRole();
    await this.oss('GET', '', { prefix: BUCKET, 'max-keys': '1' });
    await this.oss('PUT', BUCKET);
    await this.oss('PUT', BUCKET, { encryption: '' }, ENCRYPTION);
    await this.oss('PUT', BUCKET, { tagging: '' }, TAGS);
    await this.readBucket();
    ({
      Data: { InstanceId: this.instanceId },
    } = await this.call('ons', 'OnsInstanceCreate', { InstanceName: 'receipts' }));
    await this.readInstance();
    await this.call('ram', 'AttachPolicyToRole', ATTACHMENT);
    await this.call('ram', 'ListPoliciesForRole', ROLE);
    await this.oss('PUT', BUCKET, { publicAccessBlock: '' }, BLOCK);
    await this.oss('PUT', BUCKET, { acl: '' }, '', { 'x-oss-acl': 'private' });
    await this.onInstance('OnsTopicCreate', { Topic: 'receipts', MessageType: 0 });
    await this.onInstance('TagResources', { ResourceType: 'TOPIC', 'ResourceId.1': 'receipts', Tag: '[]' });
    await this.onInstance('OnsGroupCreate', { GroupId: 'GID_receipts', GroupType: 'tcp' });
    await this.oss('PUT', `${BUCKET}/oss_json/rows.json`, {}, '{}');
    await this.readParts();
  }

  /** What every plan reads. */
  public async refresh(): Promise<void> {
    await this.call('sts', 'GetCallerIdentity');
    await this.call('ram', 'ListRoles');
    await this.readRole();
    await this.readBucket();
    await this.readInstance();
    await this.call('ram', 'ListPoliciesForRole', ROLE);
    await this.readParts();
  }

  /** A deploy of changed settings. */
  public async change(): Promise<void> {
    await this.call('ram', 'UpdateRole', { ...ROLE, NewDescription: 'changed' });
    const resource = { ResourceType: 'role', ResourceNames: JSON.stringify([ROLE.RoleName]) };
    await this.call('ram', 'TagResources', { ...resource, Tag: '[{"Key":"team","Value":"data"}]' });
    await this.call('ram', 'UntagResources', { ...resource, TagKeys: '["team"]' });
    await this.readRole();
    await this.onInstance('OnsInstanceUpdate', { Remark: 'changed' });
  }

  public async destroy(): Promise<void> {
    await this.oss('DELETE', `${BUCKET}/oss_json/rows.json`);
    await this.oss('HEAD', `${BUCKET}/oss_json/rows.json`, { objectMeta: '' });
    await this.onInstance('OnsTopicDelete', { Topic: 'receipts' });
    await this.onInstance('OnsGroupDelete', { GroupId: 'GID_receipts' });
    await this.onInstance('OnsInstanceDelete');
    await this.oss('DELETE', BUCKET, { publicAccessBlock: '' });
    await this.call('ram', 'DetachPolicyFromRole', ATTACHMENT);
    await this.call('ram', 'DeleteRole', ROLE);
    await this.oss('DELETE', BUCKET);
    await this.oss('GET', BUCKET, { bucketInfo: '' });
  }

  private async readRole(): Promise<void> {
    await this.call('ram', 'GetRole', ROLE);
    const names = JSON.stringify([ROLE.RoleName]);
    await this.call('ram', 'ListTagResources', { ResourceType: 'role', ResourceNames: names });
  }

  private async readBucket(): Promise<void> {
    const settings =
      'bucketInfo cors website logging referer lifecycle policy tagging transferAcceleration resourceGroup';
    for (const setting of settings.split(' ')) {
      await this.oss('GET', BUCKET, { [setting]: '' });
    }
  }

  private async readInstance(): Promise<void> {
    await this.onInstance('OnsInstanceBaseInfo');
    await this.onInstance('ListTagResources', { ResourceType: 'INSTANCE', 'ResourceId.1': this.instanceId });
  }

  private async readParts(): Promise<void> {
    await this.call('ons', 'OnsInstanceInServiceList');
    await this.onInstance('OnsTopicList', { Topic: 'receipts' });
    await this.onInstance('OnsTopicStatus', { Topic: 'receipts' });
    await this.onInstance('OnsGroupList', { GroupId: 'GID_receipts' });
    await this.oss('GET', BUCKET, { acl: '' });
    await this.oss('GET', BUCKET, { publicAccessBlock: '' });
    await this.oss('HEAD', `${BUCKET}/oss_json/rows.json`);
  }

  private onInstance(action: string, parameters: Record<string, unknown> = {}) {
    return this.call('ons', action, { InstanceId: this.instanceId, ...parameters });
  }

  private call(product: 'ram' | 'sts' | 'ons', action: string, parameters: Record<string, unknown> = {}) {
    return this.rpc.call(product, action, parameters);
  }

  /** Settings that a bucket does not have, and what is gone, are answered by 404. @throws Error for any other error */
  private async oss(
    method: string,
    target: string,
    query: Record<string, string> = {},
    body = '',
    headers: Record<string, string> = {},
  ): Promise<void> {
    const { status, code } = await ossRequest(server, { method, path: target, query, headers, body }, this.key);
    if (status >= 400 && status !== 404) {
      throw new Error(`${status === 403 ? 'NoPermission' : status} ${code}: ${method} ${target}`);
    }
  }
}

it('lets the deployer deploy, deploy again without and with changes, and destroy', async () => {
  const deployer = await Deployer.start(DOCUMENT);
  await deployer.deploy();
  const { ram, oss, ons } = server.account;
  expect(ram.listAttachedPolicies('role', ROLE.RoleName)).toHaveLength(1);
  expect([...oss.listBuckets()].map(({ name }) => name)).toEqual([BUCKET]);
  expect(ons.listInstances('cn-hangzhou')).toHaveLength(1);
  await deployer.refresh();
  await deployer.change();
  await deployer.refresh();
  await deployer.destroy();
  expect([ram.listRoles(), [...oss.listBuckets()], ons.listInstances('cn-hangzhou')]).toEqual([[], [], []]);
});

it.each(ACTIONS)('does not without %s', async (action) => {
  const document = {
    ...DOCUMENT,
    Statement: DOCUMENT.Statement.map((one) => ({ ...one, Action: one.Action.filter((other) => other !== action) }))
      // A statement needs an action.
      .filter(({ Action }) => Action.length > 0),
  };
  const deployer = await Deployer.start(document);
  const everything = async () => {
    await deployer.deploy();
    await deployer.refresh();
    await deployer.change();
    await deployer.destroy();
  };
  await expect(everything()).rejects.toThrow(/NoPermission/);
});
