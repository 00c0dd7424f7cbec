import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REGIONS } from '../../cloud/regions';
import { Account } from '../account/account';
import { LocalAccount, type LocalService } from './local-account';
import { FolderLock } from '../store/folder-lock';
import { LocalCloudError } from '../store/local-cloud-error';
import { DlaServer } from '../dla/dla-server';
import { Engine } from '../dla/engine/engine';
import type { FaultOptions, Faults } from '../http/faults';
import { HttpServer } from './http-server';
import type { RequestLog } from '../http/request-log';
import { tlsFiles } from './certificate';
import { checkOptions } from './check-options';
import { environmentOf } from './environment';
import { InitFiles } from './init-files';
import { Listener, type SocketServer } from './listener';
import { whenOrphaned } from './orphaned';
import { removeAtEnd } from './remove-at-end';
import { type CloudDescription, removeRunning, writeRunning } from './running';
import { makeScratchFolder } from './scratch-folder';
import { sdkEndpoints } from './sdk-endpoints';
import { ownVersion } from '../../cli/own-version';
import { refusalNotices } from '../rocketmq/refusal-notices';
import { RocketMqServer } from '../rocketmq/rocketmq-server';
import { ProviderServer } from '../terraform/provider-server';

/** How a local cloud starts. */
export interface LocalCloudOptions {
  /**
   * Folder that keeps the account; made when absent.
   *
   * @default - a scratch folder that `stop` removes
   */
  readonly state?: string;

  /**
   * Regions whose DLA can be reached, one port each. The first is the default region of the account.
   *
   * @default ['cn-hangzhou']
   */
  readonly regions?: readonly string[];

  /**
   * Port of DLA in the first region; 0 is any free one.
   *
   * @default 0
   */
  readonly dlaPort?: number;

  /**
   * Port of HTTP; 0 is any free one.
   *
   * @default 0
   */
  readonly httpPort?: number;

  /**
   * Port of MQ for TCP clients (RocketMQ 4.x); 0 is any free one.
   *
   * @default 0
   */
  readonly rocketmqPort?: number;

  /**
   * Whether ports that are not given are the usual ones where they are free: HTTP 4600, DLA 10000 (and 10001 … in further
   * regions), RocketMQ 9876. Those that are taken become any free ones.
   *
   * @default false: any free ones
   */
  readonly defaultPorts?: boolean;

  /**
   * What the account lacks from now on, as `LocalAccount.closeService` takes it away.
   *
   * @default - a new account lacks nothing, one that is kept what it lacked
   */
  readonly without?: readonly LocalService[];

  /**
   * Provider that `endpoints.environment` points Terraform to: `local`, served by the local cloud itself, or `registry`,
   * the real one, which Terraform downloads and which then talks to the HTTP port. Its provider block needs
   * `registryProviderConfig()`.
   *
   * @default 'local'
   */
  readonly provider?: ProviderSource;

  /**
   * Disturbances of the HTTP port to start with.
   *
   * @default - none
   */
  readonly faults?: FaultOptions;

  /**
   * Told why MQ refused a request of a TCP client, as most clients keep that to themselves; the same once a minute.
   *
   * @default - only the log of requests tells
   */
  readonly onRefused?: (reason: string) => void;

  /**
   * Milliseconds that every asynchronous query runs longer than it needs, to watch it or to measure with it.
   *
   * @default 0
   */
  readonly queryDelayMillis?: number;

  /** @deprecated `queryDelayMillis` */
  readonly queryDelayMs?: number;

  /**
   * Folder whose files are run in the order of their names before `start` returns: `.sql` on DLA in the first region; `.sh`,
   * `.js`, `.mjs` and `.cjs` as programs; `.tf`, and folders of such, through Terraform. Those of its folder `ready.d`
   * follow. The first one that fails makes the start fail.
   *
   * @default - nothing is run
   */
  readonly init?: string;

  /**
   * Address to listen on instead of 127.0.0.1, for a container; the provider for Terraform asks nobody for keys and stays
   * where it is.
   *
   * @internal
   */
  readonly host?: string;

  /**
   * Whether it goes on when a test runner that started this process has gone.
   *
   * @internal
   */
  readonly outlivesParent?: boolean;

