import { Token } from 'cdktf';
import { STORAGE_CLASSES } from '../../cloud/limits';
import type { Rule } from '../../cloud/rule';
import { areInOrder } from '../../cloud/storage-class';
import type {
  OssBucketLifecycleRule,
  OssBucketLifecycleRuleTransitions,
} from '../../provider-schema/gen/oss-bucket/index';
import { ossBucket } from '../../provider-schema/oss-bucket';
import { type PropertyError, checkAttribute, checkList, requireKnownAtSynth, valueText } from '../validation';
import { type StorageClass } from './storage-class';

/** A move of objects to a storage class that costs less to keep and more to read. */
export interface BucketTransition {
  /** Class that the objects are moved to, colder than the one they have. */
  readonly storageClass: StorageClass;

  /**
   * The move is made this many days after the last change of an object, or after a version was replaced. A colder class
   * comes later.
   */
  readonly afterDays: number;
}

/** What OSS does by itself with objects, by their age. */
export interface BucketLifecycleRule {
  /**
   * Start of the keys that the rule is for.
   *
   * @default - every object
   */
  readonly prefix?: string;

  /**
   * Objects are moved to colder classes. Archived ones have to be restored before anybody, DLA too, can read them.
   *
   * @default - they stay in the bucket's class
   */
  readonly transitions?: BucketTransition[];

  /**
   * Objects are deleted this many days after their last change, later than they are moved.
   *
   * @default - never
   */
  readonly expireAfterDays?: number;

  /**
   * Earlier versions are moved to colder classes. Of use with `versioned`.
   *
   * @default - they stay in their class
   */
  readonly oldVersionTransitions?: BucketTransition[];

  /**
   * Earlier versions are deleted this many days after they were replaced. Of use with `versioned`.
   *
   * @default - never
   */
  readonly expireOldVersionsAfterDays?: number;

  /**
   * Parts of an upload that was never completed are deleted after this many days.
   *
   * @default - never
   */
  readonly abortIncompleteUploadsAfterDays?: number;
}

const RULES = ossBucket.blocks.lifecycle_rule;
/** The provider does not limit days; OSS counts whole days from one. */
const PREFIX: Rule = { type: 'string' };
const DAYS: Rule = { type: 'number', range: [1, Infinity] };
/** Nothing is moved to the first, warmest class. */
const COLDER: Rule = { type: 'string', allowed: STORAGE_CLASSES.slice(1) };

const AGES = ['expireAfterDays', 'expireOldVersionsAfterDays', 'abortIncompleteUploadsAfterDays'] as const;
const MOVES = ['transitions', 'oldVersionTransitions'] as const;
const ACTIONS = [...MOVES, ...AGES] as const;

/** The rules as blocks of the bucket, and whether they may overlap. */
export function lifecycleBlocks(rules: BucketLifecycleRule[] | undefined): {
  lifecycleRule?: OssBucketLifecycleRule[];
  lifecycleRuleAllowSameActionOverlap?: boolean;
} {
  return {
    lifecycleRule: rules?.map((rule) => ({
      enabled: true,
      prefix: rule.prefix,
      transitions: moves(rule.transitions),
      expiration: days(rule.expireAfterDays),
      noncurrentVersionTransition: moves(rule.oldVersionTransitions),
      noncurrentVersionExpiration: days(rule.expireOldVersionsAfterDays),
      abortMultipartUpload: days(rule.abortIncompleteUploadsAfterDays),
    })),
    // OSS refuses two rules that would do the same to one object, unless it is told that this is meant.
    lifecycleRuleAllowSameActionOverlap: hasOverlap(rules ?? []) || undefined,
  };
}

function moves(
  transitions: BucketTransition[] | undefined,
): (OssBucketLifecycleRuleTransitions & { days: number })[] | undefined {
  return transitions?.map(({ storageClass, afterDays }) => ({ storageClass, days: afterDays }));
}

