import { Lazy, Token } from 'cdktf';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MnsQueue,
  MqGroup,
  MqInstance,
  MqTopic,
  OssBucket,
  QueryResultBucket,
  RamRole,
  RamUser,
  SmokeTest,
  type Fault,
} from '../../lib/index';
import { BUCKET_NAME, GROUP_ID, MQ_INSTANCE_NAME, QUEUE_NAME, TOPIC_NAME } from '../../lib/cloud/names';
import type { Rule } from '../../lib/cloud/rule';
import { mutuallyExclusive, ConstructError, checkAttribute, assertValid } from '../../lib/constructs/validation';
import { messageOf, testStack } from '../synth';

describe('checkAttribute', () => {
  const text: Rule = { type: 'string', length: [2, 3], pattern: /^[a-c]*$/, prefixes: ['a', 'b'] };
  const number: Rule = { type: 'number', range: [1, 3] };

  it.each([
    undefined,
    'ab',
    'bcc',
    Token.asString(Lazy.anyValue({ produce: () => 1 })),
    Lazy.stringValue({ produce: () => '!' }),
  ])('lets %j pass', (value) => expect(checkAttribute('p', value, text)).toEqual([]));

  it.each(['', 'a', 'abca', 'ax', 'ca', 1, null, true, ['ab']])('refuses %j', (value) =>
    expect(checkAttribute('p', value, text)).toHaveLength(1),
  );

  it.each([0, 4, 1.5, NaN, Infinity, '2', null])('refuses the number %j', (value) =>
    expect(checkAttribute('p', value, number)).toMatchObject([{ allowed: 'a whole number from 1 to 3' }]),
  );

  it.each([1, 3, Token.asNumber(Lazy.anyValue({ produce: () => 9 }))])('lets the number %d pass', (value) =>
    expect(checkAttribute('p', value, number)).toEqual([]),
  );

  it('says what was received and what is allowed', () => {
    expect(checkAttribute('p', 'x', text)).toEqual([
      {
        property: 'p',
        received: '"x"',
        allowed: 'text of 2 to 3 characters and text that matches /^[a-c]*$/ and text that starts with "a" or "b"',
      },
    ]);
    expect(checkAttribute('p', 0, { type: 'number', range: [1, Infinity] })[0].allowed).toBe('a whole number from 1');
    expect(checkAttribute('p', 1, { type: 'string' })[0].allowed).toBe('text');
    expect(checkAttribute('p', 'x', { type: 'number' })[0].allowed).toBe('a whole number');
  });

  it('suggests only what is allowed', () => {
    const helpful: Rule = { ...text, suggest: (value) => `a${value}` };
    expect(checkAttribute('p', 'c', helpful)[0].suggestion).toBe('ac');
    expect(checkAttribute('p', 'x', helpful)[0]).not.toHaveProperty('suggestion');
    expect(checkAttribute('p', 'TCP', { type: 'string', allowed: ['tcp'] })[0].suggestion).toBe('tcp');
  });
});

describe('refuse', () => {
  it('lists all faults with the path of the construct, in a typed error', () => {
    const construct = new Construct(testStack(), 'a');
    const run = () =>
      assertValid(
        construct,
        checkAttribute('p', 'x', { type: 'string', allowed: ['X'] }),
        mutuallyExclusive('q', 1, 'r', 2),
      );
    expect(run).toThrow(ConstructError);
    expect(messageOf(run)).toBe(`receipts/a is not valid:
  - p: expected one of "X", got "x"; did you mean "X"?
  - q: expected one of the two, got both q and r`);
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({ path: 'receipts/a', faults: [{ property: 'p' }, { property: 'q' }] });
    }
  });

  it('does nothing without a fault', () => {
    expect(() => assertValid(testStack(), [], mutuallyExclusive('q', 1, 'r', undefined))).not.toThrow();
  });
});

const bytes = (text: string) => Buffer.byteLength(text);

/** The rules of the services, written here a second time so that a slip in lib/cloud or the check shows. */
const RULES: [string, Rule, (name: string) => boolean][] = [
  ['topic', TOPIC_NAME, (name) => /^[\w-]{3,64}$/.test(name) && !/^(GID|CID)/.test(name)],
  ['instance', MQ_INSTANCE_NAME, (name) => bytes(name) >= 3 && bytes(name) <= 64],
  ['bucket', BUCKET_NAME, (name) => /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)],
  ['group', GROUP_ID, (name) => /^GID[-_][\w-]{3,60}$/.test(name)],
  ['queue', QUEUE_NAME, (name) => /^[A-Za-z0-9][A-Za-z0-9-]{0,119}$/.test(name)],
];

describe.each(RULES)('the name of a %s', (_, rule, allowed) => {
  const word = fc.string({ unit: fc.constantFrom(...'abZ09_-. é'), maxLength: 70 });
  const name = fc.oneof(
    word,
    word.map((rest) => `GID_${rest}`),
    word.map((rest) => `GID-${rest}`),
  );

  it('is taken just when the service would take it', () => {
    fc.assert(
      fc.property(name, (value) => {
        expect(checkAttribute('name', value, rule)).toHaveLength(allowed(value) ? 0 : 1);
      }),
    );
  });
});

it('what is left out is told by its name', () => {
  const stack = testStack();
  const instance = MqInstance.fromInstanceId(stack, 'known', 'MQ_INST_1_a');
  const left = undefined as never;
  const calls: [string, () => unknown][] = [
    ['instanceId', () => MqInstance.fromInstanceId(stack, 'a', left)],
    ['instanceId', () => MqInstance.fromInstanceAttributes(stack, 'b', { instanceId: left, endpoints: {} })],
    ['endpoints', () => MqInstance.fromInstanceAttributes(stack, 'c', { instanceId: 'MQ_INST_1_a', endpoints: left })],
    ['topicName', () => MqTopic.fromTopicAttributes(stack, 'd', { topicName: left, instance })],
    ['instance', () => MqTopic.fromTopicAttributes(stack, 'e', { topicName: 'topic', instance: left })],
    ['instance', () => new MqTopic(stack, 'f', { instance: left })],
    ['groupId', () => MqGroup.fromGroupAttributes(stack, 'g', { groupId: left, instance })],
    ['instance', () => new MqGroup(stack, 'h', { instance: left })],
    ['queueName', () => MnsQueue.fromQueueName(stack, 'i', left)],
    ['bucketName', () => OssBucket.fromBucketName(stack, 'j', left)],
    ['bucketName', () => new QueryResultBucket(stack, 'k', { bucketName: left })],
    ['roleName', () => RamRole.fromRoleName(stack, 'l', left)],
    ['userName', () => RamUser.fromUserName(stack, 'm', left)],
    ['channel', () => new SmokeTest(stack, 'n', { channel: left })],
  ];
  for (const [property, call] of calls) {
    expect(messageOf(call)).toMatch(new RegExp(`is not valid:\n  - ${property}: expected a value, got undefined$`));
  }
});

it('keeps the name of version 0.1 for the errors of a construct', () => {
  const errors: Fault[] = [{ property: 'topicName', received: '"a b"', allowed: 'letters' }];
  expect(new ConstructError('stack/topic', errors).faults).toBe(errors);
});
