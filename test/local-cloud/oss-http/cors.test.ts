import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
  const { oss } = server.account;
  oss.createBucket('cn-hangzhou', { name: 'shared' });
  oss.createBucket('cn-hangzhou', { name: 'closed' });
  oss.updateBucket('shared', {
    corsRules: [
      {
        allowedOrigins: ['https://*.example.com'],
        allowedMethods: ['GET', 'PUT'],
        allowedHeaders: ['x-oss-*', 'Content-Type'],
        exposeHeaders: ['ETag'],
        maxAgeSeconds: 60,
      },
      { allowedOrigins: ['*'], allowedMethods: ['HEAD'], allowedHeaders: [], exposeHeaders: [] },
    ],
  });
  oss.putObject('shared', 'k', Buffer.from('content'));
});
afterAll(() => server.stop());

const ask = (path: string, origin: string, method: string, headers?: string) =>
  rawRequest(server.port, {
    method: 'OPTIONS',
    target: path,
    headers: {
      ...(origin && { origin }),
      ...(method && { 'access-control-request-method': method }),
      ...(headers !== undefined && { 'access-control-request-headers': headers }),
    },
  });

describe('a preflight', () => {
  it('is answered from the rule that allows it, unsigned, whatever sub-resource is asked about', async () => {
    for (const target of [
      '/shared/k',
      '/shared/k?OSSAccessKeyId=x&Expires=1&Signature=y',
      '/shared/k?uploadId=x&partNumber=1',
      '/shared?lifecycle',
    ]) {
      const response = await ask(target, 'https://www.example.com', 'PUT', 'X-Oss-Date, content-type');
      expect(response.status).toBe(200);
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': 'https://www.example.com',
        'access-control-allow-methods': 'GET, PUT',
        'access-control-allow-headers': 'X-Oss-Date, content-type',
        'access-control-expose-headers': 'ETag',
        'access-control-max-age': '60',
        vary: 'Origin',
      });
    }
    expect((await ask('/shared/k', 'https://any.org', 'HEAD')).headers['access-control-allow-origin']).toBe('*');
  });

  it.each([
    ['/shared/k', 'https://other.org', 'PUT', undefined, 403, 'AccessForbidden'],
    ['/shared/k', 'https://www.example.com', 'DELETE', undefined, 403, 'AccessForbidden'],
    ['/shared/k', 'https://www.example.com', 'PUT', 'authorization', 403, 'AccessForbidden'],
    ['/closed/k', 'https://www.example.com', 'PUT', undefined, 403, 'AccessForbidden'],
    ['/shared/k', '', 'PUT', undefined, 400, 'BadRequest'],
    ['/shared/k', 'https://www.example.com', '', undefined, 400, 'BadRequest'],
    ['/nobody/k', 'https://www.example.com', 'PUT', undefined, 404, 'NoSuchBucket'],
  ])('of %s from %s for %s %s is refused', async (path, origin, method, headers, status, code) => {
    const response = await ask(path, origin, method, headers);
    expect(response.status).toBe(status);
    expect(response.text).toContain(`<Code>${code}</Code>`);
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

it('tells a browser what it may read, of an error too', async () => {
  const headers = { origin: 'https://www.example.com' };
  for (const path of ['shared/k', 'shared/absent']) {
    const { headers: answered } = await ossRequest(server, { path, headers });
    expect(answered['access-control-allow-origin']).toBe('https://www.example.com');
    expect(answered['access-control-expose-headers']).toBe('ETag');
  }
  const other = await ossRequest(server, { path: 'shared/k', headers: { origin: 'https://other.org' } });
  expect(other.status).toBe(200);
  expect(other.headers).not.toHaveProperty('access-control-allow-origin');
});
