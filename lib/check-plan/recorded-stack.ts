import type { NamedReference, ReferredKind } from '../cloud/named-reference';
import { RECEIPT_CHANNELS_OUTPUT, type ReceiptChannelOutputs } from '../cloud/receipt-channel';
import type { ComparedStack, StateDocument, Values } from './documents';
import { KINDS, textOf } from './kinds';

/** Something that is deployed, by its state. */
export interface Recorded {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly values: Values;
}

/** What a state has made. */
export function recordedIn({ resources = [] }: StateDocument): Recorded[] {
  return resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, module, instances = [] }) =>
      instances.map(({ index_key: index, attributes = {} }) => ({
        address:
          [module, type, name].filter(Boolean).join('.') + (index === undefined ? '' : `[${JSON.stringify(index)}]`),
        ...{ type, name, values: attributes },
      })),
    );
}

/** A stack that stays as its state has it, for its code is gone or not looked at. */
export function recordedStack(name: string, state: StateDocument): ComparedStack {
  const recorded = recordedIn(state);
  const references = [...channelReferences(state), ...recorded.flatMap(referencesOf)];
  return {
    name,
    command: 'terraform',
    configuration: {
      // Its account is not known.
      provider: { alicloud: [{ region: regionOf(state), account_id: '${unknown}' }] },
      '//': {
        references: Object.fromEntries(
          references.map(([by, reference]) => [
            `${name}/${by} (${reference.kind})`,
            { provider: 'alicloud', ...reference },
          ]),
        ),
      },
    },
    plan: {
      resource_changes: recorded.map(({ address, type, name: id, values }) => ({
        ...{ address, mode: 'managed', type, name: id },
        change: { actions: ['no-op'], before: values, after: values },
      })),
    },
    state,
  };
}

/** The account of all that some states have, if it is one that they tell. */
export function accountIn(states: readonly StateDocument[]): string | undefined {
  const accounts = states.flatMap(recordedIn).flatMap(({ type, values }) => {
    const { attribute, pattern } = KINDS[type]?.tellsAccount ?? {};
    return (attribute !== undefined && pattern?.exec(textOf(values, attribute) ?? '')?.[1]) || [];
  });
  return new Set(accounts).size === 1 ? accounts[0] : undefined;
}

/** Where all of it is, if its channels tell it and no provider beside the usual one works elsewhere. */
function regionOf(state: StateDocument): string | undefined {
  const regions = new Set(Object.values(channelsOf(state)).map(({ region }) => region));
  const isPlain = (state.resources ?? []).every(({ provider }) => provider?.endsWith(']'));
  return regions.size === 1 && isPlain ? [...regions][0] : undefined;
}

/** None where an output of that name is somebody else's. */
function channelsOf({ outputs }: StateDocument): Readonly<Record<string, Partial<ReceiptChannelOutputs>>> {
  const value = outputs?.[RECEIPT_CHANNELS_OUTPUT]?.value;
  const channels = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(channels.filter(([, channel]) => typeof channel === 'object' && channel !== null));
}

type Told = readonly [by: string, reference: Omit<NamedReference, 'provider'>];

function told(by: string, kind: ReferredKind, name: unknown, rest: Partial<NamedReference> = {}): Told[] {
  return typeof name === 'string' ? [[by, { kind, name, ...rest }]] : [];
}

/** What the channels need of which the stack told when it was deployed. */
function channelReferences(state: StateDocument): Told[] {
  return Object.entries(channelsOf(state)).flatMap(
    ([id, { region, roleName, instanceId, topic, producerId, queue, bucket }]) => [
      ...told(id, 'role', roleName),
      ...told(id, 'bucket', bucket),
      ...told(id, 'instance', instanceId),
      ...told(id, 'topic', topic, { instanceId }),
      ...told(id, 'group', producerId, { instanceId }),
      ...told(id, 'queue', queue, { region }),
    ],
  );
}

/** What a resource stands on. */
function referencesOf({ address, type, values }: Recorded): Told[] {
  const kind = KINDS[type];
  if (kind === undefined) {
    return [];
  }
  return [
    ...(kind.isThing ? [] : told(address, kind.kind, textOf(values, ...kind.name))),
    ...(kind.instance === undefined ? [] : told(address, 'instance', values[kind.instance])),
  ];
}
