import { ALIBABA_DOMAIN } from '../../cloud/hosts';
import { CloudError } from '../account/cloud-error';
import { type Authorise, authoriser, callerOf } from './message-caller';
import { decodePercent, type Exchange, header, type Reply } from './request';
import type { Handled, Protocol, Services } from './services';
import { writeXml } from './xml';

/** One request of the HTTP protocol of MQ or SMQ (formerly MNS), after its signature has been accepted. */
export interface MessageRequest extends Services {
  readonly exchange: Exchange;
  /** Parts of the path, decoded: `queues`, `name`, `messages`. */
  readonly path: readonly string[];
  /** When it came, by the monotonic clock. */
  readonly cameAt: number;
  readonly authorise: Authorise;
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
