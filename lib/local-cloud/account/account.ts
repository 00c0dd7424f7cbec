import { setMaxListeners } from 'node:events';
import * as path from 'node:path';
import { Activation } from './activation';
import { Blobs } from '../store/blobs';
import { CloudError } from './cloud-error';
import { DlaCatalog } from './dla-catalog';
import { alphanumericId, decimalId } from './ids';
import { Mns } from './mns';
import { Ons } from './mq';
import { Oss } from './oss';
import { Ram } from './ram';
import { Removals } from './removals';
import type { Change } from '../store/journal';
import { object, type Shape, text } from '../store/shape';
import { Store } from '../store/store';
import type { Table } from '../store/table';
import { upgradeVersion1 } from './version-1';
import { Sts } from './sts';

/** Who the local account is, and the credentials for its servers. */
export interface AccountIdentity {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly dlaUser: string;
  readonly dlaPassword: string;
}

const IDENTITY: Shape<AccountIdentity> = object<AccountIdentity>({
  accountId: text,
  accessKeyId: text,
  accessKeySecret: text,
  dlaUser: text,
  dlaPassword: text,
});

/**
 * One account of Alibaba Cloud, kept in a folder: the model behind every server, so that what one server made
 * is what the others see.
 */
export class Account {
  public readonly identity: AccountIdentity;
  public readonly activation: Activation;
  public readonly ram: Ram;
  public readonly sts: Sts;
  public readonly oss: Oss;
  public readonly ons: Ons;
  public readonly mns: Mns;
  public readonly dla: DlaCatalog;
  public readonly store: Store;
  public readonly removals: Removals;
  private readonly identities: Table<AccountIdentity>;
  private ending = newLifetime();
  private readonly replaced: (() => void)[] = [];

  /** @throws LocalCloudError when the folder cannot be used */
  constructor(folder: string) {
    this.store = new Store(folder, upgradeVersion1);
    this.identities = this.store.table('account', IDENTITY, () => ['identity']);
    if (!this.identities.get('identity')) {
      this.identities.put(newIdentity(), 'identity');
    }
    this.identity = this.identities.get('identity')!;
    const { accountId } = this.identity;
    this.activation = new Activation(this.store);
    this.ram = new Ram(this.store, accountId);
    this.sts = new Sts(this.store, accountId, this.ram);
    this.oss = new Oss(this.store, new Blobs(path.join(folder, 'blobs')), this.activation);
    this.removals = new Removals(this.store);
    this.ons = new Ons(this.store, accountId, this.activation, this.removals);
    this.mns = new Mns(this.store, accountId, this.activation, this.removals);
    this.dla = new DlaCatalog(this.store);
    setMaxListeners(0, this.ending.signal);
    this.onReplaced(() => this.ons.replaced());
    this.onReplaced(() => this.mns.messages.reset());
    try {
      this.removals.finish();
    } catch {
      // A disk that is full is told to whoever changes something; what is left goes at another start.
    }
    this.oss.blobs
      .sweep(() => this.oss.usedBlobs())
      .catch(() => {
        // What is left over takes room and does no harm; the next start tries again.
      });
  }

  /**
   * Aborted when other content takes the place of this: what was begun for it (an upload, a long poll, a query) must
   * end, and not write into what comes after.
   */
  public get lifetime(): AbortSignal {
    return this.ending.signal;
  }

  /** Has `listener` called each time that other content has taken its place. */
  public onReplaced(listener: () => void): void {
    this.replaced.push(listener);
  }

  /** Replaces everything but who the account is, in one step, and ends what runs. */
  public replace(rows: readonly Change[]): void {
    const gone = [...this.oss.contents()];
    this.store.replace([this.identities.change(this.identity, 'identity'), ...rows]);
    const { ending } = this;
    this.ending = newLifetime();
    this.oss.accessLog.clear();
    ending.abort(new CloudError('ServiceUnavailable', 'the local cloud was reset, or another state imported', 503));
    gone.forEach(({ blob }) => this.oss.blobs.remove(blob));
    this.replaced.forEach((listener) => listener());
  }

  public close(): void {
    this.removals.close();
    this.ons.close();
    this.mns.messages.close();
    this.oss.accessLog.flush();
    this.oss.blobs.close();
    this.store.close();
  }
}

/** As many as want may wait for its end. */
function newLifetime(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

function newIdentity(): AccountIdentity {
  return {
    accountId: decimalId(16),
    accessKeyId: `LTAI${alphanumericId(20)}`,
    accessKeySecret: alphanumericId(30),
    dlaUser: 'local_dla',
    dlaPassword: alphanumericId(24),
  };
}
