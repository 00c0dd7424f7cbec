import { expect, it } from 'vitest';
import { convertTz } from '../../../lib/local-cloud/dla/dialect/convert-tz';

it.each([9_000_000_000_000_000_000n, -9_000_000_000_000_000_000n])(
  'a time that is far beyond those of the zones is left as it is: %s',
  (micros) => {
    expect(convertTz(micros, 'Asia/Shanghai', 'Europe/Berlin', 'UTC')).toBe(micros);
    expect(convertTz(micros, 'Asia/Nowhere', 'Europe/Berlin', 'UTC')).toBeUndefined();
  },
);

it('the last times of MySQL are converted in the zones that are farthest from UTC', () => {
  const last = 0x7f_ff_ff_ffn * 1_000_000n;
  const hour = 3_600_000_000n;
  expect(convertTz(last + 14n * hour, 'Pacific/Kiritimati', '-11:00', 'UTC')).toBe(last - 11n * hour);
  expect(convertTz(last + 15n * hour, 'Pacific/Kiritimati', '-11:00', 'UTC')).toBe(last + 15n * hour);
});
