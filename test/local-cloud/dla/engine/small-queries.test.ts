import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUCKET, DlaFixture } from '../dla-fixture';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
});

beforeEach(() => dla.renew());

afterAll(() => dla.remove());

const put = (key: string, ...lines: string[]): unknown =>
  dla.account.oss.putObject(BUCKET, key, Buffer.from(lines.map((line) => `${line}\n`).join('')));

const names = async (): Promise<unknown[]> =>
  (await dla.query<{ name: string }>('select name from lake.people order by name')).map(({ name }) => name);

describe('a small query that is sent again and again', () => {
  it('sees objects that are added, replaced and deleted, each time', async () => {
    const all = ['Ann', 'Bo', "O'Neil"];
    for (let time = 0; time < 3; time += 1) {
      expect(await names()).toEqual(all);
    }
    put('people/part-1.json', '{"id":4,"name":"Zoe"}');
    expect(await names()).toEqual([...all, 'Zoe']);
    put('people/part-1.json', '{"id":4,"name":"Yan"}');
    for (let time = 0; time < 3; time += 1) {
      expect(await names()).toEqual([...all, 'Yan']);
    }
    dla.account.oss.deleteObject(BUCKET, 'people/part-0.json');
    expect(await names()).toEqual(['Yan']);
  });

  it('sees another table and another view of the same name', async () => {
    await dla.query('create view lake.v as select 1 one');
    expect(await dla.query('select * from lake.v')).toEqual([{ one: 1 }]);
    await dla.query('create or replace view lake.v as select 2 two');
    expect(await dla.query('select * from lake.v')).toEqual([{ two: 2 }]);
    await names();
    await dla.query('drop table lake.people');
    await dla.query(`create external table lake.people (name string) stored as json location 'oss://${BUCKET}/others/'
      tblproperties ('auto.create.location' = 'true')`);
    expect(await names()).toEqual([]);
  });

  it.each(['now()', 'rand()', 'uuid()', "date_format(current_timestamp, '%f')"])('asks %s anew', async (call) => {
    await dla.query(`create view lake.v as select ${call} x from lake.people where id = 1`);
    const values = new Set<string>();
    while (values.size < 3) {
      values.add(JSON.stringify(await dla.query('select x from lake.v')));
    }
  });

  it('is told of what is wrong with an object, each time', async () => {
    put('people/part-2.json', '{"id":4,"name":');
    for (let time = 0; time < 3; time += 1) {
      await expect(names()).rejects.toThrow(/oss:\/\/data-bucket\/people\/part-2\.json/);
    }
    await expect(dla.query('select count(*) n from lake.people')).rejects.toThrow();
    dla.account.oss.deleteObject(BUCKET, 'people/part-2.json');
    expect(await names()).toHaveLength(3);
  });

  it('is answered by the session, not by another one', async () => {
    const shown = async (zone: string): Promise<unknown> => {
      const connection = await dla.connect();
      await connection.query(`set time_zone = '${zone}'`);
      return (
        await connection.query(
          "select cast(timestamp '2019-01-01 00:00:00' as timestamp with time zone) at time zone 'UTC' t",
        )
      )[0];
    };
    expect(await shown('+08:00')).not.toEqual(await shown('+00:00'));
  });
});
