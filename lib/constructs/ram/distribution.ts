import { isMnsArn } from '../../cloud/arn';
import { MAX_POLICY_LENGTH } from '../../cloud/limits';
import { QUEUE_NAME, TOPIC_NAME } from '../../cloud/names';
import { fnv1a } from '../default-name';

/** Actions that a grant gives, and on what. */
export interface GrantedActions {
  readonly actions: string[];
  readonly resources: string[];
}

/** A name or id that Terraform knows only after the apply. */
const TOKEN = /\$\{TfToken\[TOKEN\.\d+\]\}/g;

/** The longest name that a token may stand for: an SMQ (formerly MNS) queue's, or else a topic's or group's. */
const LONGEST_NAME = { mns: 'x'.repeat(QUEUE_NAME.length[1]), others: 'x'.repeat(TOPIC_NAME.length[1]) };

/** Equal actions share a statement, which names each thing once. */
export function merge(given: readonly GrantedActions[]): GrantedActions[] {
  const merged = new Map<string, { actions: string[]; resources: Set<string> }>();
  for (const { actions, resources } of given) {
    const key = actions.join();
    const known = merged.get(key) ?? { actions, resources: new Set() };
    merged.set(key, known);
    resources.forEach((one) => known.resources.add(one));
  }
  return [...merged.values()]
    .filter(({ resources }) => resources.size > 0)
    .map(({ actions, resources }) => ({ actions, resources: [...resources] }));
}

export function policyDocument(given: readonly GrantedActions[]): string {
  return JSON.stringify({
    Version: '1',
    Statement: given.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
  });
}

/** Whether a policy stays within RAM's limit, whatever the names turn out to be. */
function fits(given: readonly GrantedActions[]): boolean {
  const longest = given.map(({ actions, resources }) => ({
    actions,
    resources: resources.map((one) => one.replace(TOKEN, isMnsArn(one) ? LONGEST_NAME.mns : LONGEST_NAME.others)),
  }));
  return policyDocument(longest).length <= MAX_POLICY_LENGTH;
}

/**
 * Spreads what is granted over a number of policies by rendezvous hashing: each permission is in the policy that it
 * scores highest with. So its place does not depend on the order of code or on the others, and with one more policy a
 * permission stays where it is or goes to the new one.
 *
 * @param granted merged
 * @param identity tells a resource from others, the same at each synth
 */
export function distribute(
  granted: readonly GrantedActions[],
  size: number,
  identity: (resource: string) => string,
): GrantedActions[][] {
  if (size === 1) {
    return [[...granted]];
  }
  const policies = Array.from({ length: size }, (): GrantedActions[] => []);
  for (const { actions, resources } of granted) {
    for (const resource of resources) {
      const hash = Number.parseInt(fnv1a(`${actions.join()} ${identity(resource)}`), 16);
      const scores = policies.map((_, number) => mixed(hash + Math.imul(number + 1, 0x9e3779b9)));
      policies[scores.indexOf(Math.max(...scores))].push({ actions, resources: [resource] });
    }
  }
  return policies.map(merge);
}

/** How many policies it takes. A single permission is shorter than a policy may be, so that there is an end. */
export function policiesNeeded(granted: readonly GrantedActions[], identity: (resource: string) => string): number {
  let size = 1;
  while (!distribute(granted, size, identity).every(fits)) {
    size += 1;
  }
  return size;
}

/** The last steps of MurmurHash3, after which each bit of the input has changed half of the output's. */
function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
