import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHints } from '../../../lib/local-cloud/dla/hints';
import { ReceiptHint } from '../../../lib/cloud/receipt-hint';

const MQ = 'mq-notify-by=ons, mq-topic=t, mq-producer-id=GID_g, mq-endpoint=http://e:8080';

describe('hints', () => {
  it.each([
    [' run_async=true '],
    ['run-async=true'],
    ['run_async = true'],
    ['RUN_ASYNC=TRUE'],
    ['some-other-hint=1,\n  run_async=true'],
  ])('ask for an asynchronous run: %j', (comment) => {
    expect(parseHints([comment])).toMatchObject({ runAsync: true, receipt: undefined });
  });

  it('may stand in more than one comment, with a new line after a comma', () => {
    const receipt = { by: 'ons', topic: 't', producerId: 'GID_g', endpoint: 'http://e:8080' };
    expect(parseHints([' run_async=true ', ` ${MQ.replaceAll(', ', ',\n  ')} `]).receipt).toEqual(receipt);
  });

  it('leave a query synchronous without one', () => {
    expect(parseHints([])).toEqual({ runAsync: false, maxRunningTimeSeconds: 21600, receipt: undefined });
    expect(parseHints(['run_async=false']).runAsync).toBe(false);
  });

  it('read everything that the hint builder writes', () => {
    const value = fc.stringMatching(/^[\w:/.=%-]{1,40}$/);
    fc.assert(
      fc.property(value, value, value, fc.integer({ min: 1, max: 21600 }), (topic, producerId, endpoint, seconds) => {
        const hint = ReceiptHint.mq({ topic, producerId, endpoint, maxRunningTimeSeconds: seconds }).toString();
        expect(parseHints([hint.slice(3, -2)])).toEqual({
          runAsync: true,
          maxRunningTimeSeconds: seconds,
          receipt: { by: 'ons', topic, producerId, endpoint },
        });
      }),
    );
  });

  it.each([
    ['run_async=yes', /run_async: expected true or false, got "yes"/],
    ['run_async=true, max-running-time-sec=0', /max-running-time-sec: expected .* 1 to 21600.*, got "0"/],
    ['run_async=true, max-running-time-sec=21601', /"21601"/],
    ['run_async=true, max-running-time-sec=1.5', /"1.5"/],
    ['run_async=true, mq-notify-by=kafka', /mq-notify-by: expected ons or mns, got "kafka"/],
    ['run_async=true, mq-notify-by=ons', /also needs mq-topic, mq-producer-id, mq-endpoint/],
    ['run_async=true, mq-notify-by=ons, mq-topic=t, mq-producer-id=, mq-endpoint=e', /also needs mq-producer-id$/],
    ['run_async=true, mq-notify-by=mns', /also needs mq-queue/],
    ['run_async=true, mq-topic=t', /mq-topic is given without mq-notify-by/],
    [MQ, /without run_async=true/],
  ])('are refused when they cannot be carried out: %s', (comment, reason) => {
    expect(() => parseHints([comment])).toThrow(reason);
  });
});