  /**
   * Ends a start that is under way.
   *
   * @internal
   */
  readonly signal?: AbortSignal;

  /**
   * File that has what the process writes, for commands that tell where it is.
   *
   * @internal
   */
  readonly log?: string;
}

/** Where a running local cloud is reached, and with what. */
export interface LocalCloudEndpoints {
  /** Id of the account, 16 digits. */
  readonly accountId: string;
  /** Id of the account's own AccessKey. */
  readonly accessKeyId: string;
  /** Secret of the account's own AccessKey. */
  readonly accessKeySecret: string;
  /** User that logs in to DLA, in every region. */
  readonly dlaUser: string;
  /** Password of that user. */
  readonly dlaPassword: string;
  /** `host:port` of DLA by region. */
  readonly dla: Readonly<Record<string, string>>;
  /** `host:port` of the OpenAPI services and OSS on HTTP; also an HTTP proxy for their own host names. */
  readonly http: string;
  /** `host:port` of the name server for MQ's TCP clients (RocketMQ 4.x), which is their broker too. */
  readonly rocketmq: string;
  /** `host:port` of the provider for Terraform. */
  readonly terraform: string;
  /** File of the certificate with which the HTTP port speaks TLS. */
  readonly certificate: string;
  /** What each of Alibaba Cloud's SDKs takes as its endpoint, with a scheme where it needs one, by language and name. */
  readonly sdks: Readonly<Record<string, string>>;
  /** Variables with which Terraform, cdktf and dla-smoke work against this local cloud. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where Terraform gets the provider from. */
export type ProviderSource = 'local' | 'registry';

/** What is loaded when it is needed first, and must be there. */
const PACKAGES = [
  'mysql2',
  '@duckdb/node-api',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@msgpack/msgpack',
  'fast-xml-parser',
];

/** Ports that are taken with `defaultPorts`; DLA in further regions follows on its first. */
export const DEFAULT_PORTS = { http: 4600, dla: 10000, rocketmq: 9876 } as const;

const HOST = '127.0.0.1';
/** Longest time that the servers get to end what they do. */
const STOP_MILLIS = 1500;

/**
 * A process-local stand-in for one account of Alibaba Cloud.
 *
 * @example
 * const cloud = await LocalCloud.start();
 * spawn('npx', ['cdktf', 'deploy'], { env: { ...process.env, ...cloud.endpoints.environment } });
 * await cloud.stop();
 */
export class LocalCloud {
  /**
   * Starts every server; the account is ready when this returns.
   *
   * @throws LocalCloudError when an option, the state folder or a port cannot be used, or a file of `init` failed
   */
  public static async start(options: LocalCloudOptions = {}): Promise<LocalCloud> {
    checkOptions(options);
    const regions = options.regions ?? ['cn-hangzhou'];
    checkRegions(regions);
    checkPackages();
    const init = options.init === undefined ? undefined : new InitFiles(path.resolve(options.init));
    const opened = new Opened();
    const listen = async (
      server: SocketServer,
      purpose: string,
      port: number | undefined,
      usual?: number,
      host = options.host,
    ): Promise<string> => {
      const orAny = port === undefined;
      const wanted = port ?? (options.defaultPorts ? (usual ?? 0) : 0);
      const listener = await Listener.listen(server, wanted, purpose, { orAny, host });
      opened.listeners.push(listener);
      return `${HOST}:${listener.port}`;
    };
    let cloud: LocalCloud | undefined;
    try {
      const account = await openAccount(options.state, opened);
      const localAccount = new LocalAccount(account);
      options.without?.forEach((service) => localAccount.closeService(service));
      // One for all regions: its limits hold for the whole process.
      const engine = new Engine(path.join(account.store.folder, 'dla-scratch'));
      opened.closers.push(() => engine.close());
      const tls = inFolder(account.store.folder, () => tlsFiles(account.store.folder, process.env));
      const dla: Record<string, string> = {};
      for (const [index, region] of regions.entries()) {
        const dlaServer = new DlaServer(account, engine, {
          region,
          queryDelayMillis: options.queryDelayMillis ?? options.queryDelayMs ?? 0,
          tls,
        });
        const port = index === 0 ? options.dlaPort : undefined;
        dla[region] = await listen(dlaServer, `DLA in ${region}`, port, DEFAULT_PORTS.dla + index);
      }
      const { faults } = options;
      const isOpen = options.host !== undefined;
      const httpServer = new HttpServer(account, { region: regions[0], faults, tls, cloud: () => cloud, isOpen });
      const http = await listen(httpServer, 'HTTP', options.httpPort, DEFAULT_PORTS.http);
      const notice = refusalNotices(options.onRefused ?? (() => undefined));
      const rocketmqServer = new RocketMqServer(account, {
        log: (request) => {
          httpServer.requests.add(request);
          notice(request);
        },
      });
      const rocketmq = await listen(rocketmqServer, 'RocketMQ', options.rocketmqPort, DEFAULT_PORTS.rocketmq);
      const providerServer = new ProviderServer(account, {
        region: regions[0],
        faults: httpServer.faults,
        log: ({ call, typeName, error, milliseconds }) =>
          httpServer.requests.add({
            time: new Date().toISOString(),
            requestId: randomUUID().toUpperCase(),
            action: `terraform.${call}`,
            resource: typeName,
            status: error === undefined ? 200 : 400,
            code: '',
            message: error,
            milliseconds,
          }),
      });
      const terraform = await listen(providerServer, 'the Terraform provider', 0, 0, HOST);
      const addresses = {
        ...account.identity,
        ...{ dla, http, rocketmq, terraform },
        certificate: tls.certificate,
        sdks: sdkEndpoints(http),
      };
      const { provider = 'local' } = options;
      const environment = environmentOf(addresses, { region: regions[0], provider, tls, given: process.env });
      cloud = new LocalCloud(account, { ...addresses, environment }, httpServer, opened, options, init);
      const starting = cloud;
      starting.announce();
      options.signal?.addEventListener('abort', () => void starting.stop());
      options.signal?.throwIfAborted();
      await starting.runInit();
      return starting;
    } catch (error) {
      await (cloud ? cloud.stop() : opened.close());
      throw error;
    }
  }

