import * as net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorityOf } from '../../../lib/local-cloud/http/host';
import { rawRequest } from './raw-request';
import { startHttpServer, type StartedHttpServer } from './started-http-server';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());

describe('hosts that are served', () => {
  it.each([
    ['127.0.0.1:80', { kind: 'loopback' }],
    ['localhost', { kind: 'loopback' }],
    ['data-1.127.0.0.1:8900', { kind: 'loopback', bucket: 'data-1' }],
    ['data-1.localhost:8900', { kind: 'loopback', bucket: 'data-1' }],
  ])('%s', (host, expected) => {
    expect(authorityOf(host, false)).toEqual(expected);
  });

  it.each([
    ['oss-cn-hangzhou.aliyuncs.com', { service: 'oss', region: 'cn-hangzhou' }],
    ['.oss-cn-hangzhou.aliyuncs.com', { service: 'oss', region: 'cn-hangzhou' }],
    ['data-1.oss-cn-beijing-internal.aliyuncs.com:80', { service: 'oss', region: 'cn-beijing', bucket: 'data-1' }],
    ['ons.cn-shanghai.aliyuncs.com', { service: 'ons', region: 'cn-shanghai' }],
    ['mns-open.cn-shanghai.aliyuncs.com', { service: 'mns-open', region: 'cn-shanghai' }],
    ['ram.aliyuncs.com', { service: 'ram' }],
    ['business.aliyuncs.com', { service: 'business' }],
    ['oss-admin.aliyuncs.com', { service: 'oss-admin' }],
    ['1234567890123456.mqrest.cn-hangzhou-internal.aliyuncs.com', { service: 'mqrest', region: 'cn-hangzhou' }],
    ['1234567890123456.mns.cn-hangzhou.aliyuncs.com', { service: 'mns', region: 'cn-hangzhou' }],
  ])('%s through the proxy', (host, expected) => {
    expect(authorityOf(host, true)).toMatchObject({ kind: 'alibaba', ...expected });
    // Clients of OSS name its hosts whatever address they connect to; no page can have such a name.
    const withoutProxy = 'service' in expected && expected.service === 'oss';
    expect(authorityOf(host, false)).toEqual(withoutProxy ? authorityOf(host, true) : undefined);
  });
});

describe('hosts that are refused', () => {
  const names = [
    'attacker.example',
    '127.0.0.1.attacker.example',
    'localhost.attacker.example',
    'aliyuncs.com.attacker.example',
    'notaliyuncs.com',
    'aliyuncs.com',
    '127.0.0.2',
    '10.0.0.1:80',
    '[::1]:80',
    'a..localhost',
    '.localhost',
    '.ram.aliyuncs.com.attacker.example',
    '..oss-cn-hangzhou.aliyuncs.com',
    'oss-cn-hangzhou.aliyuncs.com.attacker.example',
    'oss-attacker.aliyuncs.example',
  ];

  it.each(names)('%s in a request to the server', async (host) => {
    const response = await rawRequest(server.port, { headers: { host }, target: '/_local/health' });
    expect(response.status).toBe(403);
    expect(response.text).toContain('HostRefused');
  });

  it.each(names)('%s in a request to the proxy', async (host) => {
    const response = await rawRequest(server.port, { target: `http://${host}/` });
    expect(response.status).toBe(403);
  });

  it.each([
    ['OSS', { authorization: 'OSS key:signature' }, '/bucket', /^<\?xml.*<Error><Code>HostRefused<\/Code>/s],
    ['nobody in particular', {}, '/', /<Code>HostRefused<\/Code>/],
    ['OpenAPI', {}, '/?Action=GetRole', /^{"Code":"HostRefused"/],
    ['OpenAPI', { authorization: 'ACS3-HMAC-SHA256 x' }, '/', /^{"Code":"HostRefused"/],
  ])('in the words of %s', async (_service, headers, target, expected) => {
    const response = await rawRequest(server.port, { headers: { host: 'attacker.example', ...headers }, target });
    expect(response.text).toMatch(expected);
  });

  it('an endpoint whose scheme an SDK took for a part of the host, with advice', async () => {
    const host = `http://127.0.0.1:${server.port}`;
    const { status, text } = await rawRequest(server.port, { headers: { host }, target: '/?Action=GetRole' });
    expect(status).toBe(403);
    expect(text).toContain('expected host and port as the endpoint of this SDK, without http://');
  });

  it('none at all', async () => {
    expect(await exchangeRaw('GET /_local/health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403/);
  });

  it('a tunnel, an address with a scheme of its own and one that is no address', async () => {
    const answer = await exchangeRaw('CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\nHost: ram.aliyuncs.com:443\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 403 .*ALICLOUD_LOCAL/);
    for (const target of ['https://ram.aliyuncs.com/', 'ftp://127.0.0.1/', '*']) {
      expect((await rawRequest(server.port, { method: 'OPTIONS', target })).status, target).toBe(400);
    }
  });
});

describe('requests that are not HTTP', () => {
  it.each([
    ['noise', '\u0000\u0001\u0002\r\n\r\n'],
    ['a header that is too large', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(64 * 1024)}\r\n\r\n`],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ])('%s ends with 400 and leaves the server open', async (_label, bytes) => {
    expect(await exchangeRaw(bytes)).toMatch(/^HTTP\/1\.1 400/);
    expect((await rawRequest(server.port, { target: '/_local/health' })).status).toBe(200);
  });

  it('a body that breaks off leaves the server open', async () => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /?Action=GetRole HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc');
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    expect((await rawRequest(server.port, { target: '/_local/health' })).status).toBe(200);
  });

  it('a target and a form beyond the limits are refused', async () => {
    expect((await rawRequest(server.port, { target: `/${'a'.repeat(20_000)}` })).status).toBe(414);
    const body = 'a'.repeat(2 << 20);
    const response = await rawRequest(server.port, { method: 'POST', target: '/?Action=GetRole', body });
    expect({ status: response.status, text: response.text }).toMatchObject({
      status: 413,
      text: expect.stringContaining('RequestEntityTooLarge'),
    });
  });
});

function exchangeRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)));
    socket.on('close', () => resolve(text));
  });
}

it.each([
  ['alicloud-local:4600', true],
  ['172.17.0.2:4600', true],
  ['[fd00::2]:4600', true],
  ['evil.example:4600', false],
  ['bucket.evil.example', false],
  ['alicloud-local.', false],
])('where more than loopback is listened on, %s is served: %s', (host, isServed) => {
  expect(authorityOf(host, false, true)).toEqual(isServed ? { kind: 'loopback' } : undefined);
  expect(authorityOf(host, false)).toBeUndefined();
});
