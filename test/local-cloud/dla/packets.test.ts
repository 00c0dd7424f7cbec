import { describe, expect, it } from 'vitest';
import { engineResult } from '../../../lib/local-cloud/dla/engine/types';
import { PacketWriter, payloadsOf } from '../../../lib/local-cloud/dla/packets';
import { resultSet } from '../../../lib/local-cloud/dla/result-set';

type Row = readonly (string | null)[];

const FORMAT = { status: 2, isWithoutEof: false };

function packetsOf(rows: readonly Row[]): Buffer {
  const writer = new PacketWriter();
  for (const row of rows) {
    writer.begin();
    row.forEach((value) => writer.value(value));
    writer.finish();
  }
  return writer.take();
}

describe('rows that come as packets', () => {
  const rows: readonly Row[] = [
    ['', null, '查询 😀'],
    ['x'.repeat(250), 'x'.repeat(251), 'x'.repeat(70_000)],
    ...Array.from({ length: 600 }, (_, at) => [String(at), null, '\0']),
  ];
  const columns = ['a', 'b', 'c'].map((name) => ({ name, type: 'VARCHAR' }));

  it('are read as they were written', () => {
    expect(engineResult(columns, packetsOf(rows)).rows).toEqual(rows);
  });

  it.each(['text', 'binary'] as const)(
    'are answered with as the same rows are otherwise, in the format %s',
    (format) => {
      expect(resultSet(engineResult(columns, packetsOf(rows)), format, FORMAT)).toEqual(
        resultSet({ columns, rows }, format, FORMAT),
      );
    },
  );

  it('are answered with as bytes where a column has those', () => {
    const bytes = [{ name: 'a', type: 'BLOB' }];
    const hexadecimal: readonly Row[] = [['00 ff'], [null]];
    expect(resultSet(engineResult(bytes, packetsOf(hexadecimal)), 'text', FORMAT)).toEqual(
      resultSet({ columns: bytes, rows: hexadecimal }, 'text', FORMAT),
    );
  });

  it.each([0xffffff - 4, 0xffffff - 3, 0xffffff])('are one although a text of %i bytes takes several', (length) => {
    const text = 'x'.repeat(length);
    const packets = packetsOf([[text], ['y']]);
    expect(payloadsOf(packets).map((payload) => payload.length)).toEqual([length + 4, 2]);
    const [[first], [second]] = engineResult([columns[0]], packets).rows;
    expect([first === text, second]).toEqual([true, 'y']);
  });
});
