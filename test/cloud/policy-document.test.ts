import { describe, expect, it } from 'vitest';
import { decideTogether, MalformedPolicyError, PolicyDocument } from '../../lib/cloud/policy-document';

const statement = (fields: object) => PolicyDocument.parse(JSON.stringify({ Version: '1', Statement: [fields] }));
const allow = (Action: unknown, Resource: unknown, rest: object = {}) =>
  statement({ Effect: 'Allow', Action, Resource, ...rest });

describe('PolicyDocument', () => {
  it.each([
    ['mq:*', '*', 'mq:PUB', 'acs:mq:*:1:a%b', 'Allow'],
    ['mq:PUB', 'acs:mq:*:1:a%b', 'MQ:pub', 'acs:mq:*:1:a%b', 'Allow'],
    ['mq:PUB', 'acs:mq:*:*:a%b', 'mq:PUB', 'acs:mq:*:1:a%b', 'Allow'],
    ['mq:PUB', 'acs:mq:*:1:a%b', 'mq:PUB', 'acs:mq:*:1:a%c', 'None'],
    ['mq:SUB', '*', 'mq:PUB', 'x', 'None'],
    [['oss:Get?', 'mq:P*'], ['x', 'y.z'], 'mq:PUB', 'y.z', 'Allow'],
    ['mq:PUB', 'y.z', 'mq:PUB', 'yxz', 'None'],
  ])('%j on %j decides %s on %s: %s', (action, resource, asked, on, decision) => {
    expect(allow(action, resource).decide(asked, on)).toBe(decision);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'takes the key %s of a condition for one that is not there',
    (key) => {
      const conditions = { StringEqualsIgnoreCase: { [key]: 'x' }, NumericEquals: { [key]: '1' } };
      const document = allow('mq:PUB', '*', { Condition: conditions });
      expect(document.decide('mq:PUB', 'x')).toBe('None');
    },
  );

  it('decides at once whatever its patterns', { timeout: 5_000 }, () => {
    expect(allow('*', `*${'?*'.repeat(20)}#`).decide('mq:PUB', 'acs:mq:*:1:'.padEnd(80, 'a'))).toBe('None');
  });

  it('lets a deny win over an allow', () => {
    const document = PolicyDocument.parse(
      JSON.stringify({
        Version: '1',
        Statement: [
          { Effect: 'Allow', Action: '*', Resource: '*' },
          { Effect: 'Deny', Action: 'mq:PUB', Resource: '*' },
        ],
      }),
    );
    expect(document.decide('mq:PUB', 'x')).toBe('Deny');
    expect(document.decide('mq:SUB', 'x')).toBe('Allow');
  });

  it('takes NotAction for every other action, and either it or Action', () => {
    const others = statement({ Effect: 'Allow', NotAction: ['ram:*', 'sts:*'], Resource: '*' });
    expect(others.decide('mq:PUB', 'x')).toBe('Allow');
    expect(others.decide('ram:GetRole', 'x')).toBe('None');
    expect(() => statement({ Effect: 'Allow', NotAction: 'a:b', Action: 'a:c', Resource: '*' })).toThrow(
      /Statement\[0\]: expected either Action or NotAction/,
    );
  });

  it('takes NotResource for every other resource, and either it or Resource', () => {
    const others = statement({
      Effect: 'Deny',
      Action: 'oss:*',
      NotResource: ['acs:oss:*:*:mine', 'acs:oss:*:*:mine/*'],
    });
    expect(others.decide('oss:GetObject', 'acs:oss:*:1:theirs/key')).toBe('Deny');
    expect(others.decide('oss:GetObject', 'acs:oss:*:1:mine/key')).toBe('None');
    expect(() => statement({ Effect: 'Deny', Action: 'a:b', NotResource: 'x', Resource: '*' })).toThrow(
      /Statement\[0\]: expected either Resource or NotResource/,
    );
  });

  it.each([
    [{ Action: '*' }, 'Statement[0]: expected either Resource or NotResource'],
    [{ Action: '*', Resource: [] }, 'Statement[0]: expected either Resource or NotResource'],
    [{ Action: 'PutObject', Resource: '*' }, 'Statement[0].Action: expected "service:action" or "*", got "PutObject"'],
    [{ NotAction: ['oss:*', ''], Resource: '*' }, 'Statement[0].Action: expected "service:action" or "*", got ""'],
    [{ Action: '*', Resource: 'bucket/*' }, 'Statement[0].Resource: expected "acs:…" or "*", got "bucket/*"'],
    [{ Action: '*', Resource: '*', Principal: '*' }, 'got Principal'],
    [{ Action: '*', Resource: '*', Conditions: {} }, 'got Conditions'],
  ])('takes no permissions that would have no effect: %j', (fields, reason) => {
    const text = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', ...fields }] });
    expect(() => PolicyDocument.ofPermissions(text)).toThrow(reason);
  });

  it.each([
    [{ Principal: [], Resource: '*' }, 'Statement[0]: expected either Principal or NotPrincipal'],
    [{ Principal: { RAM: '*' }, Resource: '*' }, 'Statement[0].Principal: expected text'],
    [{ Principal: '*' }, 'Statement[0]: expected either Resource or NotResource'],
    [{ Principal: '*', NotPrincipal: '1', Resource: '*' }, 'expected either Principal or NotPrincipal'],
    [{ Principal: '*', Resource: 'acs:ram:*:*:b' }, 'Statement[0].Resource: expected "acs:oss:…" or "*"'],
    [{ Principal: '*', Resource: ['acs:oss:*:*:b', 'acs:oss:*:*:other/*'] }, 'got "acs:oss:*:*:other/*"'],
    [{ Principal: '*', Resource: '*', Action: 'ecs:*' }, 'Statement[0].Action: expected "oss:…" or "*"'],
    [{ Principal: '*', Resource: '*', Conditions: {} }, 'got Conditions'],
  ])('takes no policy of a bucket that would have no effect: %j', (fields, reason) => {
    const text = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: 'oss:*', ...fields }] });
    expect(() => PolicyDocument.forBucket(text, 'b')).toThrow(reason);
  });

  it.each(['*', 'acs:oss:*:*:*', 'acs:oss:*:*:b', 'acs:oss:*:9:b/a:b', 'acs:oss:*:*:?/k', 'acs:oss:*'])(
    'takes a policy of a bucket about %s',
    (Resource) => {
      const Statement = [{ Effect: 'Allow', Principal: '1', Action: 'oss:*', Resource }];
      PolicyDocument.forBucket(JSON.stringify({ Version: '1', Statement }), 'b');
    },
  );

  it('takes a policy of a bucket about all but another one', () => {
    const Statement = [{ Effect: 'Deny', Principal: '1', Action: 'oss:*', NotResource: 'acs:oss:*:*:other/*' }];
    PolicyDocument.forBucket(JSON.stringify({ Version: '1', Statement }), 'b');
  });

  it('takes a policy of a bucket without Principal, which is about nobody', () => {
    const Statement = [{ Effect: 'Allow', Action: 'oss:*', Resource: 'acs:oss:*:*:b/*' }];
    const policy = PolicyDocument.forBucket(JSON.stringify({ Version: '1', Statement }), 'b');
    expect(policy.decideFor(['*', '1'], 'oss:GetObject', 'acs:oss:oss-cn-hangzhou:9:b/k')).toBe('None');
    expect(policy.isPublic).toBe(false);
  });

  it('takes NotPrincipal for everybody else', () => {
    const Statement = [{ Effect: 'Deny', NotPrincipal: ['1'], Action: 'oss:*', Resource: 'acs:oss:*:*:b/*' }];
    const policy = PolicyDocument.forBucket(JSON.stringify({ Version: '1', Statement }), 'b');
    expect(policy.decideFor(['*', '2'], 'oss:GetObject', 'acs:oss:oss-cn-hangzhou:9:b/k')).toBe('Deny');
    expect(policy.decideFor(['*'], 'oss:GetObject', 'acs:oss:oss-cn-hangzhou:9:b/k')).toBe('Deny');
    expect(policy.decideFor(['*', '1'], 'oss:GetObject', 'acs:oss:oss-cn-hangzhou:9:b/k')).toBe('None');
  });

  it('takes permissions with any of the elements', () => {
    const Condition = { StringEquals: { 'acs:SourceIp': '127.0.0.1' } };
    for (const fields of [
      { Action: ['oss:Get*', '*'], Resource: ['*', 'acs:oss:*:*:b'], Condition },
      { NotAction: 'ram:*', NotResource: 'acs:ram:*:*:user/*' },
    ]) {
      const text = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', ...fields }] });
      expect(PolicyDocument.ofPermissions(text).decide('oss:x', 'acs:oss:*:1:x', { 'acs:SourceIp': '127.0.0.1' })).toBe(
        'Allow',
      );
    }
  });

  it('may be longer on a bucket', () => {
    const long = JSON.stringify({
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: 'x'.repeat(10_000) }],
    });
    expect(() => PolicyDocument.parse(long)).toThrow(/expected up to 6144 characters/);
    expect(PolicyDocument.ofBucket(long).decide('a:b', 'y')).toBe('None');
    expect(() => PolicyDocument.ofBucket(long + ' '.repeat(10_000))).toThrow(/expected up to 16384 characters/);
  });

  it('takes numbers in conditions', () => {
    const document = allow('*', '*', { Condition: { NumericLessThan: { 'acs:Age': 3600 } } });
    expect(document.decide('a:b', 'x', { 'acs:Age': '3599' })).toBe('Allow');
    expect(document.decide('a:b', 'x', { 'acs:Age': '3600' })).toBe('None');
    expect(document.decide('a:b', 'x')).toBe('None');
  });

  it('never widens access by a condition that it cannot judge', () => {
    for (const [operator, value, actual] of [
      ['IpAddress', '10.0.0.0/8', undefined],
      ['IpAddress', '10.0.0.0/33', '10.0.0.1'],
      ['NotIpAddress', 'everywhere', '10.0.0.1'],
      ['NumericLessThan', 'many', '1'],
      ['DateGreaterThan', 'yesterday', '2026-01-01T00:00:00Z'],
      ['ForAnyValue:StringEquals', 'a', 'a'],
      ['constructor', 'a', 'a'],
    ] as const) {
      const condition = { Condition: { [operator]: { key: value } } };
      const context: Record<string, string> = actual === undefined ? {} : { key: actual };
      expect(allow('*', '*', condition).decide('a:b', 'x', context), operator).toBe('None');
      const deny = statement({ Effect: 'Deny', Action: '*', Resource: '*', ...condition });
      expect(deny.decide('a:b', 'x', context), operator).toBe('Deny');
    }
  });

  it.each([
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', ['a'], 'A', false],
    ['StringEqualsIgnoreCase', ['a'], 'A', true],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringNotEqualsIgnoreCase', ['a'], 'A', false],
    ['StringLike', ['home/*'], 'home/me', true],
    ['StringLike', [''], '', true],
    ['StringNotLike', ['home/*'], 'home/me', false],
    ['Bool', [true], 'true', true],
    ['Bool', ['False'], 'false', true],
    ['NumericEquals', [1], '1.0', true],
    ['NumericNotEquals', [1], '2', true],
    ['NumericGreaterThanEquals', [1], '1', true],
    ['NumericLessThanEquals', [1], '2', false],
    ['DateLessThan', ['2026-01-01T00:00:00+08:00'], '2025-12-31T15:59:59Z', true],
    ['DateGreaterThan', ['2026-01-01T00:00:00+08:00'], '2025-12-31T15:59:59Z', false],
    ['IpAddress', ['127.0.0.0/8'], '127.0.0.1', true],
    ['IpAddress', ['10.0.0.1', '127.0.0.1'], '127.0.0.1', true],
    ['IpAddress', ['10.0.0.0/8', '::/0'], '127.0.0.1', false],
    ['NotIpAddress', ['127.0.0.0/8'], '127.0.0.1', false],
    ['NotIpAddress', ['10.0.0.0/8'], '127.0.0.1', true],
  ])('%s of %j holds for %j: %s', (operator, values, actual, holds) => {
    const document = allow('*', '*', { Condition: { [operator]: { key: values } } });
    expect(document.decide('a:b', 'x', { key: actual })).toBe(holds ? 'Allow' : 'None');
  });

  it('judges conditions on what it knows', () => {
    const tlsOnly = statement({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { Bool: { 'acs:SecureTransport': 'false' } },
    });
    expect(tlsOnly.decide('a:b', 'x', { 'acs:SecureTransport': 'true' })).toBe('None');
    expect(tlsOnly.decide('a:b', 'x', { 'acs:SecureTransport': 'false' })).toBe('Deny');
  });

  it('knows whom a trust document trusts', () => {
    const trust = (Principal: object, Action = 'sts:AssumeRole') => statement({ Effect: 'Allow', Action, Principal });
    expect(trust({ Service: ['openanalytics.aliyuncs.com'] }).trustsService('openanalytics.aliyuncs.com')).toBe(true);
    expect(trust({ Service: ['ecs.aliyuncs.com'] }).trustsService('openanalytics.aliyuncs.com')).toBe(false);
    expect(trust({ RAM: ['acs:ram::1:root'] }).trustsService('openanalytics.aliyuncs.com')).toBe(false);
    expect(
      trust({ Service: ['openanalytics.aliyuncs.com'] }, 'sts:Other').trustsService('openanalytics.aliyuncs.com'),
    ).toBe(false);
    expect(trust({ RAM: ['acs:ram::1:root'] }).trustsPrincipal(['1', 'acs:ram::1:root'])).toBe(true);
    expect(trust({ RAM: ['acs:ram::2:root'] }).trustsPrincipal(['1', 'acs:ram::1:root'])).toBe(false);
  });

  it.each([
    ['{', 'expected JSON'],
    ['[]', 'the document: expected an object'],
    ['{"Version":"2","Statement":[]}', 'expected the Version "1", got "2"'],
    ['{}', 'expected the Version "1", got none'],
    ['{"Version":"1","Statement":[{}]}', 'Statement[0].Effect: expected "Allow" or "Deny", got none'],
    ['{"Version":"1","Statement":[]}', 'Statement: expected a list that is not empty'],
    [
      '{"Version":"1","Statement":[{"Effect":"Maybe","Action":"*"}]}',
      'Statement[0].Effect: expected "Allow" or "Deny"',
    ],
    ['{"Version":"1","Statement":[{"Effect":"Allow"}]}', 'Statement[0]: expected either Action or NotAction'],
    ['{"Version":"1","Statement":[{"Effect":"Allow","Action":[1]}]}', 'Statement[0].Action: expected text'],
    [`"${'x'.repeat(7000)}"`, 'expected up to 6144 characters, got 7002'],
  ])('does not take %s', (text, reason) => {
    expect(() => PolicyDocument.parse(text)).toThrow(reason);
    expect(() => PolicyDocument.parse(text)).toThrow(MalformedPolicyError);
  });

  it.each([
    ['', 'None'],
    ['null', 'None'],
    ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'Allow'],
    ['{"Statement":[1,{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny"}]}', 'Allow'],
  ])('reads what an account has as far as it goes: %s', (text, decision) => {
    expect(PolicyDocument.ofAccount(text).decide('a:b', 'x')).toBe(decision);
  });
});

