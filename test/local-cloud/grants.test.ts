import MNSClient from '@alicloud/mns';
import { MQClient } from '@aliyunmq/mq-http-sdk';
import type { TerraformStack } from 'cdktf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MnsQueue, MqInstance, OssBucket, RamUser, type IRamGrantee } from '../../lib/index';
import type { AccessKey } from '../../lib/local-cloud/account/access-keys';
import { resource, testStack } from '../synth';
import { ossRequest } from './oss-http/signed-request';
import { REGION, startHttpServer, type StartedHttpServer } from './server/started-http-server';

let server: StartedHttpServer;
let key: AccessKey;

beforeEach(async () => {
  server = await startHttpServer();
  server.account.ram.createUser({ userName: 'reader' });
  key = server.account.ram.accessKeys.create('reader');
});
afterEach(() => server.stop());

/** Attaches the policy of a grant to the user, as Terraform would. */
function give(grant: (stack: TerraformStack, grantee: IRamGrantee) => void): void {
  const stack = testStack();
  grant(stack, RamUser.fromUserName(stack, 'user', 'reader'));
  const document = resource(stack, 'alicloud_ram_policy').policy_document as string;
  const { ram } = server.account;
  ram.createPolicy({ policyName: 'grant', document });
  ram.attachPolicy('user', 'reader', 'Custom', 'grant');
}

describe("a user's key sees what a grant gives, and nothing more", () => {
  it('grantRead of a bucket', async () => {
    const { oss } = server.account;
    const call = (path: string, method = 'GET') =>
      ossRequest(server, { method, path, body: method === 'PUT' ? 'x' : '' }, key).then(({ status }) => status);
    for (const name of ['tables', 'others']) {
      oss.createBucket(REGION, { name });
      await ossRequest(server, { method: 'PUT', path: `${name}/a`, body: 'a' });
    }
    expect(await call('tables/a')).toBe(403);
    give((stack, user) => OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(user));
    expect([await call('tables/a'), await call('tables')]).toEqual([200, 200]);
    expect([await call('tables/a', 'PUT'), await call('tables/a', 'DELETE')]).toEqual([403, 403]);
    expect([await call('others/a'), await call('others'), await call('')]).toEqual([403, 403, 403]);
  });

  it('grantConsume of a queue', async () => {
    const { mns, identity } = server.account;
    for (const queueName of ['receipts', 'others']) {
      mns.createQueue(REGION, { queueName });
      mns.sendMessage(REGION, queueName, 'hello');
    }
    const client = new MNSClient(identity.accountId, { ...key, region: REGION, endpoint: `http://${server.endpoint}` });
    await expect(client.receiveMessage('receipts')).rejects.toThrow(/403/);
    give((stack, user) => MnsQueue.fromQueueName(stack, 'queue', 'receipts').grantConsume(user));
    const { body } = await client.receiveMessage('receipts');
    expect((await client.deleteMessage('receipts', body.ReceiptHandle)).code).toBe(204);
    await expect(client.sendMessage('receipts', { MessageBody: 'no' })).rejects.toThrow(/403/);
    await expect(client.receiveMessage('others')).rejects.toThrow(/403/);
  });

  it('grantConsume of a topic and group', async () => {
    const { ons } = server.account;
    const { instanceId } = ons.createInstance(REGION, { instanceName: 'receipts' });
    for (const topic of ['receipts', 'others']) {
      ons.createTopic(REGION, { instanceId, topic, messageType: 0 });
      ons.sendMessage(REGION, { instanceId, topic, body: 'hello', producerId: '' });
    }
    ons.createGroup(REGION, { instanceId, groupId: 'GID_readers', groupType: 'http' });
    const client = new MQClient(`http://${server.endpoint}`, key.accessKeyId, key.accessKeySecret);
    const consume = (topic: string) => client.getConsumer(instanceId, topic, 'GID_readers').consumeMessage(1);
    await expect(consume('receipts')).rejects.toMatchObject({ Code: 'AccessDenied' });
    give((stack, user) => {
      const instance = MqInstance.fromInstanceAttributes(stack, 'mq', { instanceId, endpoints: {} });
      instance.addTopic('receipts', { topicName: 'receipts' }).grantSubscribe(user);
      instance.addGroup('readers', { groupId: 'GID_readers' }).grantConsume(user);
    });
    expect((await consume('receipts')).body).toMatchObject([{ MessageBody: 'hello' }]);
    await expect(consume('others')).rejects.toMatchObject({ Code: 'AccessDenied' });
    const producer = client.getProducer(instanceId, 'receipts');
    await expect(producer.publishMessage('no')).rejects.toMatchObject({ Code: 'AccessDenied' });
    ons.createGroup(REGION, { instanceId, groupId: 'GID_others', groupType: 'http' });
    const otherGroup = client.getConsumer(instanceId, 'receipts', 'GID_others');
    await expect(otherGroup.consumeMessage(1)).rejects.toMatchObject({ Code: 'AccessDenied' });
  });
});
