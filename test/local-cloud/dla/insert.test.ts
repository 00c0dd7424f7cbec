import * as fs from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../lib/local-cloud/store/store';
import { BUCKET, DlaFixture, REGION } from './dla-fixture';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
});

beforeEach(async () => {
  await dla.renew();
  await dla.query(
    `create external table lake.sold (n int) partitioned by (p string) stored as json location 'oss://${BUCKET}/sold/'
     tblproperties ('auto.create.location' = 'true')`,
  );
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(() => dla.remove());

const rows = (): Promise<unknown> => dla.query('select n, p from lake.sold order by n, p');
const contents = (): number =>
  fs.readdirSync(`${dla.folder}/blobs`, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length;
const partitions = (): number =>
  dla.account.dla.listPartitions(dla.account.dla.getTable(REGION, 'lake', 'sold')).length;

describe.each(['into', 'overwrite'])('INSERT %s', (how) => {
  it('is one commit, with all its objects and partitions', async () => {
    await dla.query("insert into lake.sold values (0, 'a')");
    const commit = vi.spyOn(Store.prototype, 'commit');
    await dla.query(`insert ${how} lake.sold values (1, 'a'), (2, 'b'), (3, 'c')`);
    expect(commit).toHaveBeenCalledTimes(1);
    expect(partitions()).toBe(3);
  });

  it('that cannot be recorded leaves everything as it was', async () => {
    await dla.query("insert into lake.sold values (0, 'a')");
    const before = [await rows(), contents(), partitions()];
    vi.spyOn(Store.prototype, 'commit').mockImplementationOnce(() => {
      throw new Error('the disk is full');
    });
    await expect(dla.query(`insert ${how} lake.sold values (1, 'a'), (2, 'b'), (3, 'c')`)).rejects.toThrow();
    expect([await rows(), contents(), partitions()]).toEqual(before);
  });

  it('that makes more than 60,000 partitions changes nothing', async () => {
    const { dla: catalog } = dla.account;
    const added = Array.from({ length: 59_999 }, (_, at) => ({
      values: [`p${at}`],
      location: `oss://${BUCKET}/sold/${at}/`,
    }));
    catalog.changePartitions(catalog.getTable(REGION, 'lake', 'sold'), added);
    const before = [contents(), partitions()];
    await expect(dla.query(`insert ${how} lake.sold values (1, 'a'), (2, 'b')`)).rejects.toMatchObject({
      errno: 1105,
      message: 'too many partitions: expected at most 60000, got 60001',
    });
    expect([contents(), partitions()]).toEqual(before);
  });

  it('shows a reader beside it all of it, or nothing', async () => {
    const sums = new Set<unknown>();
    let isDone = false;
    const reader = (async () => {
      while (!isDone) {
        const [row] = await dla.query<{ s: unknown }>('select count(*) % 3 s from lake.sold');
        sums.add(row.s);
      }
    })();
    for (let time = 0; time < 5; time += 1) {
      await dla.query(`insert ${how} lake.sold values (${time}, 'a'), (${time}, 'b'), (${time}, 'c')`);
    }
    isDone = true;
    await reader;
    expect([...sums]).toEqual([0]);
  });
});

describe('objects of a table', () => {
  it.each(['Archive', 'ColdArchive', 'DeepColdArchive'])('in the class %s are told, not read', async (storageClass) => {
    const { oss } = dla.account;
    oss.putObject(BUCKET, 'people/old.json', Buffer.from('{"id":9,"name":"Old"}\n'), { storageClass });
    await expect(dla.query('select * from lake.people')).rejects.toThrow(
      `the object oss://${BUCKET}/people/old.json cannot be read: it is in the storage class ${storageClass} and not restored`,
    );
    oss.deleteObject(BUCKET, 'people/old.json');
    oss.putObject(BUCKET, 'people/old.json', Buffer.from('{"id":9,"name":"Old"}\n'), { storageClass: 'IA' });
    await expect(dla.query('select count(*) n from lake.people')).resolves.toEqual([{ n: 4 }]);
  });

  it('that are symlinks are those that they stand for', async () => {
    const { oss } = dla.account;
    const link = (symlinkTarget: string): unknown =>
      oss.putObject(BUCKET, 'people/link.json', Buffer.alloc(0), { type: 'Symlink', symlinkTarget });
    oss.putObject(BUCKET, 'elsewhere/one.json', Buffer.from('{"id":9,"name":"Far"}\n'));
    link('elsewhere/one.json');
    await expect(dla.query('select name from lake.people where id = 9')).resolves.toEqual([{ name: 'Far' }]);
    link('elsewhere/absent.json');
    await expect(dla.query('select * from lake.people')).rejects.toThrow(
      /the symlink oss:\/\/data-bucket\/people\/link\.json to elsewhere\/absent\.json cannot be read/,
    );
    oss.putObject(BUCKET, 'elsewhere/cold.json', Buffer.from('{}\n'), { storageClass: 'Archive' });
    link('elsewhere/cold.json');
    await expect(dla.query('select * from lake.people')).rejects.toThrow(/link\.json cannot be read: .* Archive/);
  });
});

it.each([
  ['an INSERT', 'changeObjects', "insert into lake.sold values (1, 'a'), (2, 'b')"],
  ['a result', 'putObject', 'select * from lake.sold'],
] as const)('leaves no file of %s that could not be stored', async (_name, method, sql) => {
  await dla.query("insert into lake.sold values (0, 'a')");
  const before = contents();
  vi.spyOn(dla.account.oss, method).mockImplementationOnce(() => {
    throw new Error('ENOSPC: no space left on device, write');
  });
  expect(await dla.run(`/*+ run_async=true */ ${sql}`)).toMatchObject({ status: 'FAILURE' });
  expect(contents()).toBe(before);
});
