import { ALIBABA_DOMAIN } from '../../cloud/hosts';

/** What the host of a request names. */
export type Authority =
  | { readonly kind: 'loopback'; readonly bucket?: string }
  | { readonly kind: 'alibaba'; readonly region?: string; readonly service?: string; readonly bucket?: string };

const LOOPBACK = /^(?:(?<bucket>[a-z0-9][a-z0-9-]*)\.)?(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;
const ALIBABA = new RegExp(
  `^(?<name>[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*)\\.${ALIBABA_DOMAIN.replaceAll('.', '\\.')}(?::\\d{1,5})?$`,
);
/** A name without a dot, or an address: no page of somebody else can be at such a host. */
const UNDOTTED = /^(?:[a-z0-9_-]+|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
/** Before the domain: OSS in a region, or a bucket there. */
const OSS_NAME = /^(?:[a-z0-9][a-z0-9-]*\.)?oss-(?:cn|ap|us|eu|me|na)-[a-z0-9-]+$/;
const REGION = /^(?:cn|ap|us|eu|me|na)-[a-z0-9-]+$/;

/**
 * Reads a host, or returns undefined for one that must be refused: a name of somebody else that resolves to this
 * machine is how a web page would reach a server on loopback.
 *
 * @param proxied whether the request names its target in full, as requests to an HTTP proxy do; only those may be
 *   meant for all of Alibaba Cloud's hosts. OSS's are taken without, as some clients name them whatever address they
 *   connect to: a page cannot give itself such a name
 * @param isOpen whether more than loopback is listened on, as in a container, which others reach by the name of its service
 */
export function authorityOf(host: string, proxied: boolean, isOpen = false): Authority | undefined {
  // ali-oss names no bucket before the dot for calls that need none, where its endpoint is an address.
  const name = host.toLowerCase().replace(/^\.(?=oss-)/, '');
  const loopback = LOOPBACK.exec(name);
  if (loopback) {
    return { kind: 'loopback', bucket: loopback.groups!.bucket };
  }
  if (isOpen && UNDOTTED.test(name)) {
    return { kind: 'loopback' };
  }
  const alibaba = ALIBABA.exec(name)?.groups!.name;
  return alibaba !== undefined && (proxied || OSS_NAME.test(alibaba))
    ? alibabaAuthority(alibaba.split('.'))
    : undefined;
}

function alibabaAuthority(labels: readonly string[]): Authority {
  // The last one: names of buckets may begin so, too.
  const ossAt = labels.map((label) => /^oss-(?!admin)/.test(label)).lastIndexOf(true);
  if (ossAt >= 0) {
    return {
      kind: 'alibaba',
      service: 'oss',
      region: labels[ossAt].slice('oss-'.length).replace(/-internal$/, ''),
      bucket: ossAt > 0 ? labels.slice(0, ossAt).join('.') : undefined,
    };
  }
  return {
    kind: 'alibaba',
    service: labels.find((label) => /^[a-z]/.test(label) && !REGION.test(label)),
    region: labels.map((label) => label.replace(/-internal$/, '')).find((label) => REGION.test(label)),
  };
}
