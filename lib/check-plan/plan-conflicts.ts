import { quoted } from '../cli/shell';
import type { NamedReference } from '../cloud/named-reference';
import type { ComparedStack, PlanDocument, ResourceChange, StateDocument, SynthesizedStack } from './documents';
import { type Kind, KINDS, textOf } from './kinds';
import { accountIn, recordedIn } from './recorded-stack';
import { withVariables } from './variables';

/** Arguments of the provider that say which account it works in. */
const CREDENTIALS = [
  'access_key',
  'profile',
  'shared_credentials_file',
  'credentials_uri',
  'ecs_role_name',
  'assume_role',
  'assume_role_with_oidc',
];

/** What is not known fits everything. */
interface Place {
  readonly region?: string;
  readonly account?: string;
}

/** Something in a plan, at one of its ends. */
interface Found extends Kind, Place {
  readonly stack: ComparedStack;
  readonly address: string;
  /** Address that the state has it at. */
  readonly inState: string;
  readonly type: string;
  readonly actions: readonly string[];
  readonly called?: string;
  readonly instanceId?: string;
  /** Name of the instance, where it is made or goes together with this. */
  readonly instanceName?: string;
  readonly others: string;
  /** As the provider knows it. */
  readonly id?: string;
  readonly replacedFor: readonly string[];
}

/**
 * What plans would destroy although the app still refers to it, or has it made anew or has it elsewhere; each with what to
 * write. Terraform knows one stack at a time: it would destroy a thing beside making it again, in whatever order.
 *
 * @param stacks all of an app
 * @param changed those of them whose plans are to be applied
 */
export function planConflicts(stacks: readonly ComparedStack[], changed = stacks): string[] {
  const references = stacks.flatMap(({ configuration, plan }) =>
    Object.entries(configuration['//']?.references ?? {}).map(([by, reference]) => ({
      ...reference,
      by,
      name: withVariables(reference.name, plan.variables),
      place: { ...placeOf(configuration, reference.provider), ...(reference.region && { region: reference.region }) },
    })),
  );
  const lost = changed.flatMap((stack) => foundIn(stack, 'before'));
  const kept = stacks.flatMap((stack) => foundIn(stack, 'after'));
  const isElsewhere = (from: Found, to: Found) => to.stack !== from.stack || to.address !== from.address;
  const losses = groupsOf(lost).map((things) => ({
    things,
    stack: things[0].stack,
    pairs: things.flatMap((from) =>
      kept.filter((to) => isElsewhere(from, to) && isSame(from, to)).map((to) => ({ from, to })),
    ),
    referrers: references.filter((reference) => things.some((one) => refersTo(reference, one))).map(({ by }) => by),
  }));
  const created = losses.flatMap(({ pairs }) => pairs.filter(({ to }) => to.actions.includes('create')));
  const taken = created.filter(({ from, to }) => from.stack !== to.stack);
  return [
    ...stacks.flatMap((stack) => {
      const moved = created.filter(({ from, to }) => from.stack === stack && to.stack === stack);
      return moved.length > 0 ? [movedText(stack, moved)] : [];
    }),
    ...(taken.length > 0
      ? [
          takenText(
            losses.filter(({ pairs }) => pairs.some((pair) => taken.includes(pair))).map(({ things }) => things),
            taken,
          ),
        ]
      : []),
    ...losses
      .filter(({ pairs }) => !pairs.some((pair) => created.includes(pair)))
      .flatMap(({ things, pairs, referrers }) => {
        if (pairs.length > 0) {
          return [alsoThereText(things, pairs[0].to.stack)];
        }
        return referrers.length > 0 ? [referredText(things, referrers)] : [];
      }),
  ];
}

/** What of a stack refers to something whose name its plan does not tell: nobody knows what it needs. */
export function unknownReferences({ configuration, plan }: ComparedStack): string[] {
  return Object.entries(configuration['//']?.references ?? {})
    .filter(([, { name }]) => withVariables(name, plan.variables).includes('${'))
    .map(([by, { kind, name }]) => `${by} (${kind} ${name})`);
}

/** Something that a plan would make, and another stack has. */
export interface TwiceMade {
  readonly text: string;
  /** Whether both are in one account; where states do not tell it they may be two things. */
  readonly isCertain: boolean;
}

