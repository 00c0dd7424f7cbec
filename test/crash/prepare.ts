import { Account } from '../../lib/local-cloud/account/account';

export const REGION = 'cn-hangzhou';
export const BUCKET = 'crash-data';
export const QUEUE = 'crash';
export const RECEIPTS = 'crash-receipts';
export const TOPIC = 'crash';
export const HTTP_GROUP = 'GID_http';
export const TCP_GROUP = 'GID_tcp';

/** Makes what the workers work with. */
export function prepare(folder: string): string {
  const account = new Account(folder);
  try {
    account.oss.createBucket(REGION, { name: BUCKET });
    account.mns.createQueue(REGION, { queueName: QUEUE });
    account.mns.createQueue(REGION, { queueName: RECEIPTS });
    const { instanceId } = account.ons.createInstance(REGION, { instanceName: 'crash' });
    account.ons.createTopic(REGION, { instanceId, topic: TOPIC, messageType: 0 });
    account.ons.createGroup(REGION, { instanceId, groupId: HTTP_GROUP, groupType: 'http' });
    account.ons.createGroup(REGION, { instanceId, groupId: TCP_GROUP, groupType: 'tcp' });
    return instanceId;
  } finally {
    account.close();
  }
}
