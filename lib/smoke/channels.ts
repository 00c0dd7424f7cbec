import { parseMqEndpoint } from '../cloud/mq-endpoint';
import { RECEIPT_CHANNELS_OUTPUT, type ReceiptChannelOutputs } from '../cloud/receipt-channel';
import { REGION } from '../cloud/regions';
import { RECEIPT_KEYS, ReceiptHint } from '../cloud/receipt-hint';
import { UsageError } from '../cli/command-line';

/** A receipt channel with the name that it has in reports: `<stack>/<id>`. */
export interface SmokeChannel {
  /** Name of the channel, `<stack>/<id>`. */
  readonly name: string;
  /** What the deploy told of it. */
  readonly outputs: ReceiptChannelOutputs;
}

/** What each kind of channel must tell: where DLA is, whom it sends as, and what a hint names. */
const REQUIRED = new Map(
  Object.entries(RECEIPT_KEYS).map(([kind, { keys }]) => [
    kind,
    ['region', 'roleName', ...(Object.keys(keys) as (keyof ReceiptChannelOutputs)[])] as const,
  ]),
);
const OPTIONAL: readonly (keyof ReceiptChannelOutputs)[] = ['instanceId', 'bucket', 'query'];

/**
 * The channels in what `cdktf deploy --outputs-file` or `terraform output -json` wrote.
 *
 * @param source name of the file or variable, for errors
 * @throws UsageError when it is no JSON, has no channel, or a channel is not complete
 */
export function readChannels(text: string, source: string): SmokeChannel[] {
  let outputs: unknown;
  try {
    // Editors on Windows may put a byte order mark first.
    outputs = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The parser's own message repeats the start of the text, which may be part of a secret.
    throw new UsageError(
      `${source} is not JSON: expected what cdktf deploy --outputs-file or terraform output -json writes`,
    );
  }
  if (!isRecord(outputs)) {
    throw new UsageError(`${source}: expected an object {stack: {output: value}}, got ${kindOf(outputs)}`);
  }
  const channels = stacksIn(outputs).flatMap(([prefix, values]) => channelsOf(values, source, prefix));
  if (channels.length === 0) {
    throw new UsageError(
      `${source} has no receipt channel: expected a stack with an output ${RECEIPT_CHANNELS_OUTPUT} that has a channel, ` +
        `got ${Object.keys(outputs).join(', ') || 'nothing'}`,
    );
  }
  return channels;
}

/** The outputs of each stack, with what stands before the id in a channel's name. Terraform itself tells no stack. */
function stacksIn(outputs: Readonly<Record<string, unknown>>): [prefix: string, values: unknown][] {
  const entries = Object.entries(outputs);
  if (entries.every(([, output]) => isTerraformOutput(output))) {
    return [['', Object.fromEntries(entries.map(([name, output]) => [name, (output as { value: unknown }).value]))]];
  }
  // terraform output -json receipt_channels
  if (entries.every(([, output]) => isRecord(output) && typeof output.kind === 'string')) {
    return [['', { [RECEIPT_CHANNELS_OUTPUT]: outputs }]];
  }
  return entries.map(([stack, values]) => [`${stack}/`, values]);
}

function isTerraformOutput(output: unknown): boolean {
  return isRecord(output) && typeof output.sensitive === 'boolean' && 'type' in output && 'value' in output;
}

function channelsOf(values: unknown, source: string, prefix: string): SmokeChannel[] {
  const byId = isRecord(values) ? values[RECEIPT_CHANNELS_OUTPUT] : undefined;
  if (byId === undefined) {
    return [];
  }
  if (!isRecord(byId)) {
    const name = `${prefix}${RECEIPT_CHANNELS_OUTPUT}`;
    throw new UsageError(`${source}: expected an object in ${name}, got ${kindOf(byId)}`);
  }
  return Object.entries(byId).map(([id, value]) => readChannel(`${prefix}${id}`, value, source));
}

