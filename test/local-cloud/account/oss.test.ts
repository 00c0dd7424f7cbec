import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import type { LifecycleRule } from '../../../lib/local-cloud/account/oss-types';
import type { Upload } from '../../../lib/local-cloud/account/oss-uploads';
import { Digester } from '../../../lib/local-cloud/store/digest';
import { scratchFolder } from '../../scratch';
import { refusal, scratchAccount } from './scratch-account';
import { eventually } from '../../eventually';

const bytes = (text: string) => Buffer.from(text);

const PUBLIC_POLICY = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Principal: ['*'], Action: ['oss:GetObject'], Resource: ['acs:oss:*:*:data/*'] }],
});

/** Files of content below a state folder. */
function blobFiles(folder: string): string[] {
  return fs
    .readdirSync(path.join(folder, 'blobs'), { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}

describe('Oss', () => {
  it('keeps any key, and gives the content back', () => {
    const { oss } = scratchAccount();
    oss.createBucket('cn-hangzhou', { name: 'data' });
    for (const key of ['a', 'a/b//c', '../../escape', 'con', '名字 ?*', 'x'.repeat(1023)]) {
      oss.putObject('data', key, bytes(key));
      expect(fs.readFileSync(oss.blobs.pathOf(oss.getObject('data', key).blob), 'utf8')).toBe(key);
    }
  });

  it('writes no more for a version of an object when it has many', () => {
    const folder = scratchFolder();
    const account = new Account(folder);
    const { oss } = account;
    oss.createBucket('cn-hangzhou', { name: 'data' });
    oss.updateBucket('data', { versioning: 'Enabled' });
    const bytesOfOneVersion = () => {
      const size = () => fs.statSync(path.join(folder, 'journal.jsonl')).size;
      const before = size();
      oss.putObject('data', 'state', bytes('x'));
      return size() - before;
    };
    Array.from({ length: 100 }, bytesOfOneVersion);
    const few = bytesOfOneVersion();
    Array.from({ length: 400 }, bytesOfOneVersion);
    // Nothing but a count may have a digit more.
    expect(Math.abs(bytesOfOneVersion() - few)).toBeLessThan(10);
    account.close();
  });

  it('begins no upload in a bucket that is not there', () => {
    const { oss } = scratchAccount();
    expect(refusal(() => oss.uploads.initiate('gone', 'key', {}))).toBe('404 NoSuchBucket');
  });

  it('numbers parts from 1 to 10,000, and those of a sequential upload one after another', () => {
    const { oss } = scratchAccount();
    oss.createBucket('cn-hangzhou', { name: 'data' });
    const put = (upload: Upload, partNumber: number): string =>
      refusal(() => {
        const file = oss.blobs.scratch();
        fs.writeFileSync(file, 'x');
        const digester = new Digester();
        digester.update(bytes('x'));
        oss.uploads.putPart(upload, partNumber, { file, digest: digester.digest() });
      });
    const upload = oss.uploads.initiate('data', 'key', {});
    expect([0, 1, 10_000, 10_001].map((number) => put(upload, number))).toEqual([
      '400 InvalidArgument',
      'not refused',
      'not refused',
      '400 InvalidArgument',
    ]);
    const sequential = oss.uploads.initiate('data', 'key', { sequential: true });
    expect([2, 1, 1, 2].map((number) => put(sequential, number))).toEqual([
      '400 PartNotSequential',
      'not refused',
      '400 PartNotSequential',
      'not refused',
    ]);
  });

  it('lists by prefix and after a marker, in order of the keys', () => {
    const { oss } = scratchAccount();
    oss.createBucket('cn-hangzhou', { name: 'data' });
    for (const key of ['b/2', 'a/1', 'b/1', 'c', 'b/3']) {
      oss.putObject('data', key, bytes('x'));
    }
    const keys = (...args: [string?, string?]) => [...oss.objects('data', ...args)].map(({ key }) => key);
    expect(keys()).toEqual(['a/1', 'b/1', 'b/2', 'b/3', 'c']);
    expect(keys('b/')).toEqual(['b/1', 'b/2', 'b/3']);
    expect(keys('b/', 'b/1')).toEqual(['b/2', 'b/3']);
    expect(keys('b/', 'a')).toEqual(['b/1', 'b/2', 'b/3']);
  });

  it('refuses lifecycle rules that do the same to one object, unless that is meant', () => {
    const { oss } = scratchAccount();
    oss.createBucket('cn-hangzhou', { name: 'data' });
    const rule = (prefix: string, action: Partial<LifecycleRule>): LifecycleRule => ({
      ...{ id: prefix, prefix, enabled: true, tags: {}, transitions: [], noncurrentVersionTransitions: [] },
      ...action,
    });
    const all = rule('', { expiration: { days: 90 } });
    const tmp = rule('tmp/', { expiration: { days: 7 } });
    const set = (...lifecycleRules: LifecycleRule[]) => oss.updateBucket('data', { lifecycleRules });
    expect(refusal(() => set(all, tmp))).toBe('400 InvalidArgument');
    expect(refusal(() => set(tmp, all))).toBe('400 InvalidArgument');
    expect(refusal(() => set(all, rule('', { abortMultipartUpload: { days: 1 } })))).toBe('400 InvalidArgument');
    set(all, rule('tmp/', { abortMultipartUpload: { days: 1 } }));
    set(all, { ...tmp, tags: { team: 'data' } });
    oss.updateBucket('data', { lifecycleRules: [all, tmp], allowSameActionOverlap: true });
    expect(refusal(() => oss.updateBucket('data', { allowSameActionOverlap: false }))).toBe('400 InvalidArgument');
  });

  it('replaces content without versions, leaving no file behind', () => {
    const account = scratchAccount();
    account.oss.createBucket('cn-hangzhou', { name: 'data' });
    account.oss.putObject('data', 'k', bytes('one'));
    account.oss.putObject('data', 'k', bytes('two'));
    expect(account.oss.getObject('data', 'k')).toMatchObject({ size: 3, versionId: 'null' });
    expect(blobFiles(account.store.folder)).toHaveLength(1);
    account.oss.deleteObject('data', 'k');
    expect(blobFiles(account.store.folder)).toHaveLength(0);
  });

  it('keeps versions once the bucket has them, and marks deletions', () => {
    const { oss } = scratchAccount();
    oss.createBucket('cn-hangzhou', { name: 'data' });
    oss.putObject('data', 'k', bytes('before'));
    oss.updateBucket('data', { versioning: 'Enabled' });
    const second = oss.putObject('data', 'k', bytes('second'));
    oss.deleteObject('data', 'k');
    expect(refusal(() => oss.getObject('data', 'k'))).toBe('404 NoSuchKey');
    expect(oss.getObject('data', 'k', second.versionId).size).toBe(6);
    expect(oss.getObject('data', 'k', 'null').size).toBe(6);
    expect([...oss.objects('data')]).toEqual([]);
    const versions = oss.objectVersions('data');
    expect(versions.map(({ deleteMarker }) => deleteMarker)).toEqual([true, false, false]);
    oss.deleteObject('data', 'k', versions[0].versionId);
    expect(oss.getObject('data', 'k').versionId).toBe(second.versionId);
    expect(refusal(() => oss.deleteBucket('data'))).toBe('409 BucketNotEmpty');
  });

  it('sweeps files that no object refers to when it opens', async () => {
    const folder = scratchFolder();
    const first = new Account(folder);
    first.oss.createBucket('cn-hangzhou', { name: 'data' });
    first.oss.putObject('data', 'k', bytes('kept'));
    first.oss.blobs.write(bytes('orphan'));
    first.close();
    expect(blobFiles(folder)).toHaveLength(2);
    const second = new Account(folder);
    await eventually(() => expect(blobFiles(folder)).toHaveLength(1));
    expect(second.oss.getObject('data', 'k').size).toBe(4);
    second.close();
  });

  it.each<[string, string, (account: Account) => unknown]>([
    ['404 NoSuchBucket', 'no bucket', ({ oss }) => oss.putObject('none', 'k', bytes(''))],
    ['404 NoSuchKey', 'no object', ({ oss }) => oss.getObject('data', 'none')],
    ['404 NoSuchVersion', 'no version', ({ oss }) => oss.getObject('data', 'k', 'none')],
    ['409 BucketAlreadyExists', 'a second bucket', ({ oss }) => oss.createBucket('cn-hangzhou', { name: 'data' })],
    ['409 BucketNotEmpty', 'a bucket with objects', ({ oss }) => oss.deleteBucket('data')],
    ['400 InvalidBucketName', 'a bad bucket name', ({ oss }) => oss.createBucket('cn-hangzhou', { name: '-a' })],
    ['400 InvalidObjectName', 'an empty key', ({ oss }) => oss.putObject('data', '', bytes(''))],
    ['400 InvalidObjectName', 'a long key', ({ oss }) => oss.putObject('data', 'x'.repeat(1024), bytes(''))],
    ['400 InvalidArgument', 'an unknown acl', ({ oss }) => oss.updateBucket('data', { acl: 'open' })],
    ['400 MalformedPolicyDocument', 'a broken policy', ({ oss }) => oss.updateBucket('data', { policy: '{' })],
    [
      '403 UserDisable',
      'a closed service',
      (account) => {
        account.activation.deactivate('oss');
        account.oss.listBuckets();
      },
    ],
    [
      '403 AccessDenied',
      'a public acl behind a block',
      ({ oss }) => {
        oss.updateBucket('data', { blockPublicAccess: true });
        oss.updateBucket('data', { acl: 'public-read' });
      },
    ],
    ['400 InvalidObjectName', 'a key with a slash first', ({ oss }) => oss.putObject('data', '/k', bytes('x'))],
    [
      '400 InvalidTag',
      'too many tags',
      ({ oss }) =>
        oss.updateBucket('data', { tags: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [n, ''])) }),
    ],
    ['400 InvalidTag', 'a long value', ({ oss }) => oss.updateBucket('data', { tags: { k: 'v'.repeat(129) } })],
    [
      '400 InvalidTag',
      'a key that is reserved, of a new bucket',
      ({ oss }) => oss.createBucket('cn-hangzhou', { name: 'tagged', tags: { 'http://x': '' } }),
    ],
    [
      '400 InvalidArgument',
      'a key for an algorithm without keys, of a new bucket',
      ({ oss }) =>
        oss.createBucket('cn-hangzhou', {
          name: 'encrypted',
          encryption: { sseAlgorithm: 'AES256', kmsMasterKeyId: 'x' },
        }),
    ],
    [
      '400 InvalidArgument',
      'a method that CORS does not know',
      ({ oss }) =>
        oss.updateBucket('data', {
          corsRules: [{ allowedOrigins: ['*'], allowedMethods: ['PATCH'], allowedHeaders: [], exposeHeaders: [] }],
        }),
    ],
    [
      '400 InvalidTargetBucketForLogging',
      'a log to no bucket',
      ({ oss }) => oss.updateBucket('data', { logging: { targetBucket: 'none', targetPrefix: '' } }),
    ],
    [
      '400 InvalidTargetBucketForLogging',
      'a log to a bucket of another region',
      ({ oss }) => {
        oss.createBucket('cn-shanghai', { name: 'far-away' });
        oss.updateBucket('data', { logging: { targetBucket: 'far-away', targetPrefix: '' } });
      },
    ],
    [
      '403 AccessDenied',
      'a public policy behind a block',
      ({ oss }) => {
        oss.updateBucket('data', { blockPublicAccess: true });
        oss.updateBucket('data', { policy: PUBLIC_POLICY });
      },
    ],
  ])('answers %s for %s', (expected, _what, action) => {
    const account = scratchAccount();
    account.oss.createBucket('cn-hangzhou', { name: 'data' });
    account.oss.putObject('data', 'k', bytes('x'));
    expect(refusal(() => action(account))).toBe(expected);
  });
});
