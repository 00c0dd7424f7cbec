import { ALIBABA_DOMAIN } from '../../cloud/hosts';
import { createHash } from 'node:crypto';
import { arn } from '../../cloud/arn';
import { MAX_CLOCK_SKEW_MILLIS } from '../../cloud/limits';
import { CloudError } from '../account/cloud-error';
import { decodePercent, type Exchange, header, type Reply } from './request';
import { carriesToken, mayDo, type Principal, principalOf, requestContext, sameText } from '../account/principal';
import { messageSignature } from './message-signature';
import type { Handled, Protocol, Services } from './services';
import { childrenOf, readXml, writeXml, type XmlNode } from './xml';

const MAX_WAIT_SECONDS = 30;
/** Less than that, by what a busy machine may be late: `@alicloud/mns` gives up after 30 seconds without an answer, however long it asks to wait. */
const LONGEST_WAIT_MILLIS = 29_000;
/** Messages that one request may send, receive or delete. */
const MAX_BATCH = 16;

/** One request of the HTTP protocol of MQ or SMQ (formerly MNS), after its signature has been accepted. */
export interface MessageRequest extends Services {
  readonly exchange: Exchange;
  /** Parts of the path, decoded: `queues`, `name`, `messages`. */
  readonly path: readonly string[];
  /** When it came, by the monotonic clock. */
  readonly cameAt: number;
  /** @throws CloudError when the caller may not do it */
  readonly authorise: (actions: readonly string[], region: string, resource: string) => void;
}

/** What a request asks for: its name for the log and for faults, what it is about, and the work. */
export interface MessageOperation {
  readonly name: string;
  readonly resource: string;
  readonly run: () => Reply | Promise<Reply>;
}

/** As the signature and, in lower case, headers and namespaces name the service. */
type Scheme = 'MQ' | 'MNS';

/**
 * A protocol of the kind that MQ and SMQ (formerly MNS) share: XML over HTTP, signed with HMAC-SHA1 under a scheme of its own.
 *
 * @param product as in the log and in fault settings
 */
export function messageProtocol(
  scheme: Scheme,
  product: string,
  operationOf: (request: MessageRequest) => MessageOperation,
): Protocol {
  const idHeader = `x-${scheme.toLowerCase()}-request-id`;
  return async (exchange: Exchange, services: Services): Promise<Handled> => {
    let name = `${exchange.method} ${exchange.rawPath}`;
    let resource = '';
    const cameAt = performance.now();
    try {
      const principal = callerOf(exchange, scheme, services);
      const operation = operationOf({
        ...services,
        exchange,
        cameAt,
        path: exchange.rawPath.slice(1).split('/').map(decodePercent),
        authorise: authoriser(services, principal, exchange.secure),
      });
      ({ resource } = operation);
      name = `${product}.${operation.name}`;
      await services.faults.apply(product, operation.name);
      const reply = await operation.run();
      return {
        action: name,
        resource,
        reply: { ...reply, headers: { ...reply.headers, [idHeader]: exchange.requestId } },
      };
    } catch (error) {
      if (!(error instanceof CloudError)) {
        throw error;
      }
      const { code, message, httpStatus } = error;
      const { requestId } = exchange;
      const hostId = `http://${header(exchange, 'host') ?? ''}`;
      const reply = xmlReply(scheme, httpStatus, 'Error', {
        Code: code,
        Message: message,
        RequestId: requestId,
        HostId: hostId,
      });
      return {
        action: name,
        resource,
        code,
        reply: { ...reply, headers: { ...reply.headers, [idHeader]: requestId } },
      };
    }
  };
}

/** A document of the service's namespace. Without it, and with a slash at its end, Java's SDKs know no error. */
export function xmlReply(scheme: Scheme, status: number, root: string, value: unknown): Reply {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=utf-8' },
    body: writeXml(root, value, `http://${scheme.toLowerCase()}.${ALIBABA_DOMAIN}/doc/v1`),
  };
}

/** Elements of a batch, or the one that stands alone. @throws CloudError for too many or none */
export async function readBatch(
  body: Buffer,
  list: string,
  item: string,
): Promise<{ items: XmlNode[]; isBatch: boolean }> {
  const [, root] = /<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)/.exec(body.toString()) ?? [];
  const isBatch = root === list;
  const document = await readXml(body, isBatch ? list : item);
  const items = isBatch ? childrenOf(document, item) : [document];
  if (items.length < 1 || items.length > MAX_BATCH) {
    throw new CloudError('InvalidArgument', `expected 1 to ${MAX_BATCH} ${item} elements, got ${items.length}`);
  }
  return { items, isBatch };
}