describe('several documents', () => {
  const ALLOW = allow('*', '*');
  const DENY = statement({ Effect: 'Deny', Action: 'a:b', Resource: '*' });
  const conditional = { Condition: { StringEquals: { 'acs:SourceVpc': 'vpc-1' } } };
  const MAYBE_ALLOW = allow('*', '*', conditional);
  const MAYBE_DENY = statement({ Effect: 'Deny', Action: '*', Resource: '*', ...conditional });
  it.each([
    [[], 'None', 'None'],
    [[ALLOW], 'Allow', 'Allow'],
    [[ALLOW, DENY], 'Deny', 'Deny'],
    [[MAYBE_ALLOW], 'None', 'Allow'],
    [[ALLOW, MAYBE_DENY], 'Deny', 'Allow'],
    [[MAYBE_ALLOW, MAYBE_DENY], 'Deny', 'Allow'],
    [[MAYBE_ALLOW, DENY], 'Deny', 'Deny'],
  ])('%#: decide together, against and for access by what is not known', (documents, against, inFavour) => {
    expect(decideTogether(documents, 'a:b', 'x')).toBe(against);
    expect(decideTogether(documents, 'a:b', 'x', {}, 'for')).toBe(inFavour);
  });

  it('trust a service by a condition only where doubt counts for it', () => {
    const trust = statement({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'x.aliyuncs.com' },
      ...conditional,
    });
    expect([trust.trustsService('x.aliyuncs.com'), trust.trustsService('x.aliyuncs.com', 'for')]).toEqual([
      false,
      true,
    ]);
  });
});
