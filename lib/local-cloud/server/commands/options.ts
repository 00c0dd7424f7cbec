import * as fs from 'node:fs';
import { UsageError } from '../../../cli/command-line';
import type { OptionRow } from '../../../cli/commands';
import { didYouMean, nearest } from '../../../cli/nearest';
import type { Values } from '../../../cli/options';
import { REGIONS } from '../../../cloud/regions';
import { LOCAL_SERVICES, type LocalService } from '../local-account';
import { DEFAULT_PORTS } from '../local-cloud';
import type { LocalCloudOptions, ProviderSource } from '../local-cloud-options';

/** Which running local cloud a command speaks to. */
export const WHICH = {
  state: {
    type: 'string',
    value: 'DIR',
    help: 'the one that runs on this state folder\n(default: the one at ALICLOUD_LOCAL, else the only one that runs)',
  },
} as const satisfies Record<string, OptionRow>;

/** How a local cloud starts. */
export const START_OPTIONS = {
  state: {
    type: 'string',
    value: 'DIR',
    help: 'folder that keeps the account (default: a scratch folder, removed at the end)',
  },
  region: {
    type: 'string',
    multiple: true,
    value: 'R',
    help: 'region whose DLA is served; may be repeated (default: cn-hangzhou)',
  },
  'http-port': {
    type: 'string',
    value: 'N',
    help: 'port of the OpenAPI services, OSS, MQ and SMQ on HTTP, and of the console',
  },
  'dla-port': { type: 'string', value: 'N', help: 'port of DLA in the first region' },
  'rocketmq-port': { type: 'string', value: 'N', help: 'port of MQ for its TCP clients' },
  without: {
    type: 'string',
    multiple: true,
    value: 'SERVICE',
    help: `what the account has not opened: oss, mq, mns, or rocketmq-4, the right of existing users
to make an MQ instance; may be repeated`,
  },
  init: {
    type: 'string',
    value: 'DIR',
    help: 'run its files (.sql .sh .js .mjs .cjs .tf, and folders of .tf) in the order of their\nnames once the servers are ready, those of its ready.d/ last; one that fails ends the start',
  },
  provider: {
    type: 'string',
    value: 'P',
    help: 'local: Terraform uses the provider that the local cloud serves; registry: the\nreal one, downloaded, whose block needs registryProviderConfig() (default: local)',
  },
} as const satisfies Record<string, OptionRow>;

/** What is said below the options of a start. */
export const PORTS_HELP = `Ports: HTTP ${DEFAULT_PORTS.http}, DLA ${DEFAULT_PORTS.dla}, RocketMQ ${DEFAULT_PORTS.rocketmq} where they are free, else any free ones, which is said. A port that
is given is taken or the start fails; 0 is any free one.`;

/** @throws UsageError */
export function startOptions(values: Values<typeof START_OPTIONS>): LocalCloudOptions {
  return {
    onRefused: (reason) => process.stderr.write(`alicloud-local: ${reason}\n`),
    state: values.state,
    init: values.init === undefined ? undefined : folderOf('--init', values.init),
    provider: providerOf(values.provider ?? 'local'),
    regions: values.region && regionsOf(values.region),
    without: values.without?.map(serviceOf),
    dlaPort: portOf('--dla-port', values['dla-port']),
    httpPort: portOf('--http-port', values['http-port']),
    rocketmqPort: portOf('--rocketmq-port', values['rocketmq-port']),
  };
}

function folderOf(option: string, text: string): string {
  if (!fs.statSync(text, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(
      `${option}: expected a folder, got ${text}, which is ${fs.existsSync(text) ? 'not a folder' : 'not there'}`,
    );
  }
  return text;
}

function providerOf(text: string): ProviderSource {
  if (text !== 'local' && text !== 'registry') {
    throw new UsageError(`--provider: expected local or registry, got ${JSON.stringify(text)}`);
  }
  return text;
}

function serviceOf(text: string): LocalService {
  const service = LOCAL_SERVICES.find((one) => one === text);
  if (service === undefined) {
    const suggestion = didYouMean(nearest(text, LOCAL_SERVICES));
    throw new UsageError(
      `--without: expected one of ${LOCAL_SERVICES.join(', ')}, got ${JSON.stringify(text)}${suggestion}`,
    );
  }
  return service;
}

function regionsOf(regions: readonly string[]): readonly string[] {
  const unknown = regions.find((region) => !REGIONS.includes(region));
  if (unknown !== undefined) {
    const suggestion = didYouMean(nearest(unknown, REGIONS));
    throw new UsageError(
      `--region: expected one of ${REGIONS.join(', ')}, got ${JSON.stringify(unknown)}${suggestion}`,
    );
  }
  if (new Set(regions).size < regions.length) {
    throw new UsageError(`--region: expected each region once, got ${regions.join(', ')}`);
  }
  return regions;
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text !== undefined && (!/^\d{1,5}$/.test(text) || Number(text) > 65535)) {
    throw new UsageError(`${option}: expected a whole number from 0 to 65535, got ${JSON.stringify(text)}`);
  }
  return text === undefined ? undefined : Number(text);
}
