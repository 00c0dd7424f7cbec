import type { Account } from '../../../lib/local-cloud/account/account';
import type { StoredQueryTask } from '../../../lib/local-cloud/account/dla-catalog';

const REGION = 'cn-hangzhou';
const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
});

/** An account in use: so many query tasks, each with its receipt, and one of every other thing. */
export function fillAccount(
  account: Account,
  count: number,
): { readonly taskIds: string[]; readonly msgIds: string[] } {
  const { ram, ons, oss, mns, dla } = account;
  ram.createRole({ roleName: 'seen-role', assumeRolePolicyDocument: TRUST, description: 'lets DLA send' });
  ram.attachPolicy('role', 'seen-role', 'System', 'AliyunMQFullAccess');
  const { instanceId } = ons.createInstance(REGION, { instanceName: 'seen-instance', remark: 'receipts of the team' });
  ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0, remark: 'of all queries' });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_seen', groupType: 'tcp' });
  mns.createQueue(REGION, { queueName: 'seen-queue' });
  mns.sendMessage(REGION, 'seen-queue', '{"taskId":"q1","status":"SUCCESS"}');
  oss.createBucket(REGION, { name: 'seen-bucket' });
  oss.putObject('seen-bucket', 'results/q1.csv', Buffer.from('id,name\n1,ünï\n'), { contentType: 'text/csv' });
  dla.createSchema({ region: REGION, name: 'sales', catalog: 'oss', location: 'oss://seen-bucket/sales/' });
  const columns = [{ name: 'id', type: 'bigint' }];
  const location = 'oss://seen-bucket/sales/orders/';
  dla.createTable({
    region: REGION,
    schema: 'sales',
    name: 'orders',
    columns,
    format: 'CSV',
    location,
    properties: {},
  });
  const taskIds: string[] = [];
  const msgIds: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = `q2026112600${String(index).padStart(6, '0')}`;
    const failed = index % 3 === 1;
    const { msgId } = ons.sendMessage(REGION, {
      instanceId,
      topic: 'receipts',
      body: JSON.stringify({ taskId: id, status: failed ? 'FAILURE' : 'SUCCESS' }),
      producerId: 'GID_seen',
    });
    dla.putTask(taskOf(id, msgId, failed, index));
    taskIds.push(id);
    msgIds.push(msgId);
  }
  return { taskIds, msgIds };
}

function taskOf(id: string, mqMessageId: string, failed: boolean, index: number): StoredQueryTask {
  const createTime = Date.UTC(2026, 10, 26) + index * 1000;
  return {
    region: REGION,
    id,
    mppQueryId: id,
    status: failed ? 'FAILURE' : 'SUCCESS',
    taskName: '',
    tableSchema: 'sales',
    command: `SELECT count(*) FROM orders WHERE id > ${index}`,
    creatorId: 'seen_user',
    createTime,
    updateTime: createTime + 1500,
    connectionId: '1',
    message: failed ? `Column 'id_${index}' cannot be resolved` : '',
    rowCount: failed ? 0 : 1,
    elapseTime: 1234,
    scannedRowCount: 10,
    scannedDataBytes: 20_480,
    resultFile: failed ? '' : 'oss://seen-bucket/results/q1.csv',
    mqProduct: 'ons',
    mqModel: null,
    mqTopic: 'receipts',
    mqQueue: null,
    mqProducerId: 'GID_seen',
    mqEndpoint: null,
    mqStatus: 'SUCCESS',
    mqErrorMsg: null,
    mqMessageId,
    mqTotalTime: 10,
  };
}
