import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RUNNING_TIME_SECONDS, ReceiptHint } from '../../lib/cloud/receipt-hint';
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

describe('errors', () => {
  it('tells every value that a hint cannot carry', () => {
    expect(
      messageOf(() => ReceiptHint.mq({ topic: 'a,b', producerId: '', endpoint: 'x*/y', maxRunningTimeSeconds: 0 })),
    ).toBe(`receipt hint is not valid:
  - mq-topic: expected any value without a comma, white space or comment mark, got "a,b"
  - mq-producer-id: expected any value without a comma, white space or comment mark, got an empty string
  - mq-endpoint: expected any value without a comma, white space or comment mark, got "x*/y"
  - max-running-time-sec: expected a whole number from 1 to 21600, got 0`);
  });

  it.each(['a b', 'a\nb', 'a/*b', '*/', ',', '\u00a0'])('refuses %j as a queue', (queue) => {
    expect(() => ReceiptHint.mns({ queue })).toThrow('mq-queue: expected');
  });

  it.each([1.5, NaN, -1, MAX_RUNNING_TIME_SECONDS + 1, Infinity])('refuses %d seconds', (maxRunningTimeSeconds) => {
    expect(() => ReceiptHint.mns({ queue: 'q', maxRunningTimeSeconds })).toThrow(
      `max-running-time-sec: expected a whole number from 1 to 21600, got ${maxRunningTimeSeconds}`,
    );
  });

  it('keeps a star at the end of a value apart from what follows', () => {
    const hint = String(ReceiptHint.mq({ ...MQ, topic: 'a*', producerId: '/b', endpoint: 'c*' }));
    expect(hint).toContain('mq-topic=a*, mq-producer-id=/b, mq-endpoint=c* */');
    expect(hint.indexOf('*/')).toBe(hint.length - 2);
  });
});
