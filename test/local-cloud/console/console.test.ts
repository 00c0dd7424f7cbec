import * as fs from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';

/** Chromium, where systems install it. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file));
const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>"'&`;
const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x"]}}]}';

let server: StartedHttpServer;
let msgId: string;

beforeAll(async () => {
  server = await startHttpServer();
  const { ram, ons, oss, mns } = server.account;
  ram.createRole({ roleName: 'seen', assumeRolePolicyDocument: TRUST, description: HOSTILE });
  ram.attachPolicy('role', 'seen', 'System', 'AliyunMQFullAccess');
  const { instanceId } = ons.createInstance('cn-hangzhou', { instanceName: 'seen-instance', remark: HOSTILE });
  ons.createTopic('cn-hangzhou', { instanceId, topic: 'receipts', messageType: 0, remark: HOSTILE });
  ons.createGroup('cn-hangzhou', { instanceId, groupId: 'GID_seen', groupType: 'tcp' });
  ({ msgId } = ons.sendMessage('cn-hangzhou', {
    instanceId,
    topic: 'receipts',
    body: HOSTILE,
    producerId: 'GID_seen',
  }));
  mns.createQueue('cn-shanghai', { queueName: 'seen-queue' });
  mns.sendMessage('cn-shanghai', 'seen-queue', HOSTILE);
  mns.sendMessage('cn-shanghai', 'seen-queue', Buffer.from('读得懂 <b>').toString('base64'));
  oss.createBucket('cn-hangzhou', { name: 'seen-bucket', acl: 'public-read' });
  oss.putObject('seen-bucket', `folder/${HOSTILE}`, Buffer.from('x'));
  oss.putObject('seen-bucket', 'page.html', Buffer.from('<script>document.title="taken"</script>page'), {
    contentType: 'text/html',
  });
});
afterAll(() => server.stop());

it('shows the account, escaped, under a policy that runs nothing', async () => {
  const { status, headers, text } = await rawRequest(server.port, {
    target: `/?bucket=seen-bucket&mq_message_id=${encodeURIComponent(HOSTILE)}`,
  });
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  for (const seen of [
    'AliyunMQFullAccess',
    'seen-instance',
    'receipts',
    'GID_seen',
    'seen-queue',
    '读得懂 &#60;b&#62;',
    'seen-bucket',
    msgId,
  ]) {
    expect(text).toContain(seen);
  }
  expect(text).not.toContain('<img');
  expect(text).not.toContain('<script');
  expect(text).not.toContain(server.account.identity.accessKeySecret);
});

it('is for loopback alone, and only where nobody signed', async () => {
  const proxied = await rawRequest(server.port, { target: 'http://oss-cn-hangzhou.aliyuncs.com/' });
  expect(proxied.text).toContain('AccessDenied');
  const bucket = await rawRequest(server.port, { headers: { host: 'seen-bucket.localhost' } });
  expect(bucket.text).toContain('<ListBucketResult>');
});

it.skipIf(!CHROMIUM)(
  'lets a person find a receipt in a browser without JavaScript (skipped without Chromium)',
  async () => {
    const browser: Browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    try {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.port}/`);
      await page.getByLabel('mq_message_id').fill(msgId.toLowerCase());
      await page.getByRole('button', { name: 'Find' }).click();
      expect(await page.locator('.found pre').innerText()).toBe(HOSTILE);

      await page.getByRole('link', { name: 'seen-bucket' }).click();
      await page.getByLabel('prefix').fill('folder/');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(await page.getByRole('cell', { name: 'folder/' }).innerText()).toBe(`folder/${HOSTILE}`);
      await context.close();

      const scripted = await (await browser.newContext()).newPage();
      const violations: string[] = [];
      scripted.on('console', (message) => violations.push(message.text()));
      await scripted.goto(`http://127.0.0.1:${server.port}/?mq_message_id=${msgId}`);
      expect(await scripted.title()).toContain('Local cloud');
      expect(await scripted.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")).toBe('19.6px');
      expect(violations).toEqual([]);

      // A stored page has the console's address; it must not have its rights.
      await scripted.goto(`http://127.0.0.1:${server.port}/seen-bucket/page.html`);
      expect(await scripted.title()).not.toBe('taken');
      expect(await scripted.locator('body').innerText()).toBe('page');
    } finally {
      await browser.close();
    }
  },
);
