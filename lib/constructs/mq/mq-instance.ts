import { type TerraformProvider, type TerraformResource, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { defaultName } from '../default-name';
import { keepFormer } from '../former-parts';
import { tellReference } from '../named-references';
import { DataAlicloudOnsInstances } from '../../provider-schema/gen/data-alicloud-ons-instances/index';
import { OnsInstance } from '../../provider-schema/gen/ons-instance/index';
import { onsInstance } from '../../provider-schema/ons-instance';
import { parseMqEndpoint } from '../../cloud/mq-endpoint';
import { MAX_MQ_INSTANCES } from '../../cloud/limits';
import { MQ_ENDPOINT, MQ_INSTANCE_ID, MQ_INSTANCE_NAME } from '../../cloud/names';
import { REGION } from '../../cloud/regions';
import { accountOf, regionOf } from '../provider-settings';
import { onRename, referenceAsText } from '../references';
import { registerUnique } from '../uniqueness';
import { freeId, isInTree } from '../tree';
import {
  type PropertyError,
  checkAttribute,
  required,
  assertValid,
  regionErrors,
  checkTags,
  valueText,
  checkObject,
  propsOf,
} from '../validation';
import { MqGroup, type MqGroupOptions } from './mq-group';
import { MqTopic, type MqTopicOptions } from './mq-topic';

/** Endpoints of an MQ instance, as far as they are known. */
export interface MqEndpoints {
  /**
   * Private TCP endpoint, `http://MQ_INST_….mq-internal.aliyuncs.com:8080`.
   *
   * @default - not known
   */
  readonly tcp?: string;

  /**
   * Private HTTP endpoint.
   *
   * @default - not known
   */
  readonly httpInternal?: string;

  /**
   * Public HTTP endpoint.
   *
   * @default - not known
   */
  readonly httpInternet?: string;

  /**
   * Public HTTPS endpoint.
   *
   * @default - not known
   */
  readonly httpInternetSecure?: string;
}

/** An MQ instance (RocketMQ 4.x), made here or elsewhere. */
export interface IMqInstance extends IConstruct {
  /** Id of the instance, `MQ_INST_…`. */
  readonly instanceId: string;

  /** Endpoints of the instance. */
  readonly endpoints: MqEndpoints;

  /**
   * Region of the instance.
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
   * Provider that makes topics and groups on the instance, in its stack, unless they are given one.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;

  /**
   * Makes a topic on the instance.
   *
   * @param id tells it from all topics and groups of the instance
   * @throws ConstructError if the id is taken
   */
  addTopic(id: string, options?: MqTopicOptions): MqTopic;

  /**
   * Makes a group on the instance.
   *
   * @param id tells it from all topics and groups of the instance
   * @throws ConstructError if the id is taken
   */
  addGroup(id: string, options?: MqGroupOptions): MqGroup;
}

/** Options of an instance, wherever it is made. */
export interface MqInstanceOptions {
  /**
   * Name of the instance, 3 to 64 characters, unique in its account and region.
   *
   * @default - made from the construct's path
   */
  readonly instanceName?: string;

  /**
   * What people read beside the instance in the MQ console, up to 128 characters.
   *
   * @default - none
   */
  readonly remark?: string;

  /**
   * Tags of the instance.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `MqInstance`. */
export interface MqInstanceProps extends MqInstanceOptions {
  /**
   * Provider that makes the instance; its region is the instance's.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** Options of a reference to an instance whose endpoints are looked up. */
export interface MqInstanceImportOptions {
  /**
   * Provider that looks the instance up; its region is the instance's.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** An instance that is made elsewhere, as far as it is known. */
export interface MqInstanceAttributes {
  /** Id of the instance, `MQ_INST_…`. */
  readonly instanceId: string;

  /** Endpoints of the instance; a channel needs the one that it sends through. */
  readonly endpoints: MqEndpoints;

  /**
   * Region of the instance.
   *
   * @default - the provider's region
   */
  readonly region?: string;

  /**
   * Provider that makes topics and groups on the instance.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

const IS_MQ_INSTANCE = Symbol.for('cdktf-alicloud-dla.MqInstance');

abstract class MqInstanceBase extends Construct implements IMqInstance {
  public abstract readonly instanceId: string;
  public abstract readonly endpoints: MqEndpoints;
  public readonly region?: string;
  public readonly provider?: TerraformProvider;

  constructor(scope: Construct, id: string, provider?: TerraformProvider, region?: string) {
    super(scope, freeId(scope, id, 'instance'));
    Object.defineProperty(this, IS_MQ_INSTANCE, { value: true });
    this.provider = provider;
    this.region = region ?? regionOf(this, provider);
  }

  public addTopic(id: string, options: MqTopicOptions = {}): MqTopic {
    return new MqTopic(this, id, { ...propsOf(this, id, options, 'options'), instance: this });
  }

  public addGroup(id: string, options: MqGroupOptions = {}): MqGroup {
    return new MqGroup(this, id, { ...propsOf(this, id, options, 'options'), instance: this });
  }
}

class ImportedMqInstance extends MqInstanceBase {
  public readonly instanceId: string;
  public readonly endpoints: MqEndpoints;

  constructor(scope: Construct, id: string, attributes: MqInstanceAttributes) {
    super(scope, id, propsOf(scope, id, attributes, 'attributes').provider, attributes.region);
    const { tcp, httpInternal, httpInternet, httpInternetSecure } = attributes.endpoints ?? {};
    assertValid(
      this,
      required('instanceId', attributes.instanceId),
      required('endpoints', attributes.endpoints),
      checkObject('endpoints', attributes.endpoints),
      checkAttribute('instanceId', attributes.instanceId, MQ_INSTANCE_ID),
      checkAttribute('region', attributes.region, REGION),
      checkAttribute('endpoints.tcp', tcp, MQ_ENDPOINT),
      checkAttribute('endpoints.httpInternal', httpInternal, MQ_ENDPOINT),
      checkAttribute('endpoints.httpInternet', httpInternet, MQ_ENDPOINT),
      checkAttribute('endpoints.httpInternetSecure', httpInternetSecure, MQ_ENDPOINT),
      endpointErrors(attributes, this.region),
    );
    this.instanceId = attributes.instanceId;
    this.endpoints = attributes.endpoints;
    tellReference(this, 'instance', this.instanceId, attributes);
    keepFormer(this, 'instance', this.instanceId, this.provider);
  }
}

class LookedUpMqInstance extends MqInstanceBase {
  public readonly endpoints: MqEndpoints;

  constructor(
    scope: Construct,
    id: string,
    public readonly instanceId: string,
    options: MqInstanceImportOptions,
  ) {
    super(scope, id, propsOf(scope, id, options, 'options').provider);
    assertValid(this, required('instanceId', instanceId), checkAttribute('instanceId', instanceId, MQ_INSTANCE_ID));
    this.endpoints = lookUpEndpoints(this, instanceId, options.provider);
    tellReference(this, 'instance', instanceId, options);
    keepFormer(this, 'instance', instanceId, options.provider);
  }
}

/**
 * An MQ instance (RocketMQ 4.x), with its endpoints. New instances are for existing users of RocketMQ 4.x: another account
 * is refused when it deploys, and receives by SMQ (formerly MNS), `DlaMnsNotification`.
 *
 * The provider tells an instance's endpoints only through its data source, so one stands beside the instance. A change
 * of the instance makes Terraform read the endpoints during apply, not during plan.
 *
 * Source: provider type `alicloud_ons_instance` and data source `alicloud_ons_instances`.
 *
 * @example
 * const instance = new MqInstance(stack, 'mq');
 * const topic = instance.addTopic('orders', { messageType: MessageType.PARTITION_ORDERED });
 */
export class MqInstance extends MqInstanceBase {
  /**
   * An instance that is made elsewhere; its endpoints are looked up.
   *
   * Where this stack made it at the id of this reference, and still has a provider of alicloud, the apply stops before it is
   * destroyed. Where it was made at another id or by another stack, Terraform shows nobody what a state has beside the code,
   * and destroys it, unless `dla-check-plan` goes before: with `npx tsx main.ts && npx dla-check-plan` as the `app` of
   * cdktf.json each `cdktf deploy` stops with the line to write. `npm run deploy` and `npm run diff` do the same.
   */
  public static fromInstanceId(
    scope: Construct,
    id: string,
    instanceId: string,
    options: MqInstanceImportOptions = {},
  ): IMqInstance {
    return new LookedUpMqInstance(scope, id, instanceId, options);
  }

  /** An instance that is made elsewhere and known well enough; nothing is looked up. */
  public static fromInstanceAttributes(scope: Construct, id: string, attributes: MqInstanceAttributes): IMqInstance {
    return new ImportedMqInstance(scope, id, attributes);
  }

  /** Tells whether something is an instance of this package, made here or elsewhere. */
  public static isMqInstance(x: unknown): x is IMqInstance {
    return typeof x === 'object' && x !== null && IS_MQ_INSTANCE in x;
  }

  /** Endpoints of the instance, as its data source tells them. */
  public readonly endpoints: MqEndpoints;

  /** The instance itself, as the provider knows it. */
  public readonly resource: OnsInstance;

  private createdId?: string;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: MqInstanceProps = {}) {
    const { provider } = propsOf(scope, id, props);
    super(scope, id, provider);
    assertValid(this, instanceErrors(props));
    // The provider's documentation allows no underscore.
    const instanceName = props.instanceName ?? defaultName(this, 'dla-receipt-', '-', MQ_INSTANCE_NAME.length[1]);
    registerUnique(
      this,
      () => `instance ${accountOf(this, provider)} ${regionOf(this, provider)} ${instanceName}`,
      (first) =>
        `instance ${valueText(instanceName)} is already made by ${first}: give one of them another instanceName; the ` +
        'providers of two accounts are told apart by account_id or credentials',
    );

    limitInstances(this);

    this.resource = new OnsInstance(this, 'Resource', {
      provider,
      instanceName,
      remark: props.remark,
      tags: props.tags,
    });
    const reference = () => referenceAsText(this, this.resource)!;
    this.endpoints = lookUpEndpoints(this, reference(), provider);
    onRename(this.resource, () => (endpointsOf(this)!.ids = [reference()]));
  }

  public get instanceId(): string {
    return (this.createdId ??= this.resource.id);
  }
}

/** The instances that an app makes. */
const made = new WeakMap<IConstruct, MqInstance[]>();

/** What is more than fits into a region fails only when the others are there already. */
function limitInstances(instance: MqInstance): void {
  const { root } = instance.node;
  const all = made.get(root) ?? [];
  made.set(root, all);
  all.push(instance);
  const place = (one: MqInstance) => `${accountOf(one, one.provider)} ${regionOf(one, one.provider)}`;
  if (all.length > MAX_MQ_INSTANCES) {
    instance.node.addValidation({
      validate: () => {
        const there = all.filter((one) => isInTree(one) && place(one) === place(instance));
        return there.indexOf(instance) < MAX_MQ_INSTANCES
          ? []
          : [
              `expected at most ${MAX_MQ_INSTANCES} new MQ instances in a region of an account, got ${there.length}: ` +
                'let channels share one, by addChannel() or instance',
            ];
      },
    });
  }
}

/** An endpoint that names another instance, region or protocol than it is given for. */
function endpointErrors({ instanceId, endpoints = {} }: MqInstanceAttributes, region?: string): PropertyError[] {
  return Object.entries(endpoints ?? {}).flatMap(([name, endpoint]: [string, string | undefined]) => {
    const property = `endpoints.${name}`;
    const named = typeof endpoint !== 'string' || Token.isUnresolved(endpoint) ? undefined : parseMqEndpoint(endpoint);
    if (!named) {
      return [];
    }
    const protocol = name === 'tcp' ? 'tcp' : 'http';
    const received = valueText(endpoint);
    return [
      ...(named.protocol === protocol ? [] : [{ property, received, allowed: `an endpoint of protocol ${protocol}` }]),
      ...(named.instanceId === undefined || Token.isUnresolved(instanceId) || named.instanceId === instanceId
        ? []
        : [{ property, received, allowed: `an endpoint of ${instanceId}` }]),
      ...regionErrors(property, named.region, region, "the instance's"),
    ];
  });
}

/** Errors of an instance's options; `at` goes before the names of properties. */
export function instanceErrors(options: MqInstanceOptions, at = ''): PropertyError[] {
  return [
    ...checkAttribute(`${at}instanceName`, options.instanceName, MQ_INSTANCE_NAME),
    ...checkAttribute(`${at}remark`, options.remark, onsInstance.attributes.remark),
    ...checkTags(`${at}tags`, options.tags),
  ];
}

/** Id of the data source that tells the endpoints, below an instance. */
const ENDPOINTS_ID = 'Endpoints';

function lookUpEndpoints(instance: Construct, instanceId: string, provider?: TerraformProvider): MqEndpoints {
  const found = new DataAlicloudOnsInstances(instance, ENDPOINTS_ID, {
    provider,
    ids: [instanceId],
    enableDetails: true,
  });
  // cdktf takes a stack trace whenever an attribute is read: only what somebody uses is read, and once for all channels.
  const known = new Map<string, string>();
  const read = (name: keyof MqEndpoints) => {
    const endpoint = known.get(name) ?? found.instances.get(0)[`${name}Endpoint`];
    known.set(name, endpoint);
    return endpoint;
  };
  return {
    get tcp() {
      return read('tcp');
    },
    get httpInternal() {
      return read('httpInternal');
    },
    get httpInternet() {
      return read('httpInternet');
    },
    get httpInternetSecure() {
      return read('httpInternetSecure');
    },
  };
}

/** The data source that tells the endpoints of an instance, where they are looked up. */
export function endpointsOf(instance: IMqInstance): DataAlicloudOnsInstances | undefined {
  const found = instance.node.tryFindChild(ENDPOINTS_ID);
  return found instanceof DataAlicloudOnsInstances ? found : undefined;
}

/** The attribute of that data source that has an endpoint. */
export function endpointAttribute(name: keyof MqEndpoints): string {
  return `instances[0].${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_endpoint`;
}