/**
 * What plans would make although a stack that stays as it is has it: the services refuse a second one or take it for the
 * first, and it would be in two states, of which each destroys it.
 *
 * @param stacks whose plans are to be applied
 * @param others that stay
 */
export function madeTwice(stacks: readonly ComparedStack[], others: readonly ComparedStack[]): TwiceMade[] {
  const account = accountIn(stacks.map(({ state }) => state));
  const there = others.flatMap((stack) => foundIn(stack, 'after'));
  const made = stacks
    .flatMap((stack) => foundIn(stack, 'after'))
    .filter(({ actions, isThing }) => isThing && actions.includes('create') && !actions.includes('delete'));
  return made.flatMap((to) => {
    const [its, known] = [accountIn([to.stack.state]) ?? account, there.filter((one) => isSame(one, to))];
    const accountOf = (one: Found) => accountIn([one.stack.state]);
    const from = known.find((one) => its === undefined || [its, undefined].includes(accountOf(one)));
    return from === undefined
      ? []
      : {
          isCertain: from.within === undefined || (its !== undefined && accountOf(from) === its),
          text:
            `${to.kind} ${to.called} would be made by ${to.address} of stack ${to.stack.name}, and stack ${from.stack.name} ` +
            `has it: take another name, ${from.stack.name.includes('/') ? '' : `put ${from.stack.name} back in the place of ${to.stack.name}, `}or destroy it first`,
        };
  });
}

/** A stack that is to be destroyed: it needs nothing any longer. */
export function withoutReferences(stack: ComparedStack): ComparedStack {
  return { ...stack, configuration: { ...stack.configuration, '//': undefined } };
}

interface Move {
  readonly from: Found;
  readonly to: Found;
}

/** What a plan takes away, or what is there after it. */
function foundIn(stack: ComparedStack, end: 'before' | 'after'): Found[] {
  const { plan, configuration, state } = stack;
  return (plan.resource_changes ?? []).flatMap(({ address, previous_address: previous, mode, type, name, change }) => {
    const kind = KINDS[type];
    const values = change[end];
    if (
      mode !== 'managed' ||
      kind === undefined ||
      !values ||
      (end === 'before' && !change.actions.includes('delete'))
    ) {
      return [];
    }
    const instanceId = kind.instance && textOf(values, kind.instance);
    const provider =
      end === 'before'
        ? providerInState(state, type, name)
        : (configuration.resource?.[type]?.[name]?.provider ?? 'alicloud');
    return [
      {
        ...kind,
        ...placeOf(configuration, provider),
        ...{ stack, address, inState: previous ?? address, type, actions: change.actions },
        called: textOf(values, ...kind.name) ?? nameOf(madeBy(stack, type, name, kind.name[0]), 'after'),
        instanceId,
        instanceName:
          end === 'before'
            ? nameOf(lostWith(plan, instanceId), end)
            : nameOf(madeBy(stack, type, name, kind.instance ?? ''), end),
        others: (kind.rest ?? []).map((attribute) => textOf(values, attribute)).join(' '),
        id: textOf(values, 'id'),
        replacedFor: (change.replace_paths ?? []).map(([attribute]) => String(attribute)),
      },
    ];
  });
}

/** The resource of the plan that an attribute refers to as `${type.name.attribute}`, while its value is not known yet. */
function madeBy(
  { plan, configuration }: ComparedStack,
  type: string,
  name: string,
  attribute: string,
): ResourceChange | undefined {
  const text = textOf(configuration.resource?.[type]?.[name] ?? {}, attribute) ?? '';
  const address = /^\$\{([\w-]+\.[\w-]+)\.\w+\}$/.exec(text)?.[1];
  return plan.resource_changes?.find((one) => one.address === address);
}

function lostWith({ resource_changes: all = [] }: PlanDocument, id: string | undefined): ResourceChange | undefined {
  return all.find(({ change }) => id !== undefined && change.before?.id === id);
}

function nameOf(resource: ResourceChange | undefined, end: 'before' | 'after'): string | undefined {
  return resource && textOf(resource.change[end] ?? {}, ...(KINDS[resource.type]?.name ?? []));
}

