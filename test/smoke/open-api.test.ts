import OpenApiUtil from '@alicloud/openapi-util';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { callAction, type CallContext, type Service } from '../../lib/smoke/diagnosis/open-api';
import { codeOf } from '../../lib/smoke/failure';

type ClientRequest = Parameters<typeof OpenApiUtil.getAuthorization>[0];

const RAM: Service = { name: 'RAM', version: '2015-05-01', host: (region) => `ram.${region}.example` };
const KEYS = { accessKeyId: 'an-id', accessKeySecret: 'a-secret' };

let server: Server;
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function call(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  parameters: Readonly<Record<string, string>> = {},
  changes: Partial<CallContext> = {},
): Promise<unknown> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = { RAM_ENDPOINT: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  const signal = new AbortController().signal;
  return callAction(RAM, 'GetRole', parameters, { region: 'cn-hangzhou', credentials: KEYS, env, signal, ...changes });
}

it.each([
  [{}, KEYS],
  [{ RoleName: 'n' }, { ...KEYS, securityToken: 'a-token' }],
  [{ b: 'a b+c*d~e!f(g)h/i%j=k&ü😀', A: "it's", A1: '', 'a-': '1', Aa: '2' }, KEYS],
])("signs %j as Alibaba Cloud's own client does", async (parameters, credentials) => {
  let request: IncomingMessage;
  await call((given, response) => ((request = given), response.end('{}')), parameters, { credentials });
  const { method, headers } = request!;
  const url = new URL(request!.url!, 'http://it');
  expect([method, url.pathname]).toEqual(['POST', '/']);
  expect(Object.fromEntries(url.searchParams)).toEqual(parameters);
  expect(headers).toMatchObject({
    'x-acs-action': 'GetRole',
    'x-acs-version': '2015-05-01',
    accept: 'application/json',
  });
  expect(headers['x-acs-security-token']).toBe('securityToken' in credentials ? credentials.securityToken : undefined);
  expect(Math.abs(Date.parse(headers['x-acs-date'] as string) - Date.now())).toBeLessThan(60_000);
  expect(headers['x-acs-date']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

  const same = { method, pathname: '/', query: parameters, headers } as unknown as ClientRequest;
  const hash = headers['x-acs-content-sha256'] as string;
  // Of a body without anything in it.
  expect(hash).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const { accessKeyId, accessKeySecret } = credentials;
  expect(headers.authorization).toBe(
    OpenApiUtil.getAuthorization(same, 'ACS3-HMAC-SHA256', hash, accessKeyId, accessKeySecret),
  );
});

it('never signs two calls alike', async () => {
  const nonces = new Set<unknown>();
  for (let count = 0; count < 2; count++) {
    await call((request, response) => (nonces.add(request.headers['x-acs-signature-nonce']), response.end('{}')));
    server.close();
  }
  expect(nonces.size).toBe(2);
});

it('gives what the service answers', async () => {
  expect(await call((_, response) => response.end('{"Role":{"RoleName":"n"}}'))).toEqual({ Role: { RoleName: 'n' } });
});

it.each([
  [404, '{"Code":"EntityNotExist.Role","Message":"no role"}', 'EntityNotExist.Role', 'no role'],
  [400, '{"Code":5,"Message":null}', undefined, 'the service answered with HTTP 400'],
  [502, '<html>Bad Gateway</html>', undefined, 'the service answered with HTTP 502'],
  [500, 'null', undefined, 'the service answered with HTTP 500'],
])('rejects with what the service says: %d %s', async (status, body, code, message) => {
  const error = await call((_, response) => response.writeHead(status).end(body)).catch((thrown: unknown) => thrown);
  expect(codeOf(error)).toBe(code);
  expect((error as Error).message).toBe(message);
});

it('takes no page for an answer', async () => {
  await expect(call((_, response) => response.end('<html>log in</html>'))).rejects.toThrow(
    'expected JSON, got something else',
  );
});
