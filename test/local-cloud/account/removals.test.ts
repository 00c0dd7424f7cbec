import * as fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { deadLetterTopicOf, retryTopicOf } from '../../../lib/local-cloud/account/mq-group-queues';
import { importSnapshot, resetAccount } from '../../../lib/local-cloud/account/snapshot';
import { scratchFolder } from '../../scratch';
import { contentOf, REGION } from './filled-account';
import { exported, linesOf, refusal, scratchAccount } from './scratch-account';

/** More than goes at once. */
const MANY = 1200;
const BATCH = 50;
const PIECE_CHANGES = 1000;

const instanceOf = ({ ons }: Account): string => ons.listInstances(REGION)[0].instanceId;

function fill(count: number, send: (count: number) => unknown): void {
  for (let sent = 0; sent < count; sent += BATCH) {
    send(BATCH);
  }
}

function sendTo(account: Account, topic: string, count: number, deliverAt?: number): void {
  const message = { instanceId: instanceOf(account), topic, body: 'x', key: 'a b', producerId: '', deliverAt };
  fill(count, (batch) => account.ons.messages.send(4, Array<typeof message>(batch).fill(message)));
}

interface Kind {
  make(account: Account): void;
  /** Makes much below it. */
  use(account: Account): void;
  remove(account: Account): Promise<void>;
  get(account: Account): unknown;
  /** Messages that are there once it is made again. */
  left(account: Account): number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  'a topic': {
    make: (account) =>
      account.ons.createTopic(REGION, { instanceId: instanceOf(account), topic: 'much', messageType: 0 }),
    use: (account) => {
      sendTo(account, 'much', MANY);
      sendTo(account, 'much', MANY, Date.now() + 1e7);
      const consumption = { instanceId: instanceOf(account), topic: 'much', groupId: 'GID_other' };
      account.ons.consumers.receive(consumption, { queueCount: 4, max: MANY, wants: () => true });
      account.ons.offsets.set({ ...consumption, queueId: 0 }, 5);
      const half = { body: 'half', key: '', tag: '', properties: {}, producerId: '' };
      fill(MANY, () => account.ons.transactions.begin({ ...consumption, ...half }, 10_000));
    },
    remove: (account) => account.ons.deleteTopic(REGION, instanceOf(account), 'much'),
    get: (account) => account.ons.getTopic(REGION, instanceOf(account), 'much'),
    left: (account) => account.ons.messageCount(instanceOf(account), 'much'),
  },
  'a group': {
    make: (account) =>
      account.ons.createGroup(REGION, { instanceId: instanceOf(account), groupId: 'GID_much', groupType: 'tcp' }),
    use: (account) => {
      [retryTopicOf('GID_much'), deadLetterTopicOf('GID_much')].forEach((topic) => sendTo(account, topic, MANY));
      const consumption = { instanceId: instanceOf(account), topic: 'other', groupId: 'GID_much' };
      account.ons.consumers.receive(consumption, { queueCount: 4, max: MANY, wants: () => true });
    },
    remove: (account) => account.ons.deleteGroup(REGION, instanceOf(account), 'GID_much'),
    get: (account) => account.ons.getGroup(REGION, instanceOf(account), 'GID_much'),
    left: (account) => account.ons.messageCount(instanceOf(account), deadLetterTopicOf('GID_much')),
  },
  'a queue': {
    make: ({ mns }) => mns.createQueue(REGION, { queueName: 'q' }),
    use: ({ mns }) => {
      fill(MANY, (count) => mns.sendMessages(REGION, 'q', Array<{ body: string }>(count).fill({ body: 'x' })));
      mns.receiveMessages(REGION, 'q', MANY / 2);
    },
    remove: ({ mns }) => mns.deleteQueue(REGION, 'q'),
    get: ({ mns }) => mns.getQueue(REGION, 'q'),
    left: ({ mns }) => mns.allMessages(REGION, 'q').length,
  },
};

