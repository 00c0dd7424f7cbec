import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { exportSnapshot, resetAccount } from '../../../lib/local-cloud/account/snapshot';
import { LocalProcess } from '../../crash/local-process';
import { eventually } from '../../eventually';
import { scratchFolder } from '../../scratch';

const ROUNDS = Number(process.env.KILLS ?? 4);
const OBJECTS = 150;
const HEADERS = { 'x-alicloud-local': '1' };

/** Runs `use` on the account in a folder and closes it. */
function withAccount<T>(folder: string, use: (account: Account) => T): T {
  const account = new Account(folder);
  try {
    return use(account);
  } finally {
    account.close();
  }
}

/** A snapshot with a bucket of this name, full of objects. */
function snapshotOf(bucket: string): string {
  return withAccount(scratchFolder(), (account) => {
    account.oss.createBucket('cn-hangzhou', { name: bucket });
    account.mns.createQueue('cn-hangzhou', { queueName: bucket });
    for (let number = 0; number < OBJECTS; number += 1) {
      account.oss.putObject(bucket, String(number), randomBytes(20_000));
    }
    const { lines, release } = exportSnapshot(account);
    const text = [...lines].join('\n');
    release();
    return text;
  });
}

/** Whose account it is, whole: the name of its bucket, or empty. */
function ownerOf(folder: string): string {
  return withAccount(folder, ({ store, oss, mns }) => {
    const [bucket, ...others] = oss.listBuckets();
    const name = bucket?.name ?? '';
    expect(others).toEqual([]);
    expect(mns.listQueues('cn-hangzhou').map(({ queueName }) => queueName)).toEqual(name === '' ? [] : [name]);
    const contents = [...oss.contents()];
    expect(contents).toHaveLength(name === '' ? 0 : OBJECTS);
    contents.forEach((content) => oss.blobs.hold(content).release());
    expect(store.problemOf([...store.rows()])).toBeUndefined();
    return name;
  });
}

it('an import or reset that is killed leaves the former account or the new one', { timeout: 120_000 }, async () => {
  const folder = scratchFolder();
  const snapshots = { before: snapshotOf('before'), after: snapshotOf('after') };
  const put = (cloud: LocalProcess, body: string) =>
    fetch(`http://${cloud.endpoints.http}/_local/state`, { method: 'PUT', headers: HEADERS, body });
  const reset = (cloud: LocalProcess) =>
    fetch(`http://${cloud.endpoints.http}/_local/reset`, { method: 'POST', headers: HEADERS });
  const timed = async (work: Promise<Response>): Promise<number> => {
    const started = performance.now();
    expect((await work).status).toBe(200);
    return performance.now() - started;
  };
  const millis = { put: 0, reset: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const cloud = await LocalProcess.start(folder);
    onTestFinished(async () => void (await cloud.kill()));
    await timed(put(cloud, snapshots.before));
    if (round === 0) {
      millis.reset = await timed(reset(cloud));
      millis.put = await timed(put(cloud, snapshots.before));
    }
    const name = round % 2 === 0 ? 'after' : '';
    const answer = (name === '' ? reset(cloud) : put(cloud, snapshots.after)).then(
      ({ status }) => status,
      () => 'cut',
    );
    await sleep(Math.random() * (name === '' ? millis.reset : millis.put));
    await cloud.kill();
    const owner = ownerOf(folder);
    if ((await answer) === 200) {
      expect(owner).toBe(name);
    } else {
      expect(['before', name]).toContain(owner);
    }
  }
  // What the killed ones left is swept.
  withAccount(folder, resetAccount);
  const cloud = await LocalProcess.start(folder);
  const contents = () => fs.readdirSync(`${folder}/blobs`, { recursive: true, withFileTypes: true });
  await eventually(() => expect(contents().filter((entry) => entry.isFile())).toEqual([]));
  await cloud.kill();
  expect(fs.readdirSync(folder)).not.toContain('journal.jsonl.next');
  expect(fs.readdirSync(`${folder}/owner`)).toHaveLength(1);
});
