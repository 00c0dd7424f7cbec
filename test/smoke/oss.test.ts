import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { addressOfRequest, askOss, type OssRequest } from '../../lib/smoke/oss';

describe('the address of a request', () => {
  const region = 'cn-hangzhou';
  const local = { OSS_ENDPOINT: '127.0.0.1:8900' };
  it.each([
    [{ region, env: {} }, 'https://oss-cn-hangzhou.aliyuncs.com/'],
    [{ region, env: local }, 'http://127.0.0.1:8900/'],
    [{ region, bucket: 'b', key: 'a b/ü?#', env: {} }, 'https://b.oss-cn-hangzhou.aliyuncs.com/a%20b/%C3%BC%3F%23'],
    [{ region, bucket: 'b', key: 'a/c', env: local }, 'http://127.0.0.1:8900/b/a/c'],
    [{ region, bucket: 'b', key: 'a', env: { OSS_ENDPOINT: 'localhost:1' } }, 'http://b.localhost:1/a'],
    [{ region, bucket: 'b', env: local }, 'http://127.0.0.1:8900/b/'],
  ])('%j', (request, url) => {
    expect(addressOfRequest(request).href).toBe(url);
  });
});

describe('an answer', () => {
  let server: Server;
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function ask(listener: Parameters<typeof createServer>[1], changes: Partial<OssRequest> = {}) {
    server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return askOss({
      method: 'GET',
      region: 'cn-hangzhou',
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
      env: { OSS_ENDPOINT: `127.0.0.1:${(server.address() as AddressInfo).port}` },
      signal: new AbortController().signal,
      ...changes,
    });
  }

  it('tells status, code and length', async () => {
    const answer = await ask((_, response) => {
      response.writeHead(403, { 'content-length': 25 }).end('<Code>AccessDenied</Code>');
    });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied', contentLength: 25 });
  });

  it('tells no code and no length where there is none', async () => {
    const answer = await ask((_, response) => {
      response.write('<Result/>');
      response.end();
    });
    expect(answer).toEqual({
      status: 200,
      told: 'HTTP 200',
      code: undefined,
      contentLength: undefined,
      body: '<Result/>',
    });
  });

  it('is read no further than one can be long', async () => {
    const endless = ask((_, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(100_000)));
        response.once('drain', more);
      };
      more();
    });
    await expect(endless).rejects.toThrow('expected an answer of at most 1048576 bytes, got more');
  });

  it('comes over TLS where the endpoint says so', async () => {
    const plain = createTcpServer();
    const greeted = new Promise<number>((resolve) => {
      plain.on('connection', (socket) => {
        socket.on('error', () => undefined).once('data', (bytes) => resolve(bytes[0]));
        socket.once('data', () => socket.destroy());
      });
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const env = { OSS_ENDPOINT: `https://127.0.0.1:${(plain.address() as AddressInfo).port}` };
    await expect(ask(() => undefined, { env })).rejects.toThrow();
    // A handshake.
    expect(await greeted).toBe(0x16);
    plain.close();
  });

  it('is not waited for beyond an abort', async () => {
    await expect(ask(() => undefined, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });

  it('that breaks off is an error', async () => {
    const broken = ask((_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('x');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(broken).rejects.toThrow(/aborted|reset/i);
  });
});
