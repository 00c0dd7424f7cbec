import { USER_GROUP_NAME } from '../../cloud/names';
import { MAX_COMMENTS_LENGTH } from '../../cloud/limits';
import { CloudError } from './cloud-error';
import { alphanumericId, isoSeconds } from './ids';
import type { PolicyAttachments } from './policy-attachments';
import type { User } from './ram';
import { caseKey } from './case-key';
import { checkLength, checkName } from './ram-names';
import type { Change } from '../store/journal';
import { object, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** Users who share policies. */
export interface UserGroup {
  readonly groupName: string;
  readonly groupId: string;
  readonly comments: string;
  readonly createDate: string;
  readonly updateDate: string;
}

export interface Membership {
  readonly groupName: string;
  readonly userName: string;
  readonly joinDate: string;
}

const GROUP: Shape<UserGroup> = object<UserGroup>({
  groupName: text,
  groupId: text,
  comments: text,
  createDate: text,
  updateDate: text,
});
const MEMBERSHIP: Shape<Membership> = object<Membership>({ groupName: text, userName: text, joinDate: text });

/** Groups of one user. Source: RAM's limits. */
const MAX_GROUPS = 50;

/** Groups of RAM users. */
export class UserGroups {
  private readonly groups: Table<UserGroup>;
  private readonly members: Table<Membership>;
  /** The same memberships by user, so that a user's groups are found without a search. */
  private readonly memberships: Table<Membership>;

  constructor(
    private readonly store: Store,
    private readonly attachments: PolicyAttachments,
    private readonly getUser: (userName: string) => User,
  ) {
    this.groups = store.table('ram-groups', GROUP, ({ groupName }) => [caseKey(groupName)]);
    this.members = store.table(
      'ram-group-members',
      MEMBERSHIP,
      ({ groupName, userName }) => [caseKey(groupName), caseKey(userName)],
      ({ groupName, userName }) => [
        reference('ram-groups', caseKey(groupName)),
        reference('ram-users', caseKey(userName)),
        reference('ram-user-groups', caseKey(userName), caseKey(groupName)),
      ],
    );
    this.memberships = store.table(
      'ram-user-groups',
      MEMBERSHIP,
      ({ groupName, userName }) => [caseKey(userName), caseKey(groupName)],
      ({ groupName, userName }) => [reference('ram-group-members', caseKey(groupName), caseKey(userName))],
    );
  }

  public create(groupName: string, comments = ''): UserGroup {
    this.checkNewName(groupName);
    checkLength('Comments', comments, MAX_COMMENTS_LENGTH);
    const now = isoSeconds();
    const group: UserGroup = {
      groupName,
      groupId: `g-${alphanumericId(16)}`,
      comments,
      createDate: now,
      updateDate: now,
    };
    this.groups.put(group, caseKey(groupName));
    return group;
  }

  public get(groupName: string): UserGroup {
    const group = this.groups.get(caseKey(groupName));
    if (!group) {
      throw new CloudError('EntityNotExist.Group', `the group ${groupName} does not exist`, 404);
    }
    return group;
  }

  public list(): UserGroup[] {
    return this.groups.list();
  }

  public update(groupName: string, patch: { groupName?: string; comments?: string }): UserGroup {
    const group = this.get(groupName);
    checkLength('Comments', patch.comments, MAX_COMMENTS_LENGTH);
    const next: UserGroup = {
      ...group,
      groupName: patch.groupName ?? group.groupName,
      comments: patch.comments ?? group.comments,
      updateDate: isoSeconds(),
    };
    const isSame = caseKey(next.groupName) === caseKey(groupName);
    if (!isSame) {
      this.checkNewName(next.groupName);
    }
    this.store.commit([
      ...(isSame ? [] : [this.groups.change(null, caseKey(groupName))]),
      this.groups.change(next, caseKey(next.groupName)),
      ...(isSame ? [] : this.attachments.moveChanges('group', groupName, next.groupName)),
      ...this.membersOf(groupName).flatMap((one) => this.moved(one, { ...one, groupName: next.groupName })),
    ]);
    return next;
  }

  public delete(groupName: string): void {
    this.get(groupName);
    if (this.membersOf(groupName).length > 0) {
      throw new CloudError('DeleteConflict.Group.User', `the group ${groupName} has users: remove them first`, 409);
    }
    this.attachments.requireNone('group', groupName);
    this.groups.delete(caseKey(groupName));
  }

  public addUser(groupName: string, userName: string): void {
    const group = this.get(groupName);
    const user = this.getUser(userName);
    if (this.members.get(caseKey(groupName), caseKey(userName))) {
      throw new CloudError(
        'EntityAlreadyExists.User.Group',
        `the user ${userName} is already in the group ${groupName}`,
        409,
      );
    }
    if (this.membershipsOf(userName).length >= MAX_GROUPS) {
      throw new CloudError(
        'LimitExceeded.User.Group',
        `the user ${userName} is in ${MAX_GROUPS} groups, the most allowed`,
        409,
      );
    }
    const membership = { groupName: group.groupName, userName: user.userName, joinDate: isoSeconds() };
    this.store.commit(this.changes(membership, membership));
  }

  public removeUser(groupName: string, userName: string): void {
    this.get(groupName);
    this.getUser(userName);
    const membership = this.members.get(caseKey(groupName), caseKey(userName));
    if (!membership) {
      throw new CloudError('EntityNotExist.User.Group', `the user ${userName} is not in the group ${groupName}`, 404);
    }
    this.store.commit(this.changes(membership, null));
  }

  public membersOf(groupName: string): Membership[] {
    this.get(groupName);
    return this.members.list(caseKey(groupName));
  }

  public membershipsOf(userName: string): Membership[] {
    this.getUser(userName);
    return this.memberships.list(caseKey(userName));
  }

  /** What gives the memberships of a user to another name of the same user. */
  public moveChanges(userName: string, newName: string): Change[] {
    return this.membershipsOf(userName).flatMap((one) => this.moved(one, { ...one, userName: newName }));
  }

  private checkNewName(groupName: string): void {
    checkName('GroupName', groupName, USER_GROUP_NAME, 'Group');
    if (this.groups.get(caseKey(groupName))) {
      throw new CloudError('EntityAlreadyExists.Group', `the group ${groupName} already exists`, 409);
    }
  }

  private moved(from: Membership, to: Membership): Change[] {
    return [...this.changes(from, null), ...this.changes(to, to)];
  }

  private changes(at: Membership, value: Membership | null): Change[] {
    const [group, user] = [caseKey(at.groupName), caseKey(at.userName)];
    return [this.members.change(value, group, user), this.memberships.change(value, user, group)];
  }
}
