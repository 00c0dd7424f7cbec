import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { type MessageRequest, waitFor } from '../../../lib/local-cloud/http/message-protocol';

it('a poll waits from when its request came, which a latency among the faults may have held up', async () => {
  const socket = Object.assign(new EventEmitter(), { writable: true });
  const request = {
    account: { lifetime: new AbortController().signal },
    exchange: { query: new URLSearchParams('waitseconds=30'), socket },
    cameAt: performance.now() - 30_000,
  };
  // Without that it would end with the time of the test alone.
  expect(
    await waitFor(
      request as unknown as MessageRequest,
      0,
      () => [],
      () => () => undefined,
    ),
  ).toEqual([]);
});
