import axe from 'axe-core';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../../local-cloud/server/started-http-server';
import { CHROMIUM, startBrowser } from './chromium';
import { fillAccount } from '../../local-cloud/console/filled-account';

/** Where pictures of the page are left, for the documentation. */
const { SCREENSHOTS } = process.env;
const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1440, height: 900 } } as const;
const PAGES = ['', 'queries', 'tables', 'mq', 'smq', 'oss', 'ram', 'requests'];
const COUNTS = { empty: 0, usual: 30, full: 10_000 } as const;

describe.skipIf(!CHROMIUM)('in Chromium (skipped without it)', () => {
  const servers = new Map<keyof typeof COUNTS, StartedHttpServer>();
  let browser: Browser;
  let ids: ReturnType<typeof fillAccount>;

  beforeAll(async () => {
    browser = await startBrowser();
    for (const [name, count] of Object.entries(COUNTS) as [keyof typeof COUNTS, number][]) {
      const server = await startHttpServer();
      servers.set(name, server);
      if (count > 0) {
        ids = fillAccount(server.account, count);
      }
    }
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([...servers.values()].map((server) => server.stop()));
  });

  const address = (account: keyof typeof COUNTS, query = ''): string =>
    `http://127.0.0.1:${servers.get(account)!.port}/?${query}`;

  async function check(page: Page): Promise<axe.AxeResults> {
    await page.evaluate(axe.source);
    return page.evaluate<axe.AxeResults>("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] })");
  }

  async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    return (await browser.newContext(options)).newPage();
  }

  describe.each(Object.keys(SIZES) as (keyof typeof SIZES)[])('%s', (size) => {
    it.each(['light', 'dark'] as const)(
      '%s: every page fits, and has nothing that a checker of accessibility finds',
      async (scheme) => {
        const page = await openPage({ viewport: SIZES[size], colorScheme: scheme });
        const violations: string[] = [];
        page.on('console', (message) => violations.push(message.text()));
        for (const account of Object.keys(COUNTS) as (keyof typeof COUNTS)[]) {
          for (const name of account === 'usual' ? PAGES : ['']) {
            await page.goto(address(account, `page=${name}`));
            expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(SIZES[size].width);
            const found = await check(page);
            expect(
              found.violations.map(({ id, nodes }) => [id, nodes[0].html]),
              name,
            ).toEqual([]);
            expect(found.passes.length).toBeGreaterThan(10);
          }
          if (SCREENSHOTS !== undefined) {
            await page.goto(address(account));
            await page.screenshot({ path: path.join(SCREENSHOTS, `console-${account}-${size}-${scheme}.png`) });
          }
        }
        expect(violations).toEqual([]);
        await page.context().close();
      },
    );
  });

  it.each([360, 700, 1024, 1280, 1440, 2000])(
    'keeps its text from the edge of a window of %i pixels',
    async (width) => {
      const page = await openPage({ viewport: { width, height: 740 } });
      await page.goto(address('usual'));
      const left = await page.evaluate<number>("document.querySelector('h1').getBoundingClientRect().left");
      expect(left).toBeGreaterThanOrEqual(8);
      await page.context().close();
    },
  );

  it('a person finds a receipt without JavaScript', async () => {
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(address('full'));
    await page.getByRole('searchbox', { name: 'Find' }).fill(ids.msgIds[7].toLowerCase());
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('region', { name: 'Messages' }).getByRole('link', { name: ids.msgIds[7] }).click();
    expect(await page.locator('pre').innerText()).toContain(`"taskId": "${ids.taskIds[7]}"`);
    await page.getByRole('link', { name: 'OSS' }).click();
    await page.getByRole('link', { name: 'seen-bucket' }).click();
    await page.getByLabel('Prefix').fill('results/');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'q1.csv' }).click();
    expect(await page.locator('pre').innerText()).toContain('ünï');
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'download' }).click();
    expect(fs.readFileSync(await (await saving).path(), 'utf8')).toContain('id,name');
    await page.context().close();
  });

  it('the checker finds what is made hard to read, and a page without a language', async () => {
    const page = await openPage();
    await page.goto(address('usual'));
    await page.evaluate("document.querySelector('h1').style.color = '#ddd'; document.documentElement.lang = ''");
    const { violations } = await check(page);
    expect(violations.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'html-has-lang']));
    await page.context().close();
  });

  it('a keyboard reaches the content first', async () => {
    const page = await openPage();
    await page.goto(address('usual'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#content');
    await page.context().close();
  });

  it('a live page shows what is new by itself, and keeps open what somebody opened', async () => {
    const server = servers.get('usual')!;
    const { ons } = server.account;
    const { instanceId } = ons.listInstances('cn-hangzhou')[0];
    const page = await openPage();
    await page.goto(address('usual', `page=topic&instance=${instanceId}&name=receipts&live=1`));
    await page.locator('details summary').nth(1).click();
    await page.evaluate('document.activeElement.blur()');
    const opened = await page.locator('details').nth(1).getAttribute('id');
    const { msgId } = ons.sendMessage('cn-hangzhou', {
      instanceId,
      topic: 'receipts',
      body: 'new',
      producerId: 'GID_seen',
    });
    await page.getByRole('link', { name: msgId }).waitFor();
    expect(await page.locator('details[open]').getAttribute('id')).toBe(opened);
    await page.context().close();
  });

  it('a stored page has the address of the console, and none of its rights', async () => {
    const server = servers.get('usual')!;
    server.account.oss.createBucket('cn-hangzhou', { name: 'public-bucket', acl: 'public-read' });
    const content = Buffer.from('<script>document.title="taken"</script>page');
    server.account.oss.putObject('public-bucket', 'page.html', content, { contentType: 'text/html' });
    const page = await openPage();
    await page.goto(`http://127.0.0.1:${server.port}/public-bucket/page.html`);
    expect(await page.title()).not.toBe('taken');
    expect(await page.locator('body').innerText()).toBe('page');
    await page.context().close();
  });
});
