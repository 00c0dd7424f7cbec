import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Store } from '../../../lib/local-cloud/store/store';
import { scratchFolder } from '../../scratch';

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

describe('Store', () => {
  it('has after a restart what was committed before', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => {
      store.table('a').put({ n: 1 }, 'x', 'y');
      store.table('a').put({ n: 2 }, 'x', 'z');
      store.table('a').delete('x', 'y');
    });
    expect(withStore(folder, (store) => store.table('a').list())).toEqual([{ n: 2 }]);
  });

  it('lists a group in the order of its keys, from a key on, whatever the order of the puts', () => {
    withStore(scratchFolder(), (store) => {
      const table = store.table<string>('t');
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
    });
  });

  it('keeps no hold on what a caller passed in', () => {
    withStore(scratchFolder(), (store) => {
      const value = { n: 1 };
      store.table<{ n: number }>('t').put(value, 'k');
      value.n = 2;
      expect(store.table('t').get('k')).toEqual({ n: 1 });
    });
  });

  it('writes no more for a change when much is stored', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => {
      const bytesOfOneChange = () => {
        const before = fs.statSync(path.join(folder, 'journal.jsonl')).size;
        store.table('t').put('value', 'key');
        return fs.statSync(path.join(folder, 'journal.jsonl')).size - before;
      };
      const empty = bytesOfOneChange();
      store.commit(Array.from({ length: 30_000 }, (_, n) => store.table('t').change(n, `n${n}`)));
      expect(bytesOfOneChange()).toBe(empty);
    });
  });

  it('drops a last line that was cut short, and goes on after it', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => store.table('t').put(1, 'one'));
    fs.appendFileSync(path.join(folder, 'journal.jsonl'), '[["t","two",2');
    withStore(folder, (store) => store.table('t').put(3, 'three'));
    expect(withStore(folder, (store) => store.table('t').list())).toEqual([1, 3]);
  });

  it('shortens a long history when it opens, without losing anything', () => {
    const folder = scratchFolder();
    withStore(folder, (store) => {
      for (let n = 0; n < 2000; n += 1) {
        store.table('t').put(n, 'same');
      }
    });
    const file = path.join(folder, 'journal.jsonl');
    const before = fs.statSync(file).size;
    expect(withStore(folder, (store) => store.table('t').list())).toEqual([1999]);
    expect(fs.statSync(file).size).toBeLessThan(before / 100);
    expect(withStore(folder, (store) => store.table('t').list())).toEqual([1999]);
  });

  it('loses nothing that was acknowledged, and keeps no half of a commit, when the process is killed', async () => {
    const folder = scratchFolder();
    for (let round = 0; round < 3; round += 1) {
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
        expect(store.table('left').size).toBeGreaterThan(Math.max(...acknowledged));
        expect(store.table('left').list()).toEqual(store.table('right').list());
      });
    }
  });

  describe('refuses', () => {
    it('a folder that is in use', () => {
      const folder = scratchFolder();
      withStore(folder, () => {
        expect(() => new Store(folder)).toThrow(
          `state folder ${folder} is in use by process ${process.pid}: stop it, or give another folder with --state`,
        );
      });
      withStore(folder, () => undefined);
    });

    it('a state of a newer version', () => {
      const folder = scratchFolder();
      fs.writeFileSync(path.join(folder, 'journal.jsonl'), '{"format":"alicloud-local","version":99}\n');
      expect(() => new Store(folder)).toThrow(/has format 99, this version reads up to 1: use the newer/);
      fs.rmSync(path.join(folder, 'journal.jsonl'));
      withStore(folder, () => undefined);
    });

    it('a file that is something else', () => {
      const folder = scratchFolder();
      fs.writeFileSync(path.join(folder, 'journal.jsonl'), '{"hello":1}\n');
      expect(() => new Store(folder)).toThrow(/is not a state of the local cloud/);
    });

    it('a line that is damaged, naming it', () => {
      const folder = scratchFolder();
      withStore(folder, (store) => store.table('t').put(1, 'one'));
      fs.appendFileSync(path.join(folder, 'journal.jsonl'), '[["t","tw\n[["t","three",3]]\n');
      expect(() => new Store(folder)).toThrow(/line 3 is damaged/);
    });

    it('a folder that cannot be made', () => {
      const file = path.join(scratchFolder(), 'file');
      fs.writeFileSync(file, '');
      expect(() => new Store(path.join(file, 'below'))).toThrow(
        /cannot be written \(ENOTDIR\): give another with --state/,
      );
    });
  });

  it('takes over the lock of a process that is gone', () => {
    const folder = scratchFolder();
    fs.writeFileSync(path.join(folder, 'lock'), '2147483646\n');
    expect(withStore(folder, () => 'opened')).toBe('opened');
    expect(fs.readdirSync(folder)).toEqual(['journal.jsonl']);
  });
});
