import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DlaFixture, ENDLESS } from './dla-fixture';

let dla: DlaFixture;

beforeEach(async () => {
  dla = await DlaFixture.start();
});

afterEach(() => dla.remove());

it('a reset ends the statements of clients, which stay connected', async () => {
  const connection = await dla.connect();
  const running = connection.query(ENDLESS).catch((error: { errno: number }) => error.errno);
  await expect
    .poll(
      () => {
        dla.account.replace([]);
        return Promise.race([running, Promise.resolve('running')]);
      },
      { timeout: 20_000 },
    )
    .toBe(1317);
  expect(await connection.query('select 1 one')).toMatchObject([[{ one: 1 }], {}]);
});

describe('KILL', () => {
  it.each(['KILL QUERY', 'kill query'])('ends the statement of a connection, which lives on: %s', async (kill) => {
    const connection = await dla.connect();
    const running = connection.query(ENDLESS).catch((error: { errno: number }) => error.errno);
    await expect
      .poll(
        async () => {
          await dla.query(`${kill} ${connection.threadId}`);
          return Promise.race([running, Promise.resolve('running')]);
        },
        { timeout: 20_000 },
      )
      .toBe(1317);
    expect(await connection.query('select 1 one')).toMatchObject([[{ one: 1 }], {}]);
  });

  it('ends a statement that is being prepared', async () => {
    const connection = await dla.connect();
    const preparing = connection
      .prepare(`show variables where (${ENDLESS}) > 0`)
      .then(() => 'prepared')
      .catch((error: { errno: number }) => error.errno);
    await expect
      .poll(
        async () => {
          await dla.query(`kill query ${connection.threadId}`);
          return Promise.race([preparing, Promise.resolve('running')]);
        },
        { timeout: 20_000 },
      )
      .toBe(1317);
    expect(await connection.query('select 1 one')).toMatchObject([[{ one: 1 }], {}]);
  });

  it.each(['KILL', 'KILL CONNECTION'])('ends a connection: %s', async (kill) => {
    const connection = await dla.connect();
    const gone = new Promise((resolve) => connection.on('error', resolve));
    await dla.query(`${kill} ${connection.threadId}`);
    await gone;
    await expect(dla.query(`${kill} ${connection.threadId}`)).rejects.toMatchObject({ errno: 1094 });
  });

  it('ends an asynchronous query by its id, and tells of one that does not run', async () => {
    const id = await dla.submit(`/*+ run_async=true */ ${ENDLESS}`);
    await dla.query(`kill query "${id}"`);
    expect(await dla.ended(id)).toMatchObject({ status: 'CANCELLED', message: 'the query was cancelled' });
    await expect(dla.query(`kill query "${id}"`)).rejects.toMatchObject({ errno: 1094 });
  });

  it.each(['kill', 'kill query', 'kill soon', 'kill 1 2'])('refuses %s', async (sql) => {
    await expect(dla.query(sql)).rejects.toMatchObject({ errno: 1064 });
  });
});
