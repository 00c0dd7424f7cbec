import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RUNNING_TIME_SECONDS, parseReceiptHint, ReceiptHint } from '../../lib/cloud/receipt-hint';
import { messageOf } from '../synth';

const MQ = {
  topic: 'dla_hangzhou_topic',
  producerId: 'GID_dla_hangzhou',
  endpoint: 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080',
};

describe('text', () => {
  it('names the topic, group and endpoint of MQ as the product page does', () => {
    expect(ReceiptHint.mq(MQ).applyTo('select * from oss_schema.oss_json')).toBe(
      '/*+ run_async=true, mq-notify-by=ons, mq-topic=dla_hangzhou_topic, mq-producer-id=GID_dla_hangzhou, ' +
        'mq-endpoint=http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080 */ select * from oss_schema.oss_json',
    );
  });

  it.each(['select 1; select 2', "select ';'; select 2", 'select 1 -- a\n; -- b\n drop table t', '; select 1'])(
    'goes before no more than one statement: %j',
    (sql) => {
      expect(messageOf(() => ReceiptHint.mq(MQ).applyTo(sql))).toContain(
        `statement: expected one, got ${JSON.stringify(sql)}`,
      );
    },
  );

  it.each([
    'select 1;',
    'select 1; -- the end',
    "select ';', 'it''s; \\\\'' ; '",
    'select `a;b`, "c;d" /* ; select */ -- ; select',
  ])('goes before one statement: %j', (sql) => {
    expect(ReceiptHint.mq(MQ).applyTo(sql).endsWith(` */ ${sql}`)).toBe(true);
  });

  it('names the queue of MNS', () => {
    expect(String(ReceiptHint.mns({ queue: 'receipts' }))).toBe(
      '/*+ run_async=true, mq-notify-by=mns, mq-queue=receipts */',
    );
  });

  it('limits the running time at both ends', () => {
    for (const maxRunningTimeSeconds of [1, MAX_RUNNING_TIME_SECONDS]) {
      expect(String(ReceiptHint.mns({ queue: 'receipts', maxRunningTimeSeconds }))).toContain(
        `, max-running-time-sec=${maxRunningTimeSeconds} */`,
      );
    }
  });

  it('passes references of Terraform through', () => {
    expect(String(ReceiptHint.mq({ ...MQ, topic: '${TfToken[TOKEN.1]}' }))).toContain('mq-topic=${TfToken[TOKEN.1]},');
  });

  it('is one comment whose values can be read back, or an error, whatever the values', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (topic, producerId, endpoint) => {
        let text: string;
        try {
          text = String(ReceiptHint.mq({ topic, producerId, endpoint }));
        } catch (error) {
          expect((error as Error).message).toMatch(/^receipt hint is not valid:\n {2}- mq-/);
          return;
        }
        expect(text.indexOf('*/')).toBe(text.length - 2);
        const pairs = text.slice('/*+ '.length, -' */'.length).split(', ');
        expect(pairs.slice(2)).toEqual([
          `mq-topic=${topic}`,
          `mq-producer-id=${producerId}`,
          `mq-endpoint=${endpoint}`,
        ]);
      }),
    );
  });
});

describe('a channel of the outputs', () => {
  const OUTPUTS = { region: 'cn-hangzhou', roleName: 'r', ...MQ };

  it('has the hint of its kind', () => {
    expect(String(ReceiptHint.forChannel({ ...OUTPUTS, kind: 'mq' }, 7))).toBe(
      String(ReceiptHint.mq({ ...MQ, maxRunningTimeSeconds: 7 })),
    );
    expect(String(ReceiptHint.forChannel({ ...OUTPUTS, kind: 'mns', queue: 'q' }))).toBe(
      String(ReceiptHint.mns({ queue: 'q' })),
    );
  });

  it.each([
    [{ ...OUTPUTS, kind: 'sms' }, 'kind: expected mq or mns, got "sms"'],
    [{ ...OUTPUTS, kind: 'mns' }, 'mq-queue: expected text without a comma, white space, "/*" or "*/", got none'],
  ])('%# that is not complete is told', (outputs, message) => {
    expect(() => ReceiptHint.forChannel(outputs)).toThrow(message);
  });
});

