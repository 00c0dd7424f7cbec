import type { Socket } from 'node:net';
import { CloudError } from '../account/cloud-error';
import { excerpt } from '../account/excerpt';
import { carriesToken, type Principal, principalOf } from '../account/principal';
import type { Answer } from './answer';
import { RequestCode, RequestError, ResponseCode } from './codes';
import { encodeFrame, type Frame, FrameReader, ONEWAY, RESPONSE } from './frame';
import { OPERATIONS } from './operations';
import { Caller, type Context, RocketMqRequest, unauthorised } from './request';
import { isSignedWith } from './signature';

/** Requests of one connection that may wait for an answer at the same time. */
const MAX_HELD = 1000;
/** Answers that a client has not read yet: from here on nothing more is read from it. */
const MAX_UNREAD_BYTES = 8 << 20;

/** A request that is answered later. */
export interface Held {
  /** Answers with what `find` gives, unless that is nothing or an answer was given already. */
  answer(find: () => Answer | undefined): void;
}

/** What became of a request, for the log. */
export interface Outcome {
  /** Undefined when the bytes were none. */
  readonly frame?: Frame;
  readonly code: number;
  readonly remark?: string;
  readonly milliseconds: number;
}

/** One client: reads its requests, checks who signed them, and answers. */
export class Connection {
  /** Groups whose producers are on this connection, and who said so. */
  public readonly producers = new Map<string, Caller>();
  /** Whether it has sent a request. */
  public hasAsked = false;
  /** `host:port` of the client. */
  public readonly remoteAddress: string;
  private readonly reader = new FrameReader();
  /** What waits for an answer, and what ends its waiting. */
  private readonly held = new Map<Held, () => void>();
  private closing = false;
  private sent = 0;

  /** @param told what became of each request */
  constructor(
    private readonly socket: Socket,
    private readonly context: Context,
    private readonly told: (outcome: Outcome) => void,
  ) {
    this.remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('drain', () => socket.resume());
    socket.once('close', () => {
      this.held.forEach((end) => end());
      this.held.clear();
      context.members.forget(this);
    });
  }

  /** `host:port` by which this client has reached the server: it will reach it by that again. */
  public get address(): string {
    const { localAddress, localPort } = this.socket;
    return `${localAddress}:${localPort}`;
  }

  public get port(): number {
    return this.socket.localPort ?? 0;
  }

  /** Whether the client has much to read before it gets anything new. */
  public get isBehind(): boolean {
    return this.socket.writableLength > MAX_UNREAD_BYTES;
  }

  /** A request of the server that has no answer. */
  public notify(code: number, fields: Readonly<Record<string, string>>, body?: Buffer): void {
    this.sent += 1;
    this.write(encodeFrame({ code, opaque: this.sent, flag: ONEWAY, fields: new Map(Object.entries(fields)), body }));
  }

  /** Answers what is held with an error that makes clients ask again soon. */
  public release(remark: string): void {
    const answer = { code: ResponseCode.SERVICE_NOT_AVAILABLE, remark };
    [...this.held.keys()].forEach((held) => held.answer(() => answer));
  }

  /** Releases what is held, and hangs up once the client has been told. */
  public async close(): Promise<void> {
    this.closing = true;
    this.release('the local cloud is stopping');
    await new Promise<void>((resolve) => this.socket.end(() => resolve()));
  }

  /** Keeps a request for a later answer. `end` is called once, when it was given or nobody waits for it any more. */
  public hold({ frame, started }: RocketMqRequest, end: () => void): Held {
    const held: Held = {
      answer: (find) => {
        const answer = this.held.has(held) ? attempt(find) : undefined;
        if (answer !== undefined) {
          this.held.delete(held);
          end();
          this.reply(frame, started, answer);
        }
      },
    };
    this.held.set(held, end);
    return held;
  }

  private read(chunk: Buffer): void {
    try {
      for (const frame of this.reader.push(chunk)) {
        // What answers a request of ours is not waited for.
        if (!(frame.flag & RESPONSE)) {
          this.serve(frame);
        }
      }
    } catch (error) {
      // Where the next frame would begin is not known.
      this.told({ code: ResponseCode.SYSTEM_ERROR, remark: (error as Error).message, milliseconds: 0 });
      this.socket.destroy();
    }
  }

  private serve(frame: Frame): void {
    this.hasAsked = true;
    const started = performance.now();
    const answer = attempt(() => this.answerOf(frame, started));
    if (answer !== undefined) {
      this.reply(frame, started, answer);
    }
  }

  private answerOf(frame: Frame, started: number): Answer | undefined {
    if (this.closing) {
      throw new RequestError(ResponseCode.SERVICE_NOT_AVAILABLE, 'the local cloud is stopping');
    }
    const operation = OPERATIONS.get(frame.code);
    if (!operation) {
      throw new RequestError(
        ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
        `the request code ${frame.code} is not served here`,
      );
    }
    // Clients differ in what they sign here, and learn from it only where to go on.
    const principal = frame.code === RequestCode.GET_ROUTEINFO_BY_TOPIC ? undefined : this.callerOf(frame);
    if (this.held.size >= MAX_HELD) {
      throw new RequestError(ResponseCode.SYSTEM_BUSY, `${MAX_HELD} requests of this connection wait already`);
    }
    return operation(
      new RocketMqRequest(this.context, this, frame, started, new Caller(this.context.account, principal)),
    );
  }

  /** @throws RequestError when the request is not signed by somebody whom the account knows */
  private callerOf(frame: Frame): Principal {
    const { fields } = frame;
    const accessKeyId = fields.get('AccessKey');
    if (accessKeyId === undefined) {
      throw unauthorised('signature validate failed: the request has no AccessKey, give the client its keys');
    }
    const principal = principalOf(this.context.account, accessKeyId);
    if (!principal || principal === 'inactive') {
      const problem = principal ? 'is disabled' : 'does not exist';
      throw unauthorised(`signature validate failed: the access key ${excerpt(accessKeyId)} ${problem}`);
    }
    if (!isSignedWith(principal.secret, frame)) {
      throw unauthorised(`signature validate failed: the secret does not fit the access key ${excerpt(accessKeyId)}`);
    }
    if (!carriesToken(principal, fields.get('SecurityToken'))) {
      throw unauthorised('signature validate failed: the security token does not belong to the access key');
    }
    return principal;
  }

  private reply(
    frame: Frame,
    started: number,
    { code = ResponseCode.SUCCESS, remark, fields = {}, body }: Answer,
  ): void {
    this.told({ frame, code, remark, milliseconds: Math.round(performance.now() - started) });
    if (frame.flag & ONEWAY) {
      return;
    }
    this.write(
      encodeFrame({
        code,
        remark,
        opaque: frame.opaque,
        flag: RESPONSE,
        fields: new Map(Object.entries(fields).map(([name, value]) => [name, String(value)])),
        body,
      }),
    );
  }

  private write(bytes: Buffer): void {
    if (!this.socket.writable) {
      return;
    }
    this.socket.write(bytes);
    if (this.isBehind) {
      this.socket.pause();
    }
  }
}

/** What `work` gives, or the answer that its error stands for: nothing that a client sends may end the process. */
function attempt(work: () => Answer | undefined): Answer | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RequestError) {
      return { code: error.code, remark: error.message };
    }
    if (error instanceof CloudError) {
      return { code: ResponseCode.MESSAGE_ILLEGAL, remark: error.message };
    }
    return { code: ResponseCode.SYSTEM_ERROR, remark: `the request failed: ${(error as Error).message}` };
  }
}
