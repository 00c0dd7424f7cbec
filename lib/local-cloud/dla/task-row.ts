import type { DlaColumn, StoredQueryTask } from '../account/dla-catalog';
import { localTime } from './local-time';

/** Columns of `show query_task`, named and ordered as in 2019. */
export const TASK_COLUMNS: readonly DlaColumn[] = [
  { name: 'id', type: 'string' },
  { name: 'mpp_query_id', type: 'string' },
  { name: 'status', type: 'string' },
  { name: 'task_name', type: 'string' },
  { name: 'table_schema', type: 'string' },
  { name: 'command', type: 'string' },
  { name: 'creator_id', type: 'string' },
  { name: 'create_time', type: 'string' },
  { name: 'update_time', type: 'string' },
  { name: 'connection_id', type: 'string' },
  { name: 'message', type: 'string' },
  { name: 'row_count', type: 'bigint' },
  { name: 'elapse_time', type: 'bigint' },
  { name: 'scanned_row_count', type: 'bigint' },
  { name: 'scanned_data_bytes', type: 'bigint' },
  { name: 'result_file_oss_file', type: 'string' },
  { name: 'cancellable_task', type: 'bigint' },
  { name: 'mq_product', type: 'string' },
  { name: 'mq_model', type: 'string' },
  { name: 'mq_topic', type: 'string' },
  { name: 'mq_queue', type: 'string' },
  { name: 'mq_producer_id', type: 'string' },
  { name: 'mq_endpoint', type: 'string' },
  { name: 'mq_status', type: 'string' },
  { name: 'mq_error_msg', type: 'string' },
  { name: 'mq_message_id', type: 'string' },
  { name: 'mq_total_time', type: 'bigint' },
];

export type TaskRow = Readonly<Record<string, string | number | null>>;

/** One task as `show query_task` shows it, in the order of the columns. */
export function taskRow(task: StoredQueryTask): TaskRow {
  return {
    id: task.id,
    mpp_query_id: task.mppQueryId,
    status: task.status,
    task_name: task.taskName,
    table_schema: task.tableSchema,
    command: task.command,
    creator_id: task.creatorId,
    create_time: localTime(task.createTime),
    update_time: localTime(task.updateTime),
    connection_id: task.connectionId,
    message: task.message,
    row_count: task.rowCount,
    elapse_time: task.elapseTime,
    scanned_row_count: task.scannedRowCount,
    scanned_data_bytes: task.scannedDataBytes,
    result_file_oss_file: task.resultFile,
    cancellable_task: task.status === 'RUNNING' ? 1 : 0,
    mq_product: task.mqProduct,
    mq_model: task.mqModel,
    mq_topic: task.mqTopic,
    mq_queue: task.mqQueue,
    mq_producer_id: task.mqProducerId,
    mq_endpoint: task.mqEndpoint,
    mq_status: task.mqStatus,
    mq_error_msg: task.mqErrorMsg,
    mq_message_id: task.mqMessageId,
    mq_total_time: task.mqTotalTime,
  };
}