  /** The account behind the servers: to look at, or to break something in a test. */
  public readonly localAccount: LocalAccount;

  /**
   * The account's own model, for this package's tests: it changes without notice.
   *
   * @internal
   */
  public readonly account: Account;

  /** Folder that keeps the account. */
  public readonly state: string;

  /** Settles when it has stopped, whoever stopped it. */
  public readonly stopped: Promise<void>;

  private readonly id = randomUUID();
  private readonly startedAt = new Date().toISOString();
  private readonly stopSignal = new AbortController();
  private tellStopped!: () => void;
  private stopping: Promise<void> | undefined;

  private constructor(
    account: Account,
    /** Addresses, keys and variables, for clients. */
    public readonly endpoints: LocalCloudEndpoints,
    private readonly httpServer: HttpServer,
    private readonly opened: Opened,
    private readonly options: LocalCloudOptions,
    private readonly init: InitFiles | undefined,
  ) {
    this.account = account;
    this.localAccount = new LocalAccount(account);
    this.state = account.store.folder;
    this.stopped = new Promise((resolve) => {
      this.tellStopped = resolve;
    });
  }

  /** Disturbances of the HTTP port, to configure while it runs. */
  public get faults(): Faults {
    return this.httpServer.faults;
  }

  /** What was called on the HTTP port. */
  public get requests(): RequestLog {
    return this.httpServer.requests;
  }

  /** Closes every server and the account, within two seconds, whatever state the folder is in. */
  public stop(): Promise<void> {
    this.stopSignal.abort(new LocalCloudError('the local cloud was stopped'));
    this.stopping ??= this.opened.close().finally(this.tellStopped);
    return this.stopping;
  }

  /**
   * Whether the files of `init` are being run.
   *
   * @internal
   */
  public get isInitRunning(): boolean {
    return this.init?.isRunning ?? false;
  }

  /**
   * Runs the files of `init`.
   *
   * @throws LocalCloudError that names the first one that failed
   * @internal
   */
  public async runInit(): Promise<void> {
    const work = path.join(this.state, 'init');
    await this.init?.run({ endpoints: this.endpoints, work, signal: this.stopSignal.signal });
  }

