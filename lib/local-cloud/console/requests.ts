import type { NumberedRequest } from '../http/request-log';
import { html, type Markup } from './markup';
import type { Page, View } from './page';
import { paged, state, table, time } from './parts';

export function requestsPage({ services, query, link }: View): Page {
  const text = (query.get('text') ?? '').trim();
  const failed = query.get('failed') === '1';
  const all = [...services.requests.list()]
    .reverse()
    .filter((request) => !failed || isFailure(request))
    .filter(({ action, resource, code }) => [action, resource, code].some((one) => one.includes(text)));
  const { shown, ways } = paged(all, query, (from) => link('requests', { text, failed: failed ? 1 : undefined, from }));
  return {
    title: 'Requests',
    content: html`<p>
        The last 1,000 on HTTP and RocketMQ, and changes of Terraform through the local provider, newest first.
      </p>
      <form action="/">
        <input type="hidden" name="page" value="requests" />
        <input name="text" value="${text}" aria-label="Text" placeholder="action, resource or code" />
        <select name="failed" aria-label="Which">
          <option value="">all</option>
          <option value="1" ${failed && html`selected`}>failed</option>
        </select>
        <button>Show</button>
      </form>
      ${requestTable(shown)} ${ways}`,
  };
}

export function isFailure({ status, code }: Pick<NumberedRequest, 'status' | 'code'>): boolean {
  return status >= 400 || code !== '';
}

function requestTable(requests: readonly NumberedRequest[]): Markup {
  return table(
    'Requests',
    ['Time', 'Action', 'About', 'Status', 'Code', '#Took (ms)'],
    requests.map(({ time: at, action, resource, status, code, message, milliseconds }) => [
      time(at),
      action,
      resource,
      state(String(status)),
      [code, message !== undefined && html`<br />${message}`],
      milliseconds,
    ]),
  );
}
