import { type TerraformProvider, type TerraformResource, TerraformStack, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { bucketErrors, type IOssBucket, OssBucket, type OssBucketOptions } from '../oss/oss-bucket';
import { REGION } from '../../cloud/regions';
import { accountIdOf, regionOf } from '../provider-settings';
import type { Grant } from '../ram/grant';
import {
  type IOpenAnalyticsRole,
  keepRoleOfElsewhere,
  OpenAnalyticsRole,
  type OpenAnalyticsRoleOptions,
  referToRole,
  roleErrors,
} from '../ram/open-analytics-role';
import type { IRamGrantee } from '../ram/ram-grantee';
import type { OpenAnalyticsRoleKind } from '../ram/role-owner';
import type { ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import { isOneStatement } from '../../cloud/one-statement';
import { MAX_RUNNING_TIME_SECONDS, type ReceiptHint } from '../../cloud/receipt-hint';
import type { ReferenceText } from '../references';
import { deployAfter, freeId } from '../tree';
import { registerUnique } from '../uniqueness';
import {
  mutuallyExclusive,
  type PropertyError,
  checkAttribute,
  checkConstruct,
  checkList,
  checkText,
  errorText,
  assertValid,
  regionErrors,
  valueText,
  requireKnownAtSynth,
  checkObject,
  propsOf,
  required,
} from '../validation';
import { outputErrors, readOutputs, type ReceiptChannelImportOptions } from './channel-outputs';
import { registerChannel } from './outputs';
import { SmokeTest, type SmokeTestOptions } from './smoke-test';
import { literal, literals } from './template';

/** A channel that receipts go through, whichever message service carries them. */
export interface IReceiptChannel extends IConstruct {
  /** Id of the channel in its stack's output: the construct's path below the stack, e.g. `notification/orders`. */
  readonly channelId: string;

  /** Region of DLA and of the channel. */
  readonly region: string;

  /** Role that DLA assumes to send. */
  readonly role: IOpenAnalyticsRole;

  /** Bucket with the tables' files. */
  readonly bucket: IOssBucket;

  /**
   * The channel as it stands in the Terraform output. Where a name is the value of a sensitive variable the output is
   * sensitive: `cdktf deploy` writes it with `--outputs-file-include-sensitive-outputs`.
   */
  readonly outputs: ReceiptChannelOutputs;

  /** The resources of this stack that have to be there before a receipt can be sent. */
  readonly resources: TerraformResource[];

  /** @deprecated `resources` */
  readonly parts: TerraformResource[];

  /** The SQL comment that makes DLA send a receipt here. */
  hint(options?: ReceiptHintOptions): ReceiptHint;

  /**
   * A statement with the hint before it, for an argument of a resource or an output: `${x}` in the statement is the
   * statement's own. In a program that runs statements itself use `ReceiptHint` and the names that were deployed.
   */
  applyTo(sql: string, options?: ReceiptHintOptions): string;

  /** Lets a RAM role or user receive the channel's receipts. */
  grantConsume(grantee: IRamGrantee): Grant;

  /**
   * Tests the channel at the end of each apply that changes it.
   *
   * @throws ConstructError if the channel has no `smokeQuery`
   */
  smokeTest(options?: SmokeTestOptions): SmokeTest;
}

/** Options of a hint. */
export interface ReceiptHintOptions {
  /**
   * Time after which DLA ends the query, in whole seconds, 1 to 21600.
   *
   * @default - DLA's own limit
   */
  readonly maxRunningTimeSeconds?: number;
}

/** What a channel's smoke test runs. */
export interface ChannelSmokeOptions {
  /**
   * Query of the smoke test, without a hint. `{bucket}` and `{region}` in it stand for the channel's.
   *
   * @default - the channel cannot be tested without naming a query
   */
  readonly smokeQuery?: string;

  /**
   * Statements that the smoke test runs before its query, in order, with the same placeholders. They must bear being
   * run again.
   *
   * @default - none
   */
  readonly smokePrepare?: string[];
}

/** Options that channels of every kind take. */
export interface ReceiptChannelOptions extends ChannelSmokeOptions {
  /**
   * Region of DLA and of the channel, e.g. `cn-hangzhou`. A change makes another channel there: destroy the former one
   * first, or what it made stays behind in its region.
   *
   * @default - the provider's region
   */
  readonly region?: string;

  /**
   * Bucket with the tables' files. Not together with `bucketProps`.
   *
   * @default - a new one
   */
  readonly bucket?: IOssBucket;

  /**
   * Options of the new bucket.
   *
   * @default - those of `OssBucket`
   */
  readonly bucketProps?: OssBucketOptions;

  /**
   * Options of the role, where this channel is the first of its account in the app and so makes it. Not together with
   * `role`.
   *
   * @default - those of the role
   */
  readonly roleProps?: OpenAnalyticsRoleOptions;

  /**
   * Provider that makes the channel's parts.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

const IS_RECEIPT_CHANNEL = Symbol.for('cdktf-alicloud-dla.ReceiptChannel');

/** What channels have in common, made here or elsewhere. */
export abstract class ReceiptChannelBase extends Construct implements IReceiptChannel {
  public readonly channelId: string;
  public abstract readonly region: string;
  public abstract readonly bucket: IOssBucket;
  public abstract readonly role: IOpenAnalyticsRole;
  public abstract readonly resources: TerraformResource[];
  public abstract readonly outputs: ReceiptChannelOutputs;

  constructor(scope: Construct, id: string) {
    super(scope, freeId(scope, id, 'channel'));
    Object.defineProperty(this, IS_RECEIPT_CHANNEL, { value: true });
    this.channelId = this.node.path.slice(TerraformStack.of(this).node.path.length + 1);
  }

  /** @deprecated `resources` */
  public get parts(): TerraformResource[] {
    return this.resources;
  }

  public abstract hint(options?: ReceiptHintOptions): ReceiptHint;

  public abstract grantConsume(grantee: IRamGrantee): Grant;

  public applyTo(sql: string, options?: ReceiptHintOptions): string {
    assertValid(this, required('sql', sql), checkStatement('sql', sql, 'a statement'));
    return this.hint(options).applyTo(literal(sql));
  }

  public smokeTest(options: SmokeTestOptions = {}): SmokeTest {
    return new SmokeTest(this, 'SmokeTest', { ...propsOf(this, 'SmokeTest', options, 'options'), channel: this });
  }

  /** A number in a text would not become a reference. */
  protected maxRunningTime(options: ReceiptHintOptions): number | undefined {
    assertValid(this, required('options', options), checkObject('options', options));
    const { maxRunningTimeSeconds } = options;
    const property = 'maxRunningTimeSeconds';
    assertValid(
      this,
      requireKnownAtSynth(property, maxRunningTimeSeconds),
      checkAttribute(property, maxRunningTimeSeconds, { type: 'number', range: [1, MAX_RUNNING_TIME_SECONDS] }),
    );
    return maxRunningTimeSeconds;
  }
}

/** What channels of every kind that are made elsewhere have in common: their outputs are all that is known of them. */
export abstract class ImportedReceiptChannel extends ReceiptChannelBase {
  public readonly region: string;
  public readonly bucket: IOssBucket;
  public readonly role: IOpenAnalyticsRole;
  public readonly resources: TerraformResource[] = [];
  public readonly outputs: ReceiptChannelOutputs;

  /** @param names of the outputs that have to be there */
  protected constructor(
    scope: Construct,
    id: string,
    given: ReceiptChannelOutputs,
    options: ReceiptChannelImportOptions,
    kind: string,
    roleKind: OpenAnalyticsRoleKind,
    names: readonly string[],
  ) {
    propsOf(scope, id, options, 'options');
    super(scope, id);
    assertValid(this, required('outputs', given), Token.isUnresolved(given) ? [] : checkObject('outputs', given));
    this.outputs = readOutputs(given, names);
    assertValid(this, outputErrors(this.outputs, kind, roleKind.roleName, names));
    const { provider } = options;
    this.region = this.outputs.region;
    this.bucket = OssBucket.fromBucketName(this, 'Bucket', this.outputs.bucket!, { provider });
    this.role = referToRole(this, 'Role', roleKind, { provider });
  }
}

/** What channels of every kind that are made here have in common. */
export abstract class ReceiptChannel extends ReceiptChannelBase {
  /** Tells whether something is a channel of this package, made here or elsewhere. */
  public static isReceiptChannel(x: unknown): x is IReceiptChannel {
    return typeof x === 'object' && x !== null && IS_RECEIPT_CHANNEL in x;
  }

  /** Region of DLA and of all parts of the channel. */
  public readonly region: string;

  /** Bucket with the data that queries read. */
  public readonly bucket: IOssBucket;

  private described?: ReceiptChannelOutputs;

  protected constructor(
    scope: Construct,
    id: string,
    private readonly options: ReceiptChannelOptions,
    errors: PropertyError[],
  ) {
    super(scope, id);
    const { provider } = options;
    const home = regionOf(this, provider);
    const region = options.region ?? home;
    assertValid(this, channelErrors(options, region), regionErrors('provider', home, region, "DLA's"), errors);

    this.region = region!;
    this.bucket = options.bucket ?? new OssBucket(this, 'Bucket', { ...options.bucketProps, provider });
  }

  public get outputs(): ReceiptChannelOutputs {
    return (this.described ??= this.describe(() => undefined));
  }

  /** What a channel below this one shares with it. */
  protected get shared(): ReceiptChannelOptions {
    return { provider: this.options.provider, region: this.region, bucket: this.bucket };
  }

  /**
   * Region and account of the channel and of its parts, once all providers of the app are there.
   *
   * @param parts by the property that gives each
   */
  protected checkHome(parts: { readonly [property: string]: IConstruct }): void {
    const { provider } = this.options;
    const account = () => accountIdOf(this, provider);
    this.node.addValidation({
      validate: () =>
        [
          ...regionErrors('region', regionOf(this, provider), this.region, "the channel's"),
          ...Object.entries(parts).flatMap(([property, part]) => [
            ...(isMadeHere(part) ? regionErrors(property, regionOf(part, providerOf(part)), this.region, "DLA's") : []),
            ...accountErrors(property, accountIdOf(part, providerOf(part)), account()),
          ]),
        ].map(errorText),
    });
  }

  /** A receipt is for one channel: two that share a topic or queue are an error at synth. */
  protected claimDestination(destination: IConstruct, name: string): void {
    registerUnique(
      this,
      `receipts ${name}`,
      (first) => `${destination.node.path} already carries the receipts of ${first}: give each channel its own`,
    );
  }

  /** A part may stand in another stack, which is deployed before the channel's then. */
  protected deployAfter(parts: IConstruct[]): void {
    parts.forEach((part) => deployAfter(this, part));
  }

  /** Those of the resources that this stack makes. */
  protected ofThisStack(resources: TerraformResource[]): TerraformResource[] {
    return resources.filter((resource) => TerraformStack.of(resource) === TerraformStack.of(this));
  }

  /** Completes a channel whose parts are there, and puts it into the stack's output. */
  protected register(): void {
    registerChannel(this, (text) => this.describe(text));
    keepRoleOfElsewhere(this, this.role, this.options.provider);
  }

  /**
   * What differs from kind to kind.
   *
   * @param text a reference as Terraform's text, or undefined where a token has to say it
   */
  protected abstract destination(text: ReferenceText): ChannelDestination;

  private describe(text: ReferenceText): ReceiptChannelOutputs {
    const { smokeQuery, smokePrepare } = this.options;
    return {
      ...this.destination(text),
      region: this.region,
      roleName: this.role.roleName,
      bucket: text(this.bucket.resource) ?? this.bucket.bucketName,
      ...(smokeQuery !== undefined && { query: literal(smokeQuery) }),
      ...(smokePrepare && { prepare: literals(smokePrepare) }),
    };
  }
}

/** What every part of this package was given, or takes from the whole that it is on. */
function providerOf(part: IConstruct): TerraformProvider | undefined {
  return (part as { readonly provider?: TerraformProvider }).provider;
}

/** A reference says nothing of the region of its provider; nor has a role one. */
function isMadeHere(part: IConstruct): boolean {
  return (
    (part as { readonly resource?: unknown }).resource !== undefined && !OpenAnalyticsRole.isOpenAnalyticsRole(part)
  );
}

function accountErrors(property: string, account: string | undefined, needed: string | undefined): PropertyError[] {
  return account === undefined || needed === undefined || account === needed
    ? []
    : [{ property, received: `one of account ${account}`, allowed: `one of the channel's account, ${needed}` }];
}

/** The part of a channel's outputs that differs from kind to kind. */
export interface ChannelDestination {
  /** `mq` or `mns`. */
  readonly kind: string;
  /** Id of the MQ instance. @default - the channel is one of SMQ */
  readonly instanceId?: string;
  /** Topic of MQ that gets the receipts. @default - the channel is one of SMQ */
  readonly topic?: string;
  /** Id of the group that DLA sends as. @default - the channel is one of SMQ */
  readonly producerId?: string;
  /** Endpoint of the instance that DLA sends to. @default - the channel is one of SMQ */
  readonly endpoint?: string;
  /** Queue of SMQ that gets the receipts. @default - the channel is one of MQ */
  readonly queue?: string;
}

/** The role of the other message service. */
export function roleNameErrors(role: IOpenAnalyticsRole | undefined, roleName: string): PropertyError[] {
  const notOne = checkConstruct('role', role, 'OpenAnalyticsMqRole.fromRoleName(stack, id)', 'roleName');
  return notOne.length > 0 || role === undefined || role.roleName === roleName
    ? notOne
    : [{ property: 'role', received: valueText(role.roleName), allowed: valueText(roleName) }];
}

/** Errors of the options of a part, which the channel hands on. */
export function checkOptions<T extends object>(
  property: string,
  options: T | undefined,
  check: (options: T, at: string) => PropertyError[],
): PropertyError[] {
  const errors = checkObject(property, options);
  return errors.length > 0 || options === undefined ? errors : check(options, `${property}.`);
}

/** A hint is for one statement, and DLA takes one at a time. */
function checkStatement(property: string, text: unknown, what: string): PropertyError[] {
  const errors = checkText(property, text, what);
  return errors.length > 0 || typeof text !== 'string' || isOneStatement(text)
    ? errors
    : [{ property, received: valueText(text), allowed: `${what}, and no second one after it` }];
}

function channelErrors(options: ReceiptChannelOptions, region: string | undefined): PropertyError[] {
  return [
    ...checkConstruct('bucket', options.bucket, 'OssBucket.fromBucketName(stack, id, name)', 'bucketName'),
    ...(region === undefined
      ? [
          {
            property: 'region',
            received: 'none',
            allowed: 'a region such as "cn-hangzhou", given here or in an alicloud provider made before the channel',
          },
        ]
      : checkAttribute('region', region, REGION)),
    ...mutuallyExclusive('bucket', options.bucket, 'bucketProps', options.bucketProps),
    ...regionErrors('bucket', options.bucket?.region, region, "DLA's"),
    ...checkOptions('bucketProps', options.bucketProps, bucketErrors),
    ...checkOptions('roleProps', options.roleProps, roleErrors),
    ...checkStatement('smokeQuery', options.smokeQuery, 'a query'),
    ...checkList('smokePrepare', options.smokePrepare, (statement, at) => checkStatement(at, statement, 'a statement')),
  ];
}
