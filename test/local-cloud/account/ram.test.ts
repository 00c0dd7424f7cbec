import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { principalOfSession } from '../../../lib/local-cloud/account/principal';
import { checkTags } from '../../../lib/local-cloud/account/tag-rules';
import { refusal, scratchAccount } from './scratch-account';

const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
});
const PUBLISH = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: 'mq:PUB', Resource: 'acs:mq:*:*:i%t' }],
});

it('forgets sessions that are over, as more come', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { ram, sts, store, identity } = scratchAccount();
  const trust = TRUST.replace('"Service":["openanalytics.aliyuncs.com"]', `"RAM":["${identity.accountId}"]`);
  ram.createRole({ roleName: 'r', assumeRolePolicyDocument: trust });
  const assume = () => sts.assumeRole(`acs:ram::${identity.accountId}:role/r`, 'session');
  const old = Array.from({ length: 1000 }, assume);
  vi.setSystemTime(Date.now() + 2 * 3_600_000);
  const { accessKeyId } = assume();
  const kept = [...store.rows()].filter(([table]) => table === 'sts-sessions').map(([, key]) => key);
  expect(kept).toEqual([accessKeyId]);
  expect(sts.session(accessKeyId)).toBeDefined();
  expect(sts.session(old[0].accessKeyId)).toBeUndefined();
});

