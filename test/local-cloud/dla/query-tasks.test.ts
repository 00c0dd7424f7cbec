import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TASK_COLUMNS } from '../../../lib/local-cloud/dla/task-row';
import { BUCKET, DlaFixture, ENDLESS, PEOPLE, REGION, TOPIC } from './dla-fixture';

const SELECT = 'select * from lake.people';
const ASYNC = '/*+ run_async=true */';

describe('an asynchronous query', () => {
  let dla: DlaFixture;

  beforeEach(async () => {
    dla = await DlaFixture.start();
    await dla.createPeople();
  });

  afterEach(() => dla.remove());

  it('waits for its turn among many without a leak', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    try {
      const tasks = await Promise.all(Array.from({ length: 16 }, () => dla.run(`${ASYNC} ${SELECT}`)));
      expect(tasks.map(({ status }) => status)).toEqual(tasks.map(() => 'SUCCESS'));
    } finally {
      process.off('warning', note);
    }
    expect(warnings).toEqual([]);
  });

  it('really runs: its row tells what was read and written, and the result lies where it says', async () => {
    const task = await dla.run(`${ASYNC} ${SELECT} order by id`);
    expect(task).toMatchObject({
      status: 'SUCCESS',
      task_name: 'SELECT',
      table_schema: 'lake',
      command: `${ASYNC} ${SELECT} order by id`,
      creator_id: dla.account.identity.dlaUser,
      message: '',
      row_count: 3,
      scanned_row_count: 3,
      scanned_data_bytes: Buffer.byteLength(PEOPLE),
      mq_status: null,
      mq_model: null,
    });
    expect(task.id).toMatch(/^q\d{12}hz[0-9a-f]{15}$/);
    expect(task.create_time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const { accountId } = dla.account.identity;
    const day = String(task.create_time).slice(0, 10).replaceAll('-', '/');
    const bucket = `aliyun-oa-query-results-${accountId}-oss-${REGION}`;
    const key = `DLA_Result/${day}/${task.id}/result.csv`;
    expect(task.result_file_oss_file).toBe(`oss://${bucket}/${key}`);
    const { blob } = dla.account.oss.getObject(bucket, key);
    expect(fs.readFileSync(dla.account.oss.blobs.pathOf(blob), 'utf8')).toBe(
      '"id","name","born"\n"1","Ann","1990-01-02"\n"2","Bo",\n"3","O\'Neil",\n',
    );
  });

  it('counts the rows of the result and those of the files apart', async () => {
    expect(await dla.run(`${ASYNC} select name from lake.people where id > 1`)).toMatchObject({
      row_count: 2,
      scanned_row_count: 3,
    });
  });

  it('shows the columns of 2019 in their order', async () => {
    const task = await dla.run(`${ASYNC} ${SELECT}`);
    expect(Object.keys(task)).toEqual(TASK_COLUMNS.map(({ name }) => name));
    expect(TASK_COLUMNS).toHaveLength(27);
  });

  it('sends its receipt to the topic, under the id that the row tells', async () => {
    const task = await dla.run(`${dla.mqHint()} ${SELECT}`);
    expect(task).toMatchObject({ status: 'SUCCESS', mq_status: 'SUCCESS', mq_error_msg: null, mq_topic: TOPIC });
    const message = dla.account.ons.findMessage(String(task.mq_message_id));
    expect(message).toMatchObject({ instanceId: dla.instanceId, topic: TOPIC, key: task.id });
    expect(JSON.parse(message!.body)).toMatchObject({ id: task.id, status: 'SUCCESS', row_count: 3 });
  });

  it('ends in FAILURE, without a result, when a table is missing', async () => {
    expect(await dla.run(`${ASYNC} select * from lake.absent`)).toMatchObject({
      status: 'FAILURE',
      message: 'the table lake.absent does not exist',
      result_file_oss_file: '',
    });
  });

  it('ends in FAILURE when the data is not what the table declares, and names the object', async () => {
    dla.account.oss.putObject(BUCKET, 'people/part-1.json', Buffer.from('{"id":"x"}\n'));
    const task = await dla.run(`${ASYNC} ${SELECT}`);
    expect(task.status).toBe('FAILURE');
    expect(task.message).toContain(`oss://${BUCKET}/people/part-1.json`);
    expect(task.message).not.toContain(dla.folder);
  });

  it('is refused at once, and leaves no task, when it cannot be parsed', async () => {
    await expect(dla.query(`${ASYNC} select from where`)).rejects.toMatchObject({ errno: 1064, sqlState: '42000' });
    expect(dla.account.dla.listTasks(REGION)).toEqual([]);
  });
});

