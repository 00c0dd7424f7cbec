import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import { scratchFolder } from '../../scratch';
import { DirectProvider, type Config } from './direct-provider';
import { openAccount } from './workspace';

const TYPE = 'alicloud_oss_bucket_object';

async function withBucket() {
  const account = openAccount();
  account.oss.createBucket('cn-hangzhou', { name: 'data-bucket' });
  const provider = new DirectProvider(account);
  await provider.configure();
  const put = (config: Config) => provider.apply(TYPE, { bucket: 'data-bucket', key: 'k', ...config });
  return { account, provider, put };
}

function contents({ oss }: Account): Buffer[] {
  return fs
    .readdirSync(oss.blobs.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name)));
}

it('uploads a file without having it in memory', async () => {
  const { account, put } = await withBucket();
  const source = path.join(scratchFolder(), 'rows.bin');
  const content = Buffer.alloc(5_000_001, 'rows of some table');
  fs.writeFileSync(source, content);
  const whole = vi.spyOn(account.oss.blobs, 'write');
  const md5 = createHash('md5').update(content);
  const { errors, state } = await put({ source, content_md5: md5.copy().digest('base64') });
  expect(whole).not.toHaveBeenCalled();
  expect(errors).toEqual([]);
  expect(state).toMatchObject({ etag: md5.digest('hex').toUpperCase(), content_length: '5000001' });
  expect(contents(account).map((one) => one.equals(content))).toEqual([true]);
});

it.each([
  ['is not there', { source: '/no/such/file' }, /cannot read the file: ENOENT/],
  ['is a folder', { source: __dirname }, /cannot read the file: EISDIR/],
  ['has another MD5', { content: 'x', content_md5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, /InvalidDigest/],
  ['belongs into another region', { content: 'x', bucket: 'far-bucket' }, /AccessDenied.*cn-shanghai/],
])('leaves nothing of a content that %s', async (_what, config, told) => {
  const { account, put } = await withBucket();
  account.oss.createBucket('cn-shanghai', { name: 'far-bucket' });
  expect((await put(config)).errors.join()).toMatch(told);
  expect(contents(account)).toEqual([]);
});

it('leaves nothing in an account that is replaced while the content is written', async () => {
  const { account, put } = await withBucket();
  const source = path.join(scratchFolder(), 'rows.bin');
  fs.writeFileSync(source, Buffer.alloc(3_000_000));
  const putting = put({ source });
  await new Promise(setImmediate);
  account.replace([]);
  expect((await putting).errors).toHaveLength(1);
  expect(account.oss.listBuckets()).toEqual([]);
  expect(contents(account)).toEqual([]);
});

it('empties a bucket in one step', async () => {
  const { account, provider } = await withBucket();
  const type = 'alicloud_oss_bucket';
  const config = { bucket: 'logs', force_destroy: true, versioning: [{ status: 'Enabled' }] };
  const { state } = await provider.apply(type, config);
  for (let at = 0; at < 20; at += 1) {
    account.oss.putObject('logs', `key-${at % 3}`, Buffer.from('x'));
  }
  account.oss.deleteObject('logs', 'key-0');
  const commit = vi.spyOn(account.store, 'commit');
  expect(await provider.destroy(type, state!)).toEqual([]);
  expect(commit).toHaveBeenCalledTimes(2);
  expect(account.oss.listBuckets().map(({ name }) => name)).toEqual(['data-bucket']);
  expect(contents(account)).toEqual([]);
});
