import { describe, expect, it } from 'vitest';
import type { NamedReference } from '../../lib/cloud/named-reference';
import type { ComparedStack, RecordedResource } from '../../lib/check-plan/documents';
import { madeTwice, planConflicts } from '../../lib/check-plan/plan-conflicts';

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** Alias of its provider. */
  readonly alias?: string;
}

const PROVIDERS = [
  { region: 'cn-hangzhou' },
  { region: 'cn-shanghai', alias: 'sh' },
  { region: 'cn-hangzhou', alias: 'other', account_id: '2' },
  { region: '${var.region}', alias: 'unknown' },
];

function stack(
  name: string,
  resources: readonly Resource[],
  references: Readonly<Record<string, Omit<NamedReference, 'provider'> & { provider?: string }>> = {},
): ComparedStack {
  const configured = resources.filter(({ after }) => after);
  const fqn = (alias?: string) => (alias === undefined ? 'alicloud' : `alicloud.${alias}`);
  return {
    name,
    command: `terraform -chdir=out/${name}`,
    configuration: {
      provider: { alicloud: PROVIDERS },
      resource: Object.fromEntries(
        configured.map((one) => [one.type, { [one.name]: { ...one.after, provider: fqn(one.alias) } }]),
      ),
      '//': {
        references: Object.fromEntries(
          Object.entries(references).map(([by, one]) => [by, { provider: 'alicloud', ...one }]),
        ),
      },
    },
    plan: {
      resource_changes: resources.map(({ type, name: id, actions, before = null, after = null }) => ({
        ...{ address: `${type}.${id}`, mode: 'managed', type, name: id },
        change: { actions, before, after },
      })),
    },
    state: {
      resources: resources
        .filter(({ before }) => before)
        .map(({ type, name: id, alias }) => ({
          ...{ mode: 'managed', type, name: id },
          provider: `provider["registry.terraform.io/aliyun/alicloud"]${alias === undefined ? '' : `.${alias}`}`,
        })),
    },
  };
}

const QUEUE = 'alicloud_message_service_queue';
const lostQueue = (name: string, alias?: string): Resource => ({
  ...{ type: QUEUE, name: 'lost', actions: ['delete'], alias },
  before: { id: name, queue_name: name },
});
const madeQueue = (name: string, alias?: string, actions = ['create']): Resource => ({
  ...{ type: QUEUE, name: 'made', actions, alias },
  after: { queue_name: name },
});
const bucketPart = (part: string, name: string): Resource => ({
  ...{ type: `alicloud_oss_bucket${part}`, name: 'lost', actions: ['delete'] },
  before: { id: name, bucket: name },
});

describe('plans agree', () => {
  it.each<[string, ComparedStack[]]>([
    ['on nothing', []],
    ['where what goes is another', [stack('a', [lostQueue('q')], { 'a/r': { kind: 'queue', name: 'p' } })]],
    ['where what goes is of another kind', [stack('a', [lostQueue('q')], { 'a/r': { kind: 'topic', name: 'q' } })]],
    [
      'where it is in another region',
      [stack('a', [lostQueue('q', 'sh')], { 'a/r': { kind: 'queue', name: 'q' } }), stack('b', [madeQueue('q')])],
    ],
    [
      'where it is in another account',
      [stack('a', [lostQueue('q', 'other')], { 'a/r': { kind: 'queue', name: 'q' } }), stack('b', [madeQueue('q')])],
    ],
    [
      'where only an addition of a bucket goes',
      [stack('a', [bucketPart('_policy', 'b')], { 'a/r': { kind: 'bucket', name: 'b' } })],
    ],
    [
      'where it is replaced where it stands',
      [stack('a', [{ ...lostQueue('q'), actions: ['delete', 'create'], after: { queue_name: 'q' } }])],
    ],
    [
      'where a topic of the same name is on another instance',
      [
        stack('a', [
          {
            ...{ type: 'alicloud_ons_topic', name: 't', actions: ['delete'] },
            before: { id: 'I1:t', instance_id: 'I1', topic_name: 't' },
          },
          {
            ...{ type: 'alicloud_ons_topic', name: 'u', actions: ['create'] },
            after: { topic_name: 't', instance_id: '${alicloud_ons_instance.i.id}' },
          },
        ]),
      ],
    ],
  ])('%s', (_name, stacks) => {
    expect(planConflicts(stacks)).toEqual([]);
  });
});

