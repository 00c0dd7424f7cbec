import { PICO_CSS } from '../../bundled/pico';
import { CloudError } from '../account/cloud-error';
import type { Exchange } from '../http/request';
import type { Handled, Services } from '../http/services';
import { findPage } from './find';
import { html } from './markup';
import { messagePage, mqPage, topicPage } from './mq';
import { bucketPage, download, objectPage, ossPage } from './oss';
import { overviewPage } from './overview';
import { type Page, type PageName, pageReply, STYLESHEET_PATH, type View, viewOf } from './page';
import { queriesPage, queryPage } from './queries';
import { ramPage } from './ram';
import { requestsPage } from './requests';
import { queuePage, smqPage } from './smq';
import { tablesPage } from './tables';

export const PAGES: Readonly<Record<PageName, (view: View) => Page | Promise<Page>>> = {
  queries: queriesPage,
  query: queryPage,
  tables: tablesPage,
  mq: mqPage,
  topic: topicPage,
  message: messagePage,
  smq: smqPage,
  queue: queuePage,
  oss: ossPage,
  bucket: bucketPage,
  object: objectPage,
  ram: ramPage,
  requests: requestsPage,
  find: findPage,
};

/** Whether a path is the console's, where nobody signed. */
export function isConsolePath(path: string): boolean {
  return path === '/' || path === STYLESHEET_PATH;
}

/** The account for a person: pages that show and change nothing. */
export async function consolePage(exchange: Exchange, services: Services): Promise<Handled> {
  if (exchange.rawPath === STYLESHEET_PATH) {
    const headers = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=3600' };
    return { action: 'local.console', reply: { status: 200, headers, body: PICO_CSS } };
  }
  const view = viewOf(exchange, services);
  const name = exchange.query.get('page') ?? '';
  try {
    if (name === 'download') {
      return download(view);
    }
    return pageReply(view, await pageOf(name)(view));
  } catch (error) {
    if (!(error instanceof CloudError)) {
      throw error;
    }
    const content = html`<p>${error.message}</p>`;
    return pageReply(view, { title: 'Not found', content }, error.httpStatus);
  }
}

/** @throws CloudError when there is no such page */
function pageOf(name: string): (view: View) => Page | Promise<Page> {
  if (name === '') {
    return overviewPage;
  }
  if (!Object.hasOwn(PAGES, name)) {
    throw new CloudError('NotFound', `there is no page ${JSON.stringify(name)}`, 404);
  }
  return PAGES[name as PageName];
}
