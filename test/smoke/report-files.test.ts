import { spawnSync } from 'node:child_process';
import nodeFs, * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { UsageError } from '../../lib/cli/command-line';
import { append, removeStaleReports, writeReport } from '../../lib/smoke/report-files';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-smoke-'));
});
afterEach(() => {
  Object.assign(nodeFs, ORIGINALS);
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true });
});
const ORIGINALS = { rmSync: nodeFs.rmSync, writeSync: nodeFs.writeSync };

const { signal } = new AbortController();
const at = (name: string): string => path.join(folder, name);

function fileOf(text: string, name: string): string {
  fs.writeFileSync(at(name), text);
  return at(name);
}

function fifo(): string {
  expect(spawnSync('mkfifo', [at('fifo')]).status).toBe(0);
  return at('fifo');
}

/** Has a function of the file system fail, as one that is mounted, full or read-only would. */
function broken(name: keyof typeof ORIGINALS, code: string): void {
  Object.assign(nodeFs, {
    [name]: () => {
      throw Object.assign(new Error(`${code}: broken`), { code });
    },
  });
  syncBuiltinESMExports();
}

/** A file under a name of this process, as a shell gives it for `2>file`. */
function openFile(text: string): string {
  const fd = fs.openSync(fileOf(text, 'open'), 'a');
  onTestFinished(() => fs.closeSync(fd));
  return `/proc/self/fd/${fd}`;
}

describe('reports of an earlier run', () => {
  it('are removed, and those that are not there are not left behind', () => {
    removeStaleReports(
      [
        ['--report', fileOf('old', 'a')],
        ['--junit', at('b')],
      ],
      [['--outputs', fileOf('{}', 'o')]],
    );
    expect(fs.readdirSync(folder)).toEqual(['o']);
  });

  it.each([
    ['one of two names for a file', (file: string) => fs.linkSync(file, at('other'))],
    ['a link', (file: string) => fs.symlinkSync(path.basename(file), at('other'))],
  ])('never take away a file that is read, by %s', (_, link) => {
    const outputs = fileOf('{}', 'o');
    link(outputs);
    const remove = () =>
      removeStaleReports(
        [
          ['--report', at('other')],
          ['--junit', fileOf('old', 'j')],
        ],
        [
          ['--ca', at('absent')],
          ['--outputs', outputs],
        ],
      );
    expect(remove).toThrow(UsageError);
    expect(remove).toThrow(`--report: expected a file of its own, got ${at('other')}, which is the file of --outputs`);
    expect(fs.readFileSync(outputs, 'utf8')).toBe('{}');
    // What may be taken away is.
    expect(fs.existsSync(at('j'))).toBe(false);
  });

  it('may not be one file, which is taken away all the same', () => {
    const remove = () =>
      removeStaleReports(
        [
          ['--report', fileOf('old', 'a')],
          ['--junit', `${folder}/./a`],
        ],
        [],
      );
    expect(remove).toThrow('--junit: expected a file of its own');
    expect(fs.existsSync(at('a'))).toBe(false);
  });

  it('in a pipe or device stay', () => {
    removeStaleReports(
      [
        ['--report', fifo()],
        ['--junit', '/dev/null'],
      ],
      [['--outputs', '/dev/null']],
    );
    expect(fs.lstatSync(at('fifo')).isFIFO()).toBe(true);
  });

  it('are emptied where they cannot be removed', () => {
    broken('rmSync', 'EBUSY');
    removeStaleReports([['--report', fileOf('old', 'a')]], []);
    expect(fs.readFileSync(at('a'), 'utf8')).toBe('');
  });

  it('are removed from a folder that is named as one of devices', () => {
    fs.mkdirSync(at('dev'));
    removeStaleReports([['--report', fileOf('old', 'dev/a')]], []);
    expect(fs.readdirSync(at('dev'))).toEqual([]);
  });

  it.runIf(fs.existsSync('/proc/self/fd'))('in a stream of this process stay, whatever leads to it', () => {
    const stream = openFile('what was there');
    fs.symlinkSync(stream, at('link'));
    removeStaleReports(
      [
        ['--report', stream],
        ['--junit', at('link')],
      ],
      [],
    );
    expect(fs.readFileSync(at('open'), 'utf8')).toBe('what was there');
  });

  it('are told of by the first that is wrong', () => {
    const remove = () =>
      removeStaleReports(
        [
          ['--report', folder],
          ['--junit', '/nowhere/at/all'],
        ],
        [],
      );
    expect(remove).toThrow(
      new UsageError(`--report: cannot write ${folder}: EISDIR: illegal operation on a directory, open '${folder}'`),
    );
  });
});

