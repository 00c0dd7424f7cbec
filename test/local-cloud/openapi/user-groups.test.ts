import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { RpcClient } from './rpc-client';

let server: StartedHttpServer;
let root: RpcClient;

beforeAll(async () => {
  server = await startHttpServer();
  root = new RpcClient(server.endpoint, server.account.identity);
});
afterAll(() => server.stop());

const ram = (action: string, parameters: Record<string, unknown> = {}) => root.call('ram', action, parameters);

async function policy(name: string, effect: string, actions: string[]): Promise<Record<string, string>> {
  const document = { Version: '1', Statement: [{ Effect: effect, Action: actions, Resource: '*' }] };
  await ram('CreatePolicy', { PolicyName: name, PolicyDocument: JSON.stringify(document) });
  return { PolicyType: 'Custom', PolicyName: name };
}

describe('groups of users', () => {
  it('are made, changed, listed and deleted', async () => {
    const { Group } = await ram('CreateGroup', { GroupName: 'readers', Comments: 'first' });
    expect(Group).toMatchObject({ GroupName: 'readers', Comments: 'first', GroupId: expect.stringMatching(/^g-/) });
    await ram('UpdateGroup', { GroupName: 'Readers', NewComments: 'second' });
    expect((await ram('GetGroup', { GroupName: 'READERS' })).Group).toMatchObject({
      GroupId: Group.GroupId,
      GroupName: 'readers',
      Comments: 'second',
    });
    await ram('CreateGroup', { GroupName: 'writers' });
    const first = await ram('ListGroups', { MaxItems: 1 });
    expect(first).toMatchObject({ Groups: { Group: [{ GroupName: 'readers' }] }, IsTruncated: true });
    expect((await ram('ListGroups', { Marker: first.Marker })).Groups.Group).toMatchObject([{ GroupName: 'writers' }]);
    await ram('DeleteGroup', { GroupName: 'writers' });
    await expect(ram('GetGroup', { GroupName: 'writers' })).rejects.toMatchObject({
      code: 'EntityNotExist.Group',
      data: { statusCode: 404 },
    });
  });

  it('have a user of theirs in up to 50', async () => {
    const { ram: model } = server.account;
    await ram('CreateUser', { UserName: 'everywhere' });
    const names = Array.from({ length: 51 }, (_, at) => `many-${at}`);
    names.forEach((groupName) => model.groups.create(groupName));
    const add = (GroupName: string) => ram('AddUserToGroup', { GroupName, UserName: 'everywhere' });
    for (const name of names.slice(0, 50)) {
      await add(name);
    }
    await expect(add(names[50])).rejects.toMatchObject({
      code: 'LimitExceeded.User.Group',
      data: { statusCode: 409 },
    });
    await ram('RemoveUserFromGroup', { GroupName: names[0], UserName: 'everywhere' });
    await add(names[50]);
    await expect(ram('RemoveUserFromGroup', { GroupName: names[0], UserName: 'everywhere' })).rejects.toMatchObject({
      code: 'EntityNotExist.User.Group',
    });
    for (const name of names) {
      await ram('RemoveUserFromGroup', { GroupName: name, UserName: 'everywhere' }).catch(() => undefined);
      await ram('DeleteGroup', { GroupName: name });
    }
    await ram('DeleteUser', { UserName: 'everywhere' });
  });

  it('give their policies to their users, whose own Deny and theirs win', async () => {
    await ram('CreateUser', { UserName: 'member' });
    await ram('CreateGroup', { GroupName: 'listers' });
    const { AccessKey } = await ram('CreateAccessKey', { UserName: 'member' });
    const client = new RpcClient(server.endpoint, {
      accessKeyId: AccessKey.AccessKeyId,
      accessKeySecret: AccessKey.AccessKeySecret,
    });
    const outcome = () =>
      client.call('ram', 'ListUsers').then(
        () => 'allowed',
        ({ code }: { code: string }) => code,
      );
    const allow = await policy('list-users', 'Allow', ['ram:ListUsers']);
    const deny = await policy('no-lists', 'Deny', ['ram:List*']);

    await ram('AttachPolicyToGroup', { ...allow, GroupName: 'listers' });
    expect(await outcome()).toBe('NoPermission');
    await ram('AddUserToGroup', { GroupName: 'listers', UserName: 'member' });
    expect(await outcome()).toBe('allowed');
    await ram('AttachPolicyToUser', { ...deny, UserName: 'member' });
    expect(await outcome()).toBe('NoPermission');
    await ram('DetachPolicyFromUser', { ...deny, UserName: 'member' });
    await ram('UpdateUser', { UserName: 'member', NewUserName: 'renamed' });
    await ram('UpdateGroup', { GroupName: 'listers', NewGroupName: 'list-all' });
    expect(await outcome()).toBe('allowed');
    expect((await ram('ListUsersForGroup', { GroupName: 'list-all' })).Users.User).toMatchObject([
      { UserName: 'renamed', JoinDate: expect.any(String) },
    ]);
    expect((await ram('ListGroupsForUser', { UserName: 'renamed' })).Groups.Group).toMatchObject([
      { GroupName: 'list-all' },
    ]);
    expect((await ram('ListEntitiesForPolicy', allow)).Groups.Group).toMatchObject([{ GroupName: 'list-all' }]);
    expect((await ram('ListPoliciesForGroup', { GroupName: 'list-all' })).Policies.Policy).toMatchObject([
      { PolicyName: 'list-users' },
    ]);

    for (const [action, parameters, code] of [
      ['DeleteGroup', { GroupName: 'list-all' }, 'DeleteConflict.Group.User'],
      ['DeletePolicy', { PolicyName: 'list-users' }, 'DeleteConflict.Policy.Group'],
      ['AddUserToGroup', { GroupName: 'list-all', UserName: 'renamed' }, 'EntityAlreadyExists.User.Group'],
      ['AttachPolicyToGroup', { ...allow, GroupName: 'list-all' }, 'EntityAlreadyExists.Group.Policy'],
    ] as const) {
      await expect(ram(action, parameters), action).rejects.toMatchObject({ code, data: { statusCode: 409 } });
    }
    await ram('DeleteAccessKey', { UserName: 'renamed', UserAccessKeyId: AccessKey.AccessKeyId });
    await expect(ram('DeleteUser', { UserName: 'renamed' })).rejects.toMatchObject({
      code: 'DeleteConflict.User.Group',
    });
    await ram('RemoveUserFromGroup', { GroupName: 'list-all', UserName: 'renamed' });
    await expect(ram('DeleteGroup', { GroupName: 'list-all' })).rejects.toMatchObject({
      code: 'DeleteConflict.Group.Policy',
    });
    await ram('DetachPolicyFromGroup', { ...allow, GroupName: 'list-all' });
    await ram('DeleteGroup', { GroupName: 'list-all' });
    await ram('DeleteUser', { UserName: 'renamed' });
  });

  it.each([
    ['EntityAlreadyExists.Group', 'CreateGroup', { GroupName: 'READERS' }],
    ['InvalidParameter.GroupName.InvalidChars', 'CreateGroup', { GroupName: 'a b' }],
    ['EntityNotExist.Group', 'AddUserToGroup', { GroupName: 'none', UserName: 'none' }],
    ['EntityNotExist.User', 'AddUserToGroup', { GroupName: 'readers', UserName: 'none' }],
    ['EntityNotExist.Group', 'AttachPolicyToGroup', { GroupName: 'none', PolicyType: 'System', PolicyName: 'x' }],
  ])('answer %s to %s %o', async (code, action, parameters) => {
    await ram('CreateGroup', { GroupName: 'readers' }).catch(() => undefined);
    await expect(ram(action, parameters)).rejects.toMatchObject({ code });
  });
});