/** A channel whose outputs were checked. @throws UsageError that names what is missing or wrong */
export function readChannel(name: string, value: unknown, source: string): SmokeChannel {
  if (!isRecord(value)) {
    throw new UsageError(`${source}: channel ${name}: expected an object, got ${kindOf(value)}`);
  }
  const required = REQUIRED.get(value.kind as string);
  if (required === undefined) {
    throw new UsageError(
      `${source}: channel ${name}: expected kind ${[...REQUIRED.keys()].join(' or ')}, got ${JSON.stringify(value.kind) ?? 'none'}`,
    );
  }
  const outputs: Record<string, unknown> = { kind: value.kind };
  for (const key of [...required, ...OPTIONAL]) {
    const item = value[key] ?? undefined;
    if (item === undefined ? required.includes(key) : !isText(item)) {
      throw new UsageError(
        `${source}: channel ${name}: expected a text for ${key}, got ${JSON.stringify(item) ?? 'none'}`,
      );
    }
    outputs[key] = item;
  }
  if (!REGION.pattern.test(outputs.region as string)) {
    throw new UsageError(
      `${source}: channel ${name}: expected a region such as "cn-hangzhou", got ${JSON.stringify(outputs.region)}`,
    );
  }
  const named = parseMqEndpoint((outputs.endpoint as string | undefined) ?? '')?.instanceId;
  if (named !== undefined && outputs.instanceId !== undefined && named !== outputs.instanceId) {
    throw new UsageError(
      `${source}: channel ${name}: expected an endpoint of its instanceId ${JSON.stringify(outputs.instanceId)}, ` +
        `got one of the instance ${named}`,
    );
  }
  const prepare = value.prepare ?? undefined;
  if (prepare !== undefined && !(Array.isArray(prepare) && prepare.every(isText))) {
    const received = Array.isArray(prepare) ? JSON.stringify(prepare) : kindOf(prepare);
    throw new UsageError(`${source}: channel ${name}: expected a list of texts for prepare, got ${received}`);
  }
  // Every key was checked above.
  return { name, outputs: { ...outputs, prepare } as unknown as ReceiptChannelOutputs };
}

/**
 * The channels with these names, `<stack>/<id>` or `<id>` where only one stack has it; all when there are no names.
 *
 * @throws UsageError that lists the names there are
 */
export function selectChannels(channels: readonly SmokeChannel[], names: readonly string[]): readonly SmokeChannel[] {
  if (names.length === 0) {
    return channels;
  }
  const selected = names.map((name) => {
    const found = channels.filter((channel) => channel.name === name || channel.name.endsWith(`/${name}`));
    if (found.length !== 1) {
      throw new UsageError(
        found.length === 0
          ? `expected one of the channels ${list(channels)}, got ${JSON.stringify(name)}`
          : `channel ${JSON.stringify(name)} is ambiguous, it may be ${list(found)}`,
      );
    }
    return found[0];
  });
  return [...new Set(selected)];
}

/** The hint that sends receipts to a channel. @throws UsageError when a value does not fit into a hint */
export function hintOf({ name, outputs }: SmokeChannel, maxRunningTimeSeconds: number): ReceiptHint {
  try {
    return ReceiptHint.forChannel(outputs, maxRunningTimeSeconds);
  } catch (error) {
    throw new UsageError(`channel ${name}: ${(error as Error).message}`);
  }
}

/**
 * The statement with `{bucket}` and `{region}` replaced by the channel's.
 *
 * @throws UsageError when the channel has no such value
 */
export function fillPlaceholders(sql: string, { name, outputs }: SmokeChannel): string {
  return sql.replace(/\{(bucket|region)\}/g, (placeholder, key: 'bucket' | 'region') => {
    const value = outputs[key];
    if (value === undefined) {
      throw new UsageError(`channel ${name} has no ${key} for ${placeholder} in ${JSON.stringify(sql)}`);
    }
    return value;
  });
}

function list(channels: readonly SmokeChannel[]): string {
  return channels.map((channel) => channel.name).join(', ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function kindOf(value: unknown): string {
  return value === null || value === undefined
    ? String(value)
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;
}
