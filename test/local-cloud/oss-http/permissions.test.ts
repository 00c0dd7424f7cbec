import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;
let users = 0;

beforeAll(async () => {
  server = await startHttpServer();
  server.account.oss.createBucket(REGION, { name: 'shared' });
  server.account.oss.updateBucket('shared', { versioning: 'Enabled' });
});
afterAll(() => server.stop());

type Statement = readonly [effect: 'Allow' | 'Deny', actions: string | string[], resources: string | string[]];
type Ask = (request: Parameters<typeof ossRequest>[1]) => Promise<number>;

/** Requests of a new user with these permissions; each answers with a status. */
function userWith(...statements: Statement[]): Ask {
  const { ram } = server.account;
  const name = `user-${(users += 1)}`;
  const Statement = statements.map(([Effect, Action, Resource]) => ({ Effect, Action, Resource }));
  ram.createUser({ userName: name });
  ram.createPolicy({ policyName: name, document: JSON.stringify({ Version: '1', Statement }) });
  ram.attachPolicy('user', name, 'Custom', name);
  const key = ram.accessKeys.create(name);
  return (request) => ossRequest(server, request, key).then(({ status }) => status);
}

/** Makes an object of two versions; returns the id of the first. */
async function twoVersions(name: string): Promise<string> {
  const path = `shared/${name}`;
  const { headers } = await ossRequest(server, { method: 'PUT', path, body: '1' });
  await ossRequest(server, { method: 'PUT', path, body: '2' });
  return String(headers['x-oss-version-id']);
}

const EVERYTHING = 'acs:oss:*:*:shared/*';

describe('a user', () => {
  it.each([
    ['GET', {}, 'GetObject', 200],
    ['HEAD', {}, 'GetObject', 200],
    ['GET', { acl: '' }, 'GetObjectAcl', 200],
    ['GET', { tagging: '' }, 'GetObjectTagging', 200],
    ['DELETE', { tagging: '' }, 'DeleteObjectTagging', 204],
    ['DELETE', {}, 'DeleteObject', 204],
  ])('needs another action for a version that is named: %s %j, %s', async (method, query, action, status) => {
    const versionId = await twoVersions('versioned');
    const path = 'shared/versioned';
    const ofVersion = action.replace('Object', 'ObjectVersion');
    const ask = userWith(['Allow', `oss:${ofVersion}`, EVERYTHING]);
    expect(await ask({ method, path, query })).toBe(403);
    expect(await ask({ method, path, query: { ...query, versionId } })).toBe(status);
  });

  it('that may do it to the current version only may not do it to a version', async () => {
    const versionId = await twoVersions('current');
    const ask = userWith(['Allow', ['oss:GetObject', 'oss:PutObject', 'oss:DeleteObject'], EVERYTHING]);
    const path = 'shared/current';
    expect(await ask({ method: 'GET', path })).toBe(200);
    expect(await ask({ method: 'GET', path, query: { versionId } })).toBe(403);
    const copy = (source: string) =>
      ask({ method: 'PUT', path: 'shared/copy', headers: { 'x-oss-copy-source': `/shared/current${source}` } });
    expect([await copy(''), await copy(`?versionId=${versionId}`)]).toEqual([200, 403]);
    const body = `<Delete><Object><Key>current</Key><VersionId>${versionId}</VersionId></Object></Delete>`;
    expect(await ask({ method: 'POST', path: 'shared', query: { delete: '' }, body })).toBe(403);
  });

  it('deletes several objects when each of them may be deleted, and otherwise none', async () => {
    const { oss } = server.account;
    const keys = ['mine/a', 'mine/b', 'kept/c'];
    for (const name of keys) {
      await ossRequest(server, { method: 'PUT', path: `shared/${name}`, body: 'x' });
    }
    const deleteAll = (ask: Ask, ...names: string[]) =>
      ask({
        method: 'POST',
        path: 'shared',
        query: { delete: '' },
        body: `<Delete>${names.map((name) => `<Object><Key>${name}</Key></Object>`).join('')}</Delete>`,
      });
    const kept = userWith(['Allow', 'oss:*', '*'], ['Deny', 'oss:DeleteObject', 'acs:oss:*:*:shared/kept/*']);
    expect(await deleteAll(kept, ...keys)).toBe(403);
    expect(oss.findVersion('shared', 'mine/a')).toBeDefined();
    expect(await deleteAll(kept, 'mine/a')).toBe(200);
    const mine = userWith(['Allow', 'oss:DeleteObject', 'acs:oss:*:*:shared/mine/*']);
    expect([await deleteAll(mine, 'mine/b'), await deleteAll(mine, 'kept/c')]).toEqual([200, 403]);
  });

  it('needs another action to give tags to what it stores', async () => {
    const tagged = { method: 'PUT', path: 'shared/tagged', headers: { 'x-oss-tagging': 'a=b' }, body: 'x' };
    expect(await userWith(['Allow', 'oss:PutObject', EVERYTHING])(tagged)).toBe(403);
    expect(await userWith(['Allow', ['oss:PutObject', 'oss:PutObjectTagging'], EVERYTHING])(tagged)).toBe(200);
  });
});

it.each(['x-oss-metadata-directive', 'x-oss-tagging-directive'])('a copy takes COPY or REPLACE as %s', async (name) => {
  await ossRequest(server, { method: 'PUT', path: 'shared/source', body: 'x' });
  const copy = (value: string) =>
    ossRequest(server, {
      method: 'PUT',
      path: 'shared/target',
      headers: { 'x-oss-copy-source': '/shared/source', [name]: value },
    });
  expect([(await copy('copy')).status, (await copy('Replace')).status]).toEqual([200, 200]);
  expect(await copy('KEEP')).toMatchObject({ status: 400, code: 'InvalidArgument' });
});
