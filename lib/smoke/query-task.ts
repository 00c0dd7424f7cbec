import { type QueryResult } from './connection';

/** A column of `show query_task`: its text, null where DLA says NULL, undefined where there is no such column. */
export type Column = string | null | undefined;

/** DLA's record of an asynchronous query, as far as the smoke test reads it. Columns differ between years. */
export interface QueryTask {
  readonly status: Column;
  readonly message: Column;
  readonly rowCount: Column;
  readonly scannedDataBytes: Column;
  readonly resultFile: Column;
  readonly mqStatus: Column;
  readonly mqErrorMsg: Column;
  readonly mqMessageId: Column;
  readonly mqTotalTime: Column;
}

/** The statement that reads the record of a task. */
export function showQueryTask(taskId: string): string {
  // A doubled quote is the one spelling that MySQL and the SQL standard share; readTaskId admits no backslash.
  return `show query_task where id = '${taskId.replaceAll("'", "''")}'`;
}

/** Limit of sense for an id that is otherwise opaque. */
const MAX_TASK_ID_LENGTH = 256;

/**
 * The task's id in the answer to an asynchronous statement.
 *
 * @throws Error that tells what the answer was instead
 */
export function readTaskId(answer: QueryResult): string {
  const column = indexOf(answer, 'ASYNC_TASK_ID');
  if (column < 0) {
    const got = answer.columns.length === 0 ? 'no result set' : `the columns ${answer.columns.slice(0, 8).join(', ')}`;
    throw new Error(`expected a column ASYNC_TASK_ID, got ${got}: the server ignored the hint`);
  }
  if (answer.rows.length !== 1) {
    throw new Error(`expected one row of ASYNC_TASK_ID, got ${answer.rows.length}`);
  }
  const id = columnText(answer.rows[0][column]);
  // eslint-disable-next-line no-control-regex -- an id with one of these cannot be put into SQL safely
  if (id === null || id.length > MAX_TASK_ID_LENGTH || /[\\\u0000-\u001f\u007f]/.test(id)) {
    // Whole or not at all: the filter for secrets would not know a part of one.
    const got =
      id === null ? 'NULL' : id.length <= MAX_TASK_ID_LENGTH ? `"${id}"` : `a text of ${id.length} characters`;
    throw new Error(`expected a usable id in ASYNC_TASK_ID, got ${got}`);
  }
  return id;
}

/**
 * The record of a task in the answer to {@link showQueryTask}: undefined when there is none (yet).
 *
 * @throws Error when more than one row claims to be the task
 */
export function readQueryTask(answer: QueryResult, taskId: string): QueryTask | undefined {
  const id = indexOf(answer, 'id');
  const rows = id < 0 ? answer.rows : answer.rows.filter((row) => columnText(row[id]) === taskId);
  if (answer.cut && rows.length === 0) {
    throw new Error(
      `show query_task answers with more than ${answer.rows.length} rows: the server ignored its condition`,
    );
  }
  if (rows.length > 1) {
    throw new Error(`${rows.length} rows answer for one query task`);
  }
  const row = rows[0];
  if (row === undefined) {
    return undefined;
  }
  const column = (name: string): Column => {
    const index = indexOf(answer, name);
    return index < 0 ? undefined : columnText(row[index]);
  };
  return {
    status: column('status'),
    message: column('message'),
    rowCount: column('row_count'),
    scannedDataBytes: column('scanned_data_bytes'),
    resultFile: column('result_file_oss_file'),
    mqStatus: column('mq_status'),
    mqErrorMsg: column('mq_error_msg'),
    mqMessageId: column('mq_message_id'),
    mqTotalTime: column('mq_total_time'),
  };
}

function indexOf(answer: QueryResult, name: string): number {
  return answer.columns.findIndex((column) => column.trim().toLowerCase() === name.toLowerCase());
}

/** Assumption: NULL may also be spelled as text, and as nothing at all. */
function columnText(value: string | null | undefined): string | null {
  const text = value?.trim() ?? '';
  return text === '' || text.toUpperCase() === 'NULL' ? null : text;
}
