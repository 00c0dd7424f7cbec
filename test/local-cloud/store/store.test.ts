import { spawn } from 'node:child_process';
import nodeFs, * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../lib/local-cloud/store/crc32';
import { Store } from '../../../lib/local-cloud/store/store';
import type { Table } from '../../../lib/local-cloud/store/table';
import { scratchFolder } from '../../scratch';
import { anyKey, anyShape } from './any-shape';
import { eventually } from '../../eventually';

const WRITER = path.join(__dirname, 'writer.ts');

/** Runs `use` on the store in a folder and closes it. */
function withStore<T>(folder: string, use: (store: Store) => T): T {
  const store = new Store(folder);
  try {
    return use(store);
  } finally {
    store.close();
  }
}

function tableOf<T>(store: Store, name = 't'): Table<T> {
  return store.table(name, anyShape<T>(), anyKey);
}

function rowsIn(folder: string): unknown[] {
  return withStore(folder, (store) => tableOf(store).list());
}

function journalOf(folder: string): string {
  return path.join(folder, 'journal.jsonl');
}

describe('Store', () => {
  it('has after a restart what was committed before', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => {
      const table = tableOf(store);
      table.put({ n: 1 }, 'x', 'y');
      table.put({ n: 2 }, 'x', 'z\n"é💥\ud800');
      table.delete('x', 'y');
    });
    withStore(folder, (store) => {
      expect(tableOf(store).list()).toEqual([{ n: 2 }]);
      expect(tableOf(store).get('x', 'z\n"é💥\ud800')).toEqual({ n: 2 });
    });
  });

  it('keeps no hold on what a caller passed in', () => {
    withStore(scratchFolder(), (store) => {
      const value = { n: 1 };
      tableOf(store).put(value, 'k');
      value.n = 2;
      expect(tableOf(store).get('k')).toEqual({ n: 1 });
    });
  });

  it('writes no more for a change when much is stored', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => {
      const table = tableOf<unknown>(store);
      const bytesOfOneChange = () => {
        const before = fs.statSync(journalOf(folder)).size;
        table.put('value', 'key');
        return fs.statSync(journalOf(folder)).size - before;
      };
      const empty = bytesOfOneChange();
      store.commit(Array.from({ length: 30_000 }, (_, n) => table.change(n, `n${n}`)));
      expect(bytesOfOneChange()).toBe(empty);
    });
  });

  it('reads lines that are longer than what it reads at a time', () => {
    const folder = scratchFolder();
    const long = 'é'.repeat(3 << 20);
    withStore(folder, (store) => {
      tableOf(store).put('before', '1');
      tableOf(store).put(long, '2');
      tableOf(store).put('after', '3');
    });
    expect(rowsIn(folder)).toEqual(['before', long, 'after']);
  });

  it('replaces everything in one step', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => {
      tableOf(store).put('old', 'g', 'old');
      tableOf(store, 'other').put('old', 'g', 'old');
      const byValue = tableOf<string>(store).index((value) => value);
      store.replace([
        ['t', 'g\0b', 'B'],
        ['t', 'g\0a', 'A'],
      ]);
      expect(tableOf(store).list('g')).toEqual(['A', 'B']);
      expect(tableOf(store, 'other').size).toBe(0);
      expect([byValue.get('old'), byValue.get('A')]).toEqual([undefined, 'A']);
      tableOf(store).put('C', 'g', 'c');
    });
    expect(rowsIn(folder)).toEqual(['A', 'B', 'C']);
    expect(fs.readdirSync(folder)).toEqual(['journal.jsonl']);
  });

  it('loses nothing that was acknowledged, and keeps no half of a commit, when the process is killed', async () => {
    const folder = scratchFolder();
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(process.execPath, ['--import', 'tsx', WRITER, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.length > 200 + 3000 * Math.random()) {
          child.kill('SIGKILL');
        }
      });
      await new Promise((resolve) => child.on('close', resolve));
      const acknowledged = output.split('\n').slice(0, -1).map(Number);
      expect(acknowledged.length).toBeGreaterThan(0);
      withStore(folder, (store) => {
        const left = tableOf<number>(store, 'left');
        expect(left.size).toBeGreaterThan(Math.max(...acknowledged));
        expect(left.list()).toEqual(Array.from({ length: left.size }, (_, number) => number));
        expect(tableOf(store, 'right').list()).toEqual(left.list());
      });
    }
  });

  describe('a long history', () => {
    const isShort = (folder: string) => () => expect(fs.statSync(journalOf(folder)).size).toBeLessThan(1 << 20);

    it('is shortened while it runs, without losing what is committed meanwhile', async () => {
      const folder = scratchFolder();
      const store = new Store(folder);
      try {
        const table = tableOf<string>(store);
        table.put('stays', 'g', 'stays');
        table.put('goes', 'g', 'goes');
        for (let n = 0; n < 30; n += 1) {
          table.put('x'.repeat(100_000), 'g', 'large');
        }
        table.put('meanwhile', 'g', 'meanwhile');
        table.delete('g', 'goes');
        await eventually(isShort(folder));
        table.put('after', 'g', 'z');
        const rows = table.list();
        expect(rows).toHaveLength(4);
        store.close();
        expect(rowsIn(folder)).toEqual(rows);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });

    it('that an earlier process left is shortened after the start', async () => {
      const folder = scratchFolder();
      withStore(folder, (store) => {
        for (let n = 0; n < 30; n += 1) {
          tableOf(store).put('x'.repeat(100_000), 'same');
        }
      });
      const store = new Store(folder);
      try {
        await eventually(isShort(folder));
      } finally {
        store.close();
      }
      expect(rowsIn(folder)).toEqual(['x'.repeat(100_000)]);
      expect(fs.readdirSync(folder)).toEqual(['journal.jsonl']);
    });

    it('that cannot be shortened stays, and everything goes on', async () => {
      const folder = scratchFolder();
      const store = new Store(folder);
      try {
        fs.mkdirSync(`${journalOf(folder)}.next`);
        for (let n = 0; n < 30; n += 1) {
          tableOf(store).put(String(n).repeat(100_000), 'same');
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        store.close();
      }
      fs.rmdirSync(`${journalOf(folder)}.next`);
      expect(rowsIn(folder)).toEqual(['29'.repeat(100_000)]);
    });
  });

  it('reads format 2, whose lines stood each for itself, and writes its own', () => {
    const folder = scratchFolder();
    const line = (key: string, value: unknown) => {
      const fields = `\tt\t${JSON.stringify(key)}\t${JSON.stringify(value)}`;
      return `${crc32(Buffer.from(fields)).toString(16).padStart(8, '0')}${fields}\n`;
    };
    fs.writeFileSync(
      journalOf(folder),
      `{"format":"alicloud-local","version":2}\n${line('a', 'A')}${line('b', 'B')}${line('a', null)}`,
    );
    expect(rowsIn(folder)).toEqual(['B']);
    expect(fs.readFileSync(journalOf(folder), 'utf8')).toMatch(/^\{"format":"alicloud-local","version":3\}\n/);
    withStore(folder, (store) => tableOf(store).put('C', 'c'));
    expect(rowsIn(folder)).toEqual(['B', 'C']);
  });

  it('does not shorten again and again a journal without history, whatever its characters and keys', async () => {
    const folder = scratchFolder();
    const next = `${journalOf(folder)}.next`;
    const store = new Store(folder);
    try {
      const texts = tableOf<string>(store);
      for (let n = 0; n < 30; n += 1) {
        texts.put('数据'.repeat(20_000), 'g', String(n));
      }
      const numbers = tableOf<number>(store, 'numbers');
      for (let n = 0; n < 20_000; n += 1) {
        numbers.put(1, 'g'.repeat(60), String(n));
      }
      await eventually(() => expect(fs.existsSync(next)).toBe(false));
    } finally {
      store.close();
    }
  });

  describe('a folder that is moved, or removed, while it is used', () => {
    const TOLD = /journal.jsonl was moved or removed while it is in use: nothing can be changed until/;

    it.each(['moved', 'removed'])('and %s takes no change, and says so', (what) => {
      const folder = scratchFolder();
      const moved = path.join(scratchFolder(), 'moved');
      withStore(folder, (store) => {
        const table = tableOf(store);
        table.put('before', '1');
        if (what === 'moved') {
          fs.renameSync(folder, moved);
        } else {
          fs.rmSync(folder, { recursive: true });
        }
        expect(() => table.put('after', '2')).toThrow(TOLD);
        expect(() => store.replace([])).toThrow(TOLD);
        expect(table.list()).toEqual(['before']);
        if (what === 'moved') {
          fs.renameSync(moved, folder);
          table.put('back', '2');
        }
      });
      if (what === 'moved') {
        expect(rowsIn(folder)).toEqual(['before', 'back']);
      }
    });

    it('leaves the one that took its place alone', () => {
      const folder = scratchFolder();
      const moved = path.join(scratchFolder(), 'moved');
      withStore(folder, (store) => {
        tableOf(store).put('mine', '1');
        fs.renameSync(folder, moved);
        fs.mkdirSync(folder);
        withStore(folder, (other) => tableOf(other).put('theirs', '1'));
        expect(() => tableOf(store).put('more', '2')).toThrow(TOLD);
        expect(() => store.replace([])).toThrow(TOLD);
      });
      expect(rowsIn(folder)).toEqual(['theirs']);
      expect(rowsIn(moved)).toEqual(['mine']);
    });

    it('leaves the compaction alone that is under way in its place', () => {
      const folder = scratchFolder();
      const next = `${journalOf(folder)}.next`;
      withStore(folder, (store) => {
        // History, until a compaction begins, which is then under way.
        for (let n = 0; !fs.existsSync(next); n += 1) {
          tableOf(store).put(String(n % 10).repeat(100_000), 'same');
        }
        fs.renameSync(folder, path.join(scratchFolder(), 'moved'));
        fs.mkdirSync(folder);
        fs.writeFileSync(next, 'theirs');
      });
      expect(fs.readFileSync(next, 'utf8')).toBe('theirs');
    });
  });

  describe('a full disk', () => {
    it('ends a compaction, not the change that finds it so', async () => {
      const folder = scratchFolder();
      const store = new Store(folder);
      const { writeSync } = nodeFs;
      const next = `${journalOf(folder)}.next`;
      try {
        const table = tableOf<string>(store);
        const live = 'x'.repeat(100_000);
        for (let n = 0; n < 20; n += 1) {
          table.put(live, 'g', String(n));
        }
        let isFull = false;
        nodeFs.writeSync = (fd: number, ...args: unknown[]) => {
          if (isFull && fs.fstatSync(fd).ino === fs.statSync(next, { throwIfNoEntry: false })?.ino) {
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          }
          return (writeSync as (...all: unknown[]) => number)(fd, ...args);
        };
        syncBuiltinESMExports();
        // History, until a compaction begins, which is then under way.
        while (!fs.existsSync(next)) {
          table.put(live, 'g', '0');
        }
        isFull = true;
        table.put('changed', 'g', '0');
        expect(fs.existsSync(next)).toBe(false);
        table.put('more', 'g', '1');
        isFull = false;
        const rows = table.list();
        expect(rows.slice(0, 2)).toEqual(['changed', 'more']);
        for (let n = 0; n < 20; n += 1) {
          table.put(live, 'g', '2');
        }
        await eventually(() => expect(fs.statSync(journalOf(folder)).size).toBeLessThan(3 << 20));
        store.close();
        expect(rowsIn(folder)).toEqual(rows);
      } finally {
        nodeFs.writeSync = writeSync;
        syncBuiltinESMExports();
      }
    });

    it('fails the change that found it so, and leaves no half of it', () => {
      const folder = scratchFolder();
      withStore(folder, (store) => {
        const table = tableOf(store);
        table.put('before', '1');
        const { writeSync } = nodeFs;
        nodeFs.writeSync = ((fd: number, bytes: Uint8Array, offset: number, _length: number, position: number) => {
          writeSync(fd, bytes, offset, 5, position);
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        }) as unknown as typeof writeSync;
        syncBuiltinESMExports();
        try {
          expect(() => table.put('too much', '2')).toThrow('no space left');
        } finally {
          nodeFs.writeSync = writeSync;
          syncBuiltinESMExports();
        }
        expect(table.list()).toEqual(['before']);
        table.put('after', '3');
      });
      expect(rowsIn(folder)).toEqual(['before', 'after']);
    });
  });

  describe('damage', () => {
    function folderWith(...rows: string[]): string {
      const folder = scratchFolder();
      withStore(folder, (store) => rows.forEach((row, index) => tableOf(store).put(row, String(index))));
      return folder;
    }

    it('by a write that was cut short drops what was not acknowledged, at whatever byte', () => {
      const folder = folderWith('one', 'two');
      const whole = fs.readFileSync(journalOf(folder));
      const start = whole.lastIndexOf('\n', -2) + 1;
      for (let end = start; end < whole.length; end += 1) {
        fs.writeFileSync(journalOf(folder), whole.subarray(0, end));
        withStore(folder, (store) => tableOf(store).put('three', '2'));
        expect(rowsIn(folder)).toEqual(['one', 'three']);
      }
    });

    it.each([0x01, 0x20, 0x80])('to any byte (xor %i) is found and told', (mask) => {
      const folder = folderWith('one', 'two', 'three');
      const whole = fs.readFileSync(journalOf(folder));
      for (let at = 0; at < whole.length; at += 1) {
        const flipped = Buffer.from(whole);
        flipped[at] ^= mask;
        fs.writeFileSync(journalOf(folder), flipped);
        expect(() => new Store(folder), `byte ${at}`).toThrow(
          /line \d is damaged: restore the folder|is not a state of the local cloud|has format \d/,
        );
      }
    });

    it('that leaves every line whole, but one twice, elsewhere or nowhere, is found and told', () => {
      const folder = folderWith('one', 'two', 'three', 'four');
      const [header, ...lines] = fs.readFileSync(journalOf(folder), 'utf8').split(/(?<=\n)/);
      const [one, two, three, four] = lines;
      for (const damaged of [
        [one, two, two, three, four],
        [one, two, three, four, two],
        [two, one, three, four],
        [one, three, four],
        [two, three, four],
        [one, two, one, two, three, four],
      ]) {
        fs.writeFileSync(journalOf(folder), [header, ...damaged].join(''));
        expect(() => new Store(folder)).toThrow(/line \d is damaged: restore the folder/);
      }
      fs.writeFileSync(journalOf(folder), [header, ...lines].join(''));
      expect(rowsIn(folder)).toEqual(['one', 'two', 'three', 'four']);
    });

    it.each([0, -1, 2.5, '3', null])('that made the format %j is told', (version) => {
      const folder = folderWith('one');
      const [, ...lines] = fs.readFileSync(journalOf(folder), 'utf8').split('\n');
      const header = JSON.stringify({ format: 'alicloud-local', version });
      fs.writeFileSync(journalOf(folder), [header, ...lines].join('\n'));
      expect(() => new Store(folder)).toThrow(/is not a state of the local cloud/);
    });

    it.each(['5', 'null', '[1]', '{}', '[["t","k"]]', '[["t",1,2]]', '[["t","tw'])('line %s is told', (line) => {
      const folder = scratchFolder();
      fs.writeFileSync(journalOf(folder), `{"format":"alicloud-local","version":1}\n${line}\n`);
      expect(() => new Store(folder)).toThrow(/line 2 is damaged: restore the folder from a copy/);
    });

    it.each(['missing', 'empty', 'without rows'])('that left contents with a journal that is %s is told', (state) => {
      const folder = scratchFolder();
      fs.mkdirSync(path.join(folder, 'blobs', 'ab'), { recursive: true });
      fs.writeFileSync(path.join(folder, 'blobs', 'ab', 'content'), 'mine');
      if (state !== 'missing') {
        fs.writeFileSync(journalOf(folder), state === 'empty' ? '' : '{"format":"alicloud-local","version":2}\n');
      }
      expect(() => new Store(folder)).toThrow(
        /has contents in blobs\/, but journal.jsonl is missing or empty: restore/,
      );
      expect(fs.existsSync(path.join(folder, 'blobs', 'ab', 'content'))).toBe(true);
    });

    it('that made the journal something else is told, and the file left alone', () => {
      const folder = scratchFolder();
      for (const text of ['{"hello":1}\n', '{"hello":1}', 'hello\nworld\n', '5\n']) {
        fs.writeFileSync(journalOf(folder), text);
        expect(() => new Store(folder)).toThrow(/is not a state of the local cloud: give another state folder/);
        expect(fs.readFileSync(journalOf(folder), 'utf8')).toBe(text);
      }
    });

    it('is not what a state of a newer version has', () => {
      const folder = scratchFolder();
      fs.writeFileSync(journalOf(folder), '{"format":"alicloud-local","version":99}\n');
      expect(() => new Store(folder)).toThrow(/has format 99, this version reads up to 3: use the newer/);
    });
  });
});

