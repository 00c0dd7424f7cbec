import type { FaultOptions } from '../http/faults';
import type { LocalService } from './local-account';

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
