import { expect, it } from 'vitest';
import { RequestLog } from '../../../lib/local-cloud/http/request-log';

it('keeps no texts of any length, which callers choose', () => {
  const log = new RequestLog();
  const long = 'x'.repeat(1_000_000);
  const entry = { time: '', requestId: '', action: long, resource: long, status: 400, code: long, message: long };
  log.add({ ...entry, milliseconds: 1 });
  const [{ action, status, number }] = log.list();
  expect({ action, status, number }).toEqual({ action: 'x'.repeat(1024), status: 400, number: 1 });
  expect(JSON.stringify(log.list()).length).toBeLessThan(5000);
});
