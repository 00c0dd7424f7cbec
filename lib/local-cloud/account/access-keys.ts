import { CloudError } from './cloud-error';
import { alphanumericId, isoSeconds } from './ids';
import type { User } from './ram';
import { caseKey } from './case-key';
import type { Change } from '../store/journal';
import { object, oneOf, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

export type AccessKeyStatus = 'Active' | 'Inactive';

/** What a user signs requests with. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly userName: string;
  readonly status: AccessKeyStatus;
  readonly createDate: string;
}

const ACCESS_KEY: Shape<AccessKey> = object<AccessKey>({
  accessKeyId: text,
  accessKeySecret: text,
  userName: text,
  status: oneOf<AccessKeyStatus>('Active', 'Inactive'),
  createDate: text,
});

/** Enough to replace one by another. Source: RAM's limits. */
const MAX_ACCESS_KEYS = 2;

/** Access keys of RAM users. */
export class AccessKeys {
  private readonly keys: Table<AccessKey>;

  constructor(
    store: Store,
    private readonly getUser: (userName: string) => User,
  ) {
    this.keys = store.table(
      'ram-access-keys',
      ACCESS_KEY,
      ({ accessKeyId }) => [accessKeyId],
      ({ userName }) => [reference('ram-users', caseKey(userName))],
    );
  }

  public create(userName: string): AccessKey {
    const user = this.getUser(userName);
    if (this.list(user.userName).length >= MAX_ACCESS_KEYS) {
      throw new CloudError(
        'LimitExceeded.User.AccessKey',
        `the user ${user.userName} has ${MAX_ACCESS_KEYS} access keys, the most allowed`,
        409,
      );
    }
    const key: AccessKey = {
      accessKeyId: `LTAI${alphanumericId(20)}`,
      accessKeySecret: alphanumericId(30),
      userName: user.userName,
      status: 'Active',
      createDate: isoSeconds(),
    };
    this.keys.put(key, key.accessKeyId);
    return key;
  }

  public list(userName: string): AccessKey[] {
    const user = this.getUser(userName);
    return this.keys.list().filter((key) => caseKey(key.userName) === caseKey(user.userName));
  }

  /** The key whoever's it is. */
  public find(accessKeyId: string): AccessKey | undefined {
    return this.keys.get(accessKeyId);
  }

  public setStatus(userName: string, accessKeyId: string, status: AccessKeyStatus): void {
    this.keys.put({ ...this.get(userName, accessKeyId), status }, accessKeyId);
  }

  public delete(userName: string, accessKeyId: string): void {
    this.get(userName, accessKeyId);
    this.keys.delete(accessKeyId);
  }

  /** What gives the keys of a user to another name of the same user. */
  public moveChanges(userName: string, newName: string): Change[] {
    return this.list(userName).map((key) => this.keys.change({ ...key, userName: newName }, key.accessKeyId));
  }

  private get(userName: string, accessKeyId: string): AccessKey {
    const key = this.list(userName).find((one) => one.accessKeyId === accessKeyId);
    if (!key) {
      throw new CloudError(
        'EntityNotExist.User.AccessKey',
        `the user ${userName} has no access key ${accessKeyId}`,
        404,
      );
    }
    return key;
  }
}
