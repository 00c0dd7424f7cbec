import type { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { mqInstanceArn, mqResourceArn } from '../../cloud/arn';
import { GROUP_ID, MAX_GROUP_ID_LENGTH } from '../../cloud/names';
import { defaultName } from '../default-name';
import { keepFormer } from '../former-parts';
import { tellReference } from '../named-references';
import { OnsGroup } from '../../provider-schema/gen/ons-group/index';
import { onsGroup } from '../../provider-schema/ons-group';
import { providerOn, regionOf } from '../provider-settings';
import { type Grant, grant } from '../ram/grant';
import type { IRamGrantee } from '../ram/ram-grantee';
import { onRename, referenceAsText } from '../references';
import { freeId } from '../tree';
import { instanceIdentity, knownName, registerUnique } from '../uniqueness';
import {
  type PropertyError,
  checkAttribute,
  required,
  assertValid,
  regionErrors,
  valueText,
  checkTags,
  checkConstruct,
  propsOf,
} from '../validation';
import type { IMqInstance } from './mq-instance';

/** A group of an MQ instance, made here or elsewhere: the id that senders or receivers share. */
export interface IMqGroup extends IConstruct {
  /** Id of the group, `GID_…`. */
  readonly groupId: string;

  /** Instance that the group is on. */
  readonly instance: IMqInstance;

  /**
   * Protocol that the group's members speak.
   *
   * @default - not known
   */
  readonly protocol?: GroupProtocol;

  /**
   * The resource that makes it, for what has no property here.
   *
   * @default - it is made elsewhere
   */
  readonly resource?: TerraformResource;

  /**
   * Lets a RAM role or user receive as a member of the group; it needs permission on a topic as well.
   *
   * Actions: `mq:SUB` on the group, `mq:QueryInstanceBaseInfo` on its instance.
   */
  grantConsume(grantee: IRamGrantee): Grant;
}

/** Protocol that the members of a group speak. A group serves one of them only. */
export enum GroupProtocol {
  /** RocketMQ's own protocol, on the TCP endpoint. */
  TCP = 'tcp',
  /** HTTP, on the HTTP endpoints. */
  HTTP = 'http',
}

/** Options of a group, wherever it is made. */
export interface MqGroupOptions {
  /**
   * Id of the group, 7 to 64 letters, digits, `-` and `_`, starting with `GID_` or `GID-`.
   * A change replaces the group: its members read from where a new group begins.
   *
   * @default - made from the construct's path, so a construct that is renamed or moved changes it
   */
  readonly groupId?: string;

  /**
   * Protocol that the group's members speak.
   * A change replaces the group: its members read from where a new group begins.
   *
   * @default GroupProtocol.TCP
   */
  readonly protocol?: GroupProtocol;

  /**
   * What people read beside the group in the MQ console, 1 to 256 characters.
   * A change replaces the group: its members read from where a new group begins.
   *
   * @default - none
   */
  readonly remark?: string;

  /**
   * Tags of the group.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `MqGroup`. */
export interface MqGroupProps extends MqGroupOptions {
  /** Instance that the group is on. A change replaces the group: its members read from where a new group begins. */
  readonly instance: IMqInstance;

  /**
   * Provider that makes the group, in the instance's region.
   *
   * @default - the instance's, or else the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** A group that is made elsewhere. */
export interface MqGroupAttributes {
  /** Id of the group, `GID_…`. */
  readonly groupId: string;

  /** Instance that the group is on. */
  readonly instance: IMqInstance;

  /**
   * Protocol that the group's members speak.
   *
   * @default - not known, so it is not held against a channel's endpoint
   */
  readonly protocol?: GroupProtocol;

  /**
   * Provider of the account whose roles and users are granted use of the group.
   *
   * @default - the instance's, or else the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

const IS_MQ_GROUP = Symbol.for('cdktf-alicloud-dla.MqGroup');

abstract class MqGroupBase extends Construct implements IMqGroup {
  public abstract readonly groupId: string;
  protected readonly provider?: TerraformProvider;
  public abstract readonly protocol?: GroupProtocol;

  constructor(
    scope: Construct,
    id: string,
    /** Instance that the group is on. */
    public readonly instance: IMqInstance,
    provider?: TerraformProvider,
  ) {
    super(scope, freeId(scope, id, 'group'));
    assertValid(
      this,
      required('instance', instance),
      checkConstruct('instance', instance, 'MqInstance.fromInstanceId(stack, id, instanceId)', 'instanceId'),
    );
    this.provider = providerOn(instance, this, provider);
    Object.defineProperty(this, IS_MQ_GROUP, { value: true });
  }

  /** Source: RAM policies of RocketMQ 4.x; permission on a group is of use only with permission to read its instance. */
  public grantConsume(grantee: IRamGrantee): Grant {
    const { instanceId } = this.instance;
    return grant(
      this,
      grantee,
      [
        { actions: ['mq:QueryInstanceBaseInfo'], resources: [mqInstanceArn(instanceId)] },
        {
          actions: ['mq:SUB'],
          resources: [
            mqResourceArn(
              instanceId,
              knownName(this, () => this.groupId),
            ),
          ],
        },
      ],
      this.provider,
    );
  }
}

class ImportedMqGroup extends MqGroupBase {
  public readonly groupId: string;
  public readonly protocol?: GroupProtocol;

  constructor(scope: Construct, id: string, attributes: MqGroupAttributes) {
    super(scope, id, propsOf(scope, id, attributes, 'attributes').instance, attributes.provider);
    assertValid(this, required('groupId', attributes.groupId), groupErrors(attributes));
    this.groupId = attributes.groupId;
    const { instance } = attributes;
    tellReference(this, 'group', this.groupId, {
      provider: this.provider,
      instanceId: instance.resource ? undefined : instance.instanceId,
    });
    keepFormer(this, 'group', this.groupId, this.provider);
    this.protocol = attributes.protocol;
  }
}

/**
 * A group of an MQ instance.
 *
 * Source: provider type `alicloud_ons_group`.
 *
 * @example
 * new MqGroup(stack, 'dla', { instance, groupId: 'GID_dla_hangzhou' });
 */
export class MqGroup extends MqGroupBase {
  /**
   * A group that is made elsewhere.
   *
   * Where this stack made it at the id of this reference, and still has a provider of alicloud, the apply stops before it is
   * destroyed. Where it was made at another id or by another stack, Terraform shows nobody what a state has beside the code,
   * and destroys it, unless `dla-check-plan` goes before: with `npx tsx main.ts && npx dla-check-plan` as the `app` of
   * cdktf.json each `cdktf deploy` stops with the line to write. `npm run deploy` and `npm run diff` do the same.
   */
  public static fromGroupAttributes(scope: Construct, id: string, attributes: MqGroupAttributes): IMqGroup {
    return new ImportedMqGroup(scope, id, attributes);
  }

  /** Tells whether something is a group of this package, made here or elsewhere. */
  public static isMqGroup(x: unknown): x is IMqGroup {
    return typeof x === 'object' && x !== null && IS_MQ_GROUP in x;
  }

  /** Protocol of the clients that may use it. */
  public readonly protocol: GroupProtocol;

  /** The group itself, as the provider knows it. */
  public readonly resource: OnsGroup;

  private name?: string;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: MqGroupProps) {
    const { instance } = propsOf(scope, id, props);
    super(scope, id, instance, props.provider);
    const { provider } = this;
    assertValid(
      this,
      groupErrors(props),
      regionErrors('instance', instance.region, regionOf(this, provider), "the provider's"),
    );
    const groupId = props.groupId ?? defaultName(this, 'GID_', '_', MAX_GROUP_ID_LENGTH);
    this.protocol = props.protocol ?? GroupProtocol.TCP;
    const on = instanceIdentity(instance);
    registerUnique(
      this,
      `group ${on} ${groupId}`,
      (first) => `group ${valueText(groupId)} of ${on} is already made by ${first}: give one of them another groupId`,
    );

    const instanceId = referenceAsText(this, instance.resource);
    this.resource = new OnsGroup(this, 'Resource', {
      provider,
      instanceId: instanceId ?? instance.instanceId,
      groupName: groupId,
      groupType: this.protocol,
      remark: props.remark,
      tags: props.tags,
    });
    if (instance.resource && instanceId !== undefined) {
      onRename(instance.resource, () => (this.resource.instanceId = referenceAsText(this, instance.resource)!));
    }
  }

  public get groupId(): string {
    return (this.name ??= this.resource.groupName);
  }
}

/** Errors of a group's options; `at` goes before the names of properties. */
export function groupErrors(options: MqGroupOptions, at = ''): PropertyError[] {
  return [
    ...checkAttribute(`${at}groupId`, options.groupId, GROUP_ID),
    ...checkAttribute(`${at}protocol`, options.protocol, onsGroup.attributes.group_type),
    ...checkAttribute(`${at}remark`, options.remark, onsGroup.attributes.remark),
    ...checkTags(`${at}tags`, options.tags),
  ];
}
