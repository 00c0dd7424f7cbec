import * as path from 'node:path';
import { Activation } from './activation';
import { Blobs } from '../store/blobs';
import { DlaCatalog } from './dla-catalog';
import { alphanumericId, decimalId } from './ids';
import { Mns } from './mns';
import { Ons } from './mq';
import { Oss } from './oss';
import { Ram } from './ram';
import { Store } from '../store/store';
import { Sts } from './sts';

/** Who the local account is, and the credentials for its servers. */
export interface AccountIdentity {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly dlaUser: string;
  readonly dlaPassword: string;
}

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

  /** @throws LocalCloudError when the folder cannot be used */
  constructor(folder: string) {
    this.store = new Store(folder);
    const identities = this.store.table<AccountIdentity>('account');
    if (!identities.get('identity')) {
      identities.put(newIdentity(), 'identity');
    }
    this.identity = identities.get('identity')!;
    const { accountId } = this.identity;
    this.activation = new Activation(this.store);
    this.ram = new Ram(this.store, accountId);
    this.sts = new Sts(this.store, accountId, this.ram);
    this.oss = new Oss(this.store, new Blobs(path.join(folder, 'blobs')), this.activation);
    this.ons = new Ons(this.store, accountId, this.activation);
    this.mns = new Mns(this.store, this.activation);
    this.dla = new DlaCatalog(this.store);
    this.oss.blobs.sweep(this.oss.usedBlobs());
  }

  public close(): void {
    this.ons.close();
    this.store.close();
  }
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
