import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { finished, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ALIBABA_DOMAIN } from '../../cloud/hosts';
import { MQ_HTTP_LABEL } from '../../cloud/mq-endpoint';
import { CloudError } from '../account/cloud-error';
import { internalError } from '../account/internal-error';
import { consolePage, isConsolePath } from '../console/console';
import { control, isControlPath } from './control';
import { LocalCloudError } from '../store/local-cloud-error';
import { mnsHttp } from '../mns-http/mns-http';
import { mqHttp } from '../mq-http/mq-http';
import { openApi } from '../openapi/openapi';
import { ossHttp } from '../oss-http/oss-http';
import { authorityOf } from '../http/host';
import type { HttpServerOptions } from './http-server';
import { refusalReply } from '../http/refusal';
import { secureContextOf } from '../account/secure-context';
import { type Exchange, header, type Reply } from '../http/request';
import type { Handled, Protocol, Services } from '../http/services';
import { writeXml } from '../http/xml';
import { excerpt } from '../account/excerpt';

const MAX_HEADER_BYTES = 32 * 1024;
const MAX_TARGET_LENGTH = 16 * 1024;
const MAX_CONNECTIONS = 1000;
/** Read from a file at once. */
const READ_BYTES = 256 * 1024;
const IDLE_MILLIS = 60_000;
/** How long the line and headers of one request may take, and what is left of its body after an early answer. */
const HEADERS_MILLIS = 20_000;

/** How much of a body is still read after an answer that did not need it. */
const MAX_REST_BYTES = 2 ** 30;
/** How long a client whose request cannot be read has to read that. */
const LINGER_MILLIS = 2_000;

/** How many requests of one connection may wait for their turn before no more of it is read. */
const MAX_PIPELINED = 100;

/** What a request may be behind by before it counts as slow, so that one that has just begun is not. */
const HEAD_START_BYTES = 64 * 1024;

/** How long a connection has to begin a request before it counts as one that asks for nothing. */
const NEWCOMER_MILLIS = 1_000;

/** First byte of a record in which a TLS client says hello; no method of HTTP begins with it. */
const TLS_HANDSHAKE = 0x16;

interface RequestTarget {
  readonly host: string;
  readonly proxied: boolean;
  readonly rawPath: string;
  readonly rawQuery: string;
}

/** A request that is not answered to its end, and what its connection had carried when it began. */
interface Pending {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly began: number;
  readonly bytes: number;
}

interface HttpListenerOptions {
  /** @default 20 s */
  readonly headersMillis?: number;
  /** How long a client may send and read nothing. @default 60 s */
  readonly idleMillis?: number;
  /** @default - TLS is refused */
  readonly tls?: HttpServerOptions['tls'];
  /** @default false */
  readonly isOpen?: boolean;
}

/** The server behind the HTTP server: accepts or refuses a request by its host, and hands it to its protocol. */
export class HttpListener {
  private readonly server: http.Server;
  private readonly sockets = new Set<Socket>();
  /** Sockets without a request that is not answered, and since when, those that have waited longest first. */
  private readonly idle = new Map<Socket, number>();
  private readonly pending = new Map<Socket, Pending>();
  /** What a connection has asked for and has no answer to yet. */
  private readonly queues = new WeakMap<Socket, { length: number; end: Promise<void> }>();

  private readonly headersMillis: number;
  private readonly idleMillis: number;
  private readonly secureContext: () => SecureContext | undefined;

