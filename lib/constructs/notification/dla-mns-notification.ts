import type { TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import { type IMnsQueue, MnsQueue, type MnsQueueOptions, queueErrors } from '../mns/mns-queue';
import { accountOf, regionOf } from '../provider-settings';
import { checkedScope } from '../tree';
import type { Grant } from '../ram/grant';
import { type IOpenAnalyticsMnsRole, OpenAnalyticsMnsRole } from '../ram/open-analytics-mns-role';
import { RolePermission } from '../ram/open-analytics-role';
import { MNS_ROLE } from '../ram/role-owner';
import type { IRamGrantee } from '../ram/ram-grantee';
import { MNS_CHANNEL, type ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import { ReceiptHint } from '../../cloud/receipt-hint';
import type { ReferenceText } from '../references';
import { identityOf } from '../uniqueness';
import { checkConstruct, mutuallyExclusive, type PropertyError, regionErrors, propsOf } from '../validation';
import { type ReceiptChannelImportOptions } from './channel-outputs';
import { keepFormerParts } from '../former-parts';
import {
  type ChannelDestination,
  type ChannelSmokeOptions,
  type IReceiptChannel,
  ReceiptChannel,
  type ReceiptChannelOptions,
  type ReceiptHintOptions,
  roleNameErrors,
  checkOptions,
  ImportedReceiptChannel,
} from './receipt-channel';

/** Options of one channel: its queue and its smoke test. */
export interface MnsChannelOptions extends ChannelSmokeOptions {
  /**
   * Queue that carries the receipts, in DLA's region. Not together with `queueProps`.
   *
   * @default - a new one
   */
  readonly queue?: IMnsQueue;

  /**
   * Options of the new queue.
   *
   * @default - those of `MnsQueue`
   */
  readonly queueProps?: MnsQueueOptions;
}

/** Properties of a `DlaMnsNotification`. */
export interface DlaMnsNotificationProps extends ReceiptChannelOptions, MnsChannelOptions {
  /**
   * Role that DLA assumes to send.
   *
   * @default - the one of the account: made by the first channel of the app, referred to by the others
   */
  readonly role?: IOpenAnalyticsMnsRole;
}

/** A channel through SMQ (formerly MNS), made here or elsewhere. */
export interface IDlaMnsNotification extends IReceiptChannel {
  /** Queue that carries the receipts. */
  readonly queue: IMnsQueue;
}

/** What has to be known of a channel that is made elsewhere. */
const NAMES = ['kind', 'region', 'roleName', 'queue', 'bucket'] as const;

class ImportedDlaMnsNotification extends ImportedReceiptChannel implements IDlaMnsNotification {
  public readonly queue: IMnsQueue;

  constructor(scope: Construct, id: string, given: ReceiptChannelOutputs, options: ReceiptChannelImportOptions) {
    super(scope, id, given, options, MNS_CHANNEL, MNS_ROLE, NAMES);
    const { queue } = this.outputs;
    this.queue = MnsQueue.fromQueueName(this, 'Queue', queue!, { region: this.region, provider: options.provider });
  }

  public hint(options: ReceiptHintOptions = {}): ReceiptHint {
    return hintOf(this, this.maxRunningTime(options));
  }

  public grantConsume(grantee: IRamGrantee): Grant {
    return this.queue.grantConsume(grantee);
  }
}

function hintOf({ queue }: IDlaMnsNotification, maxRunningTimeSeconds: number | undefined): ReceiptHint {
  return ReceiptHint.mns({ queue: queue.queueName, maxRunningTimeSeconds });
}

const IS_DLA_MNS_NOTIFICATION = Symbol.for('cdktf-alicloud-dla.DlaMnsNotification');

/**
 * Receipts of asynchronous DLA queries through SMQ (formerly MNS), recommended where the account has no instance of
 * RocketMQ 4.x: bucket, role and queue, ready for a query whose hint names the queue. What is given is used, what is not
 * is made. It costs nothing to keep.
 *
 * Source: the product page's sibling for SMQ (formerly MNS).
 *
 * @example
 * const notification = new DlaMnsNotification(stack, 'notification');
 * notification.applyTo('select * from oss_schema.oss_json');
 */
export class DlaMnsNotification extends ReceiptChannel implements IDlaMnsNotification {
  /**
   * A channel of another app or stack, to read from, to name in statements, and to test. Nothing is made or looked up.
   *
   * @param outputs the channel as it stands in the Terraform output `receipt_channels` of its stack: from the file of
   *   `cdktf deploy --outputs-file`, or from a remote state
   * @throws ConstructError that lists everything that is not there or not allowed
   * @example
   * const { reports } = JSON.parse(fs.readFileSync('outputs.json', 'utf8'));
   * const channel = DlaMnsNotification.fromOutputs(stack, 'reports', reports.receipt_channels.notification);
   * channel.grantConsume(RamRole.fromRoleName(stack, 'reader', 'reader'));
   */
  public static fromOutputs(
    scope: Construct,
    id: string,
    outputs: ReceiptChannelOutputs,
    options: ReceiptChannelImportOptions = {},
  ): IDlaMnsNotification {
    return new ImportedDlaMnsNotification(scope, id, outputs, options);
  }

  /** Tells whether something is a channel through SMQ (formerly MNS) that is made here. */
  public static isDlaMnsNotification(x: unknown): x is DlaMnsNotification {
    return ReceiptChannel.isReceiptChannel(x) && IS_DLA_MNS_NOTIFICATION in x;
  }

  public readonly role: IOpenAnalyticsMnsRole;

  /** Queue that carries the receipts. */
  public readonly queue: IMnsQueue;

  public readonly resources: TerraformResource[];

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: DlaMnsNotificationProps = {}) {
    super(scope, id, propsOf(scope, id, props), channelErrors(checkedScope(scope, id), props));
    Object.defineProperty(this, IS_DLA_MNS_NOTIFICATION, { value: true });
    const { provider } = props;

    this.role = props.role ?? OpenAnalyticsMnsRole.ofAccount(this, provider, props.roleProps);
    this.queue = props.queue ?? new MnsQueue(this, 'Queue', { ...props.queueProps, provider });

    this.deployAfter([this.bucket, this.role, this.queue]);
    this.checkHome({ bucket: this.bucket, role: this.role, queue: this.queue });
    const send = this.role.permission === RolePermission.PUBLISH_ONLY ? this.queue.grantSend(this.role).resources : [];
    const queue = this.queue.resource ? [this.queue.resource] : [];
    this.resources = this.ofThisStack([...this.role.resources, ...send, ...queue]);
    this.claimDestination(
      this.queue,
      `${accountOf(this, provider)} ${this.region} ${identityOf(this.queue, () => this.queue.queueName)}`,
    );
    this.register();
    keepFormerParts(
      this,
      {
        bucket: [props.bucket, () => this.bucket.bucketName],
        queue: [props.queue, () => this.queue.queueName],
      },
      provider,
    );
  }

  public hint(options: ReceiptHintOptions = {}): ReceiptHint {
    return hintOf(this, this.maxRunningTime(options));
  }

  /**
   * Lets a RAM role or user receive the channel's receipts.
   *
   * Actions: those of `MnsQueue.grantConsume`.
   */
  public grantConsume(grantee: IRamGrantee): Grant {
    return this.queue.grantConsume(grantee);
  }

  protected destination(text: ReferenceText): ChannelDestination {
    return { kind: MNS_CHANNEL, queue: text(this.queue.resource) ?? this.queue.queueName };
  }

  /** Another channel below this one, with the same bucket and role. */
  public addChannel(id: string, options: MnsChannelOptions = {}): DlaMnsNotification {
    return new DlaMnsNotification(this, id, {
      ...this.shared,
      role: this.role,
      ...propsOf(this, id, options, 'options'),
    });
  }
}

function channelErrors(scope: Construct, props: DlaMnsNotificationProps): PropertyError[] {
  const region = props.region ?? regionOf(scope, props.provider);
  return [
    ...mutuallyExclusive('role', props.role, 'roleProps', props.roleProps),
    ...checkConstruct('queue', props.queue, 'MnsQueue.fromQueueName(stack, id, name)', 'queueName'),
    ...mutuallyExclusive('queue', props.queue, 'queueProps', props.queueProps),
    ...checkOptions('queueProps', props.queueProps, queueErrors),
    ...roleNameErrors(props.role, OpenAnalyticsMnsRole.ROLE_NAME),
    ...regionErrors('queue', props.queue?.region, region, "DLA's"),
  ];
}