/** As the configuration names it. */
function providerInState({ resources = [] }: StateDocument, type: string, name: string): string | undefined {
  const text = resources.find((one) => one.mode === 'managed' && one.type === type && one.name === name)?.provider;
  if (text === undefined) {
    return undefined;
  }
  const alias = /\]\.(\w[\w-]*)$/.exec(text)?.[1];
  return alias === undefined ? 'alicloud' : `alicloud.${alias}`;
}

function placeOf({ provider = {} }: SynthesizedStack, name: string | undefined): Place {
  if (name === undefined) {
    return {};
  }
  const alias = name.split('.').at(1);
  const block = provider.alicloud?.find((one) => one.alias === alias);
  if (block === undefined) {
    return {};
  }
  const { region, account_id: accountId } = block;
  const given = CREDENTIALS.filter((one) => block[one] !== undefined).map((one) => [one, block[one]]);
  const account = accountId === undefined ? JSON.stringify(given) : String(accountId);
  return {
    region: typeof region === 'string' && !region.includes('${') ? region : undefined,
    account: account.includes('${') ? undefined : account,
  };
}

function isSame(one: Found, other: Found): boolean {
  return (
    one.type === other.type &&
    one.called !== undefined &&
    one.called === other.called &&
    one.others === other.others &&
    // An instance that is made anew has no id yet.
    (one.instanceId === other.instanceId ||
      (other.instanceId === undefined && one.instanceName !== undefined && one.instanceName === other.instanceName)) &&
    fits(one, one, other)
  );
}

function refersTo(reference: NamedReference & { readonly place: Place }, one: Found): boolean {
  return (
    one.isThing &&
    one.kind === reference.kind &&
    reference.name === (one.kind === 'instance' ? one.id : one.called) &&
    (one.instanceId === undefined || (reference.instanceId ?? one.instanceId) === one.instanceId) &&
    (one.kind === 'instance' || fits(one, one, reference.place))
  );
}

function fits({ within }: Kind, one: Place, other: Place): boolean {
  const agree = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || a === b;
  return (
    within === undefined ||
    (agree(one.account, other.account) && (within === 'account' || agree(one.region, other.region)))
  );
}

