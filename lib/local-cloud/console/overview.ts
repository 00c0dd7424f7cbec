import { REGIONS } from '../../cloud/regions';
import { ACTIVATED_SERVICES } from '../account/activation';
import { ifActive } from '../account/if-active';
import { html, type Markup, type Value } from './markup';
import type { Page, View } from './page';
import { size, state, table, time } from './parts';
import { allTasks, receipt, taskLink } from './queries';
import { isFailure } from './requests';

/** Events that the time line shows. */
const MAX_EVENTS = 20;

interface Event {
  readonly at: number;
  readonly what: Value;
  readonly about: Value;
}

/** What there is, and what happened last. */
export function overviewPage(view: View): Page {
  const { account } = view.services;
  const { ons, mns, oss, activation } = account;
  const tasks = allTasks(view);
  const instances = REGIONS.flatMap((region) => ifActive(() => ons.listInstances(region)));
  const topics = instances.flatMap(({ region, instanceId }) => ons.listTopics(region, instanceId));
  const counts: readonly (readonly [string, number])[] = [
    ['query tasks', tasks.length],
    ['of them failed', tasks.filter(({ status }) => status === 'FAILURE').length],
    ['receipts sent', tasks.filter(({ mqStatus }) => mqStatus === 'SUCCESS').length],
    ['receipts failed', tasks.filter(({ mqStatus }) => mqStatus === 'FAILED').length],
    ['messages on MQ', topics.reduce((all, one) => all + ons.messageCount(one.instanceId, one.topic), 0)],
    ['buckets', ifActive(() => oss.listBuckets()).length],
    ['queues of SMQ', REGIONS.reduce((all, region) => all + ifActive(() => mns.listQueues(region)).length, 0)],
  ];
  return {
    title: 'Overview',
    content: html`<dl class="counts">
        ${counts.map(
          ([label, count]) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${count}</dd>
            </div>`,
        )}
      </dl>
      <h2>What happened last</h2>
      ${timeLine(eventsOf(view, tasks))}
      <h2>Services</h2>
      ${table(
        'Services',
        ['Service', 'State'],
        ACTIVATED_SERVICES.map((service) => [
          { oss: 'OSS', ons: 'MQ (RocketMQ 4.x)', mns: 'SMQ (formerly MNS)' }[service],
          activation.isActive(service) ? state('running') : 'not activated',
        ]),
      )}`,
  };
}

function eventsOf(view: View, tasks: ReturnType<typeof allTasks>): Event[] {
  const queries = tasks.slice(0, MAX_EVENTS).map((task): Event => ({
    at: task.updateTime,
    what: ['query ', state(task.status)],
    about: html`<a href="${taskLink(view, task)}">${task.id}</a> ${size(task.scannedDataBytes)} scanned, receipt:
      ${receipt(view, task)}`,
  }));
  const failures = [...view.services.requests.list()]
    .filter(isFailure)
    .slice(-MAX_EVENTS)
    .map(({ time: at, action, resource, status, code }): Event => ({
      at: Date.parse(at),
      what: ['request ', state(String(status))],
      about: html`<a href="${view.link('requests', { failed: 1, text: action })}">${action}</a> ${code} ${resource}`,
    }));
  return [...queries, ...failures].sort((a, b) => b.at - a.at).slice(0, MAX_EVENTS);
}

function timeLine(events: readonly Event[]): Markup {
  if (events.length === 0) {
    return html`<p>
      Nothing yet: send a query to DLA, and it shows here. <code>alicloud-local env</code> prints the variables with
      which clients reach this local cloud.
    </p>`;
  }
  return html`<ol class="events">
    ${events.map(({ at, what, about }) => html`<li>${time(at)} <span>${what}</span> <span>${about}</span></li>`)}
  </ol>`;
}
