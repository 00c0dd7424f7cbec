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
  readonly hook?: { readonly resource: { readonly resource_type: string }; readonly id_value?: string };
  readonly diagnostic?: {
    readonly severity: string;
    readonly summary: string;
    readonly detail: string;
    readonly address?: string;
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

export function lossesOf(events: readonly TerraformEvent[]): Losses {
  const withAction = (action: string) =>
    events
      .filter(({ type, change }) => type === 'planned_change' && change?.action === action)
      .map(({ change }) => change!.resource.addr);
  return { replaced: withAction('replace'), destroyed: withAction('delete') };
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

/** What went wrong, one text an error. */
export function errorsOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ diagnostic }) => {
    if (diagnostic?.severity !== 'error') {
      return [];
    }
    const { summary, detail, address } = diagnostic;
    // The summary of a condition says only that there is one; the detail is the stack's own words.
    const text = /^Resource (pre|post)condition failed$/.test(summary)
      ? detail
      : [summary, detail].filter((part) => part !== '').join(': ');
    return [address === undefined || text.includes(address) ? text : `${text} (${address})`];
  });
}

/** What may help where it failed: what the service's own error does not tell. */
export function adviceOn(events: readonly TerraformEvent[]): string[] {
  const failed = events.filter(({ diagnostic }) => diagnostic?.severity === 'error');
  return failed.some(({ diagnostic }) => diagnostic?.address?.startsWith('alicloud_ons_instance.'))
    ? [
        'only existing users of RocketMQ 4.x can make its instances: where the account is none, name an instance that ' +
          'exists (existingInstanceId), or take SMQ (formerly MNS) by channel: mns',
      ]
    : [];
}

/** What was done, as Terraform says it to people; without what it only read, and without the errors. */
export function logOf(events: readonly TerraformEvent[]): string[] {
  return events.flatMap(({ type, '@message': message }) =>
    message === undefined || ['version', 'diagnostic', 'refresh_start', 'refresh_complete'].includes(type!)
      ? []
      : [message],
  );
}