/** What belongs to the same thing of a stack. */
function groupsOf(all: readonly Found[]): Found[][] {
  const groups = new Map<string, Found[]>();
  for (const one of all) {
    const key = JSON.stringify([one.stack.name, one.kind, one.instanceId, one.called, one.region, one.account]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Of what is the same thing: what it is, and what would become of it. */
function lossText(things: readonly Found[]): string {
  const [first] = things;
  const name = first.kind === 'instance' ? `${first.called} (${first.id})` : first.called;
  const of = first.instanceId === undefined ? '' : ` of ${first.instanceId}`;
  return `${first.kind} ${name}${of} would be destroyed by ${addressesOf(things).join(', ')} of stack ${first.stack.name}`;
}

function referredText(things: readonly Found[], referrers: readonly string[]): string {
  const { stack } = things[0];
  const loss = `${lossText(things)}, and ${referrers.join(', ')} still refers to it`;
  const replacedFor = [...new Set(things.flatMap((one) => (one.isThing ? one.replacedFor : [])))];
  const isRenamed = replacedFor.some((attribute) => things[0].name.includes(attribute));
  return replacedFor.length > 0 && !isRenamed
    ? `${loss}: put back what it is replaced for (${replacedFor.join(', ')}), or take the reference out first`
    : `${loss}: let the stack go on making it there, or forget it, ${forgetting(stack, things)}`;
}

function alsoThereText(things: readonly Found[], owner: ComparedStack): string {
  const forget = forgetting(things[0].stack, things);
  return `${lossText(things)}, and stack ${owner.name} has it, too: let ${things[0].stack.name} forget it, ${forget}`;
}

/** All that goes from stack to stack at once: each has to forget what it has before another thing takes its place. */
function takenText(losses: readonly (readonly Found[])[], pairs: readonly Move[]): string {
  const texts = losses.map((things) => {
    const takers = pairs.filter(({ from }) => things.includes(from)).map(({ to }) => to.stack.name);
    return `${lossText(things)} and made by stack ${[...new Set(takers)].join(' and stack ')} at once`;
  });
  const forgotten = byStack(losses.flat(), ({ stack }) => stack);
  const taken = byStack(pairs, ({ to }) => to.stack);
  const commands = [
    ...forgotten.map(([stack, all]) => terraform(stack, 'state rm', ...addressesOf(all))),
    ...taken.flatMap(([stack, all]) => all.map(({ from, to }) => terraform(stack, 'import', to.address, from.id!))),
  ];
  const code = [
    ...forgotten.map(([stack, all]) => override(stack, 'removed', removedBlocks(addressesOf(all)))),
    ...taken.map(([stack, all]) =>
      override(
        stack,
        'import',
        all.map(({ from, to }) => ({ to: to.address, id: from.id })),
      ),
    ),
  ];
  return (
    `${texts.join('; ')}: let the one stack forget it, and the other take it over, by ${commands.join(' && ')}` +
    (losses.flat().some(isConfigured) ? '' : ` (or ${code.join(', and ')})`)
  );
}

function byStack<T>(all: readonly T[], stackOf: (one: T) => ComparedStack): [ComparedStack, T[]][] {
  const stacks = [...new Set(all.map(stackOf))];
  return stacks.map((stack) => [stack, all.filter((one) => stackOf(one) === stack)]);
}

/**
 * Whether its address is that of something else now, or is one of several: a block of Terraform cannot let go of it then.
 * What our constructs declare only to keep it makes way for such a block.
 */
function isConfigured({ actions, stack, type, inState }: Found): boolean {
  const [, name, index] = /\.([\w-]+)(\[.*)?$/.exec(inState) ?? [];
  const declared = stack.configuration.resource?.[type]?.[name];
  const isKept = declared?.count === 0 && declared.provisioner !== undefined;
  return actions.includes('create') || index !== undefined || (declared !== undefined && !isKept);
}

/** What stands where something is moved to is put aside first: two things may swap their names. */
function movedText(stack: ComparedStack, moves: readonly Move[]): string {
  const things = groupsOf(moves.map(({ from }) => from)).map(([{ kind, called }]) => `${kind} ${called}`);
  const inState = recordedIn(stack.state).map(({ address }) => address);
  const occupied = moves.map(({ to }) => to.address).filter((to) => inState.includes(to));
  const aside = (address: string) => address.replace(/(\[.*)?$/, '_aside$1');
  const commands = [
    ...occupied.map((to) => terraform(stack, 'state mv', to, aside(to))),
    ...moves.map(({ from: { inState: from }, to }) =>
      terraform(stack, 'state mv', occupied.includes(from) ? aside(from) : from, to.address),
    ),
  ];
  const code = override(
    stack,
    'moved',
    moves.map(({ from, to }) => ({ from: from.inState, to: to.address })),
  );
  const canBeCode = occupied.length === 0 && !moves.some(({ from }) => from.actions.includes('create'));
  return (
    `${things.join(', ')} would be destroyed and made again at once, at another address of stack ${stack.name}: move what ` +
    `the stack has, by ${commands.join(' && ')}${canBeCode ? ` (or ${code})` : ''}`
  );
}

function forgetting(stack: ComparedStack, things: readonly Found[]): string {
  const addresses = addressesOf(things);
  const code = things.some(isConfigured) ? '' : ` (or ${override(stack, 'removed', removedBlocks(addresses))})`;
  return `by ${terraform(stack, 'state rm', ...addresses)}${code}`;
}

function removedBlocks(addresses: readonly string[]): object[] {
  return addresses.map((from) => ({ from, lifecycle: { destroy: false } }));
}

function addressesOf(all: readonly Found[]): string[] {
  return [...new Set(all.map(({ inState }) => inState))];
}

function terraform(stack: ComparedStack, command: string, ...args: readonly string[]): string {
  return [stack.command, command, ...args.map(quoted)].join(' ');
}

/** First release of Terraform that knows a block. */
const SINCE = { moved: '1.1', import: '1.5', removed: '1.7' };

/** Code for a stack of cdktf, which has no method for it. */
function override({ name }: ComparedStack, block: keyof typeof SINCE, all: readonly object[]): string {
  return `in the code of ${name}, from Terraform ${SINCE[block]}: stack.addOverride('${block}', ${JSON.stringify(all)})`;
}