  constructor(
    private readonly services: Services,
    private readonly options: HttpListenerOptions = {},
  ) {
    const { headersMillis = HEADERS_MILLIS, idleMillis = IDLE_MILLIS } = options;
    this.secureContext = secureContextOf(options.tls);
    this.headersMillis = headersMillis;
    this.idleMillis = idleMillis;
    this.server = http.createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        keepAliveTimeout: idleMillis,
        headersTimeout: headersMillis,
        // A large upload may take long, as long as it goes on.
        requestTimeout: 0,
        connectionsCheckingInterval: headersMillis / 4,
      },
      (request, response) => this.inTurn(request, response),
    );
    // Without it Node asks for the body of a request before anybody has looked at its head.
    this.server.on('checkContinue', (request, response) => this.inTurn(request, response, true));
    // Node checks the time of headers only for servers that listen themselves.
    this.server.emit('listening');
    this.server.setTimeout(idleMillis, (socket: Socket) => {
      const { request, response } = this.pending.get(socket) ?? {};
      if (request?.complete && !response!.headersSent) {
        // It is we who take that long.
        socket.setTimeout(idleMillis);
      } else {
        socket.destroy();
      }
    });
    this.server.on('clientError', (error, socket) => {
      if (socket.writable) {
        socket.end(unreadable(error));
        // A client that is still sending would see a reset of the connection in place of the answer.
        const timer = setTimeout(() => socket.destroy(), LINGER_MILLIS);
        socket.once('close', () => clearTimeout(timer));
      }
    });
    // A tunnel would carry requests that nobody here could read.
    this.server.on('connect', (_request, socket) => {
      // Most clients show nothing of the answer but the words of its first line.
      const why = 'no tunnels for HTTPS here: give the client ALICLOUD_LOCAL as its endpoint or use http';
      socket.end(`HTTP/1.1 403 ${why}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
  }

  public accept(socket: Socket): void {
    if (this.sockets.size >= MAX_CONNECTIONS) {
      // Those that ask for nothing must not shut the server for those that do, nor those that take their time.
      const [[oldest, since] = []] = this.idle;
      // A newcomer's request may be on its way.
      const isNew = since !== undefined && performance.now() - since < NEWCOMER_MILLIS;
      const leaves = oldest && !isNew ? oldest : (this.slowest() ?? oldest);
      if (!leaves) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.drop(leaves);
      leaves.destroy();
    }
    this.track(socket);
    const end = (): void => void socket.destroy();
    socket.setTimeout(this.idleMillis, end);
    socket.once('readable', () => {
      socket.setTimeout(0, end);
      const first = socket.read() as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) {
        this.secure(socket);
      } else {
        this.server.emit('connection', socket);
      }
    });
  }

  /**
   * Serves the requests of a connection one after the other. HTTP lets a client send the next one before the answer:
   * what reads must see what was written before it.
   */
  private inTurn(request: http.IncomingMessage, response: http.ServerResponse, waits = false): void {
    const { socket } = request;
    const queue = this.queues.get(socket) ?? { length: 0, end: Promise.resolve() };
    this.queues.set(socket, queue);
    queue.length += 1;
    if (queue.length > MAX_PIPELINED) {
      socket.pause();
    }
    queue.end = queue.end.then(async () => {
      if (!socket.destroyed) {
        this.begin(request, response);
        await this.serve(request, response, waits);
      }
      queue.length -= 1;
      if (queue.length === MAX_PIPELINED) {
        socket.resume();
      }
    });
  }

  private begin(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request;
    this.idle.delete(socket);
    const bytes = socket.bytesRead + socket.bytesWritten;
    this.pending.set(socket, { request, response, began: performance.now(), bytes });
    response.once('close', () => {
      // The next one may have begun.
      if (this.pending.get(socket)?.response === response) {
        this.pending.delete(socket);
        if (this.sockets.has(socket)) {
          this.idle.set(socket, performance.now());
        }
      }
    });
  }

  /** The connection that waits for its client, to send or to read, and has carried least for its time. */
  private slowest(): Socket | undefined {
    const now = performance.now();
    let slowest: Socket | undefined;
    let least = Infinity;
    for (const [socket, { request, response, began, bytes }] of this.pending) {
      const waits = !request.complete || (response.headersSent && socket.writableNeedDrain);
      const carried = socket.bytesRead + socket.bytesWritten - bytes + HEAD_START_BYTES;
      if (waits && carried / (now - began) < least) {
        least = carried / (now - began);
        slowest = socket;
      }
    }
    return slowest;
  }

  /** Serves a connection whose first byte says that it speaks TLS. */
  private secure(socket: Socket): void {
    const secureContext = this.secureContext();
    if (!secureContext) {
      socket.destroy();
      return;
    }
    const secured = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    this.drop(socket);
    this.track(secured);
    secured.on('error', () => secured.destroy());
    secured.once('close', () => socket.destroy());
    const end = (): void => void secured.destroy();
    secured.setTimeout(this.idleMillis, end);
    secured.once('secure', () => {
      secured.setTimeout(0, end);
      this.server.emit('connection', secured);
    });
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    this.idle.set(socket, performance.now());
    socket.once('close', () => this.drop(socket));
  }

  private drop(socket: Socket): void {
    this.sockets.delete(socket);
    this.idle.delete(socket);
    this.pending.delete(socket);
  }

  public async close(): Promise<void> {
    for (const socket of this.sockets) {
      socket.destroy();
    }
    this.server.close(() => undefined);
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse, waits: boolean): Promise<void> {
    const started = performance.now();
    const requestId = randomUUID().toUpperCase();
    let isAskedFor = !waits;
    const askForBody = (): void => {
      if (!isAskedFor) {
        isAskedFor = true;
        response.writeContinue();
      }
    };
    const answer = await this.answer(request, requestId, askForBody);
    if (!request.complete && (!isAskedFor || ['GET', 'HEAD'].includes(request.method!))) {
      // Where no body follows, in spite of its length, the next request would be taken for it.
      response.setHeader('connection', 'close');
    }
    try {
      await send(request, response, answer.reply, this.headersMillis);
    } catch (error) {
      response.destroy();
      if (error instanceof LocalCloudError) {
        internalError(`answering ${answer.action}`, error);
      }
    } finally {
      releaseBody(answer.reply);
    }
    if (answer.action.startsWith('local.')) {
      return;
    }
    this.services.requests.add({
      time: new Date().toISOString(),
      requestId,
      action: answer.action,
      resource: answer.resource ?? '',
      status: answer.reply.status,
      code: answer.code ?? '',
      milliseconds: Math.round(performance.now() - started),
    });
  }

  private async answer(request: http.IncomingMessage, requestId: string, askForBody: () => void): Promise<Handled> {
    const action = `${request.method} ${(request.url ?? '').slice(0, 200)}`;
    try {
      const exchange = exchangeOf(request, requestId, askForBody, this.options.isOpen);
      return await protocolOf(exchange)(exchange, this.services);
    } catch (error) {
      // An error of ours must reach the developer, not end the process that serves all the others.
      if (!(error instanceof CloudError) && !request.socket.destroyed) {
        // Without the query, which may hold a signature.
        internalError(action.split('?')[0], error);
      }
      const refusal =
        error instanceof CloudError
          ? error
          : new CloudError(
              'InternalError',
              'an internal error of the local cloud, which its standard error tells',
              500,
            );
      return { action, code: refusal.code, reply: refusalReply(request, requestId, refusal) };
    }
  }
}

/** The answer to what is no HTTP/1.1, such as a target whose characters are not percent-encoded. */
function unreadable(error: Error & { code?: string; reason?: string }): string {
  const message =
    error.code === 'HPE_PAUSED_H2_UPGRADE'
      ? 'HTTP/2 is not served, expected HTTP/1.1'
      : `the request cannot be read as HTTP: ${error.reason ?? error.message}`;
  const body = writeXml('Error', { Code: 'InvalidRequest', Message: message });
  const headers = ['Connection: close', 'Content-Type: application/xml', `Content-Length: ${Buffer.byteLength(body)}`];
  return `HTTP/1.1 400 Bad Request\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * @param askForBody - called before the body is read, for the client may wait with it until then
 * @throws CloudError when the request is not for us
 */
function exchangeOf(
  request: http.IncomingMessage,
  requestId: string,
  askForBody: () => void,
  isOpen?: boolean,
): Exchange {
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) {
    throw new CloudError('InvalidRequest', `expected one Host header, got ${hosts.length}`);
  }
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    // Its bytes would be stored in place of what they stand for.
    const got = excerpt(coding);
    throw new CloudError('NotImplemented', `Transfer-Encoding: expected chunked, got ${got}`, 501);
  }
  const target = targetOf(request);
  const authority = authorityOf(target.host, target.proxied, isOpen);
  if (!authority) {
    // As newer SDKs do with an endpoint that has one.
    const expected = /^https?:\/\//i.test(target.host)
      ? 'host and port as the endpoint of this SDK, without http://, and HTTP as its protocol'
      : '127.0.0.1 and localhost, with the name of a bucket before it, hosts of OSS, and in requests to the proxy ' +
        `all hosts of ${ALIBABA_DOMAIN}`;
    throw new CloudError('HostRefused', `the host ${excerpt(target.host)} is not served: expected ${expected}`, 403);
  }
  return {
    method: request.method!,
    authority,
    secure: request.socket instanceof TLSSocket,
    rawPath: target.rawPath,
    rawQuery: target.rawQuery,
    query: new URLSearchParams(target.rawQuery),
    headers: request.headers,
    body: bodyOf(request, askForBody),
    socket: request.socket,
    requestId,
  };
}

async function* bodyOf(request: http.IncomingMessage, askForBody: () => void): AsyncGenerator<Buffer> {
  askForBody();
  // Without the end of the connection where the body is left early, which would take the answer away.
  yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

function targetOf(request: http.IncomingMessage): RequestTarget {
  const url = request.url ?? '';
  if (url.length > MAX_TARGET_LENGTH) {
    throw new CloudError('InvalidURI', `the request target is longer than ${MAX_TARGET_LENGTH} characters`, 414);
  }
  const [, absolute, path, query] = /^(?:http:\/\/([^/?#]*))?(\/[^?#]*|(?=[?#]|$))(?:\?([^#]*))?/i.exec(url) ?? [];
  if (path === undefined || (absolute === undefined && path === '')) {
    throw new CloudError('InvalidURI', `the request target ${excerpt(url)} is not valid`);
  }
  return {
    host: absolute ?? request.headers.host ?? '',
    proxied: absolute !== undefined,
    rawPath: path || '/',
    rawQuery: query ?? '',
  };
}

/** The protocol that a request speaks: told by how it is signed, and by its host or parameters where it is not. */
function protocolOf(exchange: Exchange): Protocol {
  const { authority, method, query, rawPath } = exchange;
  const scheme = (header(exchange, 'authorization') ?? '').split(/[\s-]/, 1)[0];
  if (
    scheme === 'ACS3' ||
    header(exchange, 'x-acs-action') !== undefined ||
    query.has('Action') ||
    isRpcForm(exchange)
  ) {
    return openApi;
  }
  if (scheme === 'MQ' || (authority.kind === 'alibaba' && authority.service === MQ_HTTP_LABEL)) {
    return mqHttp;
  }
  if (scheme === 'MNS' || scheme === 'MNS4' || (authority.kind === 'alibaba' && authority.service === 'mns')) {
    return mnsHttp;
  }
  if (authority.kind === 'alibaba') {
    return authority.service === 'oss' ? ossHttp : openApi;
  }
  const signed = scheme !== '' || query.has('OSSAccessKeyId') || query.has('x-oss-signature');
  if (method === 'GET' && isConsolePath(rawPath) && authority.bucket === undefined && !signed) {
    return consolePage;
  }
  return authority.bucket === undefined && isControlPath(rawPath) ? control : ossHttp;
}

function releaseBody({ body }: Reply): void {
  if (typeof body === 'object' && 'release' in body) {
    body.release();
  }
}

/** A call of OpenAPI whose action and signature stand in the form, which OSS has for buckets alone. */
function isRpcForm({ authority, headers, method, rawPath }: Exchange): boolean {
  const isForm = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '');
  const isUnsigned = headers.authorization === undefined;
  return method === 'POST' && rawPath === '/' && authority.bucket === undefined && isForm && isUnsigned;
}

async function send(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  reply: Reply,
  restMillis: number,
): Promise<void> {
  const { status, headers = {}, body } = reply;
  const withBody = request.method !== 'HEAD' && status !== 204 && status !== 304;
  if (body === undefined || typeof body === 'string') {
    const sized = status === 204 || 'content-length' in headers;
    response.writeHead(status, sized ? headers : { ...headers, 'content-length': Buffer.byteLength(body ?? '') });
    if (request.complete) {
      response.end(withBody ? body : undefined);
      return;
    }
    // A client that is still sending would see a reset of the connection in place of the answer.
    response.flushHeaders();
    if (withBody && body) {
      response.write(body);
    }
    const hasRead = await readRest(request, restMillis);
    response.end();
    if (!hasRead) {
      request.socket.destroySoon();
    }
    return;
  }
  try {
    response.writeHead(status, headers);
    if (!withBody) {
      response.end();
      return;
    }
    const content =
      body instanceof Readable
        ? body
        : fs.createReadStream(body.file, { start: body.start, end: body.end, highWaterMark: READ_BYTES });
    await pipeline(content, response);
  } finally {
    if (!(body instanceof Readable)) {
      body.release?.();
    }
  }
}

/** Reads what is still to come of a body, as far as it is worth that; returns whether it has come to its end. */
function readRest(request: http.IncomingMessage, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    let bytes = 0;
    const stop = (): void => {
      clearTimeout(timer);
      request.pause();
      resolve(request.complete);
    };
    const timer = setTimeout(stop, milliseconds);
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_REST_BYTES) {
        stop();
      }
    });
    finished(request, stop);
  });
}
