/** One line of what Terraform and OpenTofu say with `-json`; what is not needed here is left out. */
export interface TerraformEvent {
  readonly type?: string;
  readonly '@message'?: string;
  readonly change?: { readonly resource: { readonly addr: string }; readonly action: string };
  readonly changes?: {
    readonly add: number;
    readonly change: number;
    readonly remove: number;
    readonly import?: number;
    readonly operation: string;
  };
  readonly hook?: {
    readonly resource: { readonly addr: string; readonly resource_type: string };
    readonly action?: string;
    readonly id_value?: string;
  };
  /** A state that Terraform could write nowhere else. */
  readonly state?: object;
  readonly diagnostic?: {
    readonly severity: string;
    readonly summary: string;
    readonly detail: string;
    readonly address?: string;
    readonly snippet?: { readonly context?: string | null; readonly code: string };
  };
}

/** @returns undefined for a line that is something else */
export function eventOf(line: string): TerraformEvent | undefined {
  if (!line.startsWith('{')) {
    return undefined;
  }
  try {
    return JSON.parse(line) as TerraformEvent;
  } catch {
    return undefined;
  }
}

/** All events of a run, in their order. */
export function eventsOf(output: string): TerraformEvent[] {
  return output.split('\n').flatMap((line) => eventOf(line) ?? []);
}

/** What a plan would do, or an apply did, in Terraform's own words. */
export function summaryOf(events: readonly TerraformEvent[]): string {
  const changes = events.filter(({ type }) => type === 'change_summary').at(-1)?.changes;
  const { add = 0, change = 0, remove = 0, import: imported = 0, operation = 'plan' } = changes ?? {};
  if (add + change + remove + imported === 0) {
    return 'No changes';
  }
  const [imports, adds, changed, destroys] =
    operation === 'plan'
      ? ['to import', 'to add', 'to change', 'to destroy']
      : ['imported', 'added', 'changed', 'destroyed'];
  return [
    ...(imported > 0 ? [`${imported} ${imports}`] : []),
    `${add} ${adds}`,
    `${change} ${changed}`,
    `${remove} ${destroys}`,
  ].join(', ');
}

/** Addresses of what a plan takes away: what it makes anew, and what it only destroys. */
export interface Losses {
  readonly replaced: readonly string[];
  readonly destroyed: readonly string[];
}

/** Whose destruction only forgets them: a service that is open stays open. */
const STAYS = /^alicloud_message_service_service\./;

export function lossesOf(events: readonly TerraformEvent[]): Losses {
  const withAction = (action: string) =>
    addressesIn(events, (one) => one === action).filter((address) => !STAYS.test(address));
  return { replaced: withAction('replace'), destroyed: withAction('delete') };
}

/** Addresses of what a plan does something with: what it only destroys, and all else. */
export function stepsOf(events: readonly TerraformEvent[]): { gone: readonly string[]; rest: readonly string[] } {
  return {
    gone: addressesIn(events, (action) => action === 'delete'),
    rest: addressesIn(events, (action) => action !== 'delete'),
  };
}

/** What a plan changes, each as a text. */
export function changesOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ type, change }) =>
    type === 'planned_change' && change !== undefined && change.action !== 'read'
      ? [`${change.action} ${change.resource.addr}`]
      : [],
  );
}

function addressesIn(events: readonly TerraformEvent[], isWanted: (action: string) => boolean): string[] {
  return events.flatMap(({ type, change }) =>
    type === 'planned_change' && change !== undefined && isWanted(change.action) ? [change.resource.addr] : [],
  );
}

/** One line of what the plans of stacks take away. */
export function lossesLine(stacks: Readonly<Record<string, Losses>>): string {
  const all = (of: keyof Losses) =>
    Object.entries(stacks).flatMap(([stack, losses]) => losses[of].map((address) => `${stack}/${address}`));
  const [replaced, destroyed] = [all('replaced'), all('destroyed')];
  if (replaced.length + destroyed.length === 0) {
    return 'Nothing is replaced or destroyed.';
  }
  return [
    ...(replaced.length > 0 ? [`Replaced, with what is in them: ${replaced.join(', ')}.`] : []),
    ...(destroyed.length > 0 ? [`Destroyed: ${destroyed.join(', ')}.`] : []),
  ].join(' ');
}

/** Something that a provider knows by an id. */
export interface Made {
  readonly address: string;
  readonly id: string;
}

/** Whether Terraform has told how it went, which it does once the state is written. */
export function hasEnded(events: readonly TerraformEvent[]): boolean {
  return (
    events.some(
      ({ type, changes, diagnostic }) =>
        (type === 'change_summary' && changes?.operation !== 'plan') || diagnostic?.severity === 'error',
    ) && !events.some((event) => event['@message']?.startsWith('Two interrupts received'))
  );
}

/** What an apply has made in the account, and what it had begun to make when it ended. */
export function creationsOf(events: readonly TerraformEvent[]): { made: readonly Made[]; begun: readonly string[] } {
  const creations = (...types: readonly string[]) =>
    events.flatMap(({ type, hook }) =>
      types.includes(type!) && hook?.action === 'create' && hook.resource.resource_type.startsWith('alicloud_')
        ? [{ address: hook.resource.addr, id: hook.id_value ?? '' }]
        : [],
    );
  const ended = creations('apply_complete', 'apply_errored').map(({ address }) => address);
  const begun = creations('apply_start').map(({ address }) => address);
  return { made: creations('apply_complete'), begun: begun.filter((address) => !ended.includes(address)) };
}

