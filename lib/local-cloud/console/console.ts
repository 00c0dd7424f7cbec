import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { REGIONS } from '../../cloud/regions';
import type { StoredQueryTask } from '../account/dla-catalog';
import type { Message } from '../account/mq-messages';
import type { PrincipalKind } from '../account/policy-attachments';
import type { Exchange } from '../http/request';
import type { Handled, Services } from '../http/services';
import { escapeMarkup } from '../http/xml';

/** Rows of one table on the page; a way on is shown where there are more. */
const MAX_ROWS = 100;

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 80em; padding: 0 1em; color: #222 }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin: 2em 0 .5em } h3 { font-size: 1em; margin: 1em 0 .3em }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25em .8em .25em 0; border-bottom: 1px solid #ddd }
td, pre { overflow-wrap: anywhere; white-space: pre-wrap } pre { margin: 0 } nav a { margin-right: 1em }
.empty { color: #777 } .found { background: #eef7ee; padding: .5em 1em }
`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Markup that is safe to send. Only `html` makes it, so that no text of a user reaches the page unescaped. */
class Markup {
  constructor(public readonly text: string) {}
}

/** Byte for byte what its hash in the policy says. */
const STYLE_ELEMENT = new Markup(`<style>${STYLE}</style>`);

type Value = Markup | string | number | false | null | undefined | readonly Value[];

function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((all, part, index) => all + render(values[index - 1]) + part));
}

function render(value: Value): string {
  if (value instanceof Markup) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return value.map(render).join('');
  }
  return value === null || value === undefined || value === false ? '' : escapeMarkup(String(value));
}

/** The account at a glance, in one page. */
export function consolePage(exchange: Exchange, services: Services): Promise<Handled> {
  const sections: [id: string, title: string, content: Markup][] = [
    ['messages', 'Find a receipt', messageSearch(exchange, services)],
    ['tasks', 'Query tasks', queryTasks(services)],
    ['mq', 'MQ instances, topics and groups', instances(services)],
    ['mns', 'MNS queues', queues(services)],
    ['oss', 'OSS buckets', buckets(exchange, services)],
    ['ram', 'RAM roles, users and policies', principals(services)],
    ['requests', 'Last requests', lastRequests(services)],
  ];
  const { identity } = services.account;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Local cloud ${identity.accountId}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <h1>Local cloud, account ${identity.accountId}, ${services.region}</h1>
        <nav>${sections.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
        ${sections.map(
          ([id, title, content]) =>
            html`<h2 id="${id}">${title}</h2>
              ${content}`,
        )}
      </body>
    </html>`;
  return Promise.resolve({ action: 'local.console', reply: { status: 200, headers: HEADERS, body: page.text } });
}

