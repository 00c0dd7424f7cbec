import { describe, expect, it } from 'vitest';
import { PolicyDocument } from '../../../lib/local-cloud/account/policy-document';

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
      /Statement\[0\] needs either Action or NotAction/,
    );
  });

  it('may be longer on a bucket', () => {
    const long = JSON.stringify({
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: 'x'.repeat(10_000) }],
    });
    expect(() => PolicyDocument.parse(long)).toThrow(/expected up to 6144/);
    expect(PolicyDocument.ofBucket(long).decide('a:b', 'y')).toBe('None');
    expect(() => PolicyDocument.ofBucket(long + ' '.repeat(10_000))).toThrow(/expected up to 16384/);
  });

  it('takes numbers in conditions', () => {
    const condition = { Condition: { NumericLessThan: { 'acs:Age': 3600 } } };
    expect(allow('*', '*', condition).decide('a:b', 'x')).toBe('None');
  });

  it('never widens access by a condition that it cannot judge', () => {
    const condition = { Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } };
    expect(allow('*', '*', condition).decide('a:b', 'x', { 'acs:SourceIp': '10.0.0.1' })).toBe('None');
    expect(statement({ Effect: 'Deny', Action: '*', Resource: '*', ...condition }).decide('a:b', 'x')).toBe('Deny');
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
    expect(trust({ RAM: ['acs:ram::1:root'] }).trustsAccount('1')).toBe(true);
    expect(trust({ RAM: ['acs:ram::2:root'] }).trustsAccount('1')).toBe(false);
  });

  it.each([
    ['{', 'it is not JSON'],
    ['[]', 'it must be an object'],
    ['{"Version":"2","Statement":[]}', 'Version: expected "1", got "2"'],
    ['{"Version":"1","Statement":[]}', 'Statement must be a list that is not empty'],
    ['{"Version":"1","Statement":[{"Effect":"Maybe","Action":"*"}]}', 'Statement[0].Effect: expected'],
    ['{"Version":"1","Statement":[{"Effect":"Allow"}]}', 'Statement[0] needs either Action or NotAction'],
    ['{"Version":"1","Statement":[{"Effect":"Allow","Action":[1]}]}', 'Statement[0].Action must hold strings'],
    [`"${'x'.repeat(7000)}"`, 'it has 7002 characters, expected up to 6144'],
  ])('refuses %s', (text, reason) => {
    expect(() => PolicyDocument.parse(text)).toThrow(reason);
  });
});
