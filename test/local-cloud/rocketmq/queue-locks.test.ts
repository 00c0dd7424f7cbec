import { expect, it } from 'vitest';
import { QueueLocks } from '../../../lib/local-cloud/rocketmq/queue-locks';

it('keeps no lock that has ended, of whatever group', () => {
  const locks = new QueueLocks();
  locks.lock('gone', 'a', 0);
  locks.lock('kept', 'a', 0);
  locks.lock('kept', 'a', 50_000);
  expect(locks.lock('kept', 'b', 70_000)).toBe(false);
  locks.lock('other', 'b', 70_000);
  expect(locks.size).toBe(2);
  expect(locks.lock('gone', 'b', 70_000)).toBe(true);
});