describe('attaching', () => {
  it('needs permission on the user and on the policy', async () => {
    await ram('CreateUser', { UserName: 'admin' });
    const { AccessKey } = await ram('CreateAccessKey', { UserName: 'admin' });
    const client = new RpcClient(server.endpoint, {
      accessKeyId: AccessKey.AccessKeyId,
      accessKeySecret: AccessKey.AccessKeySecret,
    });
    const target = { PolicyType: 'System', PolicyName: 'AliyunOSSReadOnlyAccess', UserName: 'admin' };
    const grant = async (name: string, resources: string[]) => {
      const document = {
        Version: '1',
        Statement: [{ Effect: 'Allow', Action: 'ram:AttachPolicyToUser', Resource: resources }],
      };
      await ram('CreatePolicy', { PolicyName: name, PolicyDocument: JSON.stringify(document) });
      await ram('AttachPolicyToUser', { PolicyType: 'Custom', PolicyName: name, UserName: 'admin' });
    };
    await grant('on-user', ['acs:ram:*:*:user/admin']);
    await expect(client.call('ram', 'AttachPolicyToUser', target)).rejects.toMatchObject({
      code: 'NoPermission',
      message: expect.stringContaining('acs:ram::system:policy/AliyunOSSReadOnlyAccess'),
    });
    await grant('on-policy', ['acs:ram:*:system:policy/AliyunOSSReadOnlyAccess']);
    await client.call('ram', 'AttachPolicyToUser', target);
  });
});
