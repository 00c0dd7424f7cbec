import { type TerraformProvider, type TerraformResource, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { defaultName } from '../default-name';
import { keepFormer } from '../former-parts';
import { tellReference } from '../named-references';
import { MessageServiceQueue } from '../../provider-schema/gen/message-service-queue/index';
import { messageServiceQueue } from '../../provider-schema/message-service-queue';
import { queueMessagesArn } from '../../cloud/arn';
import { MAX_RECEIVE_COUNTS, QUEUE_RANGES } from '../../cloud/limits';
import { QUEUE_NAME } from '../../cloud/names';
import { REGION } from '../../cloud/regions';
import type { Rule } from '../../cloud/rule';
import { accountOf, regionOf } from '../provider-settings';
import { type Grant, grant } from '../ram/grant';
import type { IRamGrantee } from '../ram/ram-grantee';
import { freeId } from '../tree';
import { registerUnique, knownName } from '../uniqueness';
import {
  type PropertyError,
  checkAttribute,
  checkConstruct,
  checkTags,
  regionErrors,
  required,
  assertValid,
  valueText,
  checkObject,
  propsOf,
} from '../validation';

/** A queue of SMQ (formerly MNS), made here or elsewhere. */
export interface IMnsQueue extends IConstruct {
  /** Name of the queue. */
  readonly queueName: string;

  /**
   * Region of the queue.
   *
   * @default - not known
   */
  readonly region?: string;

  /**
   * The resource that makes it, for what has no property here.
   *
   * @default - it is made elsewhere
   */
  readonly resource?: TerraformResource;

  /**
   * Lets a RAM role or user send to the queue.
   *
   * Actions: `mns:SendMessage` on the queue's messages.
   */
  grantSend(grantee: IRamGrantee): Grant;

  /**
   * Lets a RAM role or user receive from the queue.
   *
   * Actions: `mns:ReceiveMessage`, `mns:PeekMessage`, `mns:DeleteMessage` and `mns:ChangeMessageVisibility` on the
   * queue's messages.
   */
  grantConsume(grantee: IRamGrantee): Grant;
}

/** Moves messages that nobody deletes to another queue. */
export interface MnsDeadLetterPolicy {
  /** Queue that they go to, another one in the same region. */
  readonly queue: IMnsQueue;

  /** How often a message is received before it goes there, 1 to 1000 times. */
  readonly maxReceiveCount: number;
}

/** Options of a queue, wherever it is made. */
export interface MnsQueueOptions {
  /**
   * Name of the queue, 1 to 120 letters, digits and hyphens, starting with a letter or digit.
   * A change replaces the queue: receipts that nobody has received yet are lost.
   *
   * @default - made from the construct's path, so a construct that is renamed or moved changes it
   */
  readonly queueName?: string;

  /**
   * How long a message stays, 60 to 604800 seconds.
   *
   * @default - SMQ's own
   */
  readonly retentionSeconds?: number;

  /**
   * How long a received message is hidden from other receivers, 1 to 43200 seconds.
   *
   * @default - SMQ's own
   */
  readonly visibilityTimeoutSeconds?: number;

  /**
   * How long a receiver waits for a message (long polling), 0 to 30 seconds.
   *
   * @default - SMQ's own
   */
  readonly pollingWaitSeconds?: number;

  /**
   * How long a message that is sent cannot be received yet, 0 to 604800 seconds.
   *
   * @default - SMQ's own, none
   */
  readonly delaySeconds?: number;

  /**
   * Size of the largest message, 1024 to 65536 bytes.
   *
   * @default - SMQ's own, 65536
   */
  readonly maximumMessageBytes?: number;

  /**
   * What becomes of a message that is received again and again and never deleted.
   *
   * @default - it stays until the retention time is over
   */
  readonly deadLetterPolicy?: MnsDeadLetterPolicy;

  /**
   * Tags of the queue.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `MnsQueue`. */
export interface MnsQueueProps extends MnsQueueOptions {
  /**
   * Provider that makes the queue; its region is the queue's.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** Options of a reference to a queue that is made elsewhere. */
export interface MnsQueueImportOptions {
  /**
   * Region of the queue.
   *
   * @default - the provider's region
   */
  readonly region?: string;

  /**
   * Provider of the account whose roles and users are granted use of the queue.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** The provider takes 0, too. */
const VISIBILITY_TIMEOUT: Rule = { type: 'number', range: QUEUE_RANGES.visibilityTimeout };

const IS_MNS_QUEUE = Symbol.for('cdktf-alicloud-dla.MnsQueue');

abstract class MnsQueueBase extends Construct implements IMnsQueue {
  public abstract readonly queueName: string;
  public readonly region?: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly provider?: TerraformProvider,
    region?: string,
  ) {
    super(scope, freeId(scope, id, 'queue'));
    Object.defineProperty(this, IS_MNS_QUEUE, { value: true });
    this.region = region ?? regionOf(this, provider);
  }

  public grantSend(grantee: IRamGrantee): Grant {
    return this.grantActions(['mns:SendMessage'], grantee);
  }

  public grantConsume(grantee: IRamGrantee): Grant {
    return this.grantActions(
      ['mns:ReceiveMessage', 'mns:PeekMessage', 'mns:DeleteMessage', 'mns:ChangeMessageVisibility'],
      grantee,
    );
  }

  /** Source: RAM policies of SMQ (formerly MNS), table of actions and resources. */
  private grantActions(actions: string[], grantee: IRamGrantee): Grant {
    const resource = queueMessagesArn(
      this.region ?? '*',
      knownName(this, () => this.queueName),
    );
    return grant(this, grantee, [{ actions, resources: [resource] }], this.provider);
  }
}

class ImportedMnsQueue extends MnsQueueBase {
  public readonly queueName: string;

  constructor(scope: Construct, id: string, queueName: string, options: MnsQueueImportOptions) {
    super(scope, id, propsOf(scope, id, options, 'options').provider, options.region);
    assertValid(
      this,
      required('queueName', queueName),
      queueErrors({ queueName }),
      checkAttribute('region', options.region, REGION),
    );
    this.queueName = queueName;
    tellReference(this, 'queue', queueName, options);
    keepFormer(this, 'queue', queueName, options.provider);
  }
}

/**
 * A queue of SMQ (formerly MNS). It costs nothing while it is empty.
 *
 * Source: provider type `alicloud_message_service_queue`.
 *
 * @example
 * new MnsQueue(stack, 'receipts', { retentionSeconds: 86400, pollingWaitSeconds: 30 });
 */
export class MnsQueue extends MnsQueueBase {
  /**
   * A queue that is made elsewhere.
   *
   * Where this stack made it at the id of this reference, and still has a provider of alicloud, the apply stops before it is
   * destroyed. Where it was made at another id or by another stack, Terraform shows nobody what a state has beside the code,
   * and destroys it, unless `dla-check-plan` goes before: with `npx tsx main.ts && npx dla-check-plan` as the `app` of
   * cdktf.json each `cdktf deploy` stops with the line to write. `npm run deploy` and `npm run diff` do the same.
   */
  public static fromQueueName(
    scope: Construct,
    id: string,
    queueName: string,
    options: MnsQueueImportOptions = {},
  ): IMnsQueue {
    return new ImportedMnsQueue(scope, id, queueName, options);
  }

  /** Tells whether something is a queue of this package, made here or elsewhere. */
  public static isMnsQueue(x: unknown): x is IMnsQueue {
    return typeof x === 'object' && x !== null && IS_MNS_QUEUE in x;
  }

  /** The queue itself, as the provider knows it. */
  public readonly resource: MessageServiceQueue;

  private name?: string;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: MnsQueueProps = {}) {
    const { provider } = propsOf(scope, id, props);
    super(scope, id, provider);
    const { deadLetterPolicy } = props;
    assertValid(this, queueErrors(props));
    assertValid(
      this,
      regionErrors('deadLetterPolicy.queue', deadLetterPolicy?.queue.region, this.region, "the queue's"),
    );
    const queueName = props.queueName ?? defaultName(this, 'dla-receipt-', '-', QUEUE_NAME.length[1]);
    registerUnique(
      this,
      () => `queue ${accountOf(this, provider)} ${regionOf(this, provider)} ${queueName}`,
      (first) => `queue ${valueText(queueName)} is already made by ${first}: give one of them another queueName`,
    );

    this.resource = new MessageServiceQueue(this, 'Resource', {
      provider,
      queueName,
      messageRetentionPeriod: props.retentionSeconds,
      visibilityTimeout: props.visibilityTimeoutSeconds,
      pollingWaitSeconds: props.pollingWaitSeconds,
      delaySeconds: props.delaySeconds,
      maximumMessageSize: props.maximumMessageBytes,
      dlqPolicy: deadLetterPolicy && {
        enabled: true,
        deadLetterTargetQueue: deadLetterPolicy.queue.queueName,
        maxReceiveCount: deadLetterPolicy.maxReceiveCount,
      },
      tags: props.tags,
    });
  }

  public get queueName(): string {
    return (this.name ??= this.resource.queueName);
  }
}

/** Errors of a queue's options; `at` goes before the names of properties. */
export function queueErrors(options: MnsQueueOptions, at = ''): PropertyError[] {
  const { attributes } = messageServiceQueue;
  const { queueName, deadLetterPolicy } = options;
  return [
    ...checkAttribute(`${at}queueName`, queueName, QUEUE_NAME),
    ...checkAttribute(`${at}retentionSeconds`, options.retentionSeconds, attributes.message_retention_period),
    ...checkAttribute(`${at}visibilityTimeoutSeconds`, options.visibilityTimeoutSeconds, VISIBILITY_TIMEOUT),
    ...checkAttribute(`${at}pollingWaitSeconds`, options.pollingWaitSeconds, attributes.polling_wait_seconds),
    ...checkTags(`${at}tags`, options.tags),
    ...checkAttribute(`${at}delaySeconds`, options.delaySeconds, attributes.delay_seconds),
    ...checkAttribute(`${at}maximumMessageBytes`, options.maximumMessageBytes, attributes.maximum_message_size),
    ...checkObject(`${at}deadLetterPolicy`, deadLetterPolicy),
    ...(!deadLetterPolicy ? [] : deadLetterErrors(deadLetterPolicy, queueName, `${at}deadLetterPolicy.`)),
  ];
}

function deadLetterErrors(
  { queue, maxReceiveCount }: Partial<MnsDeadLetterPolicy>,
  queueName: string | undefined,
  at: string,
): PropertyError[] {
  const missing = [
    ...required(`${at}queue`, queue),
    ...checkConstruct(`${at}queue`, queue, 'MnsQueue.fromQueueName(stack, id, name)', 'queueName'),
  ];
  if (!queue || missing.length > 0) {
    return missing;
  }
  const isItself = queueName !== undefined && !Token.isUnresolved(queueName) && queue.queueName === queueName;
  return [
    ...(isItself ? [{ property: `${at}queue`, received: 'the queue itself', allowed: 'another queue' }] : []),
    ...required(`${at}maxReceiveCount`, maxReceiveCount),
    ...checkAttribute(`${at}maxReceiveCount`, maxReceiveCount, {
      type: 'number',
      range: MAX_RECEIVE_COUNTS,
    }),
  ];
}
