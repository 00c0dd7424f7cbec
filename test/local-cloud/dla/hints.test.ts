import { describe, expect, it } from 'vitest';
import { parseHints } from '../../../lib/local-cloud/dla/hints';
import { SqlError } from '../../../lib/local-cloud/dla/sql-error';

describe('hints', () => {
  it('let a query run for the longest time that DLA allows, unless they limit it', () => {
    expect(parseHints([])).toEqual({ runAsync: false, maxRunningTimeSeconds: 21600 });
    expect(parseHints([' run_async=true, max-running-time-sec=7 '])).toEqual({
      runAsync: true,
      maxRunningTimeSeconds: 7,
    });
  });

  it('that cannot be carried out are an error of the statement, in one line', () => {
    const run = () => parseHints(['run_async=yes, mq-notify-by=kafka']);
    expect(run).toThrow(SqlError);
    expect(run).toThrow(
      /^hint: run_async: expected true or false, got "yes"; mq-notify-by: expected ons or mns, got "kafka"$/,
    );
  });
});
