import { REGIONS } from '../../cloud/regions';
import { CloudError } from '../account/cloud-error';
import { bodyBytes, type Message } from '../account/mq-messages';
import { ifActive } from '../account/if-active';
import { html, type Markup } from './markup';
import type { Page, View } from './page';
import { asIs, duration, fields, formatted, range, MAX_ROWS, size, table, time } from './parts';

/** Message types by their number. */
const TYPES: Readonly<Record<number, string>> = {
  0: 'normal',
  1: 'partitionally ordered',
  2: 'globally ordered',
  4: 'transactional',
  5: 'timed or delayed',
};

export function mqPage({ services, link }: View): Page {
  const { ons, activation } = services.account;
  const instances = REGIONS.flatMap((region) => ifActive(() => ons.listInstances(region)));
  return {
    title: 'MQ: instances, topics and groups',
    content: html`${!activation.isActive('ons') && html`<p>MQ is not activated.</p>`}
    ${instances.length === 0 && html`<p>No instance yet.</p>`}
    ${instances.map(
      ({ instanceId, instanceName, region, remark }) =>
        html`<h2>${instanceName} (${instanceId}, ${region})</h2>
          ${remark && html`<p>${remark}</p>`}
          ${table(
            `Topics of ${instanceName}`,
            ['Topic', 'Type', '#Messages', 'Last message', 'Remark'],
            ons.listTopics(region, instanceId).map(({ topic, messageType, remark: said }) => {
              const count = ons.messageCount(instanceId, topic);
              const [last] = count > 0 ? ons.messagesFrom(instanceId, topic, count - 1) : [];
              return [
                html`<a href="${link('topic', { instance: instanceId, name: topic })}">${topic}</a>`,
                TYPES[messageType] ?? messageType,
                count,
                last && time(last.storeTimestamp),
                said,
              ];
            }),
          )}
          ${table(
            `Groups of ${instanceName}`,
            ['Group', 'Protocol', 'Topic', '#Backlog', '#Oldest waits', 'Remark'],
            ons.listGroups(region, instanceId).flatMap(({ groupId, groupType, remark: said }) => {
              const progress = ons.progress.of(instanceId, groupId);
              return progress.length === 0
                ? [[groupId, groupType, 'no subscription yet', '', '', said]]
                : progress.map(({ topic, backlog, delayMs }) => [
                    groupId,
                    groupType,
                    topic,
                    backlog,
                    duration(delayMs),
                    said,
                  ]);
            }),
          )}`,
    )}`,
  };
}

/** @throws CloudError when there is no such topic */
export function topicPage({ services, query, link }: View): Page {
  const { ons } = services.account;
  const instance = query.get('instance') ?? '';
  const name = query.get('name') ?? '';
  if (!ons.findTopic(instance, name)) {
    throw new CloudError('NotFound', `there is no topic ${name} in the instance ${instance}`, 404);
  }
  const count = ons.messageCount(instance, name);
  const { from, ways } = range(count, query, (start) => link('topic', { instance, name, from: start }));
  // Newest first, and only those that are shown are read.
  const end = count - from;
  const start = Math.max(end - MAX_ROWS, 0);
  const messages: Message[] = [];
  for (const message of ons.messagesFrom(instance, name, start)) {
    if (messages.length === end - start) {
      break;
    }
    messages.unshift(message);
  }
  return {
    title: `Topic ${name}`,
    content: html`<p>Messages of the instance ${instance}, newest first.</p>
      ${messageTable(link, messages)} ${ways}`,
  };
}

export function messageTable(link: View['link'], messages: readonly Message[]): Markup {
  return table(
    'Messages',
    ['Message', 'Topic', 'Stored', 'Tag', 'Key', 'Body'],
    messages.map((message) => [
      html`<a href="${link('message', { id: message.msgId })}">${message.msgId}</a>`,
      message.topic,
      time(message.storeTimestamp),
      message.tag,
      message.key,
      html`<details id="body-${message.physicalOffset}">
        <summary>${size(bodyBytes(message).length)}</summary>
        ${body(message)}
      </details>`,
    ]),
  );
}

/** @throws CloudError when there is no such message */
export function messagePage({ services, query, link }: View): Page {
  const { ons } = services.account;
  const id = query.get('id') ?? '';
  const message = ons.findMessage(id);
  if (!message) {
    throw new CloudError('NotFound', `there is no message ${id}`, 404);
  }
  const { instanceId, topic } = message;
  const at = link('topic', { instance: instanceId, name: topic });
  return {
    title: `Message ${message.msgId}`,
    content: html`${fields('Message', [
        ['Topic', ons.findTopic(instanceId, topic) ? html`<a href="${at}">${topic}</a>` : topic],
        ['Instance', instanceId],
        ['Group of the producer', message.producerId],
        ['Tag', message.tag],
        ['Key', message.key],
        ['Stored', time(message.storeTimestamp)],
        ['Queue and position', `${message.queueId}, ${message.queueOffset}`],
        ...Object.entries(message.properties),
      ])}
      <h2>Body</h2>
      ${body(message)}`,
  };
}

function body(message: Message): Markup {
  return message.binary
    ? html`<p>Not text; in Base64:</p>
        ${asIs(message.body)}`
    : formatted(message.body);
}
