import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';

it.each(['queryDelayMillis', 'queryDelayMs'])('keeps an asynchronous query running for %s', async (option) => {
  const cloud = await LocalCloud.start({ [option]: 600_000 });
  const [host, port] = Object.values(cloud.endpoints.dla)[0].split(':');
  const connection = await createConnection({
    host,
    port: Number(port),
    user: cloud.endpoints.dlaUser,
    password: cloud.endpoints.dlaPassword,
  });
  try {
    const [[submitted]] = await connection.query<RowDataPacket[]>('/*+ run_async=true */ SELECT 1');
    const id = String(Object.values(submitted)[0]);
    const [[task]] = await connection.query<RowDataPacket[]>(`SHOW QUERY_TASK WHERE id = '${id}'`);
    expect(task.status).toBe('RUNNING');
  } finally {
    connection.destroy();
    await cloud.stop();
  }
});