describe('Ram', () => {
  it('takes texts up to the lengths that RAM documents, in characters', () => {
    const { ram } = scratchAccount();
    const [description, comments] = ['説'.repeat(1024), '註'.repeat(128)];
    ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST, description });
    ram.createPolicy({ policyName: 'p', document: PUBLISH, description });
    ram.createUser({ userName: 'u', displayName: comments, comments });
    ram.groups.create('g', comments);
    const role = { roleName: 'long', assumeRolePolicyDocument: TRUST, description: `${description}x` };
    const tooLong = [
      () => ram.createRole(role),
      () => ram.updateRole('r', { description: `${description}x` }),
      () => ram.createPolicy({ policyName: 'long', document: PUBLISH, description: `${description}x` }),
      () => ram.updatePolicy('p', { description: `${description}x` }),
      () => ram.createUser({ userName: 'long', comments: `${comments}x` }),
      () => ram.updateUser('u', { displayName: `${comments}x` }),
      () => ram.groups.create('long', `${comments}x`),
      () => ram.groups.update('g', { comments: `${comments}x` }),
    ];
    expect(tooLong.map(refusal)).toEqual([
      ...Array.from({ length: 4 }, () => '400 InvalidParameter.Description.Length'),
      '400 InvalidParameter.Comments.Length',
      '400 InvalidParameter.DisplayName.Length',
      ...Array.from({ length: 2 }, () => '400 InvalidParameter.Comments.Length'),
    ]);
  });

  it('takes twenty tags, and no reserved keys', () => {
    const { ram, mns } = scratchAccount();
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, '']));
    ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST, tags });
    ram.createPolicy({ policyName: 'p', document: PUBLISH, tags });
    mns.createQueue('cn-hangzhou', { queueName: 'q', tags });
    const former = { 'acs:x': '1', a: '2' };
    expect(() => checkTags({ 'acs:x': '1' }, 'X', former)).not.toThrow();
    expect(() => checkTags({ 'acs:x': '2' }, 'X', former)).toThrow('not beginning with');
    const wrong: Record<string, string>[] = [{ ...tags, more: '' }, { 'acs:x': '' }, { k: 'v'.repeat(129) }];
    for (const tags of wrong) {
      const calls = [
        () => ram.createRole({ roleName: 's', assumeRolePolicyDocument: TRUST, tags }),
        () => ram.updateRole('r', { tags }),
        () => ram.createPolicy({ policyName: 's', document: PUBLISH, tags }),
        () => ram.updatePolicy('p', { tags }),
        () => mns.createQueue('cn-hangzhou', { queueName: 's', tags }),
        () => mns.updateQueue('cn-hangzhou', 'q', { tags }),
      ];
      expect(calls.map(refusal)).toEqual([
        ...Array.from({ length: 4 }, () => '400 InvalidParameter.Tag'),
        ...Array.from({ length: 2 }, () => '400 InvalidArgument'),
      ]);
    }
  });

  it.each<[string, object]>([
    ['an action that assumes nothing', { Action: 'ecs:Foo', Principal: { RAM: ['acs:ram::1:root'] } }],
    ['a service that is none', { Action: 'sts:AssumeRole', Principal: { Service: ['nonsense'] } }],
    ['an account that is none', { Action: 'sts:AssumeRole', Principal: { RAM: ['me'] } }],
    ['nobody', { Action: 'sts:AssumeRole', Principal: {} }],
    ['nobody of a kind', { Action: 'sts:AssumeRole', Principal: { Service: [] } }],
    ['no Principal', { Action: 'sts:AssumeRole' }],
    ['a kind that RAM does not know', { Action: 'sts:AssumeRole', Principal: { AWS: ['acs:ram::1:root'] } }],
    ['a list of principals', { Action: 'sts:AssumeRole', Principal: ['*'] }],
    ['a Resource', { Action: 'sts:AssumeRole', Principal: { RAM: ['acs:ram::1:root'] }, Resource: '*' }],
  ])('makes no role that trusts %s', (_what, statement) => {
    const { ram } = scratchAccount();
    const assumeRolePolicyDocument = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', ...statement }] });
    const code = '400 MalformedPolicyDocument';
    expect(refusal(() => ram.createRole({ roleName: 'r', assumeRolePolicyDocument }))).toBe(code);
    ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST });
    expect(refusal(() => ram.updateRole('r', { assumeRolePolicyDocument }))).toBe(code);
  });

  it.each([
    { StringEqual: { 'acs:SourceVpc': 'vpc-1' } },
    { NotBool: { 'acs:SecureTransport': 'true' } },
    { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '999.1.1.1'] } },
    { IpAddress: { 'acs:SourceIp': '10.0.0.0/33' } },
    { Bool: { 'acs:SecureTransport': 'maybe' } },
    { Bool: { 'acs:SecureTransport': [] } },
    { DateLessThan: { 'acs:CurrentTime': 'yesterday' } },
    { NumericNotEquals: { 'oss:MaxKeys': 'many' } },
  ])('takes no condition that never holds: %j', (Condition) => {
    const { ram } = scratchAccount();
    const document = JSON.stringify({ Version: '1', Statement: [{ ...JSON.parse(PUBLISH).Statement[0], Condition }] });
    expect(refusal(() => ram.createPolicy({ policyName: 'p', document }))).toBe('400 MalformedPolicyDocument');
    const assumeRolePolicyDocument = JSON.stringify({
      Version: '1',
      Statement: [{ ...JSON.parse(TRUST).Statement[0], Condition }],
    });
    expect(refusal(() => ram.createRole({ roleName: 'r', assumeRolePolicyDocument }))).toBe(
      '400 MalformedPolicyDocument',
    );
  });

  it.each([
    { StringNotEqualsIgnoreCase: { 'acs:SourceVpc': 'vpc-1' }, StringLike: { 'oss:Prefix': ['', 'a*'] } },
    { NotIpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '::1', '2001:db8::/32'] } },
    { Bool: { 'acs:SecureTransport': 'True' }, NumericLessThanEquals: { 'oss:MaxKeys': 100 } },
    { DateGreaterThan: { 'acs:CurrentTime': '2019-08-12T17:00:00+08:00' } },
  ])('takes the condition %j', (Condition) => {
    const document = JSON.stringify({ Version: '1', Statement: [{ ...JSON.parse(PUBLISH).Statement[0], Condition }] });
    scratchAccount().ram.createPolicy({ policyName: 'p', document });
  });

  it.each([
    { RAM: 'acs:ram::1234567890123456:user/alice' },
    { RAM: ['1234567890123456'], Service: 'fc.aliyuncs.com' },
    { Service: ['1234567890123456@log.aliyuncs.com'] },
    { Federated: ['acs:ram::1234567890123456:saml-provider/company'] },
  ])('makes a role that trusts %o', (Principal) => {
    const { ram } = scratchAccount();
    const Statement = [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Principal, Condition: {} }];
    ram.createRole({ roleName: 'r', assumeRolePolicyDocument: JSON.stringify({ Version: '1', Statement }) });
  });

  it('finds a role whatever the case of its name', () => {
    const { ram } = scratchAccount();
    ram.createRole({ roleName: 'SomeRole', assumeRolePolicyDocument: TRUST });
    expect(ram.getRole('somerole').roleName).toBe('SomeRole');
    expect(refusal(() => ram.createRole({ roleName: 'SOMEROLE', assumeRolePolicyDocument: TRUST }))).toBe(
      '409 EntityAlreadyExists.Role',
    );
  });

  it('lets a role do what its attached policies allow, and nothing once they are detached', () => {
    const { ram } = scratchAccount();
    ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST });
    expect(ram.allows('role', 'r', 'mq:PUB', 'acs:mq:*:1:i%t')).toBe(false);
    ram.attachPolicy('role', 'r', 'System', 'AliyunMQFullAccess');
    expect(ram.allows('role', 'r', 'mq:PUB', 'acs:mq:*:1:i%t')).toBe(true);
    expect(ram.allows('role', 'r', 'oss:GetObject', 'x')).toBe(false);
    ram.detachPolicy('role', 'r', 'System', 'AliyunMQFullAccess');
    expect(ram.allows('role', 'r', 'mq:PUB', 'acs:mq:*:1:i%t')).toBe(false);
  });

  it('judges by the default version of a custom policy', () => {
    const { ram } = scratchAccount();
    ram.createUser({ userName: 'u' });
    ram.createPolicy({ policyName: 'p', document: PUBLISH });
    ram.attachPolicy('user', 'u', 'Custom', 'p');
    expect(ram.allows('user', 'u', 'mq:PUB', 'acs:mq:*:1:i%t')).toBe(true);
    ram.createPolicyVersion('p', PUBLISH.replace('mq:PUB', 'mq:SUB'), false);
    expect(ram.allows('user', 'u', 'mq:PUB', 'acs:mq:*:1:i%t')).toBe(true);
    ram.setDefaultPolicyVersion('p', 'v2');
    expect(ram.allows('user', 'u', 'mq:PUB', 'acs:mq:*:1:i%t')).toBe(false);
  });

  it('keeps five versions of a policy, and drops the oldest spare one when asked to', () => {
    const { ram } = scratchAccount();
    ram.createPolicy({ policyName: 'p', document: PUBLISH });
    for (let n = 2; n <= 5; n += 1) {
      ram.createPolicyVersion('p', PUBLISH, false);
    }
    expect(refusal(() => ram.createPolicyVersion('p', PUBLISH, true))).toBe('409 LimitExceeded.Policy.Version');
    expect(ram.createPolicyVersion('p', PUBLISH, true, true).versionId).toBe('v6');
    expect(ram.getPolicy('Custom', 'p').versions.map(({ versionId }) => versionId)).toEqual([
      'v1',
      'v3',
      'v4',
      'v5',
      'v6',
    ]);
  });

  it('keeps the access keys of a user whose name changes its case', () => {
    const { ram } = scratchAccount();
    ram.createUser({ userName: 'user' });
    const { accessKeyId } = ram.accessKeys.create('user');
    ram.updateUser('user', { userName: 'USER' });
    expect(ram.accessKeys.list('user').map((key) => key.accessKeyId)).toEqual([accessKeyId]);
    expect(refusal(() => ram.deleteUser('user'))).toBe('409 DeleteConflict.User.AccessKey');
  });

  it('moves a renamed user’s policies along', () => {
    const { ram } = scratchAccount();
    ram.createUser({ userName: 'old' });
    ram.attachPolicy('user', 'old', 'System', 'AliyunMQFullAccess');
    ram.updateUser('old', { userName: 'new' });
    expect(ram.listAttachedPolicies('user', 'new').map(({ policy }) => policy.policyName)).toEqual([
      'AliyunMQFullAccess',
    ]);
    expect(ram.listEntitiesForPolicy('System', 'AliyunMQFullAccess').map(({ principal }) => principal)).toEqual([
      'new',
    ]);
    expect(refusal(() => ram.getUser('old'))).toBe('404 EntityNotExist.User');
  });

  it('attaches ten custom policies to a role or user, as RAM does by default', () => {
    const { ram } = scratchAccount();
    ram.createUser({ userName: 'u' });
    for (let n = 1; n <= 11; n += 1) {
      ram.createPolicy({ policyName: `p${n}`, document: PUBLISH });
    }
    for (let n = 1; n <= 10; n += 1) {
      ram.attachPolicy('user', 'u', 'Custom', `p${n}`);
    }
    expect(refusal(() => ram.attachPolicy('user', 'u', 'Custom', 'p11'))).toBe('409 LimitExceeded.User.Policy');
    ram.attachPolicy('user', 'u', 'System', 'AliyunMQFullAccess');
    ram.detachPolicy('user', 'u', 'Custom', 'p1');
    ram.attachPolicy('user', 'u', 'Custom', 'p11');
  });

  it.each<[string, string, (ram: ReturnType<typeof scratchAccount>['ram']) => unknown]>([
    ['404 EntityNotExist.Role', 'a role that is not there', (ram) => ram.getRole('none')],
    ['404 EntityNotExist.Role', 'an attachment to no role', (ram) => ram.attachPolicy('role', 'none', 'System', 'p')],
    ['404 EntityNotExist.Policy', 'no such policy', (ram) => ram.attachPolicy('role', 'r', 'System', 'none')],
    [
      '409 EntityAlreadyExists.Role.Policy',
      'a second attachment',
      (ram) => ram.attachPolicy('role', 'r', 'Custom', 'p'),
    ],
    [
      '404 EntityNotExist.Role.Policy',
      'nothing to detach',
      (ram) => ram.detachPolicy('role', 'r', 'System', 'AliyunMQFullAccess'),
    ],
    ['409 DeleteConflict.Role.Policy', 'a role with policies', (ram) => ram.deleteRole('r')],
    ['409 DeleteConflict.Role.Policy', 'an attached policy', (ram) => ram.deletePolicy('p', true)],
    ['409 DeleteConflict.Policy.Version.Default', 'the default version', (ram) => ram.deletePolicyVersion('p', 'v1')],
    ['404 EntityNotExist.Policy.Version', 'no such version', (ram) => ram.setDefaultPolicyVersion('p', 'v9')],
    [
      '409 EntityAlreadyExists.Policy',
      'a system policy’s name',
      (ram) => ram.createPolicy({ policyName: 'AliyunMQFullAccess', document: PUBLISH }),
    ],
    [
      '400 MalformedPolicyDocument',
      'a broken document',
      (ram) => ram.updateRole('r', { assumeRolePolicyDocument: '{' }),
    ],
    [
      '400 InvalidParameter.RoleName.InvalidChars',
      'a bad name',
      (ram) => ram.createRole({ roleName: 'a b', assumeRolePolicyDocument: TRUST }),
    ],
    [
      '400 InvalidParameter.MaxSessionDuration',
      'a session too short',
      (ram) => ram.updateRole('r', { maxSessionDuration: 60 }),
    ],
  ])('answers %s for %s', (expected, _what, action) => {
    const { ram } = scratchAccount();
    ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST });
    ram.createPolicy({ policyName: 'p', document: PUBLISH });
    ram.attachPolicy('role', 'r', 'Custom', 'p');
    expect(refusal(() => action(ram))).toBe(expected);
  });
});