/** `numOfMessages`. @throws CloudError InvalidArgument */
export function batchSize({ query }: Exchange): number {
  return numberIn(query, 'numOfMessages', 1, MAX_BATCH) ?? 1;
}

/**
 * What `find` gives, asked again at each arrival until there is some or the time that the request may wait is over.
 * What a client that has left would take, nobody would get: nothing is looked for any more then.
 *
 * @param find must not wait
 * @param onArrival calls its listener when there may be something; returns what ends that
 */
export async function waitFor<T>(
  { account, exchange, cameAt }: MessageRequest,
  defaultSeconds: number,
  find: () => T[],
  onArrival: (listener: () => void) => () => void,
): Promise<T[]> {
  const { socket } = exchange;
  const seconds = numberIn(exchange.query, 'waitseconds', 0, MAX_WAIT_SECONDS) ?? defaultSeconds;
  const found = socket.writable ? find() : [];
  if (found.length > 0 || seconds === 0 || !socket.writable) {
    return found;
  }
  const { lifetime } = account;
  const ended = new AbortController();
  try {
    return await new Promise<T[]>((resolve, reject) => {
      const { signal } = ended;
      const giveUp = () => resolve([]);
      // A latency among the faults is part of it: clients give up a second after the time that they ask for.
      const timer = setTimeout(
        giveUp,
        Math.max(0, Math.min(1000 * seconds, LONGEST_WAIT_MILLIS) - (performance.now() - cameAt)),
      );
      const look = (): void => {
        try {
          const arrived = signal.aborted || !socket.writable ? [] : find();
          if (arrived.length > 0) {
            ended.abort();
            resolve(arrived);
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      // That the client has left may have come together with what arrived: it is read before.
      const stopListening = onArrival(() => setImmediate(look));
      socket.once('close', giveUp);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        stopListening();
        socket.off('close', giveUp);
      });
      lifetime.addEventListener('abort', () => reject(lifetime.reason as Error), { signal });
    });
  } finally {
    ended.abort();
  }
}

function numberIn(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === null) {
    return undefined;
  }
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new CloudError('InvalidArgument', `${name}: expected ${min} to ${max}, got ${JSON.stringify(text)}`);
  }
  return value;
}

function callerOf(exchange: Exchange, scheme: string, { account }: Services): Principal {
  if (header(exchange, 'authorization') === undefined) {
    throw new CloudError('MissingAuthorizationHeader', 'Authorization header is required.');
  }
  const date = header(exchange, 'date') ?? header(exchange, `x-${scheme.toLowerCase()}-date`);
  if (date === undefined) {
    throw new CloudError('MissingDateHeader', 'Date header is required.');
  }
  const signed = messageSignature(exchange, scheme, date);
  if (!signed) {
    throw new CloudError('InvalidAuthorizationHeader', `Authorization: expected ${scheme} KEY:SIGNATURE`);
  }
  const age = Date.now() - Date.parse(date);
  if (Number.isNaN(age)) {
    throw new CloudError('InvalidDateHeader', 'The Date header format is invalid.');
  }
  if (Math.abs(age) > MAX_CLOCK_SKEW_MILLIS) {
    throw new CloudError('TimeExpired', 'The http request you sent is expired.', 408);
  }
  const principal = principalOf(account, signed.accessKeyId);
  if (!principal || principal === 'inactive') {
    const problem = principal ? 'is disabled' : 'does not exist';
    throw new CloudError('InvalidAccessKeyId', `The AccessKey ID you provided ${problem}.`, 403);
  }
  if (!sameText(signed.sign(principal.secret), signed.signature)) {
    throw new CloudError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. ' +
        `We signed ${JSON.stringify(signed.toSign)}`,
      403,
    );
  }
  if (!carriesToken(principal, header(exchange, 'security-token'))) {
    throw new CloudError('InvalidSecurityToken', 'The security token does not belong to the access key.', 403);
  }
  return principal;
}

function authoriser({ account }: Services, principal: Principal, secure: boolean): MessageRequest['authorise'] {
  return (actions, region, resource) => {
    const [product] = actions[0].split(':');
    const name = arn(product, region, account.identity.accountId, resource);
    if (!mayDo(account, principal, actions, name, requestContext(secure))) {
      throw new CloudError('AccessDenied', `You are not authorized to do ${actions[0]} on ${name}.`, 403);
    }
  };
}

/** MD5 of a message's body, as the protocols write it. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex').toUpperCase();
}
