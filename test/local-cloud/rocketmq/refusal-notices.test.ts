import { expect, it, vi } from 'vitest';
import { refusalNotices } from '../../../lib/local-cloud/rocketmq/refusal-notices';

const REFUSED = {
  time: '',
  requestId: '1',
  action: 'rocketmq.PULL_MESSAGE',
  resource: 'MQ_INST_1_a%t',
  status: 16,
  code: 'NO_PERMISSION',
  message: 'the group GID_a is for HTTP clients',
  milliseconds: 0,
};

it('tells a refusal once a minute, and nothing of what was answered', () => {
  const told: string[] = [];
  const notice = refusalNotices((text) => told.push(text));
  const now = vi.spyOn(Date, 'now').mockReturnValue(0);
  notice(REFUSED);
  notice({ ...REFUSED, requestId: '2' });
  notice({ ...REFUSED, status: 0, code: '', message: undefined });
  expect(told).toEqual(['rocketmq.PULL_MESSAGE MQ_INST_1_a%t was refused: the group GID_a is for HTTP clients']);
  now.mockReturnValue(60_000);
  notice(REFUSED);
  expect(told).toHaveLength(2);
  now.mockRestore();
});

it('forgets what it has told before that grows without end', () => {
  let told = 0;
  const notice = refusalNotices(() => (told += 1));
  for (let index = 0; index < 1001; index += 1) {
    notice({ ...REFUSED, resource: String(index) });
  }
  notice({ ...REFUSED, resource: '0' });
  expect(told).toBe(1002);
});