describe('Sts', () => {
  const ACCOUNT_TRUST = (accountId: string) =>
    JSON.stringify({
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${accountId}:root`] } }],
    });

  it('gives credentials of a role that trusts the account', () => {
    const { sts, ram, identity } = scratchAccount();
    const role = ram.createRole({ roleName: 'r', assumeRolePolicyDocument: ACCOUNT_TRUST(identity.accountId) });
    const session = sts.assumeRole(role.arn, 'someone');
    expect(sts.session(session.accessKeyId)).toEqual(session);
    expect(sts.callerIdentity(principalOfSession(session)).arn).toBe(
      `acs:ram::${identity.accountId}:assumed-role/r/someone`,
    );
  });

  it('ends a session with its role, also where another one has the name later', () => {
    const { sts, ram, store, identity } = scratchAccount();
    const input = { roleName: 'r', assumeRolePolicyDocument: ACCOUNT_TRUST(identity.accountId) };
    const { accessKeyId } = sts.assumeRole(ram.createRole(input).arn, 'someone');
    ram.deleteRole('r');
    expect(sts.session(accessKeyId)).toBeUndefined();
    const { arn } = ram.createRole(input);
    expect(sts.session(accessKeyId)).toBeUndefined();
    const later = sts.assumeRole(arn, 'someone');
    ram.updateRole('r', { description: 'the same role' });
    expect(sts.session(later.accessKeyId)).toBeDefined();
    expect([...store.rows()].some(([table]) => table === 'sts-sessions')).toBe(true);
  });

  it('asks for the external id, and for other conditions, of a trust document', () => {
    const { sts, ram, identity } = scratchAccount();
    const trust = (Condition: object) => {
      const { Statement, ...document } = JSON.parse(ACCOUNT_TRUST(identity.accountId)) as { Statement: object[] };
      return JSON.stringify({ ...document, Statement: Statement.map((one) => ({ ...one, Condition })) });
    };
    const withId = { StringEquals: { 'sts:ExternalId': 'abc' }, Bool: { 'acs:SecureTransport': 'true' } };
    const { arn } = ram.createRole({ roleName: 'r', assumeRolePolicyDocument: trust(withId) });
    expect(sts.assumeRole(arn, 'someone', { externalId: 'abc' }).roleName).toBe('r');
    for (const options of [{}, { externalId: 'abd' }, { externalId: 'abc', secure: false }]) {
      expect(() => sts.assumeRole(arn, 'someone', options)).toThrow('with a condition that does not hold');
    }
    expect(refusal(() => sts.assumeRole(arn, 'someone', { externalId: '?' }))).toBe('400 InvalidParameter.ExternalId');
  });

  it('refuses a role that trusts a service only, and a role of another account', () => {
    const { sts, ram } = scratchAccount();
    const role = ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST });
    expect(refusal(() => sts.assumeRole(role.arn, 'someone'))).toBe('403 NoPermission');
    expect(refusal(() => sts.assumeRole('acs:ram::1:role/r', 'someone'))).toBe('400 InvalidParameter.RoleArn');
    expect(refusal(() => sts.assumeRole(role.arn, '?'))).toBe('400 InvalidParameter.RoleSessionName');
    expect(refusal(() => sts.assumeRole(role.arn, 'someone', { durationSeconds: 1 }))).toBe(
      '400 InvalidParameter.DurationSeconds',
    );
  });
});