describe('a report', () => {
  it('takes the place of what is there, and of no link to it', async () => {
    const file = fileOf('something longer than the report', 'a');
    fs.symlinkSync('a', at('link'));
    await writeReport(at('link'), 'new', signal);
    expect(fs.readFileSync(file, 'utf8')).toBe('new');
    expect(fs.lstatSync(at('link')).isSymbolicLink()).toBe(true);
  });

  it('stands behind what is there where it is appended', async () => {
    const file = fileOf('old ', 'a');
    await append(file, 'new', signal);
    await append(at('b'), 'new', signal);
    expect([file, at('b')].map((name) => fs.readFileSync(name, 'utf8'))).toEqual(['old new', 'new']);
  });

  it.runIf(fs.existsSync('/proc/self/fd'))('stands behind what is there in a stream of this process', async () => {
    await writeReport(openFile('old '), 'new', signal);
    expect(fs.readFileSync(at('open'), 'utf8')).toBe('old new');
  });

  it('leaves no half of one where the disk is full', async () => {
    broken('writeSync', 'ENOSPC');
    await expect(writeReport(at('a'), 'text', signal)).rejects.toThrow('ENOSPC');
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it.runIf(fs.existsSync('/proc/self/fd'))('keeps no file open', async () => {
    await writeReport(at('a'), 'new', signal);
    await append(at('a'), 'new', signal);
    const open = fs.readdirSync('/proc/self/fd').map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    expect(open).not.toContain(fs.realpathSync(at('a')));
  });

  it('is given up in a pipe whose reader takes nothing for more than five seconds', async () => {
    const pipe = fifo();
    const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    // When it begins, after what the pipe holds, and at each look after it.
    const times = [0, 0, 4_999, 5_000, 5_001];
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => times.shift() ?? 60_000);
    try {
      await expect(writeReport(pipe, 'x'.repeat(1_000_000), signal)).rejects.toThrow(/^EAGAIN/);
      expect(times).toEqual([]);
    } finally {
      clock.mockRestore();
      fs.closeSync(reader);
    }
  });

  it('is an error in a pipe that nobody reads', async () => {
    await expect(writeReport(fifo(), 'text', signal)).rejects.toThrow('ENXIO: nothing reads from it');
    await expect(append(at('absent/b'), 'text', signal)).rejects.toThrow(/^ENOENT: no such file/);
  });

  it('is not waited for after a signal, in a pipe that is full', { timeout: 4_000 }, async () => {
    const pipe = fifo();
    const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      await expect(writeReport(pipe, 'x'.repeat(1_000_000), AbortSignal.abort())).rejects.toThrow(/^EAGAIN/);
    } finally {
      fs.closeSync(reader);
    }
  });

  it('goes on when the pipe is read', async () => {
    const pipe = fifo();
    const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const text = Array.from({ length: 50_000 }, (_, index) => `${index}\n`).join('');
    const written = writeReport(pipe, text, signal);
    let read = '';
    const buffer = Buffer.alloc(10_000);
    while (read.length < text.length) {
      try {
        read += buffer.toString('utf8', 0, fs.readSync(reader, buffer));
      } catch {
        // Nothing there yet.
      }
      await new Promise(setImmediate);
    }
    await written;
    fs.closeSync(reader);
    expect(read).toBe(text);
  });
});
