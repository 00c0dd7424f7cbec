import { type App, type TerraformStack, Testing } from 'cdktf';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MqInstance, RamUser } from '../../../lib/index';
import { type GrantedActions, distribute, policiesNeeded } from '../../../lib/constructs/ram/distribution';
import { defaultName } from '../../../lib/constructs/default-name';
import { RamPolicy } from '../../../lib/provider-schema/gen/ram-policy/index';
import { RamUserPolicyAttachment } from '../../../lib/provider-schema/gen/ram-user-policy-attachment/index';
import type { Account } from '../../../lib/local-cloud/account/account';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { scratchFolder } from '../../scratch';
import { resources, testStack } from '../../synth';
import { type Configuration, GrowingApp } from '../growth/growing-app';

const same = (resource: string) => resource;

/** A permission for each number: two actions, as those of topics and groups. */
function permissions(numbers: readonly number[]): GrantedActions[] {
  return [0, 1].map((kind) => ({
    actions: [kind === 0 ? 'mq:PUB' : 'mq:SUB'],
    resources: numbers.filter((one) => one % 2 === kind).map((one) => `acs:mq:*:*:MQ_INST_1_a%${'t'.repeat(40)}${one}`),
  }));
}

function placesOf(granted: GrantedActions[]): Map<string, number> {
  const policies = distribute(granted, policiesNeeded(granted, same), same);
  return new Map(
    policies.flatMap((policy, number) =>
      policy.flatMap(({ actions, resources: names }) =>
        names.map((name) => [`${actions.join()} ${name}`, number] as const),
      ),
    ),
  );
}

const numbers = fc.uniqueArray(fc.nat(2000), { maxLength: 400, size: 'max' });

