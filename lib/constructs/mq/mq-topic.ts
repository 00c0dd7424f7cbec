import type { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { mqInstanceArn, mqResourceArn } from '../../cloud/arn';
import { TOPIC_NAME } from '../../cloud/names';
import { defaultName } from '../default-name';
import { keepFormer } from '../former-parts';
import { tellReference } from '../named-references';
import { OnsTopic } from '../../provider-schema/gen/ons-topic/index';
import { onsTopic } from '../../provider-schema/ons-topic';
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

/** A topic of an MQ instance, made here or elsewhere. */
export interface IMqTopic extends IConstruct {
  /** Name of the topic. */
  readonly topicName: string;

  /** Instance that the topic is on. */
  readonly instance: IMqInstance;

  /**
   * The resource that makes it, for what has no property here.
   *
   * @default - it is made elsewhere
   */
  readonly resource?: TerraformResource;

  /**
   * Lets a RAM role or user send to the topic.
   *
   * Actions: `mq:PUB` on the topic, `mq:QueryInstanceBaseInfo` on its instance.
   */
  grantPublish(grantee: IRamGrantee): Grant;

  /**
   * Lets a RAM role or user receive from the topic; what receives needs a group as well.
   *
   * Actions: `mq:SUB` on the topic, `mq:QueryInstanceBaseInfo` on its instance.
   */
  grantSubscribe(grantee: IRamGrantee): Grant;
}

/** What a topic promises about its messages. */
export enum MessageType {
  /** No order. */
  NORMAL = 0,
  /** Order within a partition. */
  PARTITION_ORDERED = 1,
  /** One order for all. */
  GLOBAL_ORDERED = 2,
  /** Delivered when the sender's transaction is committed. */
  TRANSACTION = 4,
  /** Delivered at a time or after a delay. */
  DELAY = 5,
}

/** Options of a topic, wherever it is made. */
export interface MqTopicOptions {
  /**
   * Name of the topic, 3 to 64 letters, digits, `-` and `_`, not beginning with `GID` or `CID`.
   * A change replaces the topic: receipts that nobody has received yet are lost.
   *
   * @default - made from the construct's path, so a construct that is renamed or moved changes it
   */
  readonly topicName?: string;

  /**
   * What the topic promises about its messages.
   * A change replaces the topic: receipts that nobody has received yet are lost.
   *
   * @default MessageType.NORMAL
   */
  readonly messageType?: MessageType;

  /**
   * What people read beside the topic in the MQ console, 1 to 128 characters.
   * A change replaces the topic: receipts that nobody has received yet are lost.
   *
   * @default - none
   */
  readonly remark?: string;

  /**
   * Tags of the topic.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `MqTopic`. */
export interface MqTopicProps extends MqTopicOptions {
  /** Instance that the topic is on. A change replaces the topic: receipts that nobody has received yet are lost. */
  readonly instance: IMqInstance;

  /**
   * Provider that makes the topic, in the instance's region.
   *
   * @default - the instance's, or else the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** A topic that is made elsewhere. */
export interface MqTopicAttributes {
  /** Name of the topic. */
  readonly topicName: string;

  /** Instance that the topic is on. */
  readonly instance: IMqInstance;

  /**
   * Provider of the account whose roles and users are granted use of the topic.
   *
   * @default - the instance's, or else the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

const IS_MQ_TOPIC = Symbol.for('cdktf-alicloud-dla.MqTopic');

abstract class MqTopicBase extends Construct implements IMqTopic {
  public abstract readonly topicName: string;
  protected readonly provider?: TerraformProvider;

  constructor(
    scope: Construct,
    id: string,
    /** Instance that the topic is on. */
    public readonly instance: IMqInstance,
    provider?: TerraformProvider,
  ) {
    super(scope, freeId(scope, id, 'topic'));
    assertValid(
      this,
      required('instance', instance),
      checkConstruct('instance', instance, 'MqInstance.fromInstanceId(stack, id, instanceId)', 'instanceId'),
    );
    this.provider = providerOn(instance, this, provider);
    Object.defineProperty(this, IS_MQ_TOPIC, { value: true });
  }

  public grantPublish(grantee: IRamGrantee): Grant {
    return this.grantAction('mq:PUB', grantee);
  }

  public grantSubscribe(grantee: IRamGrantee): Grant {
    return this.grantAction('mq:SUB', grantee);
  }

  /** Source: RAM policies of RocketMQ 4.x; permission on a topic is of use only with permission to read its instance. */
  private grantAction(action: string, grantee: IRamGrantee): Grant {
    const { instanceId } = this.instance;
    return grant(
      this,
      grantee,
      [
        { actions: ['mq:QueryInstanceBaseInfo'], resources: [mqInstanceArn(instanceId)] },
        {
          actions: [action],
          resources: [
            mqResourceArn(
              instanceId,
              knownName(this, () => this.topicName),
            ),
          ],
        },
      ],
      this.provider,
    );
  }
}

class ImportedMqTopic extends MqTopicBase {
  public readonly topicName: string;

  constructor(scope: Construct, id: string, attributes: MqTopicAttributes) {
    super(scope, id, propsOf(scope, id, attributes, 'attributes').instance, attributes.provider);
    assertValid(this, required('topicName', attributes.topicName), topicErrors(attributes));
    this.topicName = attributes.topicName;
    const { instance } = attributes;
    tellReference(this, 'topic', this.topicName, {
      provider: this.provider,
      instanceId: instance.resource ? undefined : instance.instanceId,
    });
    keepFormer(this, 'topic', this.topicName, this.provider);
  }
}

/**
 * A topic of an MQ instance.
 *
 * Source: provider type `alicloud_ons_topic`.
 *
 * @example
 * new MqTopic(stack, 'orders', { instance, topicName: 'dla_orders' });
 */
export class MqTopic extends MqTopicBase {
  /**
   * A topic that is made elsewhere.
   *
   * Where this stack made it at the id of this reference, and still has a provider of alicloud, the apply stops before it is
   * destroyed. Where it was made at another id or by another stack, Terraform shows nobody what a state has beside the code,
   * and destroys it, unless `dla-check-plan` goes before: with `npx tsx main.ts && npx dla-check-plan` as the `app` of
   * cdktf.json each `cdktf deploy` stops with the line to write. `npm run deploy` and `npm run diff` do the same.
   */
  public static fromTopicAttributes(scope: Construct, id: string, attributes: MqTopicAttributes): IMqTopic {
    return new ImportedMqTopic(scope, id, attributes);
  }

  /** Tells whether something is a topic of this package, made here or elsewhere. */
  public static isMqTopic(x: unknown): x is IMqTopic {
    return typeof x === 'object' && x !== null && IS_MQ_TOPIC in x;
  }

  /** The topic itself, as the provider knows it. */
  public readonly resource: OnsTopic;

  private name?: string;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: MqTopicProps) {
    const { instance } = propsOf(scope, id, props);
    super(scope, id, instance, props.provider);
    const { provider } = this;
    assertValid(
      this,
      topicErrors(props),
      regionErrors('instance', instance.region, regionOf(this, provider), "the provider's"),
    );
    const topicName = props.topicName ?? defaultName(this, 'dla_receipt_', '_', TOPIC_NAME.length[1]);
    const on = instanceIdentity(instance);
    registerUnique(
      this,
      `topic ${on} ${topicName}`,
      (first) =>
        `topic ${valueText(topicName)} of ${on} is already made by ${first}: give one of them another topicName`,
    );

    const instanceId = referenceAsText(this, instance.resource);
    this.resource = new OnsTopic(this, 'Resource', {
      provider,
      instanceId: instanceId ?? instance.instanceId,
      topicName,
      messageType: props.messageType ?? MessageType.NORMAL,
      remark: props.remark,
      tags: props.tags,
    });
    if (instance.resource && instanceId !== undefined) {
      onRename(instance.resource, () => (this.resource.instanceId = referenceAsText(this, instance.resource)!));
    }
  }

  public get topicName(): string {
    return (this.name ??= this.resource.topicName);
  }
}

/** Errors of a topic's options; `at` goes before the names of properties. */
export function topicErrors(options: MqTopicOptions, at = ''): PropertyError[] {
  return [
    ...checkAttribute(`${at}topicName`, options.topicName, TOPIC_NAME),
    ...checkAttribute(`${at}messageType`, options.messageType, onsTopic.attributes.message_type),
    ...checkAttribute(`${at}remark`, options.remark, onsTopic.attributes.remark),
    ...checkTags(`${at}tags`, options.tags),
  ];
}