function table(columns: readonly string[], rows: readonly (readonly Value[])[]): Markup {
  if (rows.length === 0) {
    return html`<p class="empty">none</p>`;
  }
  const shown = rows.slice(0, MAX_ROWS);
  return html`<table>
      <tr>
        ${columns.map((column) => html`<th>${column}</th>`)}
      </tr>
      ${shown.map(
        (row) =>
          html`<tr>
            ${row.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </table>
    ${rows.length > MAX_ROWS && html`<p>${rows.length - MAX_ROWS} more are not shown</p>`}`;
}

// Messages

function messageSearch({ query }: Exchange, { account }: Services): Markup {
  const id = query.get('mq_message_id')?.trim() ?? '';
  const message = id === '' ? undefined : (account.ons.findMessage(id) ?? account.ons.findMessage(id.toUpperCase()));
  return html`<form action="/#messages">
      <label>mq_message_id <input name="mq_message_id" value="${id}" size="40" /></label> <button>Find</button>
    </form>
    ${id !== '' && (message ? foundMessage(message) : html`<p class="empty">no message has the id ${id}</p>`)}`;
}

function foundMessage(message: Message): Markup {
  return html`<div class="found">
    ${table(
      ['Field', 'Value'],
      [
        ['Message id', message.msgId],
        ['Instance', message.instanceId],
        ['Topic', message.topic],
        ['Group of the producer', message.producerId],
        ['Tag', message.tag],
        ['Key', message.key],
        ['Stored', time(message.storeTimestamp)],
        ['Body', html`<pre>${message.body}</pre>`],
      ],
    )}
  </div>`;
}

function instances({ account: { ons, activation } }: Services): Markup {
  if (!activation.isActive('ons')) {
    return html`<p class="empty">MQ is not activated</p>`;
  }
  const all = REGIONS.flatMap((region) => ons.listInstances(region));
  return html`${all.length === 0 && html`<p class="empty">none</p>`}
  ${all.map(
    (instance) =>
      html`<h3>${instance.instanceName} (${instance.instanceId}, ${instance.region})</h3>
        ${instance.remark}
        ${table(
          ['Topic', 'Type', 'Remark', 'Messages', 'Last messages'],
          ons.listTopics(instance.region, instance.instanceId).map(({ topic, messageType, remark }) => {
            const count = ons.messageCount(instance.instanceId, topic);
            const last = [...ons.messagesFrom(instance.instanceId, topic, Math.max(count - 5, 0))].reverse();
            return [
              topic,
              messageType,
              remark,
              count,
              last.map(
                ({ msgId, storeTimestamp }) =>
                  html`<a href="/?mq_message_id=${msgId}#messages">${msgId}</a> ${time(storeTimestamp)}<br />`,
              ),
            ];
          }),
        )}
        ${table(
          ['Group', 'Type', 'Remark', 'Not consumed'],
          ons
            .listGroups(instance.region, instance.instanceId)
            .map(({ instanceId, groupId, groupType, remark }) => [
              groupId,
              groupType,
              remark,
              ons.progress.of(instanceId, groupId).map(({ topic, backlog }) => html`${topic}: ${backlog}<br />`),
            ]),
        )}`,
  )}`;
}

function queues({ account: { mns, activation } }: Services): Markup {
  if (!activation.isActive('mns')) {
    return html`<p class="empty">MNS is not activated</p>`;
  }
  const all = REGIONS.flatMap((region) => mns.listQueues(region));
  return table(
    ['Queue', 'Region', 'Messages', 'Oldest messages'],
    all.map(({ queueName, region }) => {
      const messages = mns.allMessages(region, queueName);
      return [
        queueName,
        region,
        messages.length,
        messages.slice(0, 5).map(
          ({ messageId, body }) =>
            html`${messageId}
              <pre>${readableBody(body).slice(0, 500)}</pre>`,
        ),
      ];
    }),
  );
}

/** Some SDKs put Base64 around a body: what they would give to whoever receives it. */
function readableBody(body: string): string {
  const bytes = Buffer.from(body, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === body && isUtf8(bytes) ? bytes.toString() : body;
}

// DLA

function queryTasks({ account }: Services): Markup {
  const all: StoredQueryTask[] = REGIONS.flatMap((region) => account.dla.listTasks(region));
  return table(
    ['Task', 'Region', 'Status', 'Created', 'Command', 'Result', 'mq_status', 'mq_message_id', 'Message'],
    all
      .sort((a, b) => b.createTime - a.createTime)
      .map((task) => [
        task.id,
        task.region,
        task.status,
        time(task.createTime),
        html`<pre>${task.command}</pre>`,
        task.resultFile,
        task.mqStatus,
        task.mqMessageId && html`<a href="/?mq_message_id=${task.mqMessageId}#messages">${task.mqMessageId}</a>`,
        task.mqErrorMsg ?? task.message,
      ]),
  );
}

// OSS

function buckets({ query }: Exchange, { account: { oss, activation } }: Services): Markup {
  if (!activation.isActive('oss')) {
    return html`<p class="empty">OSS is not activated</p>`;
  }
  const all = oss.listBuckets();
  const chosen = all.find(({ name }) => name === query.get('bucket'));
  return html`${table(
    ['Bucket', 'Region', 'ACL', 'Public access', 'Versioning', 'Encryption'],
    all.map((bucket) => [
      html`<a href="/?bucket=${bucket.name}#oss">${bucket.name}</a>`,
      bucket.region,
      bucket.acl,
      bucket.blockPublicAccess ? 'blocked' : 'as the ACL says',
      bucket.versioning,
      bucket.encryption?.sseAlgorithm,
    ]),
  )}
  ${chosen && objects(chosen.name, query.get('prefix') ?? '', query.get('marker') ?? '')}`;

  function objects(bucket: string, prefix: string, marker: string): Markup {
    const page = [];
    for (const object of oss.objects(bucket, prefix, marker)) {
      page.push(object);
      if (page.length > MAX_ROWS) {
        break;
      }
    }
    const more = page.length > MAX_ROWS;
    const shown = page.slice(0, MAX_ROWS);
    const next = new URLSearchParams({ bucket, prefix, marker: shown.at(-1)?.key ?? '' });
    return html`<h3>Objects of ${bucket}</h3>
      <form action="/#oss">
        <input type="hidden" name="bucket" value="${bucket}" />
        <label>prefix <input name="prefix" value="${prefix}" size="40" /></label> <button>Show</button>
      </form>
      ${table(
        ['Object', 'Size', 'Type', 'ETag', 'Modified'],
        shown.map(({ key, size, contentType, md5, lastModified }) => [key, size, contentType, md5, lastModified]),
      )}
      ${more && html`<p><a href="/?${next.toString()}#oss">more</a></p>`}`;
  }
}

// RAM

function principals({ account: { ram } }: Services): Markup {
  const attached = (kind: PrincipalKind, name: string) =>
    ram.listAttachedPolicies(kind, name).map(({ policy }) => html`${policy.policyName} (${policy.policyType})<br />`);
  return html`${table(
      ['Role', 'Trust', 'Policies', 'Description'],
      ram
        .listRoles()
        .map((role) => [
          role.roleName,
          html`<pre>${role.assumeRolePolicyDocument}</pre>`,
          attached('role', role.roleName),
          role.description,
        ]),
    )}
    <h3>Users</h3>
    ${table(
      ['User', 'Policies'],
      ram.listUsers().map(({ userName }) => [userName, attached('user', userName)]),
    )}
    <h3>Custom policies</h3>
    ${table(
      ['Policy', 'Version', 'Document'],
      ram
        .listPolicies('Custom')
        .map(({ policyName, defaultVersion, versions }) => [
          policyName,
          defaultVersion,
          html`<pre>${versions.find(({ versionId }) => versionId === defaultVersion)?.document}</pre>`,
        ]),
    )}`;
}

function lastRequests({ requests }: Services): Markup {
  return table(
    ['Time', 'Action', 'About', 'Status', 'Code', 'ms'],
    [...requests.list()]
      .reverse()
      .map(({ time: at, action, resource, status, code, milliseconds }) => [
        at,
        action,
        resource,
        status,
        code,
        milliseconds,
      ]),
  );
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
