import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import type { OssLocation } from '../../cloud/oss-location';
import { entriesOf } from '../account/oss-entries';
import type { ObjectVersion } from '../account/oss-types';
import { encodePercent } from '../http/request';
import type { Handled } from '../http/services';
import { ifActive } from '../account/if-active';
import { html, type Markup, type Value } from './markup';
import type { Page, View } from './page';
import { fields, formatted, MAX_ROWS, size, table, time } from './parts';

/** Bytes of an object that a page shows. */
const PREVIEW_BYTES = 32 * 1024;

export function ossPage({ services, link }: View): Page {
  const { oss, activation } = services.account;
  return {
    title: 'OSS: buckets',
    content: html`${!activation.isActive('oss') && html`<p>OSS is not activated.</p>`}
    ${table(
      'Buckets',
      ['Bucket', 'Region', 'ACL', 'Public access', 'Versioning', 'Encryption', 'Created'],
      ifActive(() => oss.listBuckets()).map((bucket) => [
        html`<a href="${link('bucket', { name: bucket.name })}">${bucket.name}</a>`,
        bucket.region,
        bucket.acl,
        bucket.blockPublicAccess ? 'blocked' : 'as the ACL says',
        bucket.versioning,
        bucket.encryption?.sseAlgorithm,
        time(bucket.creationDate),
      ]),
    )}`,
  };
}

/** @throws CloudError when there is no such bucket */
export function bucketPage({ services, query, link }: View): Page {
  const { oss } = services.account;
  const name = query.get('name') ?? '';
  const prefix = query.get('prefix') ?? '';
  const { region } = oss.getBucket(name);
  const criteria = { prefix, delimiter: '/', marker: query.get('marker') ?? '', max: MAX_ROWS, withDeleted: false };
  const { keys, prefixes, truncated, last } = entriesOf(oss, name, criteria);
  const above = prefix.split('/').slice(0, -1);
  return {
    title: `Bucket ${name}`,
    content: html`<p>
        In ${region}: <a href="${link('bucket', { name })}">${name}</a>/${above.map(
          (part, index) =>
            html`<a href="${link('bucket', { name, prefix: `${above.slice(0, index + 1).join('/')}/` })}">${part}/</a>`,
        )}${prefix.slice(prefix.lastIndexOf('/') + 1)}
      </p>
      <form action="/">
        <input type="hidden" name="page" value="bucket" />
        <input type="hidden" name="name" value="${name}" />
        <input name="prefix" value="${prefix}" aria-label="Prefix" placeholder="prefix of the keys" />
        <button>Show</button>
      </form>
      ${table(
        'Objects',
        ['Object', '#Size', 'Type', 'Storage class', 'Modified'],
        [
          ...prefixes.map((folder): Value[] => [
            html`<a href="${link('bucket', { name, prefix: folder })}"
              >${folder.slice(prefix.lastIndexOf('/') + 1)}</a
            >`,
            ...['', 'folder', '', ''],
          ]),
          ...keys.map((object): Value[] => [
            html`<a href="${link('object', { bucket: name, key: object.key })}"
              >${object.key.slice(prefix.lastIndexOf('/') + 1) || object.key}</a
            >`,
            ...[size(object.size), object.contentType, object.storageClass],
            time(object.lastModified),
          ]),
        ],
      )}
      ${truncated && html`<p><a href="${link('bucket', { name, prefix, marker: last })}">More</a></p>`}`,
  };
}

/** @throws CloudError when there is no such object */
export async function objectPage(view: View): Promise<Page> {
  const { query, services } = view;
  const at = { bucket: query.get('bucket') ?? '', key: query.get('key') ?? '' };
  const object = services.account.oss.getObject(at.bucket, at.key);
  return {
    title: `Object ${at.key}`,
    content: html`${objectLinks(view, at)}
      ${fields('Object', [
        ['Bucket', at.bucket],
        ['Size', size(object.size)],
        ['Content type', object.contentType],
        ['Storage class', object.storageClass],
        ['Version', object.versionId],
        ['Modified', time(object.lastModified)],
        ...Object.entries(object.meta).map(([name, value]) => [`x-oss-meta-${name}`, value] as const),
        ...Object.entries(object.tags).map(([name, value]) => [`Tag ${name}`, value] as const),
      ])}
      <h2>Preview</h2>
      ${await preview(view, at)}`,
  };
}

/** The ways to an object: its page, its folder, its content. */
export function objectLinks({ link }: View, { bucket, key }: OssLocation): Markup {
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const download = `/?page=download&bucket=${encodePercent(bucket)}&key=${encodePercent(key)}`;
  return html`<p>
    <a href="${link('object', { bucket, key })}">oss://${bucket}/${key}</a>
    (<a href="${link('bucket', { name: bucket, prefix: folder })}">folder</a>, <a href="${download}">download</a>)
  </p>`;
}

/** The beginning of an object's content, if it is text. */
export async function preview({ services }: View, { bucket, key }: OssLocation): Promise<Markup> {
  const { oss } = services.account;
  const object = oss.findVersion(bucket, key);
  if (!object || object.deleteMarker) {
    return html`<p>The object is gone.</p>`;
  }
  const held = oss.hold(object);
  try {
    const bytes = Buffer.alloc(Math.min(object.size, PREVIEW_BYTES));
    const file = await fs.promises.open(held.path);
    try {
      await file.read(bytes, 0, bytes.length, 0);
    } finally {
      await file.close();
    }
    return content(object, bytes);
  } finally {
    held.release();
  }
}

function content({ size: whole }: ObjectVersion, bytes: Buffer): Markup {
  // A character may be cut in two at the end.
  const isText = !bytes.includes(0) && [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
  if (!isText) {
    return html`<p>Not text.</p>`;
  }
  return html`${formatted(bytes.toString())}
  ${whole > bytes.length && html`<p>The first ${size(bytes.length)} of ${size(whole)}.</p>`}`;
}

/** The content of an object, to be saved and never shown as a page. @throws CloudError when there is none */
export function download({ query, services }: View): Handled {
  const { oss } = services.account;
  const key = query.get('key') ?? '';
  const object = oss.getObject(query.get('bucket') ?? '', key);
  const held = oss.hold(object);
  return {
    action: 'local.console',
    reply: {
      status: 200,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(object.size),
        'content-disposition': `attachment; filename*=UTF-8''${encodePercent(key.slice(key.lastIndexOf('/') + 1))}`,
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
      body: { file: held.path, release: () => held.release() },
    },
  };
}
