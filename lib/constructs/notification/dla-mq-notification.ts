import { Annotations, type TerraformResource, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { GroupProtocol, groupErrors, type IMqGroup, MqGroup, type MqGroupOptions } from '../mq/mq-group';
import {
  endpointAttribute,
  endpointsOf,
  type IMqInstance,
  instanceErrors,
  MqInstance,
  type MqInstanceOptions,
} from '../mq/mq-instance';
import { type IMqTopic, MqTopic, type MqTopicOptions, topicErrors } from '../mq/mq-topic';
import type { Attribute } from '../../provider-schema/table';
import { regionOf } from '../provider-settings';
import { checkedScope } from '../tree';
import type { Grant } from '../ram/grant';
import { type IOpenAnalyticsMqRole, OpenAnalyticsMqRole } from '../ram/open-analytics-mq-role';
import { RolePermission } from '../ram/open-analytics-role';
import { MQ_ROLE } from '../ram/role-owner';
import type { IRamGrantee } from '../ram/ram-grantee';
import { parseMqEndpoint } from '../../cloud/mq-endpoint';
import { MQ_CHANNEL, type ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import { ReceiptHint } from '../../cloud/receipt-hint';
import type { ReferenceText } from '../references';
import { identityOf, instanceIdentity } from '../uniqueness';
import {
  mutuallyExclusive,
  type PropertyError,
  checkAttribute,
  checkConstruct,
  regionErrors,
  valueText,
  requireKnownAtSynth,
  propsOf,
} from '../validation';
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

/**
 * Which of an instance's endpoints DLA sends through.
 *
 * Assumption: DLA sends over TCP only, as in the product page's example. A channel with another endpoint can be made,
 * with a warning; the local cloud sends no receipts through it.
 */
export enum MqEndpoint {
  /** Private TCP endpoint; the group speaks TCP. */
  TCP = 'tcp',
  /** Private HTTP endpoint; the group speaks HTTP. */
  HTTP_INTERNAL = 'httpInternal',
  /** Public HTTP endpoint; the group speaks HTTP. */
  HTTP_INTERNET = 'httpInternet',
  /** Public HTTPS endpoint; the group speaks HTTP. */
  HTTP_INTERNET_SECURE = 'httpInternetSecure',
}

/** Options of one channel on an instance: its topic, its group and its smoke test. */
export interface MqChannelOptions extends ChannelSmokeOptions {
  /**
   * Topic that carries the receipts. Not together with `topicProps`.
   *
   * @default - a new one
   */
  readonly topic?: IMqTopic;

  /**
   * Options of the new topic.
   *
   * @default - those of `MqTopic`
   */
  readonly topicProps?: MqTopicOptions;

  /**
   * Group that DLA sends with. Not together with `groupProps`.
   *
   * @default - a new one
   */
  readonly group?: IMqGroup;

  /**
   * Options of the new group.
   *
   * @default - those of `MqGroup`, with the protocol of the endpoint
   */
  readonly groupProps?: MqGroupOptions;
}

/** Properties of a `DlaMqNotification`. */
export interface DlaMqNotificationProps extends ReceiptChannelOptions, MqChannelOptions {
  /**
   * Instance that carries the channel, in DLA's region. Not together with `instanceProps`. A change replaces topic and
   * group: receipts that nobody has received yet are lost.
   *
   * @default - the one of `topic` or `group`, or else a new one
   */
  readonly instance?: IMqInstance;

  /**
   * Options of the new instance.
   *
   * @default - those of `MqInstance`
   */
  readonly instanceProps?: MqInstanceOptions;

  /**
   * Endpoint that DLA sends through. The group must speak its protocol: a change between TCP and HTTP replaces the group,
   * unless it is given.
   *
   * @default MqEndpoint.TCP
   */
  readonly endpoint?: MqEndpoint;

  /**
   * Role that DLA assumes to send.
   *
   * @default - the one of the account: made by the first channel of the app, referred to by the others
   */
  readonly role?: IOpenAnalyticsMqRole;
}

/** A channel through MQ, made here or elsewhere. */
export interface IDlaMqNotification extends IReceiptChannel {
  /** Instance that carries the channel. */
  readonly instance: IMqInstance;

  /** Topic that carries the receipts. */
  readonly topic: IMqTopic;

  /** Group that DLA sends with. */
  readonly group: IMqGroup;

  /** Endpoint that DLA sends through. */
  readonly endpoint: string;
}

/** What has to be known of a channel that is made elsewhere. */
const NAMES = ['kind', 'region', 'roleName', 'instanceId', 'topic', 'producerId', 'endpoint', 'bucket'] as const;

class ImportedDlaMqNotification extends ImportedReceiptChannel implements IDlaMqNotification {
  public readonly instance: IMqInstance;
  public readonly topic: IMqTopic;
  public readonly group: IMqGroup;
  public readonly endpoint: string;

  constructor(scope: Construct, id: string, given: ReceiptChannelOutputs, options: ReceiptChannelImportOptions) {
    super(scope, id, given, options, MQ_CHANNEL, MQ_ROLE, NAMES);
    const { instanceId, topic, producerId, endpoint } = this.outputs;
    const { provider } = options;
    this.endpoint = endpoint!;
    const instance = MqInstance.fromInstanceAttributes(this, 'Instance', {
      instanceId: instanceId!,
      endpoints: { [endpointKindOf(endpoint!)]: endpoint },
      region: this.region,
      provider,
    });
    this.instance = instance;
    this.topic = MqTopic.fromTopicAttributes(this, 'Topic', { topicName: topic!, instance, provider });
    this.group = MqGroup.fromGroupAttributes(this, 'Group', { groupId: producerId!, instance, provider });
  }

  public hint(options: ReceiptHintOptions = {}): ReceiptHint {
    return hintOf(this, this.maxRunningTime(options));
  }

  public grantConsume(grantee: IRamGrantee): Grant {
    return grantConsume(this, grantee);
  }
}

function endpointKindOf(endpoint: string): MqEndpoint {
  const parsed = parseMqEndpoint(endpoint);
  if (parsed?.protocol !== 'http') {
    return MqEndpoint.TCP;
  }
  const publicKind = endpoint.startsWith('https:') ? MqEndpoint.HTTP_INTERNET_SECURE : MqEndpoint.HTTP_INTERNET;
  return parsed.internal ? MqEndpoint.HTTP_INTERNAL : publicKind;
}

function hintOf(channel: IDlaMqNotification, maxRunningTimeSeconds: number | undefined): ReceiptHint {
  return ReceiptHint.mq({
    topic: channel.topic.topicName,
    producerId: channel.group.groupId,
    endpoint: channel.endpoint,
    maxRunningTimeSeconds,
  });
}

function grantConsume(channel: IDlaMqNotification, grantee: IRamGrantee): Grant {
  const [topic, group] = [channel.topic.grantSubscribe(grantee), channel.group.grantConsume(grantee)];
  return { resources: [...new Set([...topic.resources, ...group.resources])] };
}

const IS_DLA_MQ_NOTIFICATION = Symbol.for('cdktf-alicloud-dla.DlaMqNotification');

/**
 * Receipts of asynchronous DLA queries through MQ: bucket, role, instance, topic and group, ready for a query whose
 * hint names them. What is given is used, what is not is made.
 *
 * Alibaba Cloud lets only existing users of RocketMQ 4.x make an instance. In an account that has none the deploy is
 * refused: take `DlaMnsNotification` there.
 *
 * Source: product page "MQ消息回执通知".
 *
 * @example
 * const notification = new DlaMqNotification(stack, 'notification');
 * notification.applyTo('select * from oss_schema.oss_json');
 */
export class DlaMqNotification extends ReceiptChannel implements IDlaMqNotification {
  /**
   * A channel of another app or stack, to read from, to name in statements, and to test. Nothing is made or looked up.
   *
   * @param outputs the channel as it stands in the Terraform output `receipt_channels` of its stack: from the file of
   *   `cdktf deploy --outputs-file`, or from a remote state
   * @throws ConstructError that lists everything that is not there or not allowed
   * @example
   * const { reports } = JSON.parse(fs.readFileSync('outputs.json', 'utf8'));
   * const channel = DlaMqNotification.fromOutputs(stack, 'reports', reports.receipt_channels.notification);
   * channel.grantConsume(RamRole.fromRoleName(stack, 'reader', 'reader'));
   */
  public static fromOutputs(
    scope: Construct,
    id: string,
    outputs: ReceiptChannelOutputs,
    options: ReceiptChannelImportOptions = {},
  ): IDlaMqNotification {
    return new ImportedDlaMqNotification(scope, id, outputs, options);
  }

  /** Tells whether something is a channel through MQ that is made here. */
  public static isDlaMqNotification(x: unknown): x is DlaMqNotification {
    return ReceiptChannel.isReceiptChannel(x) && IS_DLA_MQ_NOTIFICATION in x;
  }

  public readonly role: IOpenAnalyticsMqRole;

  /** Instance that carries the channel. */
  public readonly instance: IMqInstance;

  /** Topic that carries the receipts. */
  public readonly topic: IMqTopic;

  /** Group that DLA sends with. */
  public readonly group: IMqGroup;

  public readonly resources: TerraformResource[];

  private readonly endpointKind: MqEndpoint;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: DlaMqNotificationProps = {}) {
    super(scope, id, propsOf(scope, id, props), channelErrors(checkedScope(scope, id), props));
    Object.defineProperty(this, IS_DLA_MQ_NOTIFICATION, { value: true });
    const { provider, endpoint = MqEndpoint.TCP } = props;

    this.role = props.role ?? OpenAnalyticsMqRole.ofAccount(this, provider, props.roleProps);
    this.instance = givenInstance(props) ?? new MqInstance(this, 'Instance', { ...props.instanceProps, provider });
    this.endpointKind = endpoint;
    const on = { instance: this.instance, provider };
    this.topic = props.topic ?? new MqTopic(this, 'Topic', { ...props.topicProps, ...on });
    this.group =
      props.group ?? new MqGroup(this, 'Group', { protocol: PROTOCOLS[endpoint], ...props.groupProps, ...on });

    if (endpoint !== MqEndpoint.TCP) {
      Annotations.of(this).addWarning(
        `endpoint: DLA is not known to send through ${valueText(endpoint)}; the example of the product page is "tcp"`,
      );
    }
    this.deployAfter([this.bucket, this.role, this.instance, this.topic, this.group]);
    this.checkHome({
      bucket: this.bucket,
      role: this.role,
      instance: this.instance,
      topic: this.topic,
      group: this.group,
    });
    const publish =
      this.role.permission === RolePermission.PUBLISH_ONLY ? this.topic.grantPublish(this.role).resources : [];
    this.resources = this.ofThisStack([
      ...this.role.resources,
      ...publish,
      ...madeHere(this.topic),
      ...madeHere(this.group),
    ]);
    this.claimDestination(
      this.topic,
      `${instanceIdentity(this.instance)} ${identityOf(this.topic, () => this.topic.topicName)}`,
    );
    this.register();
    keepFormerParts(
      this,
      {
        bucket: [props.bucket, () => this.bucket.bucketName],
        instance: [props.instance, () => this.instance.instanceId],
        topic: [props.topic, () => this.topic.topicName],
        group: [props.group, () => this.group.groupId],
      },
      provider,
    );
  }

  /** Endpoint that DLA sends through. */
  public get endpoint(): string {
    return this.instance.endpoints[this.endpointKind]!;
  }

  public hint(options: ReceiptHintOptions = {}): ReceiptHint {
    return hintOf(this, this.maxRunningTime(options));
  }

  /**
   * Lets a RAM role or user receive the channel's receipts, as a member of its group.
   *
   * Actions: `mq:SUB` on the topic and on the group, `mq:QueryInstanceBaseInfo` on the instance.
   */
  public grantConsume(grantee: IRamGrantee): Grant {
    return grantConsume(this, grantee);
  }

  protected destination(text: ReferenceText): ChannelDestination {
    return {
      kind: MQ_CHANNEL,
      instanceId: text(this.instance.resource) ?? this.instance.instanceId,
      topic: text(this.topic.resource) ?? this.topic.topicName,
      producerId: text(this.group.resource) ?? this.group.groupId,
      endpoint: text(endpointsOf(this.instance), endpointAttribute(this.endpointKind)) ?? this.endpoint,
    };
  }

  /** Another channel below this one, with the same bucket, role, instance and endpoint. */
  public addChannel(id: string, options: MqChannelOptions = {}): DlaMqNotification {
    return new DlaMqNotification(this, id, {
      ...this.shared,
      role: this.role,
      instance: this.instance,
      endpoint: this.endpointKind,
      ...propsOf(this, id, options, 'options'),
    });
  }
}

/** An endpoint is for one protocol, and a group has members of one protocol only. */
const PROTOCOLS: Record<MqEndpoint, GroupProtocol> = {
  [MqEndpoint.TCP]: GroupProtocol.TCP,
  [MqEndpoint.HTTP_INTERNAL]: GroupProtocol.HTTP,
  [MqEndpoint.HTTP_INTERNET]: GroupProtocol.HTTP,
  [MqEndpoint.HTTP_INTERNET_SECURE]: GroupProtocol.HTTP,
};

const ENDPOINT: Attribute = { type: 'string', allowed: Object.values(MqEndpoint) };

function givenInstance(props: DlaMqNotificationProps): IMqInstance | undefined {
  return props.instance ?? props.topic?.instance ?? props.group?.instance;
}

/** The resource behind a topic or group, unless it is made elsewhere. */
function madeHere(part: IMqTopic | IMqGroup): TerraformResource[] {
  return part.resource ? [part.resource] : [];
}

function channelErrors(scope: Construct, props: DlaMqNotificationProps): PropertyError[] {
  const notOnes = [
    ...checkConstruct('instance', props.instance, 'MqInstance.fromInstanceId(stack, id, instanceId)', 'instanceId'),
    ...checkConstruct(
      'topic',
      props.topic,
      'MqTopic.fromTopicAttributes(stack, id, { topicName, instance })',
      'topicName',
    ),
    ...checkConstruct('group', props.group, 'MqGroup.fromGroupAttributes(stack, id, { groupId, instance })', 'groupId'),
  ];
  if (notOnes.length > 0) {
    return notOnes;
  }
  const instance = givenInstance(props);
  const endpoint = typeof props.endpoint === 'string' ? props.endpoint : MqEndpoint.TCP;
  return [
    ...mutuallyExclusive('instance', props.instance, 'instanceProps', props.instanceProps),
    ...(props.instance ? [] : mutuallyExclusive('topic', props.topic, 'instanceProps', props.instanceProps)),
    ...(props.instance ? [] : mutuallyExclusive('group', props.group, 'instanceProps', props.instanceProps)),
    ...mutuallyExclusive('role', props.role, 'roleProps', props.roleProps),
    ...mutuallyExclusive('topic', props.topic, 'topicProps', props.topicProps),
    ...mutuallyExclusive('group', props.group, 'groupProps', props.groupProps),
    ...checkOptions('instanceProps', props.instanceProps, instanceErrors),
    ...checkOptions('topicProps', props.topicProps, topicErrors),
    ...checkOptions('groupProps', props.groupProps, groupErrors),
    ...checkAttribute('endpoint', props.endpoint, ENDPOINT),
    ...requireKnownAtSynth('endpoint', props.endpoint),
    ...roleNameErrors(props.role, OpenAnalyticsMqRole.ROLE_NAME),
    ...(instance && instance.endpoints[endpoint] === undefined
      ? [
          {
            property: 'endpoint',
            received: valueText(endpoint),
            allowed: `an endpoint that is known of ${instance.node.path}`,
          },
        ]
      : []),
    ...regionErrors('instance', instance?.region, props.region ?? regionOf(scope, props.provider), "DLA's"),
    ...onInstance('topic', props.topic, instance),
    ...onInstance('group', props.group, instance),
    ...protocolErrors(props, endpoint),
  ];
}

function onInstance(property: string, part: IMqTopic | IMqGroup | undefined, instance?: IMqInstance): PropertyError[] {
  return !part || !instance || instanceIdentity(part.instance) === instanceIdentity(instance)
    ? []
    : [{ property, received: `one on ${part.instance.node.path}`, allowed: `one on ${instance.node.path}` }];
}

function protocolErrors(props: DlaMqNotificationProps, endpoint: MqEndpoint): PropertyError[] {
  const property = props.group ? 'group' : 'groupProps.protocol';
  const protocol = props.group ? props.group.protocol : props.groupProps?.protocol;
  const needed = PROTOCOLS[endpoint];
  return protocol === undefined || Token.isUnresolved(protocol) || needed === undefined || protocol === needed
    ? []
    : [
        {
          property,
          received: valueText(protocol),
          allowed: `${valueText(needed)}, which the endpoint ${valueText(endpoint)} speaks`,
        },
      ];
}
