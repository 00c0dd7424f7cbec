import { parseOssLocation } from '../../cloud/oss-location';
import { REGIONS } from '../../cloud/regions';
import { CloudError } from '../account/cloud-error';
import type { StoredQueryTask } from '../account/dla-catalog';
import { html, type Markup, type Value } from './markup';
import { objectLinks, preview } from './oss';
import type { Page, View } from './page';
import { asIs, duration, fields, paged, size, state, table, time } from './parts';

/** All query tasks, newest first. */
export function allTasks({ services }: View): StoredQueryTask[] {
  return REGIONS.flatMap((region) => services.account.dla.listTasks(region)).sort(
    (a, b) => b.createTime - a.createTime,
  );
}

export function queriesPage(view: View): Page {
  const { query, link } = view;
  const wanted = query.get('status') ?? '';
  const all = allTasks(view);
  const statuses = [...new Set(all.map(({ status }) => status))].sort();
  const { shown, ways } = paged(
    all.filter(({ status }) => wanted === '' || status === wanted),
    query,
    (from) => link('queries', { status: wanted, from }),
  );
  return {
    title: 'Query tasks',
    content: html`<p>
        Asynchronous queries, newest first:
        ${['', ...statuses].map(
          (status) =>
            html`<a href="${link('queries', { status })}" ${status === wanted && html`aria-current="true"`}
              >${status === '' ? 'all' : status}</a
            > `,
        )}
      </p>
      ${taskTable(view, shown)} ${ways}`,
  };
}

export function taskTable(view: View, tasks: readonly StoredQueryTask[]): Markup {
  return table(
    'Query tasks',
    ['Task', 'Status', 'Created', '#Took', '#Rows', '#Scanned', 'Receipt', 'Statement'],
    tasks.map((task) => [
      html`<a href="${taskLink(view, task)}">${task.id}</a>`,
      state(task.status),
      time(task.createTime),
      duration(task.elapseTime),
      task.rowCount,
      size(task.scannedDataBytes),
      receipt(view, task),
      html`<code>${task.command.slice(0, 200)}</code>`,
    ]),
  );
}

export function taskLink({ link }: View, { region, id }: StoredQueryTask): string {
  return link('query', { region, id });
}

/** What became of the receipt, in words, and the message itself. */
export function receipt({ link, services }: View, task: StoredQueryTask): Value {
  if (task.mqStatus === null) {
    return 'not asked for';
  }
  const id = task.mqMessageId;
  const isThere = id !== null && services.account.ons.findMessage(id) !== undefined;
  return [
    state(task.mqStatus),
    id !== null && [' ', isThere ? html`<a href="${link('message', { id })}">${id}</a>` : id],
    task.mqErrorMsg !== null && html`<br />${task.mqErrorMsg}`,
  ];
}

/** @throws CloudError when there is no such task */
export async function queryPage(view: View): Promise<Page> {
  const { query, services } = view;
  const region = query.get('region') ?? '';
  const id = query.get('id') ?? '';
  const task = services.account.dla.getTask(region, id);
  if (!task) {
    throw new CloudError('NotFound', `there is no query task ${id} in ${region}`, 404);
  }
  const result = parseOssLocation(task.resultFile);
  return {
    title: `Query task ${task.id}`,
    content: html`<h2>Statement</h2>
      ${asIs(task.command)}
      <h2>Outcome</h2>
      ${fields('Outcome', [
        ['Status', state(task.status)],
        ['Message', task.message],
        ['Region', task.region],
        ['Schema', task.tableSchema],
        ['Created', time(task.createTime)],
        ['Last change', time(task.updateTime)],
        ['Took', duration(task.elapseTime)],
        ['Rows', task.rowCount],
        ['Scanned', `${task.scannedRowCount} rows, ${size(task.scannedDataBytes)}`],
        ['Submitted by', task.creatorId],
      ])}
      <h2>Receipt</h2>
      ${fields('Receipt', [
        ['State', receipt(view, task)],
        ['Product', task.mqProduct],
        ['Topic', task.mqTopic],
        ['Queue', task.mqQueue],
        ['Group of the producer', task.mqProducerId],
        ['Endpoint', task.mqEndpoint],
      ])}
      <h2>Result</h2>
      ${result ? html`${objectLinks(view, result)} ${await preview(view, result)}` : html`<p>None.</p>`}`,
  };
}
