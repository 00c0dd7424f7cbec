import { isUtf8 } from 'node:buffer';
import { REGIONS } from '../../cloud/regions';
import { CloudError } from '../account/cloud-error';
import { ifActive } from '../account/if-active';
import { html } from './markup';
import type { Page, View } from './page';
import { formatted, paged, size, table, time } from './parts';

export function smqPage({ services, link }: View): Page {
  const { mns, activation } = services.account;
  const topics = REGIONS.flatMap((region) => ifActive(() => mns.topics.list(region)));
  return {
    title: 'SMQ (formerly MNS): queues and topics',
    content: html`${!activation.isActive('mns') && html`<p>SMQ is not activated.</p>`}
      <h2>Queues</h2>
      ${table(
        'Queues',
        ['Queue', 'Region', '#Visible', '#Received', '#Delayed', 'Dead letters go to'],
        REGIONS.flatMap((region) => ifActive(() => mns.listQueues(region))).map(({ queueName, region, dlqPolicy }) => {
          const { active, inactive, delayed } = mns.messageCounts(region, queueName);
          return [
            html`<a href="${link('queue', { region, name: queueName })}">${queueName}</a>`,
            ...[region, active, inactive, delayed],
            dlqPolicy?.deadLetterTargetQueue,
          ];
        }),
      )}
      <h2>Topics</h2>
      ${table(
        'Topics',
        ['Topic', 'Region', 'Subscriptions'],
        topics.map(({ topicName, region }) => [
          topicName,
          region,
          mns.topics
            .listSubscriptions(region, topicName)
            .map(({ subscriptionName, endpoint }) => html`${subscriptionName}: ${endpoint}<br />`),
        ]),
      )}`,
  };
}

/** @throws CloudError when there is no such queue */
export function queuePage({ services, query, link }: View): Page {
  const { mns } = services.account;
  const region = query.get('region') ?? '';
  const name = query.get('name') ?? '';
  if (!mns.findQueue(region, name)) {
    throw new CloudError('NotFound', `there is no queue ${name} in ${region}`, 404);
  }
  const { shown, ways } = paged(mns.allMessages(region, name), query, (from) => link('queue', { region, name, from }));
  return {
    title: `Queue ${name}`,
    content: html`<p>Messages, as they would be received; looking at them receives none.</p>
      ${table(
        'Messages',
        ['Message', 'Sent', '#Received', 'Body'],
        shown.map(({ messageId, enqueueTime, dequeueCount, body }) => [
          messageId,
          time(enqueueTime),
          dequeueCount,
          html`<details id="body-${messageId}">
            <summary>${size(Buffer.byteLength(body))}</summary>
            ${formatted(readable(body))}
          </details>`,
        ]),
      )}
      ${ways}`,
  };
}

/** Some SDKs put Base64 around a body: what they would give to whoever receives it. */
function readable(body: string): string {
  const bytes = Buffer.from(body, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === body && isUtf8(bytes) ? bytes.toString() : body;
}
