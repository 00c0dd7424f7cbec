import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FolderLock } from '../../../lib/local-cloud/store/folder-lock';
import { scratchFolder } from '../../scratch';

const HOLDER = path.join(__dirname, 'lock-holder.ts');

const holders: ChildProcess[] = [];
afterEach(() => holders.splice(0).forEach((holder) => holder.kill('SIGKILL')));

/** A process that takes and releases locks when it is told. */
function startHolder(): ChildProcess {
  const holder = fork(HOLDER, { execArgv: ['--import', 'tsx'] });
  holders.push(holder);
  return holder;
}

/** `taken`, `released`, or the error. */
function tell(holder: ChildProcess, message: { take: string } | 'release'): Promise<string> {
  return new Promise((resolve) => {
    holder.once('message', (answer) => resolve(String(answer)));
    holder.send(message);
  });
}

async function killed(holder: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await gone;
}

async function takeAndRelease(folder: string): Promise<void> {
  (await FolderLock.take(folder)).release();
}

describe('FolderLock', () => {
  it('keeps others out, says who has it, and lets the next one in', async () => {
    const folder = path.join(scratchFolder(), 'made', 'over here');
    const lock = await FolderLock.take(folder);
    await expect(FolderLock.take(folder)).rejects.toThrow(
      new RegExp(
        `^state folder ${folder} is in use by process ${process.pid} on \\S+: ` +
          `stop it \\(alicloud-local stop --state '${folder}'\\), or give another state folder`,
      ),
    );
    lock.release();
    await takeAndRelease(folder);
    await takeAndRelease(folder);
  });

  it('leaves nothing in the folder that a copy would stumble on', async () => {
    const folder = scratchFolder();
    await takeAndRelease(folder);
    await takeAndRelease(folder);
    fs.cpSync(folder, `${folder}-copy`, { recursive: true });
    await takeAndRelease(`${folder}-copy`);
    fs.rmSync(`${folder}-copy`, { recursive: true });
    expect(fs.readdirSync(path.join(folder, 'owner'))).toHaveLength(1);
  });

  it('ends with its process, and a copy of a folder in use opens', async () => {
    const folder = scratchFolder();
    const holder = startHolder();
    expect(await tell(holder, { take: folder })).toBe('taken');
    execFileSync('cp', ['-a', folder, `${folder}-copy`]);
    await takeAndRelease(`${folder}-copy`);
    fs.rmSync(`${folder}-copy`, { recursive: true });
    await expect(FolderLock.take(folder)).rejects.toThrow(`in use by process ${holder.pid} on`);
    await killed(holder);
    await takeAndRelease(folder);
  });

  it('tells an owner that is stopped and cannot answer', async () => {
    const folder = scratchFolder();
    const holder = startHolder();
    await tell(holder, { take: folder });
    holder.kill('SIGSTOP');
    await expect(FolderLock.take(folder)).rejects.toThrow('in use by another process');
  });

  it('of version 0.1, with whatever pid, is no lock', async () => {
    const folder = scratchFolder();
    fs.writeFileSync(path.join(folder, 'lock'), `${process.pid}\n`);
    await takeAndRelease(folder);
    expect(fs.existsSync(path.join(folder, 'lock'))).toBe(false);
  });

  it('works where the path is longer than that of a socket may be', async () => {
    const folder = path.join(scratchFolder(), 'é'.repeat(80), 'x'.repeat(90));
    const holder = startHolder();
    expect(await tell(holder, { take: folder })).toBe('taken');
    await expect(FolderLock.take(folder)).rejects.toThrow(`in use by process ${holder.pid}`);
    await killed(holder);
    await takeAndRelease(folder);
  });

  it('has one owner, however many want it at once, fresh or after a kill', async () => {
    const racers = Array.from({ length: 4 }, startHolder);
    const parent = scratchFolder();
    const stale = path.join(parent, 'stale');
    const first = startHolder();
    await tell(first, { take: stale });
    await killed(first);
    for (let round = 0; round < 30; round += 1) {
      const folder = path.join(parent, String(round));
      if (round % 2 === 0) {
        execFileSync('cp', ['-a', stale, folder]);
      }
      const answers = await Promise.all(racers.map((racer) => tell(racer, { take: folder })));
      expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1);
      expect(answers.filter((answer) => answer.includes('is in use by'))).toHaveLength(racers.length - 1);
      await Promise.all(racers.map((racer) => tell(racer, 'release')));
    }
  });

  it('is not taken in a folder that cannot be made', async () => {
    const file = path.join(scratchFolder(), 'file');
    fs.writeFileSync(file, '');
    await expect(FolderLock.take(path.join(file, 'below'))).rejects.toThrow(
      /cannot be locked and written \(ENOTDIR\): give another state folder/,
    );
  });
});