describe('Table', () => {
  function withTable(use: (table: Table<string>) => void): void {
    withStore(scratchFolder(), (store) => use(tableOf(store)));
  }

  it('lists a group in the order of its keys, from a key on, whatever the order of the puts', () => {
    withTable((table) => {
      for (const key of ['c', 'a', 'd', 'b']) {
        table.put(key, 'g', key);
        table.put(key, 'other', key);
      }
      table.delete('g', 'c');
      table.put('B', 'g', 'b');
      expect(table.list('g')).toEqual(['a', 'B', 'd']);
      expect([...table.from('g', 'b')]).toEqual(['B', 'd']);
      expect(table.count('g')).toBe(3);
      expect(table.count('none')).toBe(0);
      expect(table.list()).toEqual(['a', 'B', 'd', 'a', 'b', 'c', 'd']);
    });
  });

  it('has the same order after a restart', () => {
    const folder = scratchFolder();
    const keys = ['b!', 'b', 'a', 'c', 'b\u0001', 'bb'];
    const list = () => withStore(folder, (store) => [tableOf(store).list(), tableOf(store).list('g')]);
    withStore(folder, (store) => {
      keys.forEach((key) => tableOf(store).put(`${key}`, key));
      keys.forEach((key) => tableOf(store).put(`g ${key}`, 'g', key));
    });
    const sorted = ['a', 'b', 'b\u0001', 'b!', 'bb', 'c'];
    const inGroup = sorted.map((key) => `g ${key}`);
    expect(list()).toEqual([[...sorted, ...inGroup], inGroup]);
  });

  it('lists what is below the first parts of a key, and the first row of each', () => {
    withTable((table) => {
      for (const [key, version] of ['b 2', 'a 2', 'a\u0001 1', 'a 1', 'b 3', 'ab 1'].map((one) => one.split(' '))) {
        table.put(`${key}${version}`, 'g', key, version);
      }
      expect(table.list('g', 'a')).toEqual(['a1', 'a2']);
      expect(table.first('g', 'b')).toBe('b2');
      expect(table.first('g', 'c')).toBeUndefined();
      expect([...table.firsts('g', '')]).toEqual(['a1', 'a\u00011', 'ab1', 'b2']);
      expect([...table.firsts('g', 'a\u0002')]).toEqual(['ab1', 'b2']);
      expect([...table.deletions('g', 'a')]).toEqual([
        ['t', 'g\0a\x001', null],
        ['t', 'g\0a\x002', null],
      ]);
    });
  });

  it('finds rows by an index, as they come and go', () => {
    withTable((table) => {
      table.put('early', '1');
      const index = table.index((row) => row.at(0));
      table.put('late', '2');
      expect([index.get('e'), index.get('l')]).toEqual(['early', 'late']);
      table.put('moved', '1');
      table.delete('2');
      expect([index.get('e'), index.get('l'), index.get('m')]).toEqual([undefined, undefined, 'moved']);
    });
  });
});
