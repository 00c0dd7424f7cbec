import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** A call whose parameters all stand in the form, as Alibaba's older clients write one. */
function signedForm(parameters: Record<string, string>): string {
  const { accessKeyId, accessKeySecret } = server.account.identity;
  const all: Record<string, string> = {
    ...parameters,
    AccessKeyId: accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: String(Math.random()),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
  };
  const canonical = Object.keys(all)
    .sort()
    .map((name) => `${encode(name)}=${encode(all[name])}`)
    .join('&');
  const signature = createHmac('sha1', `${accessKeySecret}&`)
    .update(`POST&${encode('/')}&${encode(canonical)}`)
    .digest('base64');
  return `${canonical}&Signature=${encode(signature)}`;
}

const post = (body: string) =>
  rawRequest(server.port, {
    method: 'POST',
    target: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' },
    body,
  });

it('takes a call whose action stands in the form of a POST to the bare address', async () => {
  const response = await post(
    signedForm({ Action: 'CreateUser', Version: '2015-05-01', Format: 'json', UserName: 'from-form' }),
  );
  expect(JSON.parse(response.text)).toMatchObject({ User: { UserName: 'from-form' } });
  expect(server.account.ram.getUser('from-form').userName).toBe('from-form');
});

it.each([
  ['', 'InvalidVersion'],
  ['Action=GetUser&Version=2015-05-01', 'MissingParameter'],
])('answers the form %j with an error of OpenAPI: %s', async (body, code) => {
  const response = await post(body);
  expect(response).toMatchObject({ status: 400, text: expect.stringContaining(`<Code>${code}</Code>`) });
});
