/**
 * Sends a query to DLA, waits for its receipt over MQ's HTTP protocol, and prints what came: no asking again and again
 * whether the query has ended. The group that consumes is one of the type http, of its own.
 *
 * usage: node main.js 'select …'
 */
import { MQClient, type MQConsumer, type ReceivedMessage } from '@aliyunmq/mq-http-sdk';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

const WAIT_SECONDS = 30;
const MAX_MINUTES = 10;

function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`the variable ${name} is not set`);
  }
  return value;
}

async function submit(dla: Connection, query: string): Promise<string> {
  const hint = [
    'run_async=true',
    'mq-notify-by=ons',
    `mq-topic=${variable('MQ_TOPIC')}`,
    `mq-producer-id=${variable('MQ_PRODUCER_ID')}`,
    `mq-endpoint=${variable('MQ_ENDPOINT')}`,
  ];
  const [rows] = await dla.query<RowDataPacket[]>(`/*+ ${hint.join(', ')} */ ${query}`);
  return String(rows[0].ASYNC_TASK_ID);
}

/** DLA's record of the query, which names the message that is its receipt. */
async function task(dla: Connection, id: string): Promise<RowDataPacket> {
  const [rows] = await dla.query<RowDataPacket[]>('show query_task where id = ?', [id]);
  return rows[0];
}

/** Messages that are there, or that come while MQ lets us wait. */
async function receive(consumer: MQConsumer): Promise<ReceivedMessage[]> {
  try {
    return (await consumer.consumeMessage(16, WAIT_SECONDS)).body;
  } catch (error) {
    if ((error as { Code?: string }).Code === 'MessageNotExist') {
      return [];
    }
    throw error;
  }
}

async function main(): Promise<void> {
  const [query] = process.argv.slice(2);
  if (!query) {
    throw new Error("usage: node main.js 'select …'");
  }
  const mq = new MQClient(
    variable('MQ_HTTP_ENDPOINT'),
    variable('ALICLOUD_ACCESS_KEY'),
    variable('ALICLOUD_SECRET_KEY'),
  );
  const consumer = mq.getConsumer(variable('MQ_INSTANCE_ID'), variable('MQ_TOPIC'), variable('MQ_CONSUMER_ID'));
  const dla = await createConnection({
    host: variable('DLA_HOST'),
    port: Number(variable('DLA_PORT')),
    user: variable('DLA_USER'),
    password: variable('DLA_PASSWORD'),
  });
  try {
    const id = await submit(dla, query);
    const end = Date.now() + 60_000 * MAX_MINUTES;
    while (Date.now() < end) {
      for (const message of await receive(consumer)) {
        const { mq_message_id: messageId, status, result_file_oss_file: result } = await task(dla, id);
        if (message.MessageId === messageId) {
          await consumer.ackMessage([message.ReceiptHandle]);
          console.log(JSON.stringify({ task: id, status, result, messageId, receipt: message.MessageBody }));
          return;
        }
        // The receipt of another query: left for whoever waits for it, MQ gives it out again.
      }
    }
    throw new Error(`no receipt of ${id} came within ${MAX_MINUTES} minutes`);
  } finally {
    await dla.end();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
