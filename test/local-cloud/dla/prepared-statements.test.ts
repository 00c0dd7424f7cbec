import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { PreparedStatements } from '../../../lib/local-cloud/dla/prepared-statements';
import { DlaFixture, REGION } from './dla-fixture';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
  connection = await dla.connect({ database: 'lake', dateStrings: true, supportBigNumbers: true });
});

afterAll(() => dla.remove());

const VALUES = [
  `cast(-7 as tinyint) a, cast(-300 as smallint) b, cast(-70000 as integer) c, -9223372036854775807 d, true e`,
  `cast(1.5 as real) f, 2.25e0 g, 12.340 h, 'a 雲 🚀' i, cast(null as varchar) j, repeat('x', 300) k`,
  `date '2019-03-27' l, timestamp '2019-03-27 14:55:09.007' m, timestamp '2019-03-27 00:00:00' n`,
  `time '14:55:09.500' o, array[1, 2] p, json '{"a":1}' q`,
].join(', ');

describe('a prepared statement', () => {
  it('answers what its text answers, in every type', async () => {
    const sql = `select ${VALUES} from people where id = 1`;
    const [prepared] = await connection.execute(sql);
    const [plain] = await connection.query(sql);
    expect(plain).toMatchObject([{ a: -7, d: '-9223372036854775807', h: '12.340', j: null, k: 'x'.repeat(300) }]);
    // The text of a time and of a moment ends with the last digit that is not zero, the bytes do not tell.
    const evened = (rows: unknown): string =>
      JSON.stringify(rows)
        .replace(/(:\d\d\.\d*?)0+"/g, '$1"')
        .replace(/ 00:00:00"/g, '"');
    expect(evened(prepared)).toBe(evened(plain));
  });

  it('tells a boolean as a column of tinyint(1), which Connector/J reads as one', async () => {
    const sql = 'select true a, cast(1 as tinyint) b';
    for (const [, columns] of [await connection.query(sql), await connection.execute(sql)]) {
      expect(columns).toMatchObject([
        { columnType: 1, columnLength: 1, flags: 0 },
        { columnType: 1, columnLength: 4 },
      ]);
    }
  });

  it('takes numbers, texts, NULL, dates and LIMIT as parameters, again and again', async () => {
    const sql = 'select id, ? echo from people where id >= ? and (name = ? or ? is null) order by id limit ?';
    const ids = async (...values: (string | number | null)[]): Promise<unknown> => {
      const [rows] = await connection.execute(sql, values);
      return (rows as { id: number; echo: unknown }[]).map(({ id, echo }) => [id, echo]);
    };
    await expect(ids("it's \\ 雲", 2, null, null, 5)).resolves.toEqual([2, 3].map((id) => [id, "it's \\ 雲"]));
    await expect(ids('x', 1, "O'Neil", 'given', 5)).resolves.toEqual([[3, 'x']]);
    await expect(ids('', 1, null, null, 1)).resolves.toEqual([[1, '']]);
  });

  it('takes a value for a token of its own, whatever stands next to it', async () => {
    const [rows] = await connection.execute<RowDataPacket[]>(
      'select 1 x where 1=?and 2=?and 3-?=4 limit?',
      [1, 2, -1, 1],
    );
    expect(rows).toEqual([{ x: 1 }]);
    await expect(connection.execute('select 1?', [2])).rejects.toMatchObject({ code: 'ER_PARSE_ERROR' });
  });

  it('runs other statements than SELECT, and asynchronously', async () => {
    const [shown] = await connection.execute('show tables like ?', ['peo%']);
    expect(shown).toEqual([{ TABLE_NAME: 'people' }]);
    const [[{ ASYNC_TASK_ID: id }]] = (await connection.execute(
      '/*+ run_async=true */ select * from people where id = ?',
      [2],
    )) as unknown as { ASYNC_TASK_ID: string }[][];
    await expect(dla.ended(id)).resolves.toMatchObject({ status: 'SUCCESS', row_count: 1 });
    expect(dla.account.dla.getTask(REGION, id)?.command).toContain('id = 2');
  });

  it('takes a text for the numbers of LIMIT, as clients send it', async () => {
    const [rows] = await connection.execute('select id from people order by id limit ?, ?', ['1', 1]);
    expect(rows).toEqual([{ id: 2 }]);
    const [offset] = await connection.execute('select id from people order by id limit ? offset ?', ['1', '2']);
    expect(offset).toEqual([{ id: 3 }]);
  });

  it('tells what is wrong, and the connection lives on', async () => {
    await expect(connection.execute('select nothing from people')).rejects.toMatchObject({ errno: 1054 });
    await expect(connection.execute("select 'open")).rejects.toMatchObject({ errno: 1064 });
    await expect(connection.execute('select id / 0 from people where id = ?', [1])).rejects.toMatchObject({
      errno: 1105,
    });
    const [rows] = await connection.execute('select ? one', ['1']);
    expect(rows).toEqual([{ one: '1' }]);
  });

  it('is gone when the connection is reset, but the schema is still selected', async () => {
    const other = await dla.connect({ database: 'lake' });
    const statement = await other.prepare('select 1 one');
    await other.reset();
    await expect(statement.execute([])).rejects.toMatchObject({ errno: 1243 });
    expect((await other.query('select count(*) n from people'))[0]).toEqual([{ n: 3 }]);
  });
});

/** What COM_STMT_EXECUTE carries for parameters of the given types. */
function execution(
  id: number,
  ...parameters: readonly (readonly [type: number, value: Buffer, flags?: number])[]
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(id);
  return Buffer.concat([
    head,
    Buffer.alloc(Math.ceil(parameters.length / 8)),
    Buffer.from([1]),
    ...parameters.map(([type, , flags = 0]) => Buffer.from([type, flags])),
    ...parameters.map(([, value]) => value),
  ]);
}

function bytes(length: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(length);
  write(buffer);
  return buffer;
}

const lengthCoded = (text: string | Buffer): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

describe('parameters', () => {
  it.each([
    ['a negative TINYINT', 1, Buffer.from([0xff]), '-1'],
    ['an unsigned TINYINT', 1, Buffer.from([0xff]), '255', 0x80],
    ['a SMALLINT', 2, bytes(2, (b) => b.writeInt16LE(-300)), '-300'],
    ['a YEAR', 13, bytes(2, (b) => b.writeInt16LE(2019)), '2019'],
    ['an INT', 3, bytes(4, (b) => b.writeInt32LE(-70_000)), '-70000'],
    ['a BIGINT', 8, bytes(8, (b) => b.writeBigInt64LE(-(2n ** 63n))), '-9223372036854775808'],
    ['an unsigned BIGINT', 8, bytes(8, (b) => b.writeBigUInt64LE(2n ** 64n - 1n)), '18446744073709551615', 0x80],
    ['a FLOAT', 4, bytes(4, (b) => b.writeFloatLE(1.5)), '1.5e+0'],
    ['a DOUBLE', 5, bytes(8, (b) => b.writeDoubleLE(-0.25)), '-2.5e-1'],
    ['a NULL', 6, Buffer.alloc(0), 'NULL'],
    ['a DECIMAL', 246, lengthCoded('-12.340'), '-12.340'],
    ['a text', 253, lengthCoded("it's \\"), String.raw`'it\'s \\'`],
    ['bytes that are no text', 252, lengthCoded(Buffer.from([0xff, 0])), "X'ff00'"],
    ['a date', 10, Buffer.from([4, 0xe3, 7, 3, 27]), "date '2019-03-27'"],
    ['a moment', 12, Buffer.from([7, 0xe3, 7, 3, 27, 14, 55, 9]), "timestamp '2019-03-27 14:55:09'"],
    ['a moment at midnight', 7, Buffer.from([4, 0xe3, 7, 3, 27]), "timestamp '2019-03-27 00:00:00'"],
    [
      'a moment with milliseconds',
      12,
      Buffer.from([11, 0xe3, 7, 3, 27, 14, 55, 9, 0x58, 0x1b, 0, 0]),
      "timestamp '2019-03-27 14:55:09.007'",
    ],
    ['a time', 11, Buffer.from([8, 0, 0, 0, 0, 0, 14, 55, 9]), "time '14:55:09'"],
    ['midnight', 11, Buffer.from([0]), "time '00:00:00'"],
  ])('%s', (_, type, value, expected, flags = 0) => {
    const statements = new PreparedStatements(1000);
    const { id } = statements.prepare('select ?, 1');
    expect(statements.bind(execution(id, [type, value, flags]))).toBe(`select ${expected}, 1`);
  });

  it('are the question marks that stand outside of quotes and comments', () => {
    const statements = new PreparedStatements(1000);
    const { id, parameters } = statements.prepare('select \'?\', "?", `?`, ? /* ? */ -- ?');
    expect(parameters).toBe(1);
    expect(statements.bind(execution(id, [6, Buffer.alloc(0)]))).toBe('select \'?\', "?", `?`, NULL /* ? */ -- ?');
  });

  it('that are all NULL need no types', () => {
    const statements = new PreparedStatements(1000);
    const { id } = statements.prepare('select ?, ?');
    const payload = bytes(11, (b) => b.writeUInt32LE(id));
    payload[9] = 3;
    expect(statements.bind(payload)).toBe('select NULL, NULL');
    payload[9] = 1;
    expect(() => statements.bind(payload)).toThrow(/types of the parameters/);
  });

  it('may be sent in pieces before', () => {
    const statements = new PreparedStatements(200);
    const { id } = statements.prepare('select ?');
    const piece = (text: string): Buffer => Buffer.concat([Buffer.from([id, 0, 0, 0, 0, 0]), Buffer.from(text)]);
    statements.addLongData(piece('one '));
    statements.addLongData(piece('two'));
    expect(statements.bind(execution(id, [252, Buffer.alloc(0)]))).toBe("select 'one two'");
    statements.addLongData(piece('x'.repeat(201)));
    expect(() => statements.bind(execution(id, [252, Buffer.alloc(0)]))).toThrow(/longer than 200 bytes/);
  });

  it('count together where they were sent in pieces before, until their statement is executed or closed', () => {
    const statements = new PreparedStatements(200);
    const [one, other] = [1, 2].map(() => statements.prepare('select ?').id);
    const piece = (id: number, text: string): Buffer =>
      Buffer.concat([Buffer.from([id, 0, 0, 0, 0, 0]), Buffer.from(text)]);
    const none: [number, Buffer] = [252, Buffer.alloc(0)];
    statements.addLongData(piece(one, 'x'.repeat(100)));
    statements.addLongData(piece(other, 'y'));
    expect(() => statements.bind(execution(other, none))).toThrow(/longer than 200 bytes/);
    expect(statements.bind(execution(one, none))).toBe(`select '${'x'.repeat(100)}'`);
    statements.addLongData(piece(one, 'x'.repeat(100)));
    statements.close(Buffer.from([one, 0, 0, 0]));
    statements.addLongData(piece(other, 'y'.repeat(100)));
    expect(statements.bind(execution(other, none))).toBe(`select '${'y'.repeat(100)}'`);
  });

  it('of as many pieces as the limit allows are put together once', () => {
    const statements = new PreparedStatements(1 << 20);
    const { id } = statements.prepare('select ?');
    const piece = Buffer.from([id, 0, 0, 0, 0, 0, 120]);
    const count = Math.floor((1 << 20) / 65);
    Array.from({ length: count }, () => statements.addLongData(piece));
    expect(statements.bind(execution(id, [252, Buffer.alloc(0)])).length).toBe(count + "select ''".length);
  });

  it.each([
    ['that end too early', (id: number) => execution(id, [8, Buffer.alloc(2)])],
    ['of a type that nobody sends', (id: number) => execution(id, [77, Buffer.alloc(8)])],
    ['without their types', (id: number) => bytes(11, (b) => b.writeUInt32LE(id))],
    ['of more than a day', (id: number) => execution(id, [11, Buffer.from([8, 0, 1, 0, 0, 0, 1, 1, 1])])],
    ['with a decimal that is no number', (id: number) => execution(id, [246, lengthCoded('1; drop')])],
    ['of another statement', () => execution(77)],
  ])('%s are refused', (_, payload) => {
    const statements = new PreparedStatements(1000);
    const { id } = statements.prepare('select ?');
    expect(() => statements.bind(payload(id))).toThrow();
  });

  it('belong to a limited number of statements', () => {
    const statements = new PreparedStatements(1000);
    for (let at = 0; at < 1000; at += 1) {
      statements.prepare('select 1');
    }
    expect(() => statements.prepare('select 1')).toThrow(/1000 statements/);
  });
});

it('statements of one connection have a limited length together, until some are closed', () => {
  const statements = new PreparedStatements(1000);
  const long = `select '${'x'.repeat(1 << 20)}'`;
  const ids = Array.from({ length: 7 }, () => statements.prepare(long).id);
  expect(() => statements.prepare(long)).toThrow(/more than 8388608 characters/);
  statements.close(Buffer.from([ids[0], 0, 0, 0]));
  statements.close(Buffer.from([ids[0], 0, 0, 0]));
  expect(statements.prepare(long).id).toBe(8);
  expect(() => statements.prepare(long)).toThrow(/close some/);
  statements.closeAll();
  expect(statements.prepare(long).id).toBe(9);
});

it('a statement has up to 65,535 parameters, as many as the protocol can number', () => {
  const statements = new PreparedStatements(1000);
  const sqlOf = (count: number): string => `select ${Array(count).fill('?').join()}`;
  expect(statements.prepare(sqlOf(65_535))).toMatchObject({ parameters: 65_535 });
  expect(() => statements.prepare(sqlOf(65_536))).toThrow(expect.objectContaining({ code: 'ER_PS_MANY_PARAM' }));
});

describe('a cursor', () => {
  const columns = [{ name: 'n', type: 'BIGINT' }];
  const bytes = (id: number, count = 0, flags = 0): Buffer => {
    const payload = Buffer.alloc(9);
    payload.writeUInt32LE(id);
    payload.writeUInt32LE(count, 4);
    payload[4] = flags || payload[4];
    return payload;
  };

  it('gives as many rows as are fetched, until there are none', () => {
    const statements = new PreparedStatements(1000);
    const { id } = statements.prepare('select 1');
    expect(statements.wantsCursor(bytes(id, 0, 1))).toBe(true);
    expect(statements.wantsCursor(bytes(id))).toBe(false);
    statements.openCursor(bytes(id), { columns, rows: [['1'], ['2'], ['3']] });
    expect(statements.fetch(bytes(id, 2))).toEqual({ columns, rows: [['1'], ['2']], isLast: false });
    expect(statements.fetch(bytes(id, 2))).toEqual({ columns, rows: [['3']], isLast: true });
    expect(() => statements.fetch(bytes(id, 2))).toThrow('no open cursor');
    statements.openCursor(bytes(id), { columns, rows: [] });
    expect(statements.fetch(bytes(id, 2))).toEqual({ columns, rows: [], isLast: true });
  });

  it('is closed with its statement, and refused where too much waits', () => {
    const statements = new PreparedStatements(1000);
    const [a, b] = [1, 2].map(() => statements.prepare('select 1').id);
    const rows = [['x'.repeat(20 << 20)]];
    statements.openCursor(bytes(a), { columns, rows });
    expect(() => statements.openCursor(bytes(b), { columns, rows })).toThrow('wait in the cursors');
    statements.openCursor(bytes(a), { columns, rows });
    statements.reset(bytes(a));
    statements.openCursor(bytes(b), { columns, rows });
    expect(() => statements.fetch(bytes(a, 1))).toThrow('no open cursor');
  });
});
