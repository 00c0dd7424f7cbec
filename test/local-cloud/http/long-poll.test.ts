import { EventEmitter } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { waitFor } from '../../../lib/local-cloud/http/long-poll';
import type { MessageRequest } from '../../../lib/local-cloud/http/message-protocol';

// 30 seconds are the most that may be asked for, and after which Alibaba's client for Node gives up.
it.each([30_000, 29_000])('a poll waits from when its request came, %d ms ago', async (since) => {
  const socket = Object.assign(new EventEmitter(), { writable: true });
  const request = {
    account: { lifetime: new AbortController().signal },
    exchange: { query: new URLSearchParams('waitseconds=30'), socket },
    cameAt: performance.now() - since,
  };
  const started = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => started.mockRestore());
  const found = waitFor(
    request as unknown as MessageRequest,
    0,
    () => [],
    () => () => undefined,
  );
  expect(started.mock.lastCall![1]).toBe(0);
  expect(await found).toEqual([]);
});
