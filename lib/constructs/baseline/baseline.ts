import { Annotations, Aspects, dependable, type IAspect, TerraformResource, TerraformStack, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { DlaMnsNotification } from '../notification/dla-mns-notification';
import { DlaMqNotification } from '../notification/dla-mq-notification';
import { SmokeTest } from '../notification/smoke-test';
import { BucketEncryption, encryptWith, type IOssBucket, KEY_ID, OssBucket } from '../oss/oss-bucket';
import { QueryResultBucket } from '../oss/query-result-bucket';
import { addTlsPolicy, policiesIn, policyOf, TLS_POLICY_ID, tlsOnlyPolicy } from '../oss/tls-policy';
import { regionOf } from '../provider-settings';
import type { Grant } from '../ram/grant';
import { OpenAnalyticsRole, RolePermission } from '../ram/open-analytics-role';
import { withReferences } from '../references';
import { knownName } from '../uniqueness';
import {
  assertValid,
  checkAttribute,
  ConstructError,
  requireKnownAtSynth,
  checkBoolean,
  checkConstruct,
  propsOf,
  valueText,
} from '../validation';

/** What a baseline brings beside what needs nothing. */
export interface BaselineProps {
  /**
   * Bucket that access logs are written to: of the account and region of the buckets, and with a name that is known at
   * synth, or in the same stack.
   *
   * @default - no logs are written
   */
  readonly logBucket?: IOssBucket;

  /**
   * Id of the key that encrypts what is written from now on, in buckets that name no key. What is in them stays as it is.
   *
   * @default - buckets keep their encryption
   */
  readonly kmsKeyId?: string;

  /**
   * Refuse requests to buckets that do not come over TLS. Where the name of a bucket is known the policy stands in the
   * bucket itself, and takes the place of one that was made outside of Terraform.
   *
   * Assumption: it is not documented whether DLA reads tables' files over TLS.
   *
   * @default true
   */
  readonly enforceTls?: boolean;

  /**
   * Detach the system policy from the roles that DLA assumes. The second of two steps: apply once without it, so that the
   * policies for sending are there before. Channels of other apps that send with the roles need policies of their own.
   *
   * @default false
   */
  readonly detachFullAccess?: boolean;
}

/** What became of a rule. */
export enum BaselineOutcome {
  /** The baseline has set what the rule asks for. */
  SET = 'set',
  /** The app has it already. */
  MET = 'met',
  /** The app does not have it; the detail says why, or what to write. */
  NOT_MET = 'notMet',
}

/** What a baseline says about a rule and a construct. */
export interface BaselineFinding {
  /** Id of the rule: `CKV_ALI_…` of checkov, others of InfraGuard. */
  readonly rule: string;

  /** Path of the construct. */
  readonly path: string;

  /** What became of the rule. */
  readonly outcome: BaselineOutcome;

  /** What was set, or why it was not. */
  readonly detail: string;
}

/** Rules that ask for one thing. Source: the rules of checkov 3.3 and InfraGuard, November 2026. */
const RULES = {
  versioning: ['CKV_ALI_10', 'oss-bucket-versioning-enabled'],
  logging: ['CKV_ALI_12', 'oss-bucket-logging-enabled'],
  key: ['CKV_ALI_6', 'oss-default-encryption-kms', 'oss-encryption-byok-check'],
  tls: ['oss-bucket-only-https-enabled', 'oss-bucket-tls-version-check'],
  zones: ['oss-zrs-enabled'],
  acceleration: ['CKV_ALI_11'],
  choices: [
    'oss-bucket-authorize-specified-ip',
    'oss-bucket-referer-limit',
    'oss-bucket-remote-replication',
    'oss-bucket-backup-enable',
  ],
  admin: ['ram-role-no-product-admin-access'],
  users: ['ram-user-no-policy-check'],
};

const { SET, MET, NOT_MET } = BaselineOutcome;

/**
 * What checkers of configurations ask for, for all that this package makes in a part of an app: versions, access logs,
 * TLS only, three zones, a key, and roles of DLA that can only send. What a property says already stays. Nothing is
 * replaced or destroyed: three zones are for buckets that are made from now on, and DLA's roles keep their system policy
 * until `detachFullAccess` says otherwise.
 *
 * A bucket with `enforceTls` keeps its policy in a resource of its own, which InfraGuard does not see. The way to one
 * inside the bucket has two steps: `terraform state rm` of that `alicloud_oss_bucket_policy`, then an apply without
 * `enforceTls` and with the baseline; the bucket's policy stays in force all the time.
 *
 * @example
 * const baseline = Baseline.apply(app, { logBucket, kmsKeyId: 'key-hzz65f3a1b2c3d4e5f6g7' });
 * app.synth();
 * console.table(baseline.findings.filter(({ outcome }) => outcome === BaselineOutcome.NOT_MET));
 */
export class Baseline implements IAspect {
  /**
   * Brings the baseline to everything below a construct; what is not met is a warning at synth. Of an app, to each stack
   * that it has: apply it when all are there.
   *
   * @throws ConstructError if there is no stack, or a property is not allowed
   */
  public static apply(scope: IConstruct, props: BaselineProps = {}): Baseline {
    if (!Construct.isConstruct(scope)) {
      throw new ConstructError('Baseline', [
        { property: 'scope', received: valueText(scope), allowed: 'a stack, or what has or is in one' },
      ]);
    }
    propsOf(scope, 'baseline', props);
    assertValid(
      scope,
      checkConstruct('logBucket', props.logBucket, 'OssBucket.fromBucketName(stack, id, name)', 'bucketName'),
      checkBoolean('enforceTls', props.enforceTls),
      checkBoolean('detachFullAccess', props.detachFullAccess),
      checkAttribute('kmsKeyId', props.kmsKeyId, KEY_ID),
      requireKnownAtSynth('enforceTls', props.enforceTls),
      requireKnownAtSynth('detachFullAccess', props.detachFullAccess),
    );
    const baseline = new Baseline(scope, props);
    // cdktf asks no aspect of what is above a stack. That of a stack comes before what it may add to the stack.
    const covered = isInStack(scope) ? [TerraformStack.of(scope)] : stacksBelow(scope);
    if (covered.length === 0) {
      throw new ConstructError(scope.node.path, [
        { property: 'scope', received: 'one without a stack', allowed: 'a stack, or what has or is in one' },
      ]);
    }
    covered.forEach((one) => Aspects.of(one).add(baseline));
    if (!isInStack(scope)) {
      scope.node.addValidation({
        validate: () =>
          stacksBelow(scope)
            .filter((stack) => !covered.includes(stack))
            .map(
              (stack) => `stack ${stack.node.path} was made after Baseline.apply: apply it when all stacks are there`,
            ),
      });
    }
    return baseline;
  }

  /** What became of each rule, for each construct. It is there after the synth. */
  public readonly findings: BaselineFinding[] = [];

  private done = false;
  /** Policies of buckets beside their resources, of the whole app. */
  private policies: readonly TerraformResource[] = [];

  private constructor(
    private readonly scope: IConstruct,
    private readonly props: BaselineProps,
  ) {}

  /** Called by cdktf at synth. */
  public visit(): void {
    // All at once: a policy of one stack may be about a bucket of another.
    if (this.done) {
      return;
    }
    this.done = true;
    const all = this.scope.node.findAll();
    this.policies = policiesIn(this.scope.node.root);
    all.filter((one): one is OssBucket => one instanceof OssBucket).forEach((bucket) => this.bucket(bucket));
    all
      .filter((one): one is QueryResultBucket => one instanceof QueryResultBucket && one.resource !== undefined)
      .forEach((bucket) => this.resultBucket(bucket));
    this.roles(all);
    this.warn(all);
  }

  private bucket(bucket: OssBucket): void {
    const { resource } = bucket;
    if (resource.versioningInput === undefined) {
      resource.putVersioning({ status: 'Enabled' });
      this.found(bucket, RULES.versioning, SET, 'earlier versions are kept');
    } else {
      const kept = resource.versioningInput.status === 'Enabled';
      this.found(bucket, RULES.versioning, kept ? MET : NOT_MET, 'as the bucket says');
    }
    if (resource.redundancyTypeInput === undefined) {
      resource.redundancyType = 'ZRS';
      this.ignore(bucket, (names) => [...new Set([...names, 'redundancy_type'])]);
      this.found(bucket, RULES.zones, SET, 'three zones when it is made; a bucket that is there keeps its copies');
    } else {
      const zones = resource.redundancyTypeInput === 'ZRS';
      this.found(bucket, RULES.zones, zones ? MET : NOT_MET, 'as the bucket says');
    }
    this.logging(bucket);
    this.key(bucket);
    this.tls(bucket);
    this.found(bucket, RULES.acceleration, NOT_MET, 'transfer acceleration costs money and makes nothing safer');
    this.found(bucket, RULES.choices, NOT_MET, 'depends on who uses the bucket and from where: set it on its resource');
  }

  private logging(bucket: OssBucket): void {
    const { resource } = bucket;
    const { logBucket } = this.props;
    if (resource.loggingInput !== undefined) {
      this.found(bucket, RULES.logging, MET, 'as the bucket says');
      return;
    }
    // A provider may come later in the code than the bucket.
    const [region, logRegion] = [bucket, logBucket].map(
      (one) => one && (one.region ?? (one.resource && regionOf(one, one.resource.provider))),
    );
    const target = logBucket && knownName(logBucket, () => logBucket.bucketName);
    if (logBucket === undefined || target === undefined) {
      this.found(bucket, RULES.logging, NOT_MET, 'give logBucket');
    } else if (logBucket === bucket) {
      this.found(bucket, RULES.logging, NOT_MET, 'it has the logs of the others; its own would grow by themselves');
    } else if (Token.isUnresolved(target) && !isInStackOf(logBucket, bucket)) {
      this.found(bucket, RULES.logging, NOT_MET, 'give logBucket a bucketName, for it is made in another stack');
    } else if (region !== undefined && logRegion !== undefined && region !== logRegion) {
      this.found(bucket, RULES.logging, NOT_MET, `give a baseline of its own a logBucket in ${region}`);
    } else {
      resource.putLogging({ targetBucket: target, targetPrefix: undefined });
      this.found(bucket, RULES.logging, SET, `logs go to ${logBucket.node.path}`);
    }
  }

  private key(bucket: OssBucket): void {
    const { kmsKeyId } = this.props;
    const rule = bucket.resource.serverSideEncryptionRuleInput;
    if (rule?.kmsMasterKeyId !== undefined) {
      this.found(bucket, RULES.key, MET, 'as the bucket says');
    } else if (rule?.sseAlgorithm === BucketEncryption.SM4) {
      this.found(bucket, RULES.key, NOT_MET, 'the bucket asks for SM4');
    } else if (kmsKeyId === undefined) {
      const isKms = rule?.sseAlgorithm === BucketEncryption.KMS;
      const met = RULES.key.filter((one) => isKms && one === 'oss-default-encryption-kms');
      const open = RULES.key.filter((one) => !met.includes(one));
      this.found(bucket, met, MET, 'as the bucket says');
      this.found(bucket, open, NOT_MET, 'give kmsKeyId');
    } else {
      encryptWith(bucket, kmsKeyId);
      this.found(bucket, RULES.key, SET, 'objects that are written from now on have the key');
    }
  }

  private tls(bucket: OssBucket): void {
    const { resource } = bucket;
    const name = knownName(bucket, () => bucket.bucketName);
    const other = policyOf(bucket, this.policies);
    if (bucket.node.tryFindChild(TLS_POLICY_ID)) {
      this.found(bucket, RULES.tls, MET, 'in a policy of its own, which InfraGuard does not see');
    } else if (!Token.isUnresolved(name) && resource.policyInput === tlsOnlyPolicy(name)) {
      this.found(bucket, RULES.tls, MET, 'in the policy of the bucket');
    } else if (resource.policyInput !== undefined) {
      this.found(bucket, RULES.tls, NOT_MET, 'the bucket has a policy of its own: add the statement there');
    } else if (other) {
      this.found(bucket, RULES.tls, NOT_MET, `${other.node.path} is its policy: add the statement there`);
    } else if (this.props.enforceTls === false) {
      this.found(bucket, RULES.tls, NOT_MET, 'enforceTls is false');
    } else if (Token.isUnresolved(name)) {
      addTlsPolicy(bucket, resource.provider);
      this.found(bucket, RULES.tls, SET, 'in a policy of its own, which InfraGuard does not see: give a bucketName');
    } else {
      resource.policy = tlsOnlyPolicy(name);
      this.ignore(bucket, (names) => names.filter((one) => one !== 'policy'));
      this.found(bucket, RULES.tls, SET, 'in the policy of the bucket');
    }
  }

  private ignore(bucket: OssBucket, change: (names: string[]) => string[]): void {
    const { lifecycle } = bucket.resource;
    const names = lifecycle?.ignoreChanges;
    // Where everything is ignored there is nothing to add.
    bucket.resource.lifecycle = { ...lifecycle, ignoreChanges: names === 'all' ? names : change(names ?? []) };
  }

  private resultBucket(bucket: QueryResultBucket): void {
    const rules = [RULES.versioning, RULES.logging, RULES.key, RULES.tls, RULES.zones].flat();
    this.found(bucket, rules, NOT_MET, 'DLA made the bucket and writes to it: nothing of it is changed');
  }

  /** The policies for sending come first, and the system policy goes when they are there. */
  private roles(all: IConstruct[]): void {
    const sending = channelsIn(all)
      .filter(({ role }) => role.permission === RolePermission.FULL)
      .map((channel) =>
        channel instanceof DlaMqNotification
          ? channel.topic.grantPublish(channel.role)
          : channel.queue.grantSend(channel.role),
      );
    const detached = all
      .filter((one): one is OpenAnalyticsRole => one instanceof OpenAnalyticsRole)
      .flatMap((role) => this.role(role, all));
    const tests = all.filter((one): one is SmokeTest => one instanceof SmokeTest);
    tests.forEach((test) => waitFor(test, sending, detached));
  }

  /** Attachments that go. */
  private role(role: OpenAnalyticsRole, all: IConstruct[]): TerraformResource[] {
    const attachment = role.node.tryFindChild('Attachment');
    if (role.permission === RolePermission.PUBLISH_ONLY || !TerraformResource.isTerraformResource(attachment)) {
      this.found(role, RULES.admin, MET, 'it may send to the channels of the app');
      return [];
    }
    if (this.props.detachFullAccess) {
      const outside = channelsIn(this.scope.node.root.node.findAll()).find(
        (channel) => channel.role.roleName === role.roleName && !all.includes(channel),
      );
      if (outside) {
        const detail = `${outside.node.path} sends with it: bring the baseline to that channel, too`;
        this.found(role, RULES.admin, NOT_MET, detail);
        return [];
      }
      role.node.tryRemoveChild('Attachment');
      this.found(role, RULES.admin, SET, 'it may send to the channels of the app');
      return [attachment];
    }
    this.found(role, RULES.admin, NOT_MET, 'it may send to the channels: after an apply give detachFullAccess');
    return [];
  }

  /** What only the user can change. */
  private warn(all: IConstruct[]): void {
    all
      .filter((one): one is TerraformResource => TerraformResource.isTerraformResource(one))
      .filter(({ terraformResourceType }) => terraformResourceType === 'alicloud_ram_user_policy_attachment')
      .forEach((one) => this.found(one, RULES.users, NOT_MET, 'grant to a role in place of the user'));
    const open = new Map<string, BaselineFinding[]>();
    for (const finding of this.findings.filter(({ outcome }) => outcome === NOT_MET)) {
      open.set(finding.path, [...(open.get(finding.path) ?? []), finding]);
    }
    for (const one of all) {
      const own = open.get(one.node.path);
      if (own) {
        const lines = [...new Set(own.map(({ detail }) => detail))].map(
          (detail) =>
            `${own
              .filter((finding) => finding.detail === detail)
              .map(({ rule }) => rule)
              .join(', ')}: ${detail}`,
        );
        Annotations.of(one).addWarning(`baseline not met:\n  ${lines.join('\n  ')}`);
      }
    }
  }

  private found({ node }: IConstruct, rules: readonly string[], outcome: BaselineOutcome, detail: string): void {
    rules.forEach((rule) => this.findings.push({ rule, path: node.path, outcome, detail }));
  }
}

function channelsIn(all: IConstruct[]): (DlaMqNotification | DlaMnsNotification)[] {
  return all.filter((one) => one instanceof DlaMqNotification || one instanceof DlaMnsNotification);
}

/** A smoke test runs once DLA may send, by whatever policy. */
function waitFor({ resource }: SmokeTest, sending: Grant[], detached: TerraformResource[]): void {
  const stack = TerraformStack.of(resource);
  const address = ({ terraformResourceType, friendlyUniqueId }: TerraformResource) =>
    `${terraformResourceType}.${friendlyUniqueId}`;
  const gone = detached.map(address);
  const come = [...new Set(sending.flatMap(({ resources }) => resources))].filter(
    (one) => TerraformStack.of(one) === stack,
  );
  const addressOf = (name: string) => withReferences(resource, name).replace(/^\$\{(.*)\}$/, '$1');
  const remaining = (names: string[] = []) => names.filter((one) => !gone.includes(addressOf(one)));
  resource.dependsOn = [...remaining(resource.dependsOn), ...come.map(dependable)];
  const triggers = resource.lifecycle?.replaceTriggeredBy as string[] | undefined;
  resource.lifecycle = { ...resource.lifecycle, replaceTriggeredBy: remaining(triggers) };
}

function isInStack(construct: IConstruct): boolean {
  return construct.node.scopes.some((one) => TerraformStack.isStack(one));
}

function isInStackOf(one: IConstruct, other: IConstruct): boolean {
  return isInStack(one) && TerraformStack.of(one) === TerraformStack.of(other);
}

function stacksBelow(scope: IConstruct): TerraformStack[] {
  return scope.node.findAll().filter((one): one is TerraformStack => TerraformStack.isStack(one));
}
