import { CloudError } from '../account/cloud-error';
import { excerpt } from '../account/excerpt';
import { invalidArgument } from '../account/oss-error';
import type { ObjectVersion } from '../account/oss-types';
import { decodePercent, type Exchange, header, type Reply } from '../http/request';
import type { Principal } from '../account/principal';
import type { Services } from '../http/services';

/** What an OSS request is about. */
export interface OssTarget {
  readonly bucket?: string;
  readonly key?: string;
}

/** An object, in its current version where none is named. */
export interface NamedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/** One request to OSS, after it has been authorised. */
export interface OssRequest extends Services {
  readonly exchange: Exchange;
  /** Empty for a request to the service. */
  readonly bucket: string;
  /** Empty for a request to a bucket. */
  readonly key: string;
  /** Undefined for an anonymous request. */
  readonly principal: Principal | undefined;
  /** Whether the same caller may do something to another object: read what is copied, delete one of many. */
  readonly may: (action: 'GetObject' | 'DeleteObject', object: NamedObject) => boolean;
}

/** One operation of OSS's API. */
export interface Operation {
  /** Name in OSS's API reference, e.g. `PutBucketLifecycle`. */
  readonly name: string;
  /** Action in policies, without `oss:`. @default - the name */
  readonly action?: string;
  /** Whether everybody may call it, for which no signature is looked at. @default false */
  readonly needsNoPermission?: boolean;
  /** Whether it asks itself for what it takes, for its body names the objects. @default false */
  readonly asksItself?: boolean;
  /** What a public ACL may grant to anybody. @default - nothing */
  readonly acl?: 'read' | 'write';
  readonly run: (request: OssRequest) => Reply | Promise<Reply>;
}

/** Bucket and key, from the host or from the path. */
export function targetOf({ authority, rawPath }: Exchange): OssTarget {
  const path = decodePath(rawPath.slice(1));
  if (authority.bucket !== undefined) {
    return { bucket: authority.bucket, key: path || undefined };
  }
  const slash = path.indexOf('/');
  const [bucket, key] = slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
  return { bucket: bucket || undefined, key: key || undefined };
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // What is encoded, but not as UTF-8, is told by a code of its own.
    throw /%(?![\da-f]{2})/i.test(text)
      ? new CloudError('InvalidURI', `${excerpt(text)} is not validly percent-encoded`)
      : new CloudError('InvalidArgument', 'The characters encoding must be utf-8.');
  }
}

/**
 * A key in a header, percent-encoded as in a form: Alibaba's first client for Go writes a space as `+`, and all write a
 * plus sign as `%2B`.
 */
export function keyInHeader(text: string): string {
  return decodePercent(text.replaceAll('+', ' '));
}

/** A header that may be left out or empty. */
export function optionalHeader(request: OssRequest, name: string): string | undefined {
  return header(request.exchange, name) || undefined;
}

/** A header of true or false, in any case, as clients write it. @throws CloudError InvalidArgument */
export function flagHeader(request: OssRequest, name: string): boolean {
  return parseFlag(name, optionalHeader(request, name) ?? 'false');
}

/** Alibaba's client for Python writes True and False. @throws CloudError InvalidArgument */
export function parseFlag(name: string, value: string): boolean {
  if (!/^(true|false)$/i.test(value)) {
    throw invalidArgument(name, value, 'true or false');
  }
  return value.toLowerCase() === 'true';
}

/** The version that a request names, if any. @throws CloudError InvalidArgument */
export function versionOf(request: OssRequest): string | undefined {
  return checkVersion(request.exchange.query.get('versionId') || undefined);
}

/** @throws CloudError InvalidArgument for what cannot be the id of a version */
export function checkVersion(versionId: string | undefined): string | undefined {
  if (versionId !== undefined && !/^(null|CAEQ[\w.-]{20,})$/.test(versionId)) {
    throw invalidArgument('versionId', versionId, 'the id of a version');
  }
  return versionId;
}

export function etagOf({ md5, etag }: ObjectVersion): string {
  return `"${etag ?? md5}"`;
}

const MAX_TEXT_BYTES = 1024;

/** A text in a query that names keys. @throws CloudError InvalidArgument when no key could be so long */
export function textIn(request: OssRequest, name: string): string {
  const text = request.exchange.query.get(name) ?? '';
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    throw invalidArgument(name, text, `at most ${MAX_TEXT_BYTES} bytes`);
  }
  return text;
}

/** A number in a query. @throws CloudError InvalidArgument */
export function numberIn(request: OssRequest, name: string, defaultValue: number, min: number, max: number): number {
  const text = request.exchange.query.get(name);
  if (text === null || text === '') {
    return defaultValue;
  }
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw invalidArgument(name, text, `a number from ${min} to ${max}`);
  }
  return value;
}
