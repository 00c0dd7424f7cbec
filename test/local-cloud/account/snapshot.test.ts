import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import type { Change } from '../../../lib/local-cloud/store/journal';
import { exportSnapshot, importSnapshot, resetAccount } from '../../../lib/local-cloud/account/snapshot';
import { contentOf, filledAccount, put, REGION } from './filled-account';
import { exported, linesOf, scratchAccount } from './scratch-account';
import { useAndDeleteAll } from './use-all';

function filesOf({ oss }: Account): number {
  return fs.readdirSync(oss.blobs.folder).flatMap((shard) => fs.readdirSync(path.join(oss.blobs.folder, shard))).length;
}

/** The row that a problem of rows is about. */
function rowOf(problem: string, rows: readonly Change[]): Change {
  const named = ([table, key]: Change) => [
    `${table} ${JSON.stringify(key)}`,
    `${table}: expected no such row, got ${JSON.stringify(key)}`,
  ];
  return rows.find((row) => named(row).some((name) => problem.startsWith(name)))!;
}

describe('a snapshot', () => {
  it('is refused where a row has lost what it belongs to, by the name of the row, or is an account without holes', async () => {
    const source = filledAccount();
    const account = scratchAccount();
    const lines = exported(source).map((line) =>
      line.replaceAll(source.identity.accountId, account.identity.accountId),
    );
    const pieces = lines.filter((line) => line.startsWith('{"blob"'));
    const rows = lines.filter((line) => line.startsWith('[')).flatMap((line) => JSON.parse(line) as Change[]);
    const outcomes = { taken: 0, refused: 0 };
    // The first row of each table is taken away, with what belongs to it, and then any, alone or together.
    const firsts = [...new Set(rows.map(([table]) => table))].map((table) => rows.findIndex(([one]) => one === table));
    const choices = fc.oneof(
      fc.nat(rows.length - 1).map((at) => [at]),
      fc.uniqueArray(fc.nat(rows.length - 1), { minLength: 2, maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(choices, fc.boolean(), async (gone, isWhole) => {
        let left = rows.filter((_, at) => !gone.includes(at));
        for (let found = account.store.problemOf(left); isWhole && found; found = account.store.problemOf(left)) {
          const orphan = rowOf(found, left);
          left = left.filter((row) => row !== orphan);
        }
        const blobs = new Set(left.map(([, , value]) => (value as { blob?: unknown } | null)?.blob));
        const kept = pieces.filter((line) => blobs.has((JSON.parse(line) as { blob: string }).blob));
        const before = contentOf(account);
        const given = [lines[0], ...kept, JSON.stringify(left), lines.at(-1)!];
        const problem = account.store.problemOf(left);
        const error = await importSnapshot(account, linesOf(given)).catch((one: unknown) => one as Error);
        if (problem !== undefined) {
          outcomes.refused += 1;
          expect(error?.message).toContain(problem);
          expect(contentOf(account)).toEqual(before);
          return;
        }
        outcomes.taken += 1;
        expect(error).toBeUndefined();
        expect([...account.store.rows()].filter(([table]) => table !== 'account')).toHaveLength(left.length);
        useAndDeleteAll(account);
      }),
      { numRuns: 60 + firsts.length, examples: firsts.map((at) => [[at], true]) },
    );
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(10);
  });

  it('of everything is what another account is after its import, and after a restart', async () => {
    const account = filledAccount();
    const other = scratchAccount();
    other.oss.createBucket(REGION, { name: 'replaced' });
    other.oss.putObject('replaced', 'key', Buffer.from('replaced'));
    await importSnapshot(other, linesOf(exported(account)));
    expect(contentOf(other)).toEqual(contentOf(account));
    expect(filesOf(other)).toBe(4);
    expect(exported(account).join()).not.toContain(account.identity.accessKeySecret);
  });

  it('is of one moment, whatever happens while it is read', async () => {
    const account = filledAccount();
    const before = contentOf(account);
    const { lines, release } = exportSnapshot(account);
    const taken: string[] = [];
    for (const line of lines) {
      taken.push(line);
      if (taken.length === 2) {
        put(account, 'later', 'later');
        put(account, 'empty', 'no longer');
        account.oss
          .objectVersions('data', 'key')
          .forEach((one) => account.oss.deleteObject('data', 'key', one.versionId));
        account.ram.createUser({ userName: 'later' });
      }
    }
    release();
    const other = scratchAccount();
    await importSnapshot(other, linesOf(taken));
    expect(contentOf(other)).toEqual(before);
    // What was deleted meanwhile is gone once it has been read.
    // And the part of an upload.
    expect(filesOf(account)).toBe(account.oss.objectVersions('data').length + 1);
  });

  it('tells a content that the folder has lost, before anything is sent', () => {
    const account = filledAccount();
    const [version] = account.oss.objectVersions('data', 'key').slice(1);
    fs.rmSync(account.oss.blobs.pathOf(version.blob));
    expect(() => exportSnapshot(account)).toThrow('the state folder has lost a content');
  });

  it('ends where a content has changed on the disk, which no import would take', () => {
    const account = filledAccount();
    const [version] = account.oss.objectVersions('data', 'key').slice(1);
    fs.writeFileSync(account.oss.blobs.pathOf(version.blob), 'x'.repeat(version.size));
    expect(() => exported(account)).toThrow(/has a content that changed on the disk: blobs\/\S+: restore the folder/);
  });

  it('is put in place whole where several are at the same time', async () => {
    const snapshots = ['one', 'two', 'three'].map((content) => {
      const account = scratchAccount();
      account.oss.createBucket(REGION, { name: 'data' });
      Array.from({ length: 20 }, (_, index) => put(account, `key-${index}`, content.repeat(1000)));
      return { lines: exported(account), content: contentOf(account) };
    });
    const account = scratchAccount();
    // The same one twice, so that names of contents meet.
    const imports = [...snapshots, snapshots[0]].map(({ lines }) => importSnapshot(account, linesOf(lines)));
    await Promise.all(imports);
    expect(snapshots.map(({ content }) => content)).toContainEqual(contentOf(account));
    expect(filesOf(account)).toBe(20);
  });

  describe('is refused, and everything stays as it was,', () => {
    const header = '{"snapshot":2,"accountId":"1234567890123456"}';
    const version1 = '{"snapshot":1,"accountId":"1234567890123456"}';
    const end = '{"end":true}';
    const version = (blob: string, size: number) =>
      JSON.stringify({
        ...{
          blob,
          size,
          md5: '900150983CD24FB0D6963F7D28E17F72',
          crc64: '0',
          bucket: 'data',
          key: 'k',
          versionId: 'null',
        },
        ...{ sequence: 1, deleteMarker: false, lastModified: '', contentType: '', acl: 'default', storageClass: '' },
        ...{ meta: {}, tags: {} },
      });
    const key = JSON.stringify(['data', 'k', '999999999998'].join('\0'));
    const piece = '{"blob":"a","content":"YWJj"}';

    it.each([
      ['without a line', []],
      ['without a header', ['[]', end]],
      ['without an end', [header, '[]']],
      ['that goes on after its end', [header, end, '[]']],
      ['of a newer format', ['{"snapshot":99,"accountId":"1234567890123456"}', end]],
      ['of format 0', ['{"snapshot":0,"accountId":"1234567890123456"}', end]],
      ['with a line that is cut short', [header, '[["ram-roles","x"', end]],
      ['with a row that is none', [header, '[["ram-roles","x"]]', end]],
      ['with an identity', [header, '[["account","identity",{}]]', end]],
      ['with a session', [header, '[["sts-sessions","x",{}]]', end]],
      ['with a table that there is not', [header, '[["constructor","x",{}]]', end]],
      ['with a row that is deleted', [header, '[["ram-roles","x",null]]', end]],
      ['with a role that is a number', [header, '[["ram-roles","x",5]]', end]],
      ['with a bucket that is a number', [header, '[["oss-buckets","x",5]]', end]],
      ['with an object without anything', [header, '[["oss-versions","b\\u0000z",{}]]', end]],
      ['of version 0.1 with an object without versions', [version1, '[["oss-objects","b\\u0000z",{}]]', end]],
      ['of version 0.1 with a table of ours', [version1, '[["constructor","x",{}]]', end]],
      ['with an object whose content is missing', [header, `[["oss-versions",${key},${version('a', 3)}]]`, end]],
      ['with an object whose content is another', [header, piece, `[["oss-versions",${key},${version('a', 4)}]]`, end]],
      [
        'with a content of two objects',
        [
          header,
          piece,
          `[["oss-versions",${key},${version('a', 3)}],["oss-versions",${key.replace('k', 'l')},${version('a', 3).replace('"k"', '"l"')}]]`,
          end,
        ],
      ],
      ['with a content of no object', [header, piece, end]],
    ])('%s', async (_label, lines) => {
      const account = filledAccount();
      const before = contentOf(account);
      const { lifetime } = account;
      await expect(importSnapshot(account, linesOf(lines))).rejects.toMatchObject({ code: 'InvalidSnapshot' });
      expect(contentOf(account)).toEqual(before);
      expect(filesOf(account)).toBe(4);
      expect(lifetime.aborted).toBe(false);
    });

    it.each<[string, (line: string) => string[]]>([
      [
        'another of the same length',
        (line) => [
          line.replace(/"content":"./, (text) =>
            text.endsWith('Z') ? text.replace(/Z$/, 'a') : text.replace(/.$/, 'Z'),
          ),
        ],
      ],
      ['longer', (line) => [line, line]],
      ['missing', () => []],
    ])('with an object whose content is %s, and all else right', async (_label, change) => {
      const lines = exported(filledAccount());
      const at = lines.findIndex((line) => /"content":"\w/.test(line));
      lines.splice(at, 1, ...change(lines[at]));
      const account = filledAccount();
      const before = contentOf(account);
      await expect(importSnapshot(account, linesOf(lines))).rejects.toThrow(
        /the content of .* is not in it, or is another one/,
      );
      expect(contentOf(account)).toEqual(before);
      expect(filesOf(account)).toBe(4);
    });

    it('with a row of any table that stands under another key, or twice', async () => {
      const lines = exported(filledAccount());
      const rows = lines.filter((line) => line.startsWith('[')).flatMap((line) => JSON.parse(line) as Change[]);
      const tables = new Set(rows.map(([table]) => table));
      const account = scratchAccount();
      const own = ['account', 'removals', 'sts-sessions'];
      const known = [...account.store['kinds'].keys()].filter((table) => !own.includes(table));
      expect([...tables].sort()).toEqual(known.sort());
      const rest = lines.filter((line) => !line.startsWith('['));
      const importWith = (changed: readonly Change[]) =>
        importSnapshot(account, linesOf([...rest.slice(0, -1), JSON.stringify(changed), rest.at(-1)!]));
      for (const table of tables) {
        const index = rows.findIndex(([name]) => name === table);
        const [, key, value] = rows[index];
        const wrong = [`${key}x`, '', `${key}\0`, key.split('\0').slice(0, -1).join('\0')];
        // Where the row does not tell whose it is.
        const ofAny = ['mq-offsets', 'mq-pending', 'mq-subscriptions', 'mns-messages', 'oss-upload-parts'].includes(
          table,
        );
        for (const other of ofAny ? wrong : [...wrong, `x${key}`]) {
          const changed = rows.map((row, at): Change => (at === index ? [table, other, value] : row));
          await expect(importWith(changed).then(() => [table, other])).rejects.toMatchObject({
            code: 'InvalidSnapshot',
          });
        }
        await expect(importWith([...rows, rows[index]])).rejects.toThrow(/expected it once/);
      }
      expect(contentOf(account)).toEqual([]);
      await importWith(rows);
    });

    it('where the disk is full', async () => {
      const account = filledAccount();
      const before = contentOf(account);
      const lines = exported(account);
      account.store.replace = () => {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      };
      await expect(importSnapshot(account, linesOf(lines))).rejects.toThrow('no space left');
      expect(contentOf(account)).toEqual(before);
      expect(filesOf(account)).toBe(4);
    });
  });
});

describe('a reset', () => {
  it('leaves who the account is, and nothing else', () => {
    const account = filledAccount();
    resetAccount(account);
    expect(contentOf(account)).toEqual([]);
    expect(filesOf(account)).toBe(0);
  });

  it('ends what was begun before it, and tells who wants to know', () => {
    const account = filledAccount();
    const { lifetime } = account;
    let told = 0;
    account.onReplaced(() => {
      told += 1;
      expect(account.ram.listRoles()).toEqual([]);
    });
    resetAccount(account);
    expect(lifetime.aborted).toBe(true);
    expect(account.lifetime.aborted).toBe(false);
    expect(told).toBe(1);
  });
});
