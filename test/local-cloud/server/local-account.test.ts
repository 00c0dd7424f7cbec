import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalAccount } from '../../../lib/local-cloud/index';
import { ROOT } from '../../run-node';
import { scratchAccount } from '../account/scratch-account';

const REGION = 'cn-hangzhou';

describe('the account of a local cloud', () => {
  it('shows the messages of topics and queues', () => {
    const model = scratchAccount();
    const account = new LocalAccount(model);
    const { instanceId } = model.ons.createInstance(REGION, { instanceName: 'orders' });
    model.ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
    model.mns.createQueue(REGION, { queueName: 'receipts' });
    const sent = model.ons.sendMessage(REGION, {
      instanceId,
      topic: 'receipts',
      producerId: 'GID_dla',
      key: 'k',
      body: 'b',
    });
    const queued = model.mns.sendMessage(REGION, 'receipts', 'c');
    expect(account.accountId).toMatch(/^\d{16}$/);
    expect(account.topicMessages(REGION, instanceId, 'receipts')).toEqual([
      { messageId: sent.msgId, key: 'k', body: 'b' },
    ]);
    expect(account.queueMessages(REGION, 'receipts')).toEqual([{ messageId: queued.messageId, key: '', body: 'c' }]);
    expect(account.queryTasks(REGION)).toEqual([]);
    expect(() => account.topicMessages(REGION, instanceId, 'other')).toThrow('the topic other does not exist');
  });

  it('closes and opens services', () => {
    const model = scratchAccount();
    const account = new LocalAccount(model);
    account.closeService('mq');
    expect(() => model.ons.listInstances(REGION)).toThrow();
    account.openService('mq');
    expect(model.ons.listInstances(REGION)).toEqual([]);
  });

  it('plays an account that is no existing user of RocketMQ 4.x', () => {
    const model = scratchAccount();
    const account = new LocalAccount(model);
    account.closeService('rocketmq-4');
    const make = (instanceName: string) => model.ons.createInstance(REGION, { instanceName });
    expect(() => make('first')).toThrow('only existing users of RocketMQ 4.x can make instances');
    account.openService('rocketmq-4');
    make('first');
    account.closeService('rocketmq-4');
    expect(make('second').instanceName).toBe('second');
  });

  it('is all that the declarations show of it', () => {
    const declared = fs.readFileSync(path.join(ROOT, 'dist/lib/local-cloud/server/local-cloud.d.ts'), 'utf8');
    expect(declared).toContain('readonly localAccount: LocalAccount');
    expect(declared).not.toMatch(/readonly account: /);
  });
});
