import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { LocalProcess } from '../../crash/local-process';
import { scratchFolder } from '../../scratch';

async function start(folder: string, within: readonly string[] = []): Promise<LocalProcess> {
  const cloud = await LocalProcess.start(folder, within);
  onTestFinished(async () => void (await cloud.kill()));
  return cloud;
}

it('a state folder is one, by whatever path it is named', { timeout: 60_000 }, async () => {
  const folder = scratchFolder();
  const link = `${folder}-link`;
  fs.symlinkSync(folder, link);
  onTestFinished(() => fs.rmSync(link));
  const cloud = await start(link);
  await expect(start(folder)).rejects.toThrow(/state folder .* is in use by process \d+/);
  expect(await cloud.kill('SIGTERM')).toBe(0);
});

it('a start that fails on a damaged folder leaves it to the next one, in the same process, too', async () => {
  const folder = scratchFolder();
  await (await LocalCloud.start({ state: folder })).stop();
  const journal = path.join(folder, 'journal.jsonl');
  const sound = fs.readFileSync(journal);
  fs.writeFileSync(journal, Buffer.concat([Buffer.from('damage'), sound]));
  await expect(LocalCloud.start({ state: folder })).rejects.toThrow(journal);
  fs.writeFileSync(journal, sound);
  await (await LocalCloud.start({ state: folder })).stop();
});

it('a start that cannot read the state tells why, and keeps the error', async () => {
  const folder = scratchFolder();
  fs.mkdirSync(path.join(folder, 'journal.jsonl'));
  await expect(LocalCloud.start({ state: folder })).rejects.toMatchObject({
    name: 'LocalCloudError',
    message: `state folder ${folder} cannot be read and written (EISDIR): see to its files, or give another folder`,
    cause: { code: 'EISDIR', syscall: 'open' },
  });
  // An error that is not the file system's stays what it is.
  await expect(LocalCloud.start({ state: `${folder}\0` })).rejects.toThrow('without null bytes');
});

it('a stop leaves alone what has taken the place of a folder that was moved', async () => {
  const folder = scratchFolder();
  const start = async (state: string): Promise<LocalCloud> => {
    const cloud = await LocalCloud.start({ state });
    onTestFinished(() => cloud.stop());
    return cloud;
  };
  const first = await start(folder);
  const moved = path.join(scratchFolder(), 'moved');
  fs.renameSync(folder, moved);
  await start(folder);
  const files = () => fs.readdirSync(folder, { recursive: true }).sort();
  const before = files();
  await first.stop();
  expect(files()).toEqual(before);
  await expect(start(folder)).rejects.toThrow('is in use by process');
  await (await start(moved)).stop();
});

it('a state folder may be deep, and be copied while it is used', { timeout: 60_000 }, async () => {
  const folder = path.join(scratchFolder(), 'x'.repeat(200), 'é y');
  const cloud = await start(folder);
  const copy = scratchFolder();
  execFileSync('cp', ['-a', `${folder}/.`, copy]);
  const copied = await start(copy);
  expect(copied.endpoints.accountId).toBe(cloud.endpoints.accountId);
  expect(await cloud.kill('SIGTERM')).toBe(0);
  expect(await copied.kill('SIGTERM')).toBe(0);
});

/** Process 1 of a container of its own, without a network. */
const CONTAINER = [
  ...['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--net'],
  ...['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'],
];
/** Sees a folder that nobody can write. */
const readOnly = (folder: string) => [
  ...['unshare', '--user', '--map-root-user', '--mount'],
  ...['sh', '-c', 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', folder],
];
const works = ([program, ...args]: readonly string[]): boolean =>
  spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0;

// Skipped where no name space can be made, e.g. in a container without the right to.
describe.runIf(works(CONTAINER))('in a container', () => {
  it('a folder is taken by one of two, and by the next one after a kill', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    const first = await start(folder, CONTAINER);
    await expect(start(folder, CONTAINER)).rejects.toThrow(/is in use by process 1 on /);
    await expect(start(folder)).rejects.toThrow(/is in use by process 1 on /);
    await first.kill();
    // The kernel ends what is in the container a moment after what started it.
    const again = await vi.waitFor(() => start(folder, CONTAINER), { timeout: 30_000, interval: 500 });
    expect(again.endpoints.accountId).toBe(first.endpoints.accountId);
  });

  it('a folder that cannot be written is told', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    await expect(start(folder, readOnly(folder))).rejects.toThrow(
      /ended with 1: .*cannot be locked and written \(EROFS\): give another state folder/,
    );
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
