import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../../local-cloud/server/started-http-server';
import { CHROMIUM, startBrowser } from './chromium';

const REGION = 'cn-hangzhou';
const SCRIPT = '"><script>document.title="taken"</script><img src=x onerror=\'document.title="taken"\'>';
/** What people and programs put where text is stored. */
const TEXTS = [
  SCRIPT,
  "{{7*7}} ${7*7} ');alert(1);//",
  '\u202eright to left\u202c مرحبا שלום',
  'control\u0000\u0001\u0007\u001b[31m\u0085\u2028\ufeff end',
  '😀👩‍👩‍👧‍👦 e\u0301 ' + 'z\u0300\u0301\u0302'.repeat(50),
  'half a pair \ud800 here',
  'w'.repeat(5_000),
  '{"deep":' + '['.repeat(2_000) + ']'.repeat(2_000) + '}',
];

// eslint-disable-next-line no-control-regex -- the services refuse these in names
const plain = (text: string): string => text.slice(0, 100).replace(/[\0-\x02]/g, '');

describe.skipIf(!CHROMIUM)('hostile content in Chromium (skipped without it)', () => {
  let server: StartedHttpServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startHttpServer(), startBrowser()]);
    const { ons, oss, mns, dla, ram } = server.account;
    oss.createBucket(REGION, { name: 'hostile-bucket' });
    const { instanceId } = ons.createInstance(REGION, {
      instanceName: 'hostile-instance',
      remark: SCRIPT.slice(0, 100),
    });
    ons.createTopic(REGION, { instanceId, topic: 'hostile', messageType: 0, remark: SCRIPT.slice(0, 100) });
    ons.createGroup(REGION, { instanceId, groupId: 'GID_hostile', groupType: 'tcp' });
    mns.createQueue(REGION, { queueName: 'hostile-queue' });
    const trust = { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['<b>.aliyuncs.com'] } };
    const assumeRolePolicyDocument = JSON.stringify({ Version: '1', Statement: [trust] });
    ram.createRole({ roleName: 'hostile-role', assumeRolePolicyDocument, description: SCRIPT });
    for (const [index, text] of TEXTS.entries()) {
      ons.sendMessage(REGION, {
        instanceId,
        topic: 'hostile',
        body: text,
        tag: plain(text),
        key: plain(text),
        producerId: '',
      });
      mns.sendMessage(REGION, 'hostile-queue', text);
      oss.putObject('hostile-bucket', `${plain(text)}/${plain(text)}`, Buffer.from(text), {
        contentType: 'text/html',
      });
      dla.putTask({
        ...{
          region: REGION,
          id: `q${index}`,
          mppQueryId: `q${index}`,
          status: 'FAILURE',
          taskName: text,
          tableSchema: text,
        },
        ...{ command: `SELECT '${text}'`, creatorId: text, createTime: index, updateTime: index, connectionId: '1' },
        ...{ message: text, rowCount: 0, elapseTime: 1, scannedRowCount: 0, scannedDataBytes: 0, resultFile: text },
        ...{ mqProduct: 'ons', mqModel: null, mqTopic: text, mqQueue: null, mqProducerId: text, mqEndpoint: null },
        ...{ mqStatus: 'FAILURE', mqErrorMsg: text, mqMessageId: null, mqTotalTime: 1 },
      });
    }
    oss.putObject('hostile-bucket', 'binary', Buffer.from(Array.from({ length: 4096 }, (_, at) => at % 256)));
    oss.putObject('hostile-bucket', 'long', Buffer.alloc(10 << 20, '<script>'), { contentType: 'text/html' });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it.each([
    // At 200 % a page of 1,440 pixels has half of them.
    { width: 360, scale: 1, colorScheme: 'light' },
    { width: 720, scale: 2, colorScheme: 'dark' },
  ] as const)(
    'is shown as text, and fits: %o',
    async ({ width, scale, colorScheme }) => {
      const options = { viewport: { width, height: 800 }, deviceScaleFactor: scale, colorScheme };
      const page = await (await browser.newContext({ ...options, reducedMotion: 'reduce' })).newPage();
      const told: string[] = [];
      page.on('console', (message) => told.push(message.text()));
      page.on('pageerror', (error) => told.push(error.message));
      const base = `http://127.0.0.1:${server.port}/`;
      const seen = new Set<string>();
      const next = [
        base,
        ...TEXTS.map((text) => `${base}?page=find&q=${encodeURIComponent(Buffer.from(text).toString().slice(0, 200))}`),
      ];
      while (next.length > 0) {
        const address = next.shift()!;
        const kind = (of: string): string | null => new URL(of).searchParams.get('page');
        const alike = [...seen].filter((one) => kind(one) === kind(address));
        if (seen.has(address) || alike.length > TEXTS.length) {
          continue;
        }
        seen.add(address);
        await page.goto(address);
        expect(await page.title(), address).not.toBe('taken');
        expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBe(width);
        await page.evaluate(axe.source);
        const found = await page.evaluate<axe.AxeResults>("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })");
        expect(
          found.violations.map(({ id, nodes }) => [id, nodes[0].html.slice(0, 200)]),
          address,
        ).toEqual([]);
        const links = await page.evaluate<string[]>("[...document.querySelectorAll('a[href]')].map((one) => one.href)");
        next.push(...links.filter((one) => one.startsWith(`${base}?`) && !/page=download|live=1|#/.test(one)));
      }
      expect(told).toEqual([]);
      expect(seen.size).toBeGreaterThan(30);
      await page.context().close();
    },
    240_000,
  );
});