function days(count: number | undefined): { days: number }[] | undefined {
  return count === undefined ? undefined : [{ days: count }];
}

/** Whether an object may fall under two rules with the same action. */
function hasOverlap(rules: BucketLifecycleRule[]): boolean {
  return rules.some((one, index) =>
    rules.some(
      (other, at) =>
        at > index && prefixesOverlap(one, other) && ACTIONS.some((action) => has(one, action) && has(other, action)),
    ),
  );
}

function has(rule: BucketLifecycleRule, action: (typeof ACTIONS)[number]): boolean {
  return rule[action] !== undefined;
}

function prefixesOverlap(
  { prefix: one = '' }: BucketLifecycleRule,
  { prefix: other = '' }: BucketLifecycleRule,
): boolean {
  return Token.isUnresolved(one) || Token.isUnresolved(other) || one.startsWith(other) || other.startsWith(one);
}

/** What is wrong with rules; `at` is the name of their property. */
export function lifecycleErrors(rules: BucketLifecycleRule[] | undefined, at: string): PropertyError[] {
  const known = requireKnownAtSynth(at, rules);
  if (!Array.isArray(rules) || known.length > 0) {
    return known.length > 0 ? known : checkList(at, rules, () => []);
  }
  const tooMany: PropertyError[] =
    rules.length > RULES.maxItems
      ? [{ property: at, received: `${rules.length} rules`, allowed: `at most ${RULES.maxItems} rules` }]
      : [];
  return [
    ...tooMany,
    ...checkList(at, rules, (rule, property) => [
      ...checkAttribute(`${property}.prefix`, rule.prefix, PREFIX),
      ...AGES.flatMap((age) => checkAttribute(`${property}.${age}`, rule[age], DAYS)),
      ...moveErrors(rule.transitions, rule.expireAfterDays, `${property}.transitions`),
      ...moveErrors(rule.oldVersionTransitions, rule.expireOldVersionsAfterDays, `${property}.oldVersionTransitions`),
      ...(ACTIONS.some((action) => has(rule, action))
        ? []
        : [{ property, received: 'a rule without days', allowed: 'at least one of its ages' }]),
    ]),
    ...prefixErrors(rules, at),
  ];
}

function prefixErrors(rules: BucketLifecycleRule[], at: string): PropertyError[] {
  const prefixes = rules.map((rule) => rule?.prefix ?? '');
  return prefixes.flatMap((prefix, index) =>
    prefixes.indexOf(prefix) < index
      ? [
          {
            property: `${at}[${index}].prefix`,
            received: valueText(prefix),
            allowed: 'a prefix that no rule before has: put both into one rule',
          },
        ]
      : [],
  );
}

function moveErrors(
  transitions: BucketTransition[] | undefined,
  expireAfterDays: number | undefined,
  at: string,
): PropertyError[] {
  const unknown = requireKnownAtSynth(at, transitions);
  if (transitions === undefined || unknown.length > 0) {
    return unknown;
  }
  const errors = checkList(at, transitions, ({ storageClass, afterDays }, place) => [
    ...checkAttribute(`${place}.storageClass`, storageClass, COLDER),
    ...checkAttribute(`${place}.afterDays`, afterDays, DAYS),
  ]);
  if (errors.length > 0 || transitions.some((one) => Object.values(one).some((value) => Token.isUnresolved(value)))) {
    return errors;
  }
  const known =
    typeof expireAfterDays !== 'number' || Token.isUnresolved(expireAfterDays) ? undefined : expireAfterDays;
  const order = transitions.map(({ storageClass, afterDays }) => ({ storageClass, days: afterDays }));
  return areInOrder(order, known)
    ? []
    : [
        {
          property: at,
          received: [
            ...order.map(({ storageClass, days }) => `${storageClass} after ${days}`),
            ...(known === undefined ? [] : [`deletion after ${known}`]),
          ].join(', '),
          allowed: 'colder classes after more days, and deletion last',
        },
      ];
}
