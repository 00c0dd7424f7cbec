import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type OSS from 'ali-oss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../run-node';
import { startHttpServer, type StartedHttpServer } from '../../local-cloud/server/started-http-server';
import { CHROMIUM, startBrowser } from '../console/chromium';

const ALI_OSS = fs.readFileSync(path.join(ROOT, 'node_modules/ali-oss/dist/aliyun-oss-sdk.min.js'), 'utf8');

describe.skipIf(!CHROMIUM)('in Chromium (skipped without it), a page of another origin', () => {
  let server: StartedHttpServer;
  let site: http.Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await startHttpServer();
    site = http.createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>site</title>');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    server.account.oss.createBucket('cn-hangzhou', { name: 'open' });
    server.account.oss.createBucket('cn-hangzhou', { name: 'closed' });
    server.account.oss.updateBucket('open', {
      corsRules: [
        {
          allowedOrigins: [origin],
          allowedMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
          allowedHeaders: ['*'],
          exposeHeaders: ['etag', 'x-oss-request-id'],
        },
      ],
    });
    browser = await startBrowser();
    page = await browser.newPage();
    await page.goto(origin);
    await page.addScriptTag({ content: ALI_OSS });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await server?.stop();
  });

  const options = (rest: object) => {
    const { accessKeyId, accessKeySecret } = server.account.identity;
    const usual = {
      accessKeyId,
      accessKeySecret,
      bucket: 'open',
      region: 'oss-cn-hangzhou',
      refreshSTSTokenInterval: 0,
    };
    return { ...usual, ...rest };
  };
  it.each([
    ['a bucket in the host', { host: 'localhost' }],
    ['a bucket in the path', { host: 'localhost', sldEnable: true }],
    ['signature version 4', { host: 'localhost', sldEnable: true, authorizationV4: true }],
  ])('works with ali-oss and %s', async (_name, { host, ...rest }) => {
    const given = options({ endpoint: `http://${host}:${server.port}`, ...rest });
    const result = await page.evaluate(async (own) => {
      const client = new (globalThis as unknown as { OSS: typeof OSS }).OSS(own);
      const out: Record<string, unknown> = {};
      const key = 'ü a+b.txt';
      await client.put(key, new Blob(['hello']));
      out.read = (await client.get(key)).content.toString();
      out.listed = (await client.listV2({ prefix: 'ü' })).objects.map(({ name }) => name);
      const up = await client.multipartUpload('large', new Blob([new Uint8Array(300 * 1024)]), {
        partSize: 100 * 1024,
      });
      out.large = up.res.status;
      await client.copy('copy of +', key);
      out.head = (await client.head('copy of +')).status;
      const url = client.signatureUrl('put here', { method: 'PUT', 'Content-Type': 'text/plain' });
      const put = await fetch(url, { method: 'PUT', body: 'signed', headers: { 'Content-Type': 'text/plain' } });
      out.put = [put.status, put.headers.get('etag') !== null];
      const got = await fetch(client.signatureUrl('put here'));
      out.got = await got.text();
      const v4 = await client.signatureUrlV4('GET', 60, { headers: {}, queries: {} }, 'put here');
      out.v4 = await (await fetch(v4)).text();
      await client.deleteMulti([key, 'copy of +']);
      return out;
    }, given as never);
    expect(result).toEqual({
      read: 'hello',
      listed: ['ü a+b.txt'],
      large: 200,
      head: 200,
      put: [200, true],
      got: 'signed',
      v4: 'signed',
    });
  });

  it('is kept from a bucket without a rule for it', async () => {
    const closed = await page.evaluate(
      (target) => fetch(target).catch((error: Error) => error.name),
      `http://localhost:${server.port}/closed/key`,
    );
    expect(closed).toBe('TypeError');
  });

  it('is told by name that forms are not taken', async () => {
    const url = `http://localhost:${server.port}/open`;
    const result = await page.evaluate(async (target) => {
      const form = new FormData();
      form.append('key', 'k');
      form.append('file', new Blob(['x']));
      const answer = await fetch(target, { method: 'POST', body: form });
      return [answer.status, await answer.text()];
    }, url);
    expect(result).toEqual([501, expect.stringContaining('does not serve PostObject')]);
  });
});
