import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { importSnapshot } from '../../../lib/local-cloud/account/snapshot';
import { scratchFolder } from '../../scratch';
import { linesOf, scratchAccount } from './scratch-account';

/** What version 0.1 wrote: a state folder's journal, and a snapshot of the same account with its contents. */
const WRITTEN = path.join(__dirname, 'version-1');
const SNAPSHOT = fs.readFileSync(path.join(WRITTEN, 'snapshot.jsonl'), 'utf8').trimEnd().split('\n');

function openedFolder(): Account {
  const folder = scratchFolder();
  fs.copyFileSync(path.join(WRITTEN, 'journal.jsonl'), path.join(folder, 'journal.jsonl'));
  for (const line of SNAPSHOT.filter((one) => one.startsWith('{"blob"'))) {
    const { blob, content } = JSON.parse(line) as { blob: string; content: string };
    fs.mkdirSync(path.join(folder, 'blobs', path.dirname(blob)), { recursive: true });
    fs.writeFileSync(path.join(folder, 'blobs', blob), Buffer.from(content, 'base64'));
  }
  new Account(folder).close();
  // Once more, as the first start has written it in today's format.
  const account = new Account(folder);
  onTestFinished(() => account.close());
  expect(account.identity.accountId).toBe((JSON.parse(SNAPSHOT[0]) as { accountId: string }).accountId);
  return account;
}

async function imported(): Promise<Account> {
  const account = scratchAccount();
  await importSnapshot(account, linesOf(SNAPSHOT));
  return account;
}

it.each([
  ['folder', openedFolder],
  ['snapshot', imported],
])('a %s of version 0.1 is carried over', async (_label, carry) => {
  const account = await carry();
  const { ram, oss, ons, dla, activation, store } = account;
  const rows = (table: string) => [...store.rows()].filter(([name]) => name === table).map(([, , value]) => value);

  expect(ram.getRole('kept').tags).toEqual({ blob: 'a tag' });
  expect(oss.getBucket('versioned').versioning).toBe('Enabled');
  const versions = oss.objectVersions('versioned');
  expect(versions.map(({ key, deleteMarker }) => [key, deleteMarker])).toEqual([
    ['k', true],
    ['k', false],
    ['k', false],
    ['z', false],
  ]);
  const contents = versions.filter(({ deleteMarker }) => !deleteMarker).map((one) => oss.blobs.hold(one).path);
  expect(contents.map((file) => fs.readFileSync(file, 'utf8'))).toEqual(['second', 'plain', 'z']);
  expect(oss.getObject('versioned', 'k', 'null').size).toBe('plain'.length);
  const [upload] = oss.uploads.list('versioned');
  expect(oss.uploads.parts(upload).map(({ partNumber, size }) => [partNumber, size])).toEqual([[1, 4]]);
  oss.deleteObject('versioned', 'k', versions[0].versionId);
  expect(oss.getObject('versioned', 'k').versionId).toBe(versions[1].versionId);

  const [{ instanceId }] = ons.listInstances('cn-hangzhou');
  const messages = [...ons.messagesFrom(instanceId, 'topic', 0)];
  expect(messages.map(({ body, key, tag }) => [body, key, tag])).toEqual(
    ['one', 'two', 'three'].map((body) => [body, 'key', 'tag']),
  );
  expect(ons.findMessage(messages[1].msgId)).toEqual(messages[1]);
  const { physicalOffset } = ons.sendMessage('cn-hangzhou', {
    instanceId,
    topic: 'topic',
    body: 'four',
    producerId: 'p',
  });
  expect(physicalOffset).toBe(3);
  expect(rows('mq-offsets')).toEqual([{ groupId: 'GID_h', topic: 'topic', queueId: 0, offset: 2 }]);
  expect(rows('mq-pending')).toMatchObject([{ offset: 0 }, { offset: 1 }]);

  activation.activate('mns');
  expect(rows('mns-messages')).toMatchObject([{ body: 'first' }, { body: 'urgent', priority: 1 }]);
  expect(rows('mns-deliveries')).toMatchObject([{ dequeueCount: 0 }, { dequeueCount: 1 }]);
  expect(dla.listSchemas('cn-hangzhou')).toHaveLength(1);

  expect(store.problemOf([...store.rows()])).toBeUndefined();
});