describe('the states of a query task', () => {
  const started: DlaFixture[] = [];

  async function start(options: { queryDelayMillis?: number } = {}, folder?: string): Promise<DlaFixture> {
    const dla = await DlaFixture.start(options, folder);
    started.push(dla);
    if (!folder) {
      await dla.createPeople();
    }
    return dla;
  }

  /** What a process that was killed at this moment leaves behind. */
  function crashed(dla: DlaFixture): string {
    const folder = `${dla.folder}-crashed`;
    fs.cpSync(dla.folder, folder, { recursive: true, filter: (source) => path.basename(source) !== 'lock' });
    return folder;
  }

  afterEach(async () => {
    await Promise.all(started.splice(0).map((dla) => dla.remove()));
  });

  it('are RUNNING, as soon as the id is known, and then SUCCESS', async () => {
    const dla = await start({ queryDelayMillis: 1500 });
    const id = await dla.submit(`${dla.mqHint()} ${SELECT}`);
    expect(await dla.task(id)).toMatchObject({ status: 'RUNNING', mq_status: null, result_file_oss_file: '' });
    expect(await dla.ended(id)).toMatchObject({ status: 'SUCCESS', mq_status: 'SUCCESS' });
  });

  it('end in FAILURE after the time that the hint allows', async () => {
    const dla = await start();
    const task = await dla.run(`/*+ run_async=true, max-running-time-sec=1 */ ${ENDLESS}`);
    expect(task).toMatchObject({ status: 'FAILURE', message: 'the query ran longer than max-running-time-sec=1' });
    expect(await dla.query('select 1 + 1 two')).toEqual([{ two: 2 }]);
  });

  it('end in FAILURE after that time also while the query still waits for its turn', async () => {
    const dla = await start();
    await dla.submit(`${ASYNC} ${ENDLESS}`);
    await dla.submit(`${ASYNC} ${ENDLESS}`);
    expect(await dla.run(`/*+ run_async=true, max-running-time-sec=1 */ ${SELECT}`)).toMatchObject({
      status: 'FAILURE',
      message: 'the query ran longer than max-running-time-sec=1',
    });
  });

  it('end in CANCELLED when the local cloud is stopped, and stay so', async () => {
    const dla = await start({ queryDelayMillis: 60_000 });
    const id = await dla.submit(`${dla.mqHint()} ${SELECT}`);
    await dla.stop();
    started.splice(0);
    const again = await start({}, dla.folder);
    expect(await again.task(id)).toMatchObject({ status: 'CANCELLED', message: 'the local cloud was stopped' });
  });

  it('end in FAILURE, with a receipt, when the local cloud was killed', async () => {
    const dla = await start({ queryDelayMillis: 60_000 });
    const id = await dla.submit(`${dla.mqHint()} ${SELECT}`);
    const again = await start({}, crashed(dla));
    const task = await again.task(id);
    expect(task).toMatchObject({
      status: 'FAILURE',
      message: 'the query was lost when the local cloud stopped',
      mq_status: 'SUCCESS',
    });
    expect(again.account.ons.findMessage(String(task.mq_message_id))?.key).toBe(id);
  });

  it('get the receipt that a killed local cloud still owed, and never a second one', async () => {
    const dla = await start();
    const { id, ...done } = await dla.run(`${ASYNC} ${SELECT}`);
    expect(done.status).toBe('SUCCESS');
    const target = { mqTopic: TOPIC, mqProducerId: 'GID_receipts', mqEndpoint: dla.endpoint, mqModel: 'queue' };
    dla.account.dla.putTask({ ...dla.account.dla.getTask(REGION, String(id))!, ...target });
    const folder = crashed(dla);
    const again = await start({}, folder);
    expect(await again.task(String(id))).toMatchObject({ status: 'SUCCESS', mq_status: 'SUCCESS' });
    await again.stop();
    started.splice(started.indexOf(again), 1);
    const third = await start({}, folder);
    expect(third.account.ons.messageCount(third.instanceId, TOPIC)).toBe(1);
  });

  it('keep neither show query_task nor a small table waiting', async () => {
    const dla = await start();
    const ids = [await dla.submit(`${ASYNC} ${ENDLESS}`), await dla.submit(`${ASYNC} ${ENDLESS}`)];
    expect(await dla.query("show query_task where status = 'RUNNING' order by create_time")).toHaveLength(2);
    expect(await dla.query('select count(*) n from lake.people where id < 3')).toEqual([{ n: 2 }]);
    for (const id of ids) {
      expect(await dla.task(id)).toMatchObject({ status: 'RUNNING' });
    }
  });

  it('end without a trace when the account is reset', async () => {
    const dla = await start();
    const id = await dla.submit(`${dla.mqHint()} ${ENDLESS}`);
    await dla.submit(`${ASYNC} ${SELECT}`);
    dla.account.replace([]);
    expect(dla.account.dla.getTask(REGION, id)).toBeUndefined();
    // As many as run at the same time: what was reset keeps no place.
    const tasks = await Promise.all([1, 2].map(() => dla.run(`${ASYNC} select cardinality(sequence(1, 3)) n`)));
    expect(tasks.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(dla.account.dla.listTasks(REGION)).toHaveLength(2);
  });

  it('end in FAILURE when they come with an imported state, in which nothing runs', async () => {
    const dla = await start();
    const id = await dla.submit(`${ASYNC} ${ENDLESS}`);
    const rows = [...dla.account.store.rows()].filter(([table]) => table !== 'account');
    dla.account.replace(rows);
    expect(await dla.task(id)).toMatchObject({
      status: 'FAILURE',
      message: 'the query was lost when the local cloud stopped',
    });
  });

  it('end in CANCELLED when somebody ends them', async () => {
    const dla = await start();
    const id = await dla.submit(`${ASYNC} ${ENDLESS}`);
    expect(await dla.task(id)).toMatchObject({ status: 'RUNNING', cancellable_task: 1 });
    await dla.query(`kill query "${id}"`);
    expect(await dla.ended(id)).toMatchObject({ status: 'CANCELLED', message: 'the query was cancelled' });
    await expect(dla.query(`kill query "${id}"`)).rejects.toThrow(id);
  });

  it('leave no scratch file behind', async () => {
    const dla = await start();
    await dla.run(`${ASYNC} ${SELECT}`);
    await dla.run(`${ASYNC} select * from lake.absent`);
    await dla.query('show query_task');
    await dla.stop();
    started.splice(0);
    const files = fs
      .readdirSync(dla.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile());
    // The table's object, one result and the journal.
    expect(files.map(({ name }) => name).sort()).toEqual([
      expect.stringMatching(/^[0-9a-f]{20}-[0-9a-f]+$/),
      expect.stringMatching(/^[0-9a-f]{20}-[0-9a-f]+$/),
      'journal.jsonl',
    ]);
  });
});

describe('show query_task', () => {
  let dla: DlaFixture;
  let ids: string[];

  beforeAll(async () => {
    dla = await DlaFixture.start();
    await dla.createPeople();
    ids = [];
    for (const sql of [SELECT, 'select 1', 'select * from lake.absent']) {
      const { id } = await dla.run(`${ASYNC} ${sql}`);
      const task = dla.account.dla.getTask(REGION, String(id))!;
      dla.account.dla.putTask({ ...task, createTime: Date.UTC(2020, 0, 1, 17, ids.length) });
      ids.push(String(id));
    }
  });

  afterAll(() => dla.remove());

  const shown = async (clause: string): Promise<number[]> =>
    (await dla.query<{ id: string }>(`show query_task ${clause}`)).map(({ id }) => ids.indexOf(id));

  it.each([
    ['', [2, 1, 0]],
    ['order by create_time', [0, 1, 2]],
    ["where status = 'SUCCESS'", [1, 0]],
    ["where status <> 'SUCCESS' or row_count > 1 order by create_time asc", [0, 2]],
    ["where create_time >= '2020-01-02 01:01:00' limit 1", [2]],
    ["where command like '%absent'", [2]],
    ['where mq_status is null limit 2;', [2, 1]],
    ["for 'local_dla' limit 1", [2]],
    ["for 'somebody' where row_count > 0", []],
    ["where id = 'q0'", []],
  ])('shows what is asked for: %s', async (clause, expected) => {
    expect(await shown(clause)).toEqual(expected);
  });

  it('shows the same row by its id in either quotes, and with FULL', async () => {
    const [row] = await dla.query(`show full query_task where id = "${ids[0]}";`);
    expect(row).toEqual(await dla.task(ids[0]));
    expect(row).toMatchObject({ id: ids[0], create_time: '2020-01-02 01:00:00', row_count: 3 });
    expect(await dla.query(`show query_task where row_count = 3`)).toEqual([row]);
  });

  it.each([
    ['where nothing = 1', 1054],
    ['where (select count(*) from lake.people) > 0', 1146],
    ["where (select count(*) from read_text('/etc/passwd')) > 0", 1142],
    ['union select 1', 1064],
    ['where', 1064],
    ['limit many', 1054],
  ])('refuses what it cannot answer: %s', async (clause, errno) => {
    await expect(dla.query(`show query_task ${clause}`)).rejects.toMatchObject({ errno });
  });
});