describe('errors', () => {
  it('tells every value that a hint cannot carry', () => {
    expect(
      messageOf(() => ReceiptHint.mq({ topic: 'a,b', producerId: '', endpoint: 'x*/y', maxRunningTimeSeconds: 0 })),
    ).toBe(`receipt hint is not valid:
  - mq-topic: expected text without a comma, white space, "/*" or "*/", got "a,b"
  - mq-producer-id: expected text without a comma, white space, "/*" or "*/", got ""
  - mq-endpoint: expected text without a comma, white space, "/*" or "*/", got "x*/y"
  - max-running-time-sec: expected a whole number from 1 to 21600, got 0`);
  });

  it.each(['a b', 'a\nb', 'a/*b', '*/', ',', '\u00a0'])('does not take %j as a queue', (queue) => {
    expect(() => ReceiptHint.mns({ queue })).toThrow('mq-queue: expected text without');
  });

  it.each([1.5, NaN, -1, MAX_RUNNING_TIME_SECONDS + 1, Infinity])(
    'does not take %d seconds',
    (maxRunningTimeSeconds) => {
      expect(() => ReceiptHint.mns({ queue: 'q', maxRunningTimeSeconds })).toThrow(
        `max-running-time-sec: expected a whole number from 1 to 21600, got ${maxRunningTimeSeconds}`,
      );
    },
  );

  it('keeps a star at the end of a value apart from what follows', () => {
    const hint = String(ReceiptHint.mq({ ...MQ, topic: 'a*', producerId: '/b', endpoint: 'c*' }));
    expect(hint).toContain('mq-topic=a*, mq-producer-id=/b, mq-endpoint=c* */');
    expect(hint.indexOf('*/')).toBe(hint.length - 2);
  });
});

describe('parseReceiptHint', () => {
  const MQ_TEXT = 'mq-notify-by=ons, mq-topic=t, mq-producer-id=GID_g, mq-endpoint=http://e:8080';

  it.each([
    [' run_async=true '],
    ['/*+ run_async=true */'],
    ['run-async=true'],
    ['run_async = true'],
    ['RUN_ASYNC=TRUE'],
    ['some-other-hint=1,\n  run_async=true'],
    ['run_async=false, run-async=true'],
  ])('reads an asynchronous run: %j', (comment) => {
    expect(parseReceiptHint(comment)).toEqual({ runAsync: true });
  });

  it('reads hints in more than one comment, with a new line after a comma', () => {
    expect(parseReceiptHint(' run_async=true ', ` ${MQ_TEXT.replaceAll(', ', ',\n  ')} `).receipt).toEqual({
      kind: 'mq',
      topic: 't',
      producerId: 'GID_g',
      endpoint: 'http://e:8080',
    });
  });

  it('reads nothing where there is nothing', () => {
    expect(parseReceiptHint()).toEqual({ runAsync: false });
    expect(parseReceiptHint('run_async=false')).toEqual({ runAsync: false });
  });

  it('reads everything that ReceiptHint writes', () => {
    // `=` at the ends of a value would be lost only if the grammar split at the last one.
    const value = fc.stringMatching(/^[\w:/.=%-]{1,40}$/);
    const seconds = fc.option(fc.integer({ min: 1, max: 21600 }), { nil: undefined });
    fc.assert(
      fc.property(value, value, value, seconds, (topic, producerId, endpoint, maxRunningTimeSeconds) => {
        const both = { runAsync: true, ...(maxRunningTimeSeconds !== undefined && { maxRunningTimeSeconds }) };
        const mq = { topic, producerId, endpoint };
        expect(parseReceiptHint(String(ReceiptHint.mq({ ...mq, maxRunningTimeSeconds })))).toEqual({
          ...both,
          receipt: { kind: 'mq', ...mq },
        });
        expect(parseReceiptHint(String(ReceiptHint.mns({ queue: topic, maxRunningTimeSeconds })))).toEqual({
          ...both,
          receipt: { kind: 'mns', queue: topic },
        });
      }),
    );
  });

  it.each([
    ['run_async=yes', 'run_async: expected true or false, got "yes"'],
    [
      'run_async=true, max-running-time-sec=0',
      'max-running-time-sec: expected a whole number from 1 to 21600, got "0"',
    ],
    ['run_async=true, max-running-time-sec=21601', 'got "21601"'],
    ['run_async=true, max-running-time-sec=1.5', 'got "1.5"'],
    ['run_async=true, mq-notify-by=kafka', 'mq-notify-by: expected ons or mns, got "kafka"'],
    ['run_async=true, mq-notify-by=ons', 'mq-notify-by=ons: expected mq-topic, mq-producer-id, mq-endpoint beside it'],
    [
      'run_async=true, mq-notify-by=ons, mq-topic=t, mq-producer-id=, mq-endpoint=e',
      'expected mq-producer-id beside it',
    ],
    ['run_async=true, mq-notify-by=mns', 'mq-notify-by=mns: expected mq-queue beside it'],
    ['run_async=true, mq-topic=t', 'mq-topic: expected mq-notify-by=ons or mq-notify-by=mns beside it'],
    [MQ_TEXT, 'mq-notify-by: expected run_async=true beside it'],
  ])('tells what cannot be carried out: %s', (comment, reason) => {
    expect(() => parseReceiptHint(comment)).toThrow(reason);
  });

  it('tells everything at once', () => {
    expect(messageOf(() => parseReceiptHint('run_async=1, max-running-time-sec=x, mq-notify-by=sms'))).toBe(
      `receipt hint is not valid:
  - run_async: expected true or false, got "1"
  - max-running-time-sec: expected a whole number from 1 to 21600, got "x"
  - mq-notify-by: expected ons or mns, got "sms"`,
    );
  });
});
