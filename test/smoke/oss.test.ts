import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { addressOfRequest, askOss, type OssRequest } from '../../lib/smoke/oss';

describe('the address of a request', () => {
  const region = 'cn-hangzhou';
  const served = { OSS_ENDPOINT: '127.0.0.1:8900' };
  it.each([
    [{ region, env: {} }, 'https://oss-cn-hangzhou.aliyuncs.com/'],
    [{ region, env: served }, 'http://127.0.0.1:8900/'],
    [{ region, bucket: 'b', key: 'a b/ü?#', env: {} }, 'https://b.oss-cn-hangzhou.aliyuncs.com/a%20b/%C3%BC%3F%23'],
    [{ region, bucket: 'b', key: 'a/c', env: served }, 'http://127.0.0.1:8900/b/a/c'],
    [{ region, bucket: 'b', key: 'a', env: { OSS_ENDPOINT: 'localhost:1' } }, 'http://b.localhost:1/a'],
    [{ region, bucket: 'b', env: served }, 'http://127.0.0.1:8900/b/'],
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
    server = createServer(listener!);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return askOss({
      method: 'GET',
      region: 'cn-hangzhou',
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
      env: { OSS_ENDPOINT: `127.0.0.1:${(server.address() as AddressInfo).port}` },
      millis: 10_000,
      signal: new AbortController().signal,
      ...changes,
    });
  }

  it('tells status, code and length', async () => {
    const answer = await ask((_, response) => {
      response.writeHead(403, { 'content-length': 25 }).end('<Code>AccessDenied</Code>');
    });
    expect(answer).toEqual({ status: 403, code: 'AccessDenied', contentLength: 25 });
  });

  it('tells no code and no length where there is none', async () => {
    const answer = await ask((_, response) => {
      response.write('<Result/>');
      response.end();
    });
    expect(answer).toEqual({ status: 200, code: undefined, contentLength: undefined });
  });

  it('is read no further than an error can be long', async () => {
    const answer = await ask((_, response) => {
      response.write('x'.repeat(10_000_000));
      response.end('<Code>Late</Code>');
    });
    expect(answer.code).toBeUndefined();
  });

  it('is not waited for without end, or beyond an abort', async () => {
    await expect(ask(() => undefined, { millis: 50 })).rejects.toThrow('no answer within 50ms');
    server.closeAllConnections();
    server.close();
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