  /**
   * What the health page says of it.
   *
   * @internal
   */
  public describe(): CloudDescription {
    const { id, startedAt, state } = this;
    const init = this.init?.results;
    const ready = init?.every(({ status }) => status === 'done' || status === 'skipped') ?? true;
    return { version: ownVersion(), id, startedAt, state, log: this.options.log, ready, init };
  }

  /** Lets commands find it, and takes it away with a runner that is killed. */
  private announce(): void {
    const { id, opened } = this;
    writeRunning(this.state, { id, http: this.endpoints.http, pid: process.pid });
    // When it goes, the folder is free.
    opened.closers.unshift(() => removeRunning(this.state, id));
    if (this.options.state === undefined) {
      opened.closers.push(removeAtEnd([this.state]));
    }
    if (!this.options.outlivesParent) {
      opened.closers.push(whenOrphaned(() => void this.stop()));
    }
  }
}

/**
 * Runs work with a local cloud of its own, and stops it however the work ends.
 *
 * @throws LocalCloudError as LocalCloud.start, and for work that is no function
 */
export async function withLocalCloud<T>(
  options: LocalCloudOptions,
  body: (cloud: LocalCloud) => T | Promise<T>,
): Promise<T> {
  if (typeof body !== 'function') {
    throw new LocalCloudError(`withLocalCloud: expected options and a function, got ${typeof body} for the function`);
  }
  const cloud = await LocalCloud.start(options);
  try {
    return await body(cloud);
  } finally {
    await cloud.stop();
  }
}

/** What has been opened, to be closed by a stop or by a start that fails. */
class Opened {
  public readonly listeners: Listener[] = [];
  /** What stands below the servers, the first at the bottom. */
  public readonly closers: (() => void | Promise<void>)[] = [];

  public async close(): Promise<void> {
    // Idle workers keep no process alive, but whoever waits for their end must get an answer.
    const keepAlive = setInterval(() => undefined, STOP_MILLIS);
    try {
      await this.closeAll();
    } finally {
      clearInterval(keepAlive);
    }
  }

  private async closeAll(): Promise<void> {
    const deadline = new AbortController();
    await Promise.race([
      Promise.allSettled(this.listeners.map((listener) => listener.close())),
      sleep(STOP_MILLIS, undefined, { signal: deadline.signal }).catch(() => undefined),
    ]);
    deadline.abort();
    for (const close of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch {
        // A folder that became read-only, for one: nothing is lost by what stays open, and it ends with the process.
      }
    }
  }
}

/** @throws LocalCloudError when the folder cannot be used, or another process has it */
async function openAccount(state: string | undefined, { closers }: Opened): Promise<Account> {
  const folder = state === undefined ? makeScratchFolder('alicloud-local-', 'a state folder') : path.resolve(state);
  if (state === undefined) {
    closers.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  }
  const lock = await FolderLock.take(folder);
  closers.push(() => lock.release());
  const account = inFolder(folder, () => new Account(folder));
  closers.push(() => account.close());
  return account;
}

/** Tells what to do where a state folder cannot be read or written. */
function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) {
      throw error;
    }
    const remedy = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room there' : 'see to its files';
    throw new LocalCloudError(
      `state folder ${folder} cannot be read and written (${code}): ${remedy}, or give another folder`,
      { cause: error },
    );
  }
}

function checkRegions(regions: readonly string[]): void {
  const unknown = regions.find((region) => !REGIONS.includes(region));
  if (unknown !== undefined) {
    throw new LocalCloudError(`region ${JSON.stringify(unknown)} is not known, expected ${REGIONS.join(', ')}`);
  }
  if (regions.length === 0 || new Set(regions).size < regions.length) {
    throw new LocalCloudError(`regions must name each region once, got ${regions.join(', ') || 'none'}`);
  }
}

/** @throws LocalCloudError that names all packages that are missing */
function checkPackages(): void {
  const missing = PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    throw new LocalCloudError(
      `the local cloud needs packages that are not installed: npm install ${missing.join(' ')}, ` +
        'or the package alicloud-local, which brings them all',
    );
  }
}

function isInstalled(name: string): boolean {
  // Nearly always it stands there, and a look is much quicker than to resolve it.
  if (require.resolve.paths(name)?.some((folder) => fs.existsSync(path.join(folder, name, 'package.json')))) {
    return true;
  }
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
