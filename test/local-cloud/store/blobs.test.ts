import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { Blobs } from '../../../lib/local-cloud/store/blobs';
import { scratchFolder } from '../../scratch';

function filesOf({ folder }: Blobs): string[] {
  return fs.readdirSync(folder).flatMap((shard) => fs.readdirSync(path.join(folder, shard)));
}

it('a content that is read stays until its last reader releases it', () => {
  const blobs = new Blobs(scratchFolder());
  const blob = blobs.write(Buffer.from('content'));
  const [first, second] = [blobs.hold(blob), blobs.hold(blob)];
  blobs.remove(blob.blob);
  first.release();
  first.release();
  expect(fs.readFileSync(second.path, 'utf8')).toBe('content');
  second.release();
  expect(filesOf(blobs)).toEqual([]);
});

it('a content that is read and stays is there after its readers', () => {
  const blobs = new Blobs(scratchFolder());
  const blob = blobs.write(Buffer.from('content'));
  blobs.hold(blob).release();
  expect(filesOf(blobs)).toHaveLength(1);
});

it.each([
  ['missing', 'is missing', (file: string) => fs.rmSync(file)],
  ['empty', 'has 0 bytes', (file: string) => fs.truncateSync(file)],
  ['short', 'has 3 bytes', (file: string) => fs.truncateSync(file, 3)],
])('a content that is %s is told', (_label, told, damage) => {
  const blobs = new Blobs(scratchFolder());
  const blob = blobs.write(Buffer.from('content'));
  damage(blobs.pathOf(blob.blob));
  expect(() => blobs.hold(blob)).toThrow(
    `the state folder has lost a content: blobs/${blob.blob} ${told}, expected 7 bytes: restore the folder from a copy`,
  );
});

it('a sweep removes what an earlier process left, and nothing that is used or being written', async () => {
  const folder = scratchFolder();
  const earlier = new Blobs(folder);
  const [used, left] = [earlier.write(Buffer.from('used')), earlier.write(Buffer.from('left'))];
  const blobs = new Blobs(folder);
  const scratch = blobs.scratch();
  fs.writeFileSync(scratch, 'being written');
  await blobs.sweep(() => Promise.resolve(new Set([used.blob])));
  expect([used.blob, left.blob].map((blob) => fs.existsSync(blobs.pathOf(blob)))).toEqual([true, false]);
  expect(fs.existsSync(scratch)).toBe(true);
});

it('a sweep leaves alone what stands in the place of its folder', async () => {
  const folder = path.join(scratchFolder(), 'blobs');
  const left = new Blobs(folder).write(Buffer.from('of another account'));
  const blobs = new Blobs(folder);
  await blobs.sweep(() => {
    fs.renameSync(folder, `${folder}-moved`);
    fs.cpSync(`${folder}-moved`, folder, { recursive: true });
    return Promise.resolve(new Set());
  });
  expect(fs.readFileSync(blobs.pathOf(left.blob), 'utf8')).toBe('of another account');
});
