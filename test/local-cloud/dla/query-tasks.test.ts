import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TASK_COLUMNS } from '../../../lib/local-cloud/dla/task-row';
import { BUCKET, CREATE_PEOPLE, DlaFixture, PEOPLE, REGION, TOPIC } from './dla-fixture';

const SELECT = 'select * from lake.people';
const ASYNC = '/*+ run_async=true */';

describe('an asynchronous query', () => {
  let dla: DlaFixture;

  beforeEach(async () => {
    dla = await DlaFixture.start();
    for (const statement of CREATE_PEOPLE) {
      await dla.query(statement);
    }
  });

  afterEach(() => dla.remove());

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
