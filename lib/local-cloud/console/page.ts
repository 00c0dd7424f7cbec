import { createHash } from 'node:crypto';
import { REGIONS } from '../../cloud/regions';
import type { Exchange } from '../http/request';
import type { Handled, Services } from '../http/services';
import { ifActive } from '../account/if-active';
import { LIVE_SCRIPT } from './live';
import { html, type Markup, verbatim } from './markup';
import { STYLE } from './style';

/** What a page is made from. */
export interface View {
  readonly services: Services;
  readonly query: URLSearchParams;
  /** Address of a page; a live one leads to live ones. */
  link(page: PageName | '', parameters?: Readonly<Record<string, string | number | undefined>>): string;
}

/** One page: what stands between navigation and footer. */
export interface Page {
  readonly title: string;
  readonly content: Markup;
}

/** Pages of the navigation, and how many things there are behind each. */
const NAVIGATION = [
  ['', 'Overview', () => undefined],
  ['queries', 'Queries', ({ account }) => sum((region) => account.dla.taskCount(region))],
  ['tables', 'Tables', ({ account }) => sum((region) => account.dla.listSchemas(region).length)],
  ['mq', 'MQ', ({ account }) => sum((region) => ifActive(() => account.ons.listInstances(region)).length)],
  [
    'smq',
    'SMQ (formerly MNS)',
    ({ account }) => sum((region) => ifActive(() => account.mns.listQueues(region)).length),
  ],
  ['oss', 'OSS', ({ account }) => ifActive(() => account.oss.listBuckets()).length],
  ['ram', 'RAM', ({ account }) => account.ram.listRoles().length],
  ['requests', 'Requests', ({ requests }) => requests.list().length],
] as const satisfies readonly (readonly [string, string, (services: Services) => number | undefined])[];

/** Pages below those of the navigation. */
export type PageName =
  Exclude<(typeof NAVIGATION)[number][0], ''> | 'query' | 'topic' | 'message' | 'queue' | 'bucket' | 'object' | 'find';

/** The page of the navigation that a page stands below. */
const ABOVE: Readonly<Record<string, string>> = {
  query: 'queries',
  topic: 'mq',
  message: 'mq',
  queue: 'smq',
  bucket: 'oss',
  object: 'oss',
};

/** Where the stylesheet is, which a browser keeps. */
export const STYLESHEET_PATH = '/_local/console.css';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'self' ${hashOf(STYLE)}`,
    `script-src ${hashOf(LIVE_SCRIPT)}`,
    "connect-src 'self'",
    // The stylesheet's own arrows and marks.
    'img-src data:',
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export function viewOf({ query }: Exchange, services: Services): View {
  const live = query.get('live') === '1' ? { live: '1' } : {};
  return {
    services,
    query,
    link: (page, parameters = {}) => {
      const given = { ...(page === '' ? {} : { page }), ...parameters, ...live };
      const pairs = Object.entries(given).filter(([, value]) => value !== undefined && value !== '');
      const text = new URLSearchParams(
        pairs.map(([name, value]): [string, string] => [name, String(value)]),
      ).toString();
      return text === '' ? '/' : `/?${text}`;
    },
  };
}

export function pageReply(view: View, { title, content }: Page, status = 200): Handled {
  const { services, query, link } = view;
  const { identity } = services.account;
  const page = query.get('page') ?? '';
  const current = ABOVE[page] ?? page;
  const isLive = query.get('live') === '1';
  const self = new URLSearchParams(query);
  self.delete('live');
  if (!isLive) {
    self.set('live', '1');
  }
  const toggle = self.size === 0 ? '/' : `/?${self.toString()}`;
  const body = html`<!doctype html>
    <html lang="en" data-live="${isLive ? 'on' : 'off'}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${isLive && html`<noscript><meta http-equiv="refresh" content="5" /></noscript>`}
        <title>${title} – Local cloud ${identity.accountId}</title>
        <link rel="stylesheet" href="${STYLESHEET_PATH}" />
        ${verbatim('style', STYLE)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <p class="account">
            <strong>Local cloud</strong> account ${identity.accountId}, ${services.region}
            <a href="${toggle}">Live refresh: ${isLive ? 'on' : 'off'}</a>
            <span role="status" id="live"></span>
          </p>
          <nav aria-label="Services">
            <ul>
              ${NAVIGATION.map(([name, label, count]) => {
                const there = count(services);
                return html`<li>
                  <a href="${link(name)}" ${current === name && html`aria-current="page"`}
                    >${label}${there !== undefined && html` <small>${there}</small>`}</a
                  >
                </li>`;
              })}
            </ul>
          </nav>
          <form action="/" role="search">
            <input type="hidden" name="page" value="find" />
            ${isLive && html`<input type="hidden" name="live" value="1" />`}
            <input
              type="search"
              name="q"
              value="${query.get('q')}"
              aria-label="Find"
              placeholder="message id, task id, topic, bucket or text"
            />
            <button>Find</button>
          </form>
        </header>
        <main id="content">
          <h1>${title}</h1>
          ${content}
        </main>
        <footer><small>Times are UTC. Everything is on this machine alone.</small></footer>
        ${verbatim('script', LIVE_SCRIPT)}
      </body>
    </html>`;
  return { action: 'local.console', reply: { status, headers: HEADERS, body: body.text } };
}

/** Adds up what the regions have. */
function sum(count: (region: string) => number): number {
  return REGIONS.reduce((all, region) => all + count(region), 0);
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
