import type { Reply } from '../http/request';
import { writeXml } from '../http/xml';

/** An XML document of OSS. */
export function xmlReply(root: string, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: writeXml(root, value) };
}

/** A time as OSS writes it in XML: whole seconds in the form of milliseconds, which some of its clients insist on. */
export function xmlTime(time: string): string {
  return time.replace(/\.\d{3}Z$/, '.000Z');
}

/** Done, with nothing to say. */
export function emptyReply(status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers };
}