/** An account with an instance, something else on it, and one thing with much below it. */
function used(kind: Kind, account = scratchAccount()): { account: Account; before: string[] } {
  const { instanceId } = account.ons.createInstance(REGION, { instanceName: 'instance' });
  account.ons.createTopic(REGION, { instanceId, topic: 'other', messageType: 0 });
  account.ons.createGroup(REGION, { instanceId, groupId: 'GID_other', groupType: 'tcp' });
  sendTo(account, 'other', BATCH);
  const before = rowsOf(account);
  kind.make(account);
  kind.use(account);
  return { account, before };
}

/** Without the number of the next message, which is never used again. */
function rowsOf(account: Account): string[] {
  return contentOf(account).filter((row) => !row.startsWith('["mq-counters"'));
}

describe.each(Object.entries(KINDS))('%s with much below it', (_, kind) => {
  it('goes in pieces, between which others have their turn', async () => {
    const { account, before } = used(kind);
    const commit = vi.spyOn(account.store, 'commit');
    const removed = kind.remove(account);
    expect(refusal(() => kind.get(account))).toMatch(/^404 /);
    let turns = 0;
    let isDone = false;
    void removed.then(() => (isDone = true));
    while (!isDone) {
      await setImmediate();
      turns += 1;
    }
    const sizes = commit.mock.calls.map(([changes]) => changes.length);
    commit.mockRestore();
    expect(Math.max(...sizes)).toBeLessThan(1.1 * PIECE_CHANGES);
    expect(turns).toBeGreaterThanOrEqual(sizes.length - 1);
    expect(sizes.length).toBeGreaterThan(1);
    expect(rowsOf(account)).toEqual(before);
  });

  it('is gone after a kill in between, once the folder is opened again', () => {
    const { account, before } = used(kind);
    void kind.remove(account);
    const folder = scratchFolder();
    fs.copyFileSync(`${account.store.folder}/journal.jsonl`, `${folder}/journal.jsonl`);
    const next = new Account(folder);
    onTestFinished(() => next.close());
    expect(rowsOf(next)).toEqual(before);
  });

  it('can be made again meanwhile, with nothing in it', async () => {
    const { account } = used(kind);
    const removed = kind.remove(account);
    kind.make(account);
    expect(kind.left(account)).toBe(0);
    kind.use(account);
    const rows = rowsOf(account);
    await removed;
    expect(rowsOf(account)).toEqual(rows);
  });

  it('is in no snapshot, and a reset or another content ends its removal', async () => {
    const { account, before } = used(kind);
    const removed = kind.remove(account);
    const lines = exported(account);
    await removed;
    kind.make(account);
    kind.use(account);
    const again = kind.remove(account);
    await importSnapshot(account, linesOf(lines));
    await again;
    expect(rowsOf(account)).toEqual(before);
    kind.make(account);
    kind.use(account);
    const last = kind.remove(account);
    resetAccount(account);
    await last;
    expect(rowsOf(account)).toEqual([]);
  });

  it('waits for the next start where the account is closed', async () => {
    const { account, before } = used(kind, new Account(scratchFolder()));
    const removed = kind.remove(account);
    account.close();
    await removed;
    const next = new Account(account.store.folder);
    onTestFinished(() => next.close());
    expect(rowsOf(next)).toEqual(before);
  });
});

it.each(['a topic', 'a group'])('what is written of %s between two pieces goes, too', async (name) => {
  const { account, before } = used(KINDS[name]);
  const { ons } = account;
  const instanceId = instanceOf(account);
  const [topic, groupId] = name === 'a topic' ? ['much', 'GID_other'] : ['other', 'GID_much'];
  const write = (): void => {
    ons.offsets.set({ instanceId, topic, groupId, queueId: 3 }, 1);
    ons.subscriptions.set(instanceId, { groupId, topic, expression: 'late', broadcasting: false });
  };
  const removed = KINDS[name].remove(account);
  write();
  await removed;
  expect(rowsOf(account)).toEqual(before);
  KINDS[name].make(account);
  const empty = rowsOf(account);
  KINDS[name].use(account);
  void KINDS[name].remove(account);
  write();
  KINDS[name].make(account);
  expect(rowsOf(account)).toHaveLength(empty.length);
});