describe('plans conflict', () => {
  it('where a stack refers to what another one destroys, which names all that goes with it', () => {
    const parts = ['', '_acl', '_public_access_block'].map((part) => bucketPart(part, 'b'));
    const stacks = [stack('a', parts), stack('b', [], { 'b/r': { kind: 'bucket', name: 'b' } })];
    const addresses = parts.map(({ type }) => `${type}.lost`);
    expect(planConflicts(stacks)).toEqual([
      `bucket b would be destroyed by ${addresses.join(', ')} of stack a, and b/r still refers to it: let the stack go on ` +
        `making it there, or forget it, by terraform -chdir=out/a state rm ${addresses.join(' ')} (or in the code of a, ` +
        `from Terraform 1.7: stack.addOverride('removed', ${JSON.stringify(addresses.map((from) => ({ from, lifecycle: { destroy: false } })))}))`,
    ]);
  });

  it.each<[string, string | undefined, Omit<NamedReference, 'provider'> & { provider?: string }]>([
    ['a region that is not known', 'unknown', { kind: 'queue', name: 'q', provider: 'alicloud.sh' }],
    ['a region that is given', 'sh', { kind: 'queue', name: 'q', region: 'cn-shanghai' }],
    ['a provider that is not there', 'sh', { kind: 'queue', name: 'q', provider: 'alicloud.gone' }],
  ])('with %s', (_name, alias, reference) => {
    expect(planConflicts([stack('a', [lostQueue('q', alias)], { 'a/r': reference })])).toHaveLength(1);
  });

  it.each([
    [
      ['create'],
      /^queue q .* and made by stack b at once: .* by terraform -chdir=out\/a state rm \S+\.lost && terraform -chdir=out\/b import \S+\.made q \(/,
    ],
    [
      ['no-op'],
      /^queue q .* and stack b has it, too: let a forget it, by terraform -chdir=out\/a state rm \S+\.lost \(/,
    ],
  ])('where another stack has it after %j', (actions, told) => {
    const stacks = [stack('a', [lostQueue('q')]), stack('b', [madeQueue('q', undefined, actions)])];
    expect(planConflicts(stacks)).toEqual([expect.stringMatching(told)]);
    // In any order of stacks.
    expect(planConflicts([...stacks].reverse())).toEqual(planConflicts(stacks));
  });

  describe('and tell commands that Terraform takes', () => {
    const compared = stack('a', [lostQueue('q')], { 'a/r': { kind: 'queue', name: 'q' } });
    const [change] = compared.plan.resource_changes!;
    const told = (
      { address, ...rest }: { address?: string; previous_address?: string },
      declared?: Readonly<Record<string, unknown>>,
    ) => {
      const { type, name } = change;
      const configuration = {
        ...compared.configuration,
        ...(declared && { resource: { [type]: { [name]: declared } } }),
      };
      const changes = [{ ...change, address: address ?? change.address, ...rest }];
      return planConflicts([{ ...compared, configuration, plan: { resource_changes: changes } }])[0];
    };
    const [indexed, kept] = [`${change.address}[0]`, { count: 0, provisioner: [{}] }];

    it('with an index, which no block of Terraform can forget', () => {
      expect(told({ address: indexed })).toMatch(/ forget it, by terraform \S+ state rm '\S+\[0]'$/);
    });

    it('of where the state has it, and a block for what is declared only to keep it', () => {
      const moved = { address: indexed, previous_address: change.address };
      expect(told(moved, kept)).toMatch(/ state rm [\w.]+ \(or in the code of a, .*"from":"[\w.]+","lifecycle"/);
    });

    it.each([{ count: 0 }, { queue_name: 'other' }])('and no block for what is still declared as %j', (declared) => {
      expect(told({}, declared)).toMatch(/ state rm [\w.]+$/);
    });
  });

  it.each([
    ['${var.team}-receipts', { team: { value: 'data' } }, 1],
    ['${var.team}-receipts', { team: { value: 'other' } }, 0],
    ['${var.team}-receipts', undefined, 0],
  ])('where %s is what the plan has for %j', (name, variables, count) => {
    const compared = stack('a', [lostQueue('data-receipts')], { 'a/r': { kind: 'queue', name } });
    expect(planConflicts([{ ...compared, plan: { ...compared.plan, variables } }])).toHaveLength(count);
  });
});

describe('what a plan makes, and another stack has', () => {
  const role = (account: string): RecordedResource => ({
    ...{ mode: 'managed', type: 'alicloud_ram_role', name: 'r' },
    instances: [{ attributes: { arn: `acs:ram::${account}:role/r` } }],
  });
  const inAccount = (one: ComparedStack, account: string | undefined): ComparedStack => ({
    ...one,
    state: { resources: [...(one.state.resources ?? []), ...(account === undefined ? [] : [role(account)])] },
  });
  const made: Resource = { ...madeQueue('q'), actions: ['create'] };
  const there: Resource = { ...madeQueue('q'), actions: ['no-op'] };
  const bucket: Resource = {
    ...{ type: 'alicloud_oss_bucket', name: 'b', actions: ['create'] },
    after: { bucket: 'data' },
  };

  it.each<[string | undefined, string | undefined, boolean[]]>([
    ['1', '1', [true]],
    ['1', '2', []],
    ['1', undefined, [false]],
    [undefined, '1', [false]],
  ])('in accounts %s and %s', (one, other, certain) => {
    const twice = madeTwice([inAccount(stack('a', [made]), one)], [inAccount(stack('b', [there]), other)]);
    expect(twice.map(({ isCertain }) => isCertain)).toEqual(certain);
  });

  it('is one thing in a new stack of an app whose account is known, and a bucket in any', () => {
    const others = [inAccount(stack('b', [there]), '1')];
    const app = [inAccount(stack('a', []), '1'), stack('new', [made])];
    expect(madeTwice(app, others)).toEqual([{ isCertain: true, text: expect.stringContaining('stack new') }]);
    const buckets = madeTwice([stack('a', [bucket])], [stack('b', [{ ...bucket, actions: ['no-op'] }])]);
    expect(buckets).toMatchObject([{ isCertain: true }]);
  });
});
