import * as fs from 'node:fs';
import type { Account } from '../../../lib/local-cloud/account/account';
import type { StoredQueryTask } from '../../../lib/local-cloud/account/dla-catalog';
import { deadLetterTopicOf, retryTopicOf } from '../../../lib/local-cloud/account/mq-group-queues';
import { digestOf } from '../../../lib/local-cloud/store/digest';
import { scratchAccount } from './scratch-account';

export const REGION = 'cn-hangzhou';
const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

const TASK: StoredQueryTask = {
  ...{ region: REGION, id: 'task', mppQueryId: 'mpp', status: 'SUCCESS', taskName: '', tableSchema: '', command: '' },
  ...{ creatorId: 'oa', createTime: 1, updateTime: 2, connectionId: '1', message: '', rowCount: 1, elapseTime: 1 },
  ...{ scannedRowCount: 1, scannedDataBytes: 1, resultFile: '', mqProduct: null, mqModel: null, mqTopic: null },
  ...{ mqQueue: null, mqProducerId: null, mqEndpoint: null, mqStatus: null, mqErrorMsg: null, mqMessageId: null },
  mqTotalTime: null,
};

/** An account with something of each kind. */
export function filledAccount(): Account {
  const account = scratchAccount();
  const { ram, oss, ons, mns, dla } = account;
  ram.createRole({ roleName: 'role', assumeRolePolicyDocument: TRUST, tags: { blob: 'a tag' } });
  ram.createUser({ userName: 'user' });
  ram.createPolicy({
    policyName: 'policy',
    document: '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}',
  });
  ram.attachPolicy('user', 'user', 'Custom', 'policy');
  ram.accessKeys.create('user');
  ram.groups.create('group');
  ram.attachPolicy('role', 'role', 'System', 'AliyunOSSFullAccess');
  ram.attachPolicy('group', 'group', 'Custom', 'policy');
  ram.groups.addUser('group', 'user');
  oss.createBucket(REGION, { name: 'data', tags: { __proto__: 'x', constructor: 'y' } });
  oss.updateBucket('data', { versioning: 'Enabled', referer: { allowEmpty: true, referers: ['*'] } });
  put(account, 'key', 'first', { blob: 'hello' });
  put(account, 'key', 'second');
  put(account, 'empty', '');
  oss.deleteObject('data', 'key');
  const upload = oss.uploads.initiate('data', 'upload', { contentType: 'text/plain' });
  const file = oss.blobs.scratch();
  fs.writeFileSync(file, 'part');
  oss.uploads.putPart(upload, 1, { file, digest: digestOf(file) });
  const { instanceId } = ons.createInstance(REGION, { instanceName: 'instance' });
  ons.createTopic(REGION, { instanceId, topic: 'topic', messageType: 0 });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_http', groupType: 'http' });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_tcp', groupType: 'tcp' });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_reader', groupType: 'tcp' });
  ons.sendMessage(REGION, { instanceId, topic: 'topic', body: 'text', producerId: 'GID_http' });
  ons.sendMessage(REGION, { instanceId, topic: 'topic', body: Buffer.from([0xff]), producerId: '' });
  // One queue gets a second message.
  for (let count = 0; count < 4; count += 1) {
    ons.sendMessage(REGION, { instanceId, topic: 'topic', body: `${count}`, producerId: '' });
  }
  ons.consumers.receive(
    { instanceId, topic: 'topic', groupId: 'GID_http' },
    { queueCount: 4, max: 1, wants: () => true },
  );
  ons.subscriptions.set(instanceId, { groupId: 'GID_http', topic: 'topic', expression: '*', broadcasting: false });
  ons.transactions.begin(
    { instanceId, topic: 'topic', body: 'half', key: '', tag: '', properties: { a: '1' }, producerId: '' },
    10_000,
  );
  ons.prepared.prepare(
    4,
    { instanceId, topic: 'topic', body: 'prepared', producerId: 'GID_tcp' },
    { producerGroup: `${instanceId}%GID_tcp`, immunityMs: 10_000 },
  );
  ons.sendMessage(REGION, { instanceId, topic: 'topic', body: 'later', producerId: '', deliverAt: Date.now() + 1e7 });
  ons.offsets.set({ instanceId, groupId: 'GID_tcp', topic: 'topic', queueId: 0 }, 1);
  // What came back from a group, and what it could not consume; another group reads that.
  for (const topic of [retryTopicOf('GID_tcp'), deadLetterTopicOf('GID_tcp')]) {
    ons.messages.send(1, [{ instanceId, topic, body: 'again', producerId: '' }]);
    ons.offsets.set({ instanceId, groupId: 'GID_reader', topic, queueId: 0 }, 1);
    ons.subscriptions.set(instanceId, { groupId: 'GID_reader', topic, expression: '*', broadcasting: false });
  }
  mns.createQueue(REGION, { queueName: 'queue' });
  mns.topics.create(REGION, 'topic', {});
  const endpoint = `acs:mns:${REGION}:${account.identity.accountId}:queues/queue`;
  mns.topics.subscribe(REGION, 'topic', 'subscription', { endpoint });
  mns.sendMessage(REGION, 'queue', 'message');
  mns.receiveMessages(REGION, 'queue', 1);
  dla.createSchema({ region: REGION, name: 'schema', catalog: 'oss', location: 'oss://data/' });
  const columns = [{ name: 'id', type: 'int' }];
  const named = { region: REGION, schema: 'schema' };
  const location = 'oss://data/table/';
  dla.createTable({ ...named, name: 'table', columns, format: 'JSON', location, properties: {} });
  dla.changePartitions(dla.getTable(REGION, 'schema', 'table'), [{ values: ['1'], location }]);
  dla.createView({ ...named, name: 'view', columns, text: 'select 1', sql: 'select 1' }, false);
  dla.putTask(TASK);
  account.activation.deactivate('mns');
  return account;
}

export function put({ oss }: Account, key: string, content: string, meta: Record<string, string> = {}): void {
  oss.putObject('data', key, Buffer.from(content), { meta });
}

/** Every row but who the account is, contents in place of the names of their files. */
export function contentOf({ store, oss, identity }: Account): string[] {
  return [...store.rows()]
    .filter(([table]) => table !== 'account')
    .map(([table, key, value]) => {
      const content = oss.isContent(table, value) ? fs.readFileSync(oss.blobs.pathOf(value.blob), 'utf8') : undefined;
      const row = content === undefined ? value : { ...(value as object), blob: content };
      return JSON.stringify([table, key, row]).replaceAll(identity.accountId, 'ACCOUNT');
    })
    .sort();
}
