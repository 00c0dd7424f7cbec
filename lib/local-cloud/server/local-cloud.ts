import { randomUUID } from 'node:crypto';
import * as path from 'node:path';
import { REGIONS } from '../../cloud/regions';
import type { Account } from '../account/account';
import { LocalAccount } from './local-account';
import { LocalCloudError } from '../store/local-cloud-error';
import { DlaServer } from '../dla/dla-server';
import { Engine } from '../dla/engine/engine';
import type { Faults } from '../http/faults';
import { HttpServer } from './http-server';
import type { RequestLog } from '../http/request-log';
import { tlsFiles } from './certificate';
import { checkOptions } from './check-options';
import { environmentOf } from './environment';
import { InitFiles } from './init-files';
import { Listener, type SocketServer } from './listener';
import type { LocalCloudEndpoints, LocalCloudOptions } from './local-cloud-options';
import { checkPackages } from './needed-packages';
import { Opened } from './opened';
import { whenOrphaned } from './orphaned';
import { removeAtEnd } from './remove-at-end';
import type { CloudDescription } from './cloud-description';
import { removeRunning, writeRunning } from './running-file';
import { sdkEndpoints } from './sdk-endpoints';
import { inFolder, openAccount } from './state-folder';
import { ownVersion } from '../../cli/own-version';
import { refusalNotices } from '../rocketmq/refusal-notices';
import { RocketMqServer } from '../rocketmq/rocketmq-server';
import { ProviderServer } from '../terraform/provider-server';

/** Ports that are taken with `defaultPorts`; DLA in further regions follows on its first. */
export const DEFAULT_PORTS = { http: 4600, dla: 10000, rocketmq: 9876 } as const;

const HOST = '127.0.0.1';

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

function checkRegions(regions: readonly string[]): void {
  const unknown = regions.find((region) => !REGIONS.includes(region));
  if (unknown !== undefined) {
    throw new LocalCloudError(`region ${JSON.stringify(unknown)} is not known, expected ${REGIONS.join(', ')}`);
  }
  if (regions.length === 0 || new Set(regions).size < regions.length) {
    throw new LocalCloudError(`regions must name each region once, got ${regions.join(', ') || 'none'}`);
  }
}
