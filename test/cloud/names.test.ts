import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT_ID,
  BUCKET_NAME,
  GROUP_ID,
  MQ_INSTANCE_ID,
  POLICY_NAME,
  QUEUE_NAME,
  resultBucketName,
  ROLE_NAME,
  TOPIC_NAME,
  USER_NAME,
} from '../../lib/cloud/names';
import { REGION, REGIONS } from '../../lib/cloud/regions';
import { expectedInstead, type Rule, suggestionFor } from '../../lib/cloud/rule';

const x = (count: number) => 'x'.repeat(count);

const CASES: readonly [name: string, rule: Rule, allowed: readonly string[], others: readonly string[]][] = [
  ['account id', ACCOUNT_ID, ['1234567890123456'], ['', '123', '12345678901234567', '123456789012345x']],
  ['bucket', BUCKET_NAME, ['abc', '1-2', x(63)], ['', 'ab', x(64), 'My_Bucket', '-abc', 'abc-', 'a.b.c', '中文桶']],
  ['instance id', MQ_INSTANCE_ID, ['MQ_INST_1_a'], ['', 'MQ_INST_', 'mq_inst_1_a', 'MQ_INST_1-a', 'x MQ_INST_1_a']],
  ['topic', TOPIC_NAME, ['abc', 'a-b_C1', x(64), 'xGID'], ['', 'ab', x(65), 'a b', '中文主题', 'GID_x', 'CIDx', 'a.b']],
  [
    'group',
    GROUP_ID,
    ['GID_abc', 'GID-abc', `GID_${x(60)}`],
    ['', 'GID_ab', `GID_${x(61)}`, 'gid_abc', 'GIDabcd', 'GID_a b'],
  ],
  ['queue', QUEUE_NAME, ['q', 'a-1', x(120)], ['', x(121), '-a', 'a_b', 'a b']],
  ['role', ROLE_NAME, ['a.b-C1', x(64)], ['', x(65), 'a_b']],
  ['user', USER_NAME, ['a.b-c_1', x(64)], ['', x(65), 'a@b']],
  ['policy', POLICY_NAME, ['a-1', x(128)], ['', x(129), 'a_b', 'a.b']],
  ['region', REGION, REGIONS, ['', 'hangzhou', 'cn_hangzhou', 'CN-hangzhou', 'cn-hangzhou ']],
];

describe.each(CASES)('the rule of a %s', (_, rule, allowed, others) => {
  it.each(allowed)('allows %j', (value) => {
    expect(expectedInstead(rule, value)).toBeUndefined();
  });

  it.each([...others, undefined, 7])('expects something else in place of %j', (value) => {
    expect(expectedInstead(rule, value)).toEqual(expect.stringMatching(/\S/));
  });

  it('suggests nothing that it does not allow', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const suggestion = suggestionFor(rule, text);
        expect(suggestion === undefined || expectedInstead(rule, suggestion) === undefined).toBe(true);
      }),
    );
  });
});

it.each([
  [BUCKET_NAME, 'My_Bucket', 'my-bucket'],
  [TOPIC_NAME, 'a b', 'a_b'],
  [TOPIC_NAME, 'GID_orders', 'orders'],
  [GROUP_ID, 'orders', 'GID_orders'],
  [GROUP_ID, 'gid-orders', 'GID_orders'],
  [QUEUE_NAME, 'my queue', 'my-queue'],
  [BUCKET_NAME, '中文', undefined],
])('%# suggests for %j', (rule, text, suggestion) => {
  expect(suggestionFor(rule, text)).toBe(suggestion);
});

it('names the result bucket within the length of a bucket, whatever the region', () => {
  expect(resultBucketName('1234567890123456', 'cn-hangzhou')).toBe(
    'aliyun-oa-query-results-1234567890123456-oss-cn-hangzhou',
  );
  for (const region of REGIONS) {
    expect(expectedInstead(BUCKET_NAME, resultBucketName('1234567890123456', region))).toBeUndefined();
  }
});
