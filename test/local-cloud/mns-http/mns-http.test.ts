import MNSClient from '@alicloud/mns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';

let server: StartedHttpServer;
let client: MNSClient;

beforeAll(async () => {
  server = await startHttpServer();
  client = clientWith(server.account.identity);
});
afterAll(() => server.stop());

function clientWith(key: { accessKeyId: string; accessKeySecret: string; securityToken?: string }): MNSClient {
  return new MNSClient(server.account.identity.accountId, {
    ...key,
    region: REGION,
    endpoint: `http://${server.endpoint}`,
  });
}

describe("MNS's client for Node.js", () => {
  it('makes, changes, lists and deletes a queue', async () => {
    expect((await client.createQueue('made', { VisibilityTimeout: 40 })).code).toBe(201);
    expect((await client.createQueue('made', { VisibilityTimeout: 40 })).code).toBe(204);
    await expect(client.createQueue('made', { VisibilityTimeout: 41 })).rejects.toThrow(/409/);
    await client.setQueueAttributes('made', { VisibilityTimeout: 50 });
    expect((await client.getQueueAttributes('made')).body).toMatchObject({
      QueueName: 'made',
      VisibilityTimeout: '50',
      ActiveMessages: '0',
    });
    expect((await client.listQueue(undefined, 10, 'ma')).body).toMatchObject([
      { QueueURL: expect.stringMatching(/queues\/made$/) },
    ]);
    expect((await client.deleteQueue('made')).code).toBe(204);
    await expect(client.getQueueAttributes('made')).rejects.toMatchObject({ name: 'MNSQueueNotExistError' });
  });

  it('receives a receipt, leaves it to others again, and deletes it', async () => {
    server.account.mns.createQueue(REGION, { queueName: 'receipts' });
    server.account.mns.sendMessage(REGION, 'receipts', '<receipt> & more');
    expect((await client.peekMessage('receipts')).body).toMatchObject({ MessageBody: '<receipt> & more' });
    const received = await client.receiveMessage('receipts');
    expect(received.body).toMatchObject({ MessageBody: '<receipt> & more', DequeueCount: '1' });
    await expect(client.receiveMessage('receipts')).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
    const { body } = await client.changeMessageVisibility('receipts', received.body.ReceiptHandle, 0);
    expect(body.ReceiptHandle).not.toBe(received.body.ReceiptHandle);
    const again = await client.receiveMessage('receipts');
    expect(again.body).toMatchObject({ DequeueCount: '2' });
    expect((await client.deleteMessage('receipts', again.body.ReceiptHandle)).code).toBe(204);
    await expect(client.deleteMessage('receipts', again.body.ReceiptHandle)).rejects.toThrow(/404/);
    await expect(client.peekMessage('receipts')).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
  });

  it('sends, receives and deletes in batches, and waits', async () => {
    await client.createQueue('batch');
    await client.batchSendMessage('batch', [{ MessageBody: 'a' }, { MessageBody: 'b' }]);
    await client.sendMessage('batch', { MessageBody: 'urgent', Priority: 1 });
    const received = await client.batchReceiveMessage('batch', 16);
    expect(received.body.map(({ MessageBody }) => MessageBody)).toEqual(['urgent', 'a', 'b']);
    await client.batchDeleteMessage(
      'batch',
      received.body.map(({ ReceiptHandle }) => ReceiptHandle),
    );
    const waiting = client.receiveMessage('batch', 30);
    setTimeout(() => server.account.mns.sendMessage(REGION, 'batch', 'late'), 100);
    expect((await waiting).body).toMatchObject({ MessageBody: 'late' });
  });

  it('receives messages in the order of sending, however quickly they were sent', () => {
    const { mns } = server.account;
    mns.createQueue(REGION, { queueName: 'ordered' });
    const sent = Array.from({ length: 200 }, (_, index) => String(index));
    sent.forEach((body) => mns.sendMessage(REGION, 'ordered', body));
    expect(mns.allMessages(REGION, 'ordered').map(({ body }) => body)).toEqual(sent);
  });

  it('may do with the credentials of a role what the role may do', async () => {
    const { ram, sts, identity, mns } = server.account;
    const trust = {
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { RAM: [`acs:ram::${identity.accountId}:root`] },
    };
    ram.createRole({
      roleName: 'reader',
      assumeRolePolicyDocument: JSON.stringify({ Version: '1', Statement: [trust] }),
    });
    const statement = {
      Effect: 'Allow',
      Action: ['mns:ReceiveMessage'],
      Resource: 'acs:mns:*:*:/queues/mine/messages',
    };
    ram.createPolicy({ policyName: 'read-mine', document: JSON.stringify({ Version: '1', Statement: [statement] }) });
    ram.attachPolicy('role', 'reader', 'Custom', 'read-mine');
    const { accessKeyId, accessKeySecret, securityToken } = sts.assumeRole(ram.getRole('reader').arn, 'session');
    for (const queueName of ['mine', 'others']) {
      mns.createQueue(REGION, { queueName });
      mns.sendMessage(REGION, queueName, queueName);
    }
    const reader = clientWith({ accessKeyId, accessKeySecret, securityToken });
    expect((await reader.receiveMessage('mine')).body).toMatchObject({ MessageBody: 'mine' });
    await expect(reader.receiveMessage('others')).rejects.toMatchObject({ name: 'MNSAccessDeniedError' });
    await expect(reader.sendMessage('mine', { MessageBody: 'x' })).rejects.toMatchObject({
      name: 'MNSAccessDeniedError',
    });
    const without = clientWith({ accessKeyId, accessKeySecret });
    await expect(without.receiveMessage('mine')).rejects.toMatchObject({ name: 'MNSInvalidSecurityTokenError' });
  });

  it('is refused with another secret, a name that is not valid and a message without a body', async () => {
    const { accessKeyId } = server.account.identity;
    await expect(clientWith({ accessKeyId, accessKeySecret: 'x' }).listQueue()).rejects.toMatchObject({
      name: 'MNSSignatureDoesNotMatchError',
    });
    await expect(client.createQueue('_bad')).rejects.toMatchObject({ name: 'MNSQueueNameInvalidError' });
    await client.createQueue('strict');
    await expect(client.sendMessage('strict', { Other: 'x' })).rejects.toMatchObject({ name: 'MNSMalformedXMLError' });
    await expect(client.createQueue('range', { DelaySeconds: 604801 })).rejects.toMatchObject({
      name: 'MNSInvalidArgumentError',
    });
  });
});
