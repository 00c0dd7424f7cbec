import type { ConnectionInjector, sendUnaryData, Server, ServerUnaryCall } from '@grpc/grpc-js';
import type { Socket } from 'node:net';
import type { Account } from '../account/account';
import { internalError } from '../account/internal-error';
import type { ServiceFaults } from './calls';
import { CALLS, PROTOCOL, SERVICE, type RpcCall, type Requests } from './wire';

/** Longest message, in bytes: an object's content travels in one. */
const MAX_MESSAGE = 64 << 20;
/** Calls that stand for a request to the service: with the real provider it would be one. */
const LOGGED_CALLS: readonly RpcCall[] = [
  'ReadResource',
  'ApplyResourceChange',
  'ImportResourceState',
  'ReadDataSource',
];

/** Source: seen of the provider. */
const RETRY_MILLIS = 3500;

export interface ProviderServerOptions {
  /** Region of a provider configuration that names none. */
  readonly region: string;
  /** @default - none */
  readonly faults?: ServiceFaults;
  /** Time until the provider tries again what is refused for the moment. @default 3500, as the provider's own */
  readonly retryMillis?: number;
  /** Told of each change and look-up, once it is answered. @default - nobody is */
  readonly log?: (call: ProviderCall) => void;
}

/** One call of Terraform about a resource. */
export interface ProviderCall {
  readonly call: string;
  readonly typeName: string;
  /** @default - it was done */
  readonly error?: string;
  readonly milliseconds: number;
}

/**
 * The provider aliyun/alicloud for Terraform, on connections that the local cloud accepts. What it needs is loaded
 * with the first connection: a start without Terraform does not wait for it.
 */
export class ProviderServer {
  private readonly closing = new Set<() => void>();
  private libraries: ReturnType<typeof loadLibraries> | undefined;

  constructor(
    private readonly account: Account,
    private readonly options: ProviderServerOptions,
  ) {}

  /** Serves one connection of Terraform until either side ends it. */
  public handle(socket: Socket): void {
    // Terraform may leave at any time; the server learns it from the connection's end.
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    this.libraries ??= loadLibraries();
    this.libraries.then(
      (libraries) => this.serve(socket, libraries),
      (error: Error) => {
        internalError('the provider for Terraform cannot be loaded', error);
        socket.destroy();
      },
    );
  }

  /** Ends all connections. */
  public close(): void {
    for (const close of this.closing) {
      close();
    }
  }

  private serve(socket: Socket, { grpc, service, Codec, Provider, ProviderCalls, msgpack }: Libraries): void {
    if (socket.destroyed) {
      return;
    }
    const { region, faults, retryMillis = RETRY_MILLIS } = this.options;
    const calls = new ProviderCalls(faults, retryMillis);
    const provider = new Provider(this.account, region, new Codec(msgpack), calls);
    const server: Server = new grpc.Server({
      'grpc.max_receive_message_length': MAX_MESSAGE,
      'grpc.max_send_message_length': MAX_MESSAGE,
      'grpc.enable_channelz': 0,
    });
    const handler =
      (call: RpcCall) =>
      ({ request }: ServerUnaryCall<Requests[RpcCall], object>, answer: sendUnaryData<object>) =>
        void this.logged(call, request, provider.answer(call, request)).then((reply) => answer(null, reply));
    server.addService(service, Object.fromEntries(CALLS.map((call) => [call, handler(call)])));
    const injector: ConnectionInjector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    injector.injectConnection(socket);
    const close = () => {
      this.closing.delete(close);
      calls.stop();
      server.forceShutdown();
      injector.destroy();
      socket.destroy();
    };
    this.closing.add(close);
    socket.once('close', close);
  }

  private async logged(call: RpcCall, request: Requests[RpcCall], answer: Promise<object>): Promise<object> {
    const started = performance.now();
    const answered = (await answer) as { readonly diagnostics?: readonly { readonly summary?: string }[] };
    if (LOGGED_CALLS.includes(call)) {
      this.options.log?.({
        call,
        typeName: (request as { readonly type_name?: string }).type_name ?? '',
        error: answered.diagnostics?.[0]?.summary,
        milliseconds: Math.round(performance.now() - started),
      });
    }
    return answered;
  }
}

type Libraries = Awaited<ReturnType<typeof loadLibraries>>;

async function loadLibraries() {
  const [grpc, { fromJSON }, msgpack, { Codec }, { ProviderCalls }, { Provider }] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@grpc/proto-loader'),
    import('@msgpack/msgpack'),
    import('./codec.js'),
    import('./calls.js'),
    import('./provider.js'),
  ]);
  const definition = fromJSON(PROTOCOL as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    longs: Number,
    defaults: true,
  });
  const service = definition[SERVICE] as import('@grpc/grpc-js').ServiceDefinition;
  return { grpc, service, Codec, Provider, ProviderCalls, msgpack };
}
