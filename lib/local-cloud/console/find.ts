import { REGIONS } from '../../cloud/regions';
import type { StoredQueryTask } from '../account/dla-catalog';
import type { Message } from '../account/mq-messages';
import { ifActive } from '../account/if-active';
import { html, type Markup } from './markup';
import { messageTable } from './mq';
import type { Page, View } from './page';
import { MAX_ROWS } from './parts';
import { allTasks, taskTable } from './queries';

/** Messages of one topic that are searched for a text, the newest. */
const MAX_SEARCHED = 10_000;

/** Everything whose id or name is given, or that has the text in it. */
export function findPage(view: View): Page {
  const wanted = (view.query.get('q') ?? '').trim();
  if (wanted === '') {
    return { title: 'Find', content: html`<p>Expected an id, a name or a text.</p>` };
  }
  const { tasks, messages } = hits(view, wanted);
  const names = namedThings(view, wanted);
  const none = tasks.length + messages.length + names.length === 0;
  return {
    title: `Found for ${wanted}`,
    content: html`${none && html`<p>Nothing has ${wanted} as its id or name, or in its text.</p>`}
    ${
      names.length > 0 &&
      html`<h2>Buckets, topics, queues and roles</h2>
        <ul>
          ${names.map((one) => html`<li>${one}</li>`)}
        </ul>`
    }
    ${
      tasks.length > 0 &&
      html`<h2>Query tasks</h2>
        ${taskTable(view, tasks.slice(0, MAX_ROWS))}`
    }
    ${
      messages.length > 0 &&
      html`<h2>Messages</h2>
        ${messageTable(view.link, messages.slice(0, MAX_ROWS))}`
    }
    ${Math.max(tasks.length, messages.length) > MAX_ROWS && html`<p>Only the newest ${MAX_ROWS} of each are shown.</p>`}`,
  };
}

/** What has the id; only where nothing has, what has the text. */
function hits(view: View, wanted: string): { readonly tasks: StoredQueryTask[]; readonly messages: Message[] } {
  const { ons } = view.services.account;
  const all = allTasks(view);
  const messageId = wanted.toUpperCase();
  const message = ons.findMessage(wanted) ?? ons.findMessage(messageId);
  const tasks = all.filter(({ id, mqMessageId }) => id === wanted || mqMessageId?.toUpperCase() === messageId);
  if (message || tasks.length > 0) {
    return { tasks, messages: message ? [message] : [] };
  }
  return {
    tasks: all.filter((task) => [task.command, task.message, task.mqErrorMsg].some((text) => text?.includes(wanted))),
    messages: [...messagesWith(view, wanted)],
  };
}

function* messagesWith({ services }: View, wanted: string): Generator<Message> {
  const { ons } = services.account;
  for (const { region, instanceId } of REGIONS.flatMap((one) => ifActive(() => ons.listInstances(one)))) {
    for (const { topic } of ons.listTopics(region, instanceId)) {
      const first = Math.max(ons.messageCount(instanceId, topic) - MAX_SEARCHED, 0);
      const found: Message[] = [];
      for (const message of ons.messagesFrom(instanceId, topic, first)) {
        if ([message.body, message.key, message.tag].some((text) => text.includes(wanted))) {
          found.unshift(message);
        }
      }
      yield* found;
    }
  }
}

function namedThings({ services, link }: View, wanted: string): Markup[] {
  const { oss, ons, mns, ram } = services.account;
  const named = (name: string): boolean => name.includes(wanted);
  return [
    ...ifActive(() => oss.listBuckets())
      .filter(({ name }) => named(name))
      .map(({ name }) => html`bucket <a href="${link('bucket', { name })}">${name}</a>`),
    ...REGIONS.flatMap((region) => ifActive(() => ons.listInstances(region))).flatMap(({ region, instanceId }) =>
      ons
        .listTopics(region, instanceId)
        .filter(({ topic }) => named(topic))
        .map(({ topic }) => html`topic <a href="${link('topic', { instance: instanceId, name: topic })}">${topic}</a>`),
    ),
    ...REGIONS.flatMap((region) => ifActive(() => mns.listQueues(region)))
      .filter(({ queueName }) => named(queueName))
      .map(
        ({ region, queueName }) => html`queue <a href="${link('queue', { region, name: queueName })}">${queueName}</a>`,
      ),
    ...ram
      .listRoles()
      .filter(({ roleName }) => named(roleName))
      .map(({ roleName }) => html`role <a href="${link('ram')}">${roleName}</a>`),
  ];
}
