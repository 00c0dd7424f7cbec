import { inspect } from 'node:util';
import { didYouMean, nearest } from '../../cli/nearest';
import { LocalCloudError } from '../store/local-cloud-error';
import { LOCAL_SERVICES } from './local-account';
import type { LocalCloudOptions } from './local-cloud-options';

/** What is expected, and whether a value is that. */
type Check = readonly [expected: string, fits: (value: unknown) => boolean];

const MAX_PORT = 65_535;

const text: Check = ['a text that is not empty', (value) => typeof value === 'string' && value !== ''];
const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
const port: Check = [
  `a port from 0 to ${MAX_PORT}`,
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PORT,
];
const delay: Check = ['milliseconds from 0', (value) => Number.isFinite(value) && (value as number) >= 0];

const OPTIONS: Readonly<Record<keyof LocalCloudOptions, Check>> = {
  state: text,
  regions: ['a list of regions', (value) => Array.isArray(value)],
  dlaPort: port,
  httpPort: port,
  rocketmqPort: port,
  defaultPorts: flag,
  without: [
    `a list of ${LOCAL_SERVICES.join(', ')}`,
    (value) => Array.isArray(value) && value.every((one) => (LOCAL_SERVICES as readonly unknown[]).includes(one)),
  ],
  provider: ['local or registry', (value) => value === 'local' || value === 'registry'],
  faults: ['an object', (value) => typeof value === 'object' && value !== null],
  onRefused: ['a function', (value) => typeof value === 'function'],
  queryDelayMillis: delay,
  queryDelayMs: delay,
  init: text,
  host: text,
  outlivesParent: flag,
  signal: ['an AbortSignal', (value) => value instanceof AbortSignal],
  log: text,
};

/** Checks what a program without types gives. @throws LocalCloudError */
export function checkOptions(options: LocalCloudOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new LocalCloudError(`expected the options of a local cloud, got ${typeof options}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      const advice = didYouMean(nearest(name, Object.keys(OPTIONS)));
      throw new LocalCloudError(`expected an option of a local cloud, got ${JSON.stringify(name)}${advice}`);
    }
    const [expected, fits] = OPTIONS[name as keyof LocalCloudOptions];
    if (value !== undefined && !fits(value)) {
      throw new LocalCloudError(`${name}: expected ${expected}, got ${shown(value)}`);
    }
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
}
