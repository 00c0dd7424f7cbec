import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Engine } from '../../../../lib/local-cloud/dla/engine/engine';
import {
  EMPTY_LINE_MARK,
  hasEmptyLine,
  hasText,
  inUtf8,
  withMarks,
} from '../../../../lib/local-cloud/dla/engine/text-files';
import type { EngineCatalog, EngineFile } from '../../../../lib/local-cloud/dla/engine/types';
import { LAZY_SIMPLE_SERDE } from '../../../../lib/local-cloud/dla/table-format';
import { scratchFolder } from '../../../scratch';

/** Files are read in pieces of so many bytes. */
const PIECE = 1 << 20;

function fileOf(content: string | Buffer): EngineFile {
  const file = path.join(scratchFolder(), 'a');
  fs.writeFileSync(file, content);
  return { path: file, url: 'oss://b/a', size: fs.statSync(file).size };
}

const contentOf = ({ path: file }: EngineFile): string => fs.readFileSync(file, 'utf8');

/** Texts that meet the end of a piece at each of their bytes. */
function acrossPieces(text: string): string[] {
  return Array.from({ length: text.length + 1 }, (_, at) => 'x'.repeat(PIECE - at) + text);
}

describe('empty lines', () => {
  it.each(
    [
      '',
      'a',
      'a\n',
      'a\r\nb',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      '\r\n\r\n',
      'a\n\nb',
      '\na\n\n\n\nb\n',
      '\r\na\r\n\r\n\r\nb\r\n',
      'a\n\r',
      'a\r\r\nb\n',
      '\ufeff\n\n',
    ].map((text) => [text]),
  )('of %j are found and marked', (text) => {
    const all = text.split('\n');
    const lines = all.at(-1) === '' ? all.slice(0, -1) : all;
    const marked = lines.map((line) => (line === '' || line === '\r' ? EMPTY_LINE_MARK : line));
    const file = fileOf(text);
    expect(contentOf(withMarks(file)).replace(/\n$/, '')).toBe(marked.join('\n'));
    // At the end of a file a lone carriage return is no end of a line.
    expect(hasEmptyLine(file.path)).toBe(
      text.endsWith('\n\r') || text === '\r' ? false : marked.includes(EMPTY_LINE_MARK),
    );
  });

  it.each(['\n\n', '\n\r\n\r\n', '\n\nb\n'].flatMap(acrossPieces).map((text, at) => [at, text]))(
    'are marked where pieces meet (%i)',
    (_at, text) => {
      const file = fileOf(text);
      expect(hasEmptyLine(file.path)).toBe(true);
      // Not compared by the matcher, which would print a megabyte.
      expect(contentOf(withMarks(file)) === text.replace(/\n\r?(?=\n)/g, `\n${EMPTY_LINE_MARK}`)).toBe(true);
    },
  );
});

it('a text is found where pieces meet', () => {
  for (const before of [3, 2, 1, 0]) {
    expect(hasText(fileOf('x'.repeat(PIECE - before) + '€y').path, '€')).toBe(true);
  }
  expect(hasText(fileOf('x'.repeat(PIECE)).path, '€')).toBe(false);
});

it('characters of another encoding are decoded where pieces meet', () => {
  const text = Buffer.concat([Buffer.alloc(PIECE - 1, 'x'), Buffer.from('d6d0', 'hex')]);
  expect(contentOf(inUtf8(fileOf(text), 'gbk')).slice(PIECE - 1)).toBe('中');
});

const hasPrlimit = process.platform === 'linux' && fs.existsSync('/usr/bin/prlimit');

describe.skipIf(!hasPrlimit)('a disk that is full while a file is rewritten', () => {
  it.each([
    ['empty lines', {}],
    ['another encoding', { 'serialization.encoding': 'gbk' }],
  ])('fails the query and takes no rows from the next one: %s', async (_what, properties) => {
    // One worker reads small tables, and has time on a busy machine.
    const engine = new Engine(scratchFolder(), undefined, 600_000);
    onTestFinished(() => engine.close());
    const file = fileOf('x\n'.repeat(200_000) + '\n');
    const table = {
      schema: 's',
      name: 't',
      format: 'TEXTFILE' as const,
      serde: LAZY_SIMPLE_SERDE,
      properties,
      columns: [{ name: 'c', type: 'string' }],
      partitionColumns: [],
      parts: [{ values: [], files: [file] }],
    };
    const query = await engine.validateSelect('select count(*) from s.t');
    const ask = async (tables: EngineCatalog['tables']): Promise<unknown> => {
      const input = { catalog: () => ({ tables, views: [] }), signal: new AbortController().signal };
      return (await engine.read(query, input, { rows: 1, length: 100 })).rows;
    };
    expect(await ask([{ ...table, parts: [] }])).toEqual([['0']]);
    const [worker] = engine.pids;
    const limit = (bytes: string): unknown => execFileSync('prlimit', ['--pid', String(worker), `--fsize=${bytes}:`]);
    limit('300000');
    await expect(ask([table])).rejects.toThrow(/EFBIG/);
    limit('unlimited');
    expect(await ask([table])).toEqual([['200001']]);
    expect(engine.pids).toEqual([worker]);
  });
});
