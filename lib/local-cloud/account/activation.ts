import { CloudError } from './cloud-error';
import { object, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** Services that an account opens once before their first use. */
export const ACTIVATED_SERVICES = ['oss', 'ons', 'mns'] as const;

export type ActivatedService = (typeof ACTIVATED_SERVICES)[number];

/** As people know them. */
export const SERVICE_NAMES: Readonly<Record<ActivatedService, string>> = {
  oss: 'OSS',
  ons: 'MQ',
  mns: 'SMQ (formerly MNS)',
};
const UNOPENED = { oss: 'UserDisable', ons: 'ONS_SERVICE_UNOPENED', mns: 'MNS_SERVICE_UNOPENED' } as const;

/** What only existing users of RocketMQ 4.x can do: make an instance, once they have none. */
export const NEW_INSTANCES = 'new-mq-instances';

/** What an account may lack. */
export type Closable = ActivatedService | typeof NEW_INSTANCES;

const CLOSABLE: readonly string[] = [...ACTIVATED_SERVICES, NEW_INSTANCES];

/** Which services the account has opened. A new local account has opened all, as a team's account usually has. */
export class Activation {
  private readonly closed: Table<{ since: string }>;

  constructor(store: Store) {
    this.closed = store.table('closed-services', object<{ since: string }>({ since: text }), (_, [service]) =>
      CLOSABLE.includes(service) ? [service] : undefined,
    );
  }

  public isActive(service: Closable): boolean {
    return this.closed.get(service) === undefined;
  }

  /** Opens the service. Returns false when it was open already. */
  public activate(service: Closable): boolean {
    const opened = !this.isActive(service);
    this.closed.delete(service);
    return opened;
  }

  /** What an account without the service looks like; Alibaba Cloud itself has no such call. */
  public deactivate(service: Closable): void {
    this.closed.put({ since: new Date().toISOString() }, service);
  }

  /** @throws CloudError as the service answers before it has been opened */
  public require(service: ActivatedService): void {
    if (!this.isActive(service)) {
      throw new CloudError(UNOPENED[service], `${SERVICE_NAMES[service]} is not activated for this account`, 403);
    }
  }
}
