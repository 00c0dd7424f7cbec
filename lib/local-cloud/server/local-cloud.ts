import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REGIONS } from '../../cloud/regions';
import { Account } from '../account/account';
import { LocalAccount } from './local-account';
import { FolderLock } from '../store/folder-lock';
import { LocalCloudError } from '../store/local-cloud-error';
import { DlaServer } from '../dla/dla-server';
import { Engine } from '../dla/engine/engine';
import type { FaultOptions, Faults } from '../http/faults';
import { HttpServer } from './http-server';
import type { RequestLog } from '../http/request-log';
import { type TlsFiles, tlsFiles, trustEnvironment } from './certificate';
import { Listener } from './listener';
import { sdkEndpoints } from './sdk-endpoints';
import { HTTP_ENDPOINT_VARIABLE, SERVICES } from './registry-provider';
import { refusalNotices } from '../rocketmq/refusal-notices';
import { RocketMqServer } from '../rocketmq/rocketmq-server';
import { reattachProviders } from '../terraform/reattach';
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
}

/** Where a running local cloud is reached, and with what. */
export interface LocalCloudEndpoints {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly dlaUser: string;
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
   * @throws LocalCloudError when an option, the state folder or a port cannot be used
   */
  public static async start(options: LocalCloudOptions = {}): Promise<LocalCloud> {
    const regions = options.regions ?? ['cn-hangzhou'];
    checkRegions(regions);
    const opened = new Opened();
    const listen = async (...args: Parameters<typeof Listener.listen>): Promise<string> => {
      const listener = await Listener.listen(...args);
      opened.listeners.push(listener);
      return `${HOST}:${listener.port}`;
    };
    try {
      const account = await openAccount(options.state, opened);
      // One for all regions: its limits hold for the whole process.
      const engine = new Engine(path.join(account.store.folder, 'dla-scratch'));
      opened.closers.push(() => engine.close());
      const tls = await tlsFiles(account.store.folder, process.env);
      const dla: Record<string, string> = {};
      for (const [index, region] of regions.entries()) {
        const dlaServer = new DlaServer(account, engine, {
          region,
          queryDelayMillis: options.queryDelayMillis ?? options.queryDelayMs ?? 0,
        });
        dla[region] = await listen(dlaServer, index === 0 ? (options.dlaPort ?? 0) : 0, `DLA in ${region}`);
      }
      const httpServer = new HttpServer(account, { region: regions[0], faults: options.faults, tls });
      const http = await listen(httpServer, options.httpPort ?? 0, 'HTTP');
      const notice = refusalNotices(options.onRefused ?? (() => undefined));
      const rocketmqServer = new RocketMqServer(account, {
        log: (request) => {
          httpServer.requests.add(request);
          notice(request);
        },
      });
      const rocketmq = await listen(rocketmqServer, options.rocketmqPort ?? 0, 'RocketMQ');
      const terraform = await listen(new ProviderServer(account, { region: regions[0] }), 0, 'the Terraform provider');
      const provider = options.provider ?? 'local';
      const endpoints = endpointsOf(account, regions[0], provider, { dla, http, rocketmq, terraform }, tls);
      return new LocalCloud(account, endpoints, httpServer, opened);
    } catch (error) {
      await opened.close();
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

  private constructor(
    account: Account,
    public readonly endpoints: LocalCloudEndpoints,
    private readonly httpServer: HttpServer,
    private readonly opened: Opened,
  ) {
    this.account = account;
    this.localAccount = new LocalAccount(account);
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
  public async stop(): Promise<void> {
    await this.opened.close();
  }
}

/** What has been opened, to be closed by a stop or by a start that fails. */
class Opened {
  public readonly listeners: Listener[] = [];
  /** What stands below the servers, the first at the bottom. */
  public readonly closers: (() => void | Promise<void>)[] = [];

  public async close(): Promise<void> {
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
  const folder = state === undefined ? fs.mkdtempSync(path.join(os.tmpdir(), 'alicloud-local-')) : path.resolve(state);
  if (state === undefined) {
    closers.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  }
  const lock = await FolderLock.take(folder);
  closers.push(() => lock.release());
  const account = new Account(folder);
  closers.push(() => account.close());
  return account;
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

function endpointsOf(
  { identity }: Account,
  region: string,
  provider: ProviderSource,
  addresses: Pick<LocalCloudEndpoints, 'dla' | 'http' | 'rocketmq' | 'terraform'>,
  tls: TlsFiles,
): LocalCloudEndpoints {
  const { dla, http, rocketmq, terraform } = addresses;
  const [dlaHost, dlaPort] = dla[region].split(':');
  return {
    ...identity,
    ...addresses,
    certificate: tls.certificate,
    sdks: sdkEndpoints(http),
    environment: {
      ALICLOUD_ACCESS_KEY: identity.accessKeyId,
      ALICLOUD_SECRET_KEY: identity.accessKeySecret,
      ALICLOUD_REGION: region,
      DLA_USER: identity.dlaUser,
      DLA_PASSWORD: identity.dlaPassword,
      DLA_HOST: dlaHost,
      DLA_PORT: dlaPort,
      DLA_ENDPOINTS: Object.entries(dla)
        .map(([name, endpoint]) => `${name}=${endpoint}`)
        .join(','),
      ...Object.fromEntries(SERVICES.map((service) => [`${service.toUpperCase()}_ENDPOINT`, http])),
      ROCKETMQ_NAMESRV: rocketmq,
      ...trustEnvironment(tls, process.env),
      CHECKPOINT_DISABLE: '1',
      ...(provider === 'registry'
        ? // The provider calls some services by fixed host names, which only a proxy can bring here.
          { [HTTP_ENDPOINT_VARIABLE]: http, HTTP_PROXY: `http://${http}` }
        : {
            TF_REATTACH_PROVIDERS: reattachProviders(Number(terraform.split(':')[1])),
            // The user's own configuration may name mirrors or overrides that a served provider must not meet.
            TF_CLI_CONFIG_FILE: os.devNull,
          }),
    },
  };
}
