import { decode } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { dataSourceTables, resourceTables } from '../../lib/provider-schema/index';
import type { Attribute, Block, TypeSchema, ValueType } from '../../lib/provider-schema/table';
import type { RpcCall } from '../../lib/local-cloud/terraform/wire';
import {
  type Answer,
  connectProvider,
  packed,
  proposedState,
  wholeConfig,
} from '../../test/local-cloud/terraform/provider-client';
import { word } from './hostile-inputs';
import { BATCH, type Fuzzer, type FuzzTarget, POLICY, REGION, THERE, TRUST } from './target';

/** A value of a type; most that have a meaning for their name make sense. */
function valueOf(name: string, attribute: Attribute, target: FuzzTarget): fc.Arbitrary<unknown> {
  const { allowed } = attribute as { allowed?: readonly string[] };
  const known: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    bucket: fc.constantFrom(THERE.bucket, 'fuzz-terraform'),
    instance_id: fc.constant(target.instanceId),
    role_name: fc.constantFrom(THERE.role, 'fuzz-terraform'),
    user_name: fc.constantFrom(THERE.user),
    policy_name: fc.constantFrom(THERE.policy, 'fuzz-terraform'),
    queue_name: fc.constantFrom(THERE.queue, 'fuzz-terraform'),
    group_name: fc.constantFrom(THERE.tcpGroup, 'GID_fuzz-terraform'),
    topic: fc.constantFrom(THERE.topic, 'fuzz-terraform'),
    topic_name: fc.constantFrom(THERE.topic, 'fuzz-terraform'),
    name: fc.constantFrom('fuzz-terraform', 'fuzz-terraform-2'),
    document: fc.constantFrom(POLICY, TRUST),
    policy: fc.constant(POLICY),
    policy_document: fc.constant(POLICY),
    assume_role_policy_document: fc.constant(TRUST),
    name_regex: fc.constantFrom('^fuzz', '(a+)+$', '('),
    key: fc.constantFrom('key', 'a/b'),
    content: fc.constantFrom('content', ''),
  };
  const ofType = (type: ValueType): fc.Arbitrary<unknown> => {
    switch (type) {
      case 'string':
        return allowed ? fc.constantFrom(...allowed) : word;
      case 'number':
        return fc.oneof(fc.constantFrom(0, 1, 30, 3600), fc.integer());
      case 'bool':
        return fc.boolean();
      default:
        return type[0] === 'map'
          ? fc.dictionary(fc.constantFrom('k', 'env'), word, { noNullPrototype: true, maxKeys: 2 })
          : type[0] === 'object'
            ? fc.constant({})
            : fc.array(ofType(type[1]), { maxLength: 2 });
    }
  };
  const likely = attribute.type === 'string' ? known[name] : undefined;
  return likely
    ? fc.oneof({ weight: 9, arbitrary: likely }, { weight: 1, arbitrary: ofType(attribute.type) })
    : ofType(attribute.type);
}

function configOf(
  { attributes, blocks = {} }: Pick<Block, 'attributes' | 'blocks'>,
  target: FuzzTarget,
): fc.Arbitrary<Record<string, unknown>> {
  const given = Object.entries(attributes).filter(([, { required, optional }]) => required || optional);
  return fc.record({
    ...Object.fromEntries(
      given.map(([name, attribute]) => [
        name,
        attribute.required
          ? valueOf(name, attribute, target)
          : fc.oneof(
              { weight: 3, arbitrary: fc.constant(null) },
              { weight: 1, arbitrary: valueOf(name, attribute, target) },
            ),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(blocks).map(([name, block]) => [
        name,
        fc.oneof(
          { weight: 2, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: fc.array(configOf(block, target), { maxLength: 2 }) },
        ),
      ]),
    ),
  });
}

/** A fault of ours would come as one of these. */
const FAULT = /TypeError|RangeError|Cannot read|is not a function|is not iterable|undefined|InternalError/;

function checked(what: string, answer: Answer): Answer {
  const fault = answer.diagnostics.find(({ detail, summary }) => FAULT.test(`${summary} ${detail}`));
  if (fault) {
    throw new Error(`${what}: ${fault.summary}: ${fault.detail}`);
  }
  return answer;
}

/** Plans, applies, reads, imports and destroys resources; reads data sources. */
function terraformProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  const { call } = connectProvider(target.terraformPort);
  const configured = call('Configure', {
    terraform_version: '1.5.0',
    config: packed({ access_key: target.accessKeyId, secret_key: target.accessKeySecret, region: REGION }),
  });
  const resource = fc
    .constantFrom(...resourceTables)
    .chain((schema) => fc.tuple(fc.constant(schema), configOf(schema, target)));
  const dataSource = fc
    .constantFrom(...dataSourceTables)
    .chain((schema) => fc.tuple(fc.constant(schema), configOf(schema, target)));
  const apply = async (schema: TypeSchema, config: Record<string, unknown>): Promise<void> => {
    const type_name = schema.name;
    const whole = wholeConfig(schema, config);
    const ask = async (name: RpcCall, request: object) =>
      checked(`${name} ${type_name} ${JSON.stringify(config)}`, await call(name, { type_name, ...request }));
    await ask('ValidateResourceTypeConfig', { config: packed(whole) });
    const planned = (await ask('PlanResourceChange', {
      prior_state: packed(null),
      proposed_new_state: packed(proposedState(schema, config)),
      config: packed(whole),
    })) as Answer & { planned_state?: { msgpack: Uint8Array }; planned_private?: Uint8Array };
    if (planned.diagnostics.length || !planned.planned_state?.msgpack?.length) {
      return;
    }
    const applied = (await ask('ApplyResourceChange', {
      prior_state: packed(null),
      planned_state: planned.planned_state,
      config: packed(whole),
      planned_private: planned.planned_private,
    })) as Answer & { new_state?: { msgpack: Uint8Array } };
    const state = applied.new_state;
    if (!state?.msgpack?.length) {
      return;
    }
    const values = decode(state.msgpack) as Record<string, unknown> | null;
    if (values === null) {
      return;
    }
    await ask('ReadResource', { current_state: state });
    await ask('PlanResourceChange', { prior_state: state, proposed_new_state: state, config: packed(whole) });
    await ask('ImportResourceState', { id: String(values.id) });
    await ask('ApplyResourceChange', { prior_state: state, planned_state: packed(null), config: packed(null) });
  };
  return fc.asyncProperty(
    fc.array(fc.oneof({ weight: 3, arbitrary: resource }, { weight: 1, arbitrary: dataSource }), {
      minLength: BATCH,
      maxLength: BATCH,
    }),
    async (inputs) => {
      await configured;
      for (const [schema, config] of inputs) {
        if (resourceTables.includes(schema)) {
          await apply(schema, config);
        } else {
          const whole = {
            ...Object.fromEntries(Object.keys(schema.attributes).map((name) => [name, null])),
            ...config,
          };
          const request = { type_name: schema.name, config: packed(whole) };
          const { diagnostics } = checked(schema.name, await call('ValidateDataSourceConfig', request));
          if (!diagnostics.length) {
            checked(schema.name, await call('ReadDataSource', request));
          }
        }
      }
    },
  );
}

export const TERRAFORM_FUZZERS: readonly Fuzzer[] = [
  { name: 'Terraform: plans', share: 5, property: terraformProperty },
];