describe('permissions of several policies', () => {
  it('are each in one, whatever their order', () => {
    fc.assert(
      fc.property(
        numbers.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const places = placesOf(permissions(all));
          expect(places.size).toBe(all.length);
          expect(new Map([...placesOf(permissions(shuffled))].sort())).toEqual(new Map([...places].sort()));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('stay, or move between a policy that remains and one with a higher number that comes or goes', () => {
    fc.assert(
      fc.property(numbers, numbers, (some, others) => {
        const [before, after] = [some, others].map((all) => placesOf(permissions(all)));
        const [was, is] = [before, after].map((places) => Math.max(0, ...places.values()));
        for (const [permission, from] of before) {
          const to = after.get(permission);
          expect(
            to === undefined || to === from || (to > from && to > was) || (to < from && from > is),
            `${permission} from ${from} of ${was} to ${to} of ${is}`,
          ).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

const NAMES = Array.from({ length: 130 }, (_, index) => `orders_${'x'.repeat(50)}_${index}`);

/** A stack that lets a user send to topics of an instance that is made elsewhere. */
function stackOf(names: readonly string[], app?: App): TerraformStack {
  const stack = testStack('receipts', app);
  const user = RamUser.fromUserName(stack, 'user', 'sender');
  const instanceId = 'MQ_INST_1234567890123456_BXXXXXXX';
  const instance = MqInstance.fromInstanceAttributes(stack, 'mq', { instanceId, endpoints: {} });
  names.forEach((topicName) => instance.addTopic(topicName, { topicName }).grantPublish(user));
  return stack;
}

it('documents of several policies do not depend on the order of code', () => {
  const documents = (names: readonly string[]) =>
    resources(stackOf(names), 'alicloud_ram_policy').map((one) => [one.policy_name, one.policy_document]);
  const known = documents(NAMES);
  expect(known.length).toBeGreaterThan(2);
  fc.assert(
    fc.property(fc.shuffledSubarray(NAMES, { minLength: NAMES.length }), (shuffled) => {
      expect(documents(shuffled)).toEqual(known);
    }),
    { numRuns: 3 },
  );
});

describe.skipIf(!hasTerraform)('deployed policies', { timeout: 120_000 }, () => {
  /** Topics that the user may send to. */
  function allowed({ ram }: Account): string[] {
    const documents = ram
      .listAttachedPolicies('user', 'sender')
      .map(({ policy }) => policy.versions.find(({ versionId }) => versionId === policy.defaultVersion)!.document);
    return NAMES.filter((name) => documents.some((document) => document.includes(`%${name}"`)));
  }

  /** What was allowed after each call that changes policies. */
  function watched(account: Account): string[][] {
    const seen: string[][] = [];
    const calls = ['createPolicyVersion', 'attachPolicy', 'detachPolicy', 'deletePolicy'] as const;
    for (const name of calls) {
      const call = account.ram[name].bind(account.ram) as (...all: unknown[]) => unknown;
      Object.assign(account.ram, {
        [name]: (...all: unknown[]) => {
          const result = call(...all);
          seen.push(allowed(account));
          return result;
        },
      });
    }
    return seen;
  }

  /** Grants alone: topics would only take time. */
  function policiesOf(names: readonly string[]): Configuration {
    const { resource, ...rest } = JSON.parse(Testing.synth(stackOf(names))) as Configuration & {
      resource: Record<string, object>;
    };
    const { alicloud_ram_policy: policy, alicloud_ram_user_policy_attachment: attachment } = resource;
    return {
      ...rest,
      terraform: { ...rest.terraform, backend: undefined },
      resource: { alicloud_ram_policy: policy, alicloud_ram_user_policy_attachment: attachment },
    };
  }

  async function open(): Promise<GrowingApp> {
    const growing = await GrowingApp.open(scratchFolder());
    onTestFinished(() => growing.close());
    growing.account.ram.createUser({ userName: 'sender' });
    return growing;
  }

  async function apply(growing: GrowingApp, receipts: Configuration): Promise<string[]> {
    const { runs } = await growing.apply({ receipts });
    expect(runs.receipts.errors).toEqual([]);
    return runs.receipts.changes;
  }

  /** The largest number of topics whose policies are fewer than those of one topic more. */
  function lastOf(policies: number): number {
    const sizeOf = (count: number) => resources(stackOf(NAMES.slice(0, count)), 'alicloud_ram_policy').length;
    let [low, high] = [1, NAMES.length];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      [low, high] = sizeOf(middle) <= policies ? [middle, high] : [low, middle];
    }
    return low;
  }

  it.each([1, 2])('that become more than %i, and as many again, leave nothing out at any moment', async (policies) => {
    const growing = await open();
    const few = NAMES.slice(0, lastOf(policies));
    const more = NAMES.slice(0, few.length + 1);
    await apply(growing, policiesOf(few));
    const seen = watched(growing.account);
    for (const names of [more, few]) {
      const changes = await apply(growing, policiesOf(names));
      expect(changes.filter((one) => /: (create|delete)$/.test(one)).length).toBeGreaterThan(0);
      expect(seen.splice(0).flatMap((one) => few.filter((name) => !one.includes(name)))).toEqual([]);
      expect(allowed(growing.account)).toEqual(names);
    }
  });

  /** What version 0.1 made: one policy filled after the other, in the order of code. */
  function formerPoliciesOf(names: readonly string[]): Configuration {
    const stack = testStack();
    const grants = JSON.parse(
      resources(stackOf(names.slice(0, 1)), 'alicloud_ram_policy')[0].policy_document as string,
    ) as { Statement: { Resource: string[] }[] };
    const [of] = grants.Statement.flatMap(({ Resource }) => Resource).filter((one) => one.endsWith(names[0]));
    for (let number = 0; number * 40 < names.length; number += 1) {
      const scope = new Construct(stack, number === 0 ? 'Grants-user-sender' : `Grants-user-sender-${number + 1}`);
      const Resource = names.slice(number * 40, (number + 1) * 40).map((name) => of.replace(names[0], name));
      const { policyName } = new RamPolicy(scope, 'Resource', {
        policyName: defaultName(scope, 'dla-', '-', 128),
        policyDocument: JSON.stringify({
          Version: '1',
          Statement: [{ Effect: 'Allow', Action: ['mq:PUB'], Resource }],
        }),
      });
      new RamUserPolicyAttachment(scope, 'Attachment', { policyName, policyType: 'Custom', userName: 'sender' });
    }
    return JSON.parse(Testing.synth(stack)) as Configuration;
  }

  const policyNames = ({ account }: GrowingApp) =>
    account.ram.listPolicies('Custom').map(({ policyName }) => policyName);

  it('of version 0.1 give their places to those of today, and leave nothing out at any moment', async () => {
    const growing = await open();
    const names = NAMES.slice(0, 100);
    await apply(growing, formerPoliciesOf(names));
    const before = allowed(growing.account);
    expect(before).toEqual(names);
    const formerly = policyNames(growing);
    const seen = watched(growing.account);
    await apply(growing, policiesOf(names));
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.flatMap((one) => before.filter((name) => !one.includes(name)))).toEqual([]);
    expect(policyNames(growing).filter((name) => formerly.includes(name))).toHaveLength(1);
    expect(await apply(growing, policiesOf(names))).toEqual([]);
  });
});
