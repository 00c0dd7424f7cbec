import { isDay } from '../../cloud/day';
import { STORAGE_CLASSES } from '../../cloud/limits';
import { areInOrder } from '../../cloud/storage-class';
import { CloudError } from './cloud-error';
import { excerpt } from './excerpt';
import { invalidArgument } from './oss-error';
import type { BucketSettings, LifecycleExpiration, LifecycleRule } from './oss-types';
import { checkRuleTags } from './tag-rules';

const MAX_RULES = 1000;
const MAX_ID_BYTES = 255;
const LIFECYCLE_ACTIONS = ['expiration', 'noncurrentVersionExpiration', 'abortMultipartUpload'] as const;

/**
 * Rules of one prefix, and rules of one action whose prefixes overlap, are refused. Assumption: rules that are switched
 * off or go by tags or sizes too are told apart by these.
 */
export function checkLifecycle({ lifecycleRules = [], allowSameActionOverlap }: Partial<BucketSettings>): void {
  if (lifecycleRules.length > MAX_RULES) {
    throw new CloudError('MalformedXML', `expected up to ${MAX_RULES} Rule elements, got ${lifecycleRules.length}`);
  }
  const ids = new Set<string>();
  lifecycleRules.forEach((rule) => {
    checkRuleTags(rule.tags);
    checkRule(rule);
    checkTransitions(rule);
    if (ids.has(rule.id)) {
      throw new CloudError('InvalidArgument', `two lifecycle rules have the id ${excerpt(rule.id)}`);
    }
    ids.add(rule.id);
  });
  const plain = lifecycleRules.filter(
    ({ enabled, tags, filter }) => enabled && !filter && Object.keys(tags).length === 0,
  );
  plain.forEach((one, index) => {
    for (const other of plain.slice(index + 1)) {
      if (one.prefix === other.prefix && !allowSameActionOverlap) {
        throw new CloudError('InvalidArgument', `two lifecycle rules have the prefix ${JSON.stringify(one.prefix)}`);
      }
      const action = LIFECYCLE_ACTIONS.find((name) => one[name] && other[name]);
      if (
        action &&
        !allowSameActionOverlap &&
        (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix))
      ) {
        throw new CloudError(
          'InvalidArgument',
          `Overlap for same action type ${action[0].toUpperCase()}${action.slice(1)}`,
        );
      }
    }
  });
}

/**
 * Source: PutBucketLifecycle, elements. Assumption: the code is InvalidArgument.
 *
 * @throws CloudError InvalidArgument
 */
function checkRule(rule: LifecycleRule): void {
  const error = ruleError(rule);
  if (error !== undefined) {
    throw new CloudError('InvalidArgument', `the lifecycle rule ${excerpt(rule.id)}: ${error}`);
  }
}

function ruleError(rule: LifecycleRule): string | undefined {
  const idBytes = Buffer.byteLength(rule.id);
  if (idBytes > MAX_ID_BYTES) {
    return `ID: expected up to ${MAX_ID_BYTES} bytes, got ${idBytes}`;
  }
  const actions: LifecycleExpiration[] = [
    rule.expiration,
    rule.abortMultipartUpload,
    rule.noncurrentVersionExpiration,
    ...rule.transitions,
    ...rule.noncurrentVersionTransitions,
  ].filter((one) => one !== undefined);
  if (actions.length === 0) {
    return 'expected at least one of Expiration, AbortMultipartUpload, Transition and those of noncurrent versions, got none';
  }
  for (const { days, date, createdBeforeDate, expiredObjectDeleteMarker } of actions) {
    const moment = date ?? createdBeforeDate;
    if (days === undefined && moment === undefined && expiredObjectDeleteMarker === undefined) {
      return 'expected days or a date for each action, got neither';
    }
    if (days !== undefined && days < 1) {
      return `days: expected a whole number from 1, got ${days}`;
    }
    if (moment !== undefined && !isMidnight(moment)) {
      return `date: expected midnight in UTC, such as 2030-01-31T00:00:00.000Z, got ${excerpt(moment)}`;
    }
  }
  return undefined;
}

/** Terraform gives the day alone. */
function isMidnight(moment: string): boolean {
  return isDay(moment.replace(/T00:00:00(\.0+)?Z$/, ''));
}

/** Colder classes come later. @throws CloudError InvalidRequest or InvalidArgument */
function checkTransitions(rule: LifecycleRule): void {
  const { id, expiration, transitions, noncurrentVersionTransitions } = rule;
  for (const { storageClass } of [...transitions, ...noncurrentVersionTransitions]) {
    if (!STORAGE_CLASSES.includes(storageClass)) {
      throw invalidArgument('StorageClass', storageClass, `one of ${STORAGE_CLASSES.join(', ')}`);
    }
  }
  const times = [expiration, ...transitions].filter((one) => one !== undefined);
  if (times.some(({ days }) => days !== undefined) && times.some(({ createdBeforeDate }) => createdBeforeDate)) {
    throw new CloudError('InvalidRequest', `the lifecycle rule ${id} goes by days and by dates: expected one of them`);
  }
  if (
    !areInOrder(transitions, expiration?.days) ||
    !areInOrder(noncurrentVersionTransitions, rule.noncurrentVersionExpiration?.days)
  ) {
    throw new CloudError(
      'InvalidArgument',
      `the lifecycle rule ${id} must move objects to IA, Archive, ColdArchive and DeepColdArchive in this order of days, and ` +
        'delete them after that',
    );
  }
}
