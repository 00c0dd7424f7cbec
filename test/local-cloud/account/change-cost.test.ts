import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import { digestOf } from '../../../lib/local-cloud/store/digest';
import { filledAccount, put, REGION } from './filled-account';

const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';
const FEW = 40;
const MANY = 400;

const topicOf = ({ ons }: Account) => ({ instanceId: ons.listInstances(REGION)[0].instanceId, topic: 'topic' });
const named = (number: number): string => String(number).padStart(4, '0');

/** Changes of which the account keeps ever more, one a call. */
const CHANGES: Readonly<Record<string, (account: Account, number: number) => unknown>> = {
  'a version of an object': (account) => put(account, 'state', 'x'),
  'an object': (account, number) => put(account, named(number), 'x'),
  'a part of an upload': ({ oss }, number) => {
    const file = oss.blobs.scratch();
    fs.writeFileSync(file, 'part');
    oss.uploads.putPart(oss.uploads.list('data')[0], 1000 + number, { file, digest: digestOf(file) });
  },
  'a role': ({ ram }, number) => ram.createRole({ roleName: named(number), assumeRolePolicyDocument: TRUST }),
  'a member of a group': ({ ram }, number) => {
    ram.createUser({ userName: named(number) });
    ram.groups.addUser('group', named(number));
  },
  'a message of a topic': (account) =>
    account.ons.sendMessage(REGION, { ...topicOf(account), body: 'x', producerId: '' }),
  'a message that is received over HTTP and not acknowledged': (account) => {
    account.ons.sendMessage(REGION, { ...topicOf(account), body: 'x', producerId: '' });
    const got = account.ons.consumers.receive(
      { ...topicOf(account), groupId: 'GID_http' },
      { queueCount: 4, max: 1, wants: () => true },
    );
    expect(got).toHaveLength(1);
  },
  'an offset of a group': (account, number) =>
    account.ons.offsets.set({ ...topicOf(account), groupId: 'GID_tcp', queueId: 1 }, number),
  'a half message': (account) => {
    const message = { ...topicOf(account), body: 'half', key: '', tag: '', properties: {}, producerId: '' };
    account.ons.transactions.begin(message, 10_000);
  },
  'a message that a TCP producer has prepared': (account) => {
    const times = { producerGroup: 'GID_tcp', immunityMs: 10_000 };
    account.ons.prepared.prepare(4, { ...topicOf(account), body: 'half', producerId: 'GID_tcp' }, times);
  },
  'a message of a queue': ({ mns }) => mns.sendMessage(REGION, 'queue', 'x'),
  'a message that is received and not deleted': ({ mns }) => {
    mns.sendMessage(REGION, 'queue', 'x');
    expect(mns.receiveMessages(REGION, 'queue', 1)).toHaveLength(1);
  },
  'a query': ({ dla }, number) => dla.putTask({ ...dla.listTasks(REGION)[0], id: named(number) }),
  'a partition': ({ dla }, number) => {
    const added = [{ values: [named(number)], location: 'oss://data/table/' }];
    dla.changePartitions(dla.getTable(REGION, 'schema', 'table'), added);
  },
};

describe('what is written for', () => {
  it.each(Object.entries(CHANGES))('%s stays the same however many there are', (_, change) => {
    const account = filledAccount();
    account.activation.activate('mns');
    const size = () => fs.statSync(path.join(account.store.folder, 'journal.jsonl')).size;
    const next = (from: number, to: number): number => {
      let bytes = 0;
      for (let number = from; number < to; number += 1) {
        const before = size();
        change(account, number);
        bytes = size() - before;
      }
      return bytes;
    };
    const few = next(1, FEW);
    const many = next(FEW, MANY);
    expect(few).toBeGreaterThan(0);
    // Numbers may have a digit more, in a few rows of a change.
    expect(Math.abs(many - few)).toBeLessThan(25);
  });
});