/** Codes of services, and a sentence of the provider, for what is there already. */
const EXISTS =
  /\b(?:BIZ_TOPIC_EXISTED|BIZ_SUBSCRIPTION_EXISTED|INSTANCE_NAME_EXIST|BucketAlreadyExists|QueueAlreadyExist)\b|The bucket namespace is shared/;

/** Addresses of what could not be made, for it exists. */
export function existingOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ diagnostic }) =>
    diagnostic?.severity === 'error' && EXISTS.test(`${diagnostic.summary} ${diagnostic.detail}`)
      ? (diagnostic.address ?? [])
      : [],
  );
}

/** What went wrong, one text an error. */
export function errorsOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ diagnostic }) => {
    if (diagnostic?.severity !== 'error') {
      return [];
    }
    const own = ownWords(diagnostic);
    if (own !== undefined) {
      return [own];
    }
    const { summary, detail, address } = diagnostic;
    const text = [summary, detail].filter((part) => part !== '').join(': ');
    return [address === undefined || text.includes(address) ? text : `${text} (${address})`];
  });
}

/** What Terraform warns of. */
export function warningsOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ diagnostic }) =>
    diagnostic?.severity === 'warning'
      ? [[diagnostic.summary, diagnostic.detail].filter((part) => part !== '').join(': ')]
      : [],
  );
}

/** The stack's own words, where Terraform only wraps them: a condition, a refused destroy, a role that exists. */
function ownWords({ summary, detail, snippet }: NonNullable<TerraformEvent['diagnostic']>): string | undefined {
  if (/^Resource (pre|post)condition failed$/.test(summary)) {
    return detail;
  }
  if (summary === 'local-exec provisioner error') {
    return /\bOutput: ([^]+)$/.exec(detail)?.[1].trim();
  }
  return snippet?.context?.endsWith('_must_be_of_this_stack')
    ? / == \\"(.+)\\" \? /.exec(snippet.code)?.[1]
    : undefined;
}

/** Assumption: parts of the codes with which services refuse an account that has not opened them, as for `dla-smoke`. */
const NOT_OPEN = /\b(?:\w*(?:UN|NOT_)OPENED|UserDisable)\b/;

/** What may help where an error is of some kind: what Terraform and the services do not tell. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurityToken)\b/,
    'the keys are refused: expected those of a RAM user in ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY, and with ' +
      'temporary ones ALICLOUD_SECURITY_TOKEN',
  ],
  [
    /\bno valid credential sources\b/,
    'there are no keys: expected those of a RAM user in ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY',
  ],
  [
    /^Error: Failed to (?:query available provider packages|install provider)$/m,
    'the provider is downloaded once: let this machine reach the registry, or name a mirror of it (provider_installation) ' +
      'in the file of TF_CLI_CONFIG_FILE, see "Network" in README.md; npm run deploy:local needs neither',
  ],
  [
    /\bUnsupported state file format\b/,
    'the state is damaged: put an earlier version of the object back (a bucket with versioning keeps them), as without its ' +
      'state nobody knows what was made',
  ],
  [/\bNoSuchBucket\b/, 'in the settings state.bucket: expected a bucket that exists already'],
  [
    /^Error: Failed to get existing workspaces: .*ErrorCode=AccessDenied\b/,
    'in the settings state.bucket: expected one that the keys may list, read and write',
  ],
  [
    NOT_OPEN,
    'a service is not open in the account: open it in its console, or name it under activate in the settings (oss, mq, mns)',
  ],
  [
    /^(?!Error: Failed to get existing workspaces: ).*\b(?:NoPermission|Forbidden\.RAM|AccessDenied)\b/s,
    'the keys lack a permission: stacks/deployer-policy.json has those of a deploy, see "Permissions of the deployer" in ' +
      'README.md',
  ],
  [
    /^(?![^]*(?:UNOPENED|NoPermission))[^]*\(alicloud_ons_instance\./,
    'only existing users of RocketMQ 4.x can make its instances: where the account is none, name an instance that ' +
      'exists (existingInstanceId), or take SMQ (formerly MNS) by channel: mns',
  ],
  [
    /^role \S+ exists, and this stack did not make it/,
    'in the settings role: adopt takes it over, and role: refer leaves it to whoever made it',
  ],
  [
    /^Cannot import non-existent remote object: .*"alicloud_ram_role/s,
    'role: adopt takes over a role that exists with its system policy attached: attach it first; or write role: create ' +
      'to have both made, or role: refer to leave both to whoever made them',
  ],
];

/** What may help where it failed. */
export function adviceOn(errors: readonly string[]): string[] {
  return ADVICE.flatMap(([kind, advice]) => (errors.some((error) => kind.test(error)) ? [advice] : []));
}

/** What was done, as Terraform says it to people; without what it only read, and without the errors. */
export function logOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ type, '@message': message }) =>
    message === undefined ||
    ['version', 'diagnostic', 'planned_change', 'refresh_start', 'refresh_complete'].includes(type!)
      ? []
      : [message],
  );
}
