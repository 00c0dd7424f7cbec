import { describe, expect, it } from 'vitest';
import { readQueryTask, readTaskId, showQueryTask } from '../../lib/smoke/query-task';

describe('the task id', () => {
  const read = (value: string | null): string => readTaskId({ columns: ['ASYNC_TASK_ID'], rows: [[value]] });

  it.each(['q201903271454hze921092f0064543', "it's", 'x', 'q'.repeat(256), 'é'])('may be %s', (id) => {
    expect(read(id)).toBe(id);
  });

  it.each(['', ' ', 'NULL', null, 'q'.repeat(257), 'a\\b', 'a\nb', 'a\u0000b', 'a\u007fb', 'a\u001fb'])(
    'may not be %j',
    (id) => {
      expect(() => read(id)).toThrow('expected a usable id in ASYNC_TASK_ID, got ');
    },
  );

  it('is found among other columns, whatever the case', () => {
    expect(readTaskId({ columns: ['a', ' async_task_ID '], rows: [['1', 'q1']] })).toBe('q1');
  });

  it('is not made of the columns of a synchronous answer', () => {
    const columns = Array.from({ length: 20 }, (_, index) => `c${index}`);
    expect(() => readTaskId({ columns, rows: [columns] })).toThrow(
      'expected a column ASYNC_TASK_ID, got the columns c0, c1, c2, c3, c4, c5, c6, c7: the server ignored the hint',
    );
  });

  it('tells a long value by its length, so that no part of a secret in it escapes the filter', () => {
    expect(() => read('q'.repeat(5_000))).toThrow(
      /^expected a usable id in ASYNC_TASK_ID, got a text of 5000 characters$/,
    );
  });
});

it.each([
  [{ columns: [], rows: [] }, 'expected a column ASYNC_TASK_ID, got no result set'],
  [{ columns: ['ASYNC_TASK_ID'], rows: [] }, 'expected one row of ASYNC_TASK_ID, got 0'],
  [{ columns: ['ASYNC_TASK_ID'], rows: [['q1'], ['q2']] }, 'expected one row of ASYNC_TASK_ID, got 2'],
])('no task id is in %j', (answer, message) => {
  expect(() => readTaskId(answer)).toThrow(message);
});

it('quotes an id so that it stays one', () => {
  expect(showQueryTask("a'b''c")).toBe("show query_task where id = 'a''b''''c'");
});

describe('the record', () => {
  const columns = ['ID', 'Status', 'message', 'mq_status', 'row_count'];

  it('tells absent columns from NULL', () => {
    const task = readQueryTask({ columns, rows: [['q1', ' SUCCESS ', '', 'null', '4']] }, 'q1');
    expect(task).toEqual({
      status: 'SUCCESS',
      message: null,
      rowCount: '4',
      scannedDataBytes: undefined,
      resultFile: undefined,
      mqStatus: null,
      mqErrorMsg: undefined,
      mqMessageId: undefined,
      mqTotalTime: undefined,
    });
  });

  it('is that of the task, among others', () => {
    const rows = ['q0', 'q1', 'q2'].map((id) => [id, `status of ${id}`, null, null, null]);
    expect(readQueryTask({ columns, rows }, 'q1')!.status).toBe('status of q1');
    expect(readQueryTask({ columns, rows }, 'q9')).toBeUndefined();
    expect(() => readQueryTask({ columns, rows: [...rows, ...rows] }, 'q1')).toThrow(
      '2 rows answer for one query task',
    );
  });

  it('is not told from an answer that was cut before it', () => {
    const rows = ['q0', 'q1'].map((id) => [id, 'RUNNING', null, null, null]);
    expect(readQueryTask({ columns, rows, cut: true }, 'q1')!.status).toBe('RUNNING');
    expect(() => readQueryTask({ columns, rows, cut: true }, 'q9')).toThrow(
      'show query_task answers with more than 2 rows: the server ignored its condition',
    );
  });

  it('needs no column id when there is one row', () => {
    const answer = { columns: ['status'], rows: [['RUNNING']] };
    expect(readQueryTask(answer, 'q1')!.status).toBe('RUNNING');
    expect(() => readQueryTask({ ...answer, rows: [['RUNNING'], ['SUCCESS']] }, 'q1')).toThrow('2 rows');
  });
});
