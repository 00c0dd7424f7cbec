import { expect, it } from 'vitest';
import { planOfCode, type SynthesizedCode } from '../../lib/check-plan/code-plan';
import type { StateDocument, Values } from '../../lib/check-plan/documents';

const TOPIC = 'alicloud_ons_topic';

function state(...resources: readonly [name: string, attributes: Values, index?: number][]): StateDocument {
  return {
    resources: resources.map(([name, attributes, index]) => ({
      ...{ mode: 'managed', type: TOPIC, name },
      instances: [{ index_key: index, attributes }],
    })),
  };
}

const code = (resource: Readonly<Record<string, Values>>, rest: SynthesizedCode = {}): SynthesizedCode => ({
  resource: { [TOPIC]: resource },
  ...rest,
});

const MADE = { topic_name: 'orders', topic: 'orders', instance_id: 'I' };

it.each<[string, SynthesizedCode, StateDocument, string[]]>([
  ['what is as it was', code({ t: { topic_name: 'orders' } }), state(['t', MADE]), ['t: no-op']],
  ['what is new', code({ t: { topic_name: 'orders' } }), {}, ['t: create']],
  ['what is gone', code({}), state(['t', MADE]), ['t: delete']],
  ['what is not wanted', code({ t: { topic_name: 'orders', count: 0 } }), state(['t', MADE, 0]), ['t[0]: delete']],
  ['what has an index', code({ t: { topic_name: 'orders', count: 1 } }), state(['t', MADE, 0]), ['t[0]: no-op']],
  ['another name', code({ t: { topic_name: 'bills' } }), state(['t', MADE]), ['t: delete, create (topic_name)']],
  [
    'another name by its earlier attribute',
    code({ t: { topic: 'bills' } }),
    state(['t', MADE]),
    ['t: delete, create (topic_name)'],
  ],
  ['another instance', code({ t: { instance_id: 'J' } }), state(['t', MADE]), ['t: delete, create (instance_id)']],
  ['a name that is not known', code({ t: { topic_name: '${a.b.c}' } }), state(['t', MADE]), ['t: no-op']],
  ['another name of a variable', code({ t: { topic_name: '${var.name}' } }), state(['t', MADE]), ['t: no-op']],
  [
    'another name of a variable that the environment sets',
    code({ t: { topic_name: '${var.name}' } }, { variable: { name: { default: 'orders' } } }),
    state(['t', MADE]),
    ['t: delete, create (topic_name)'],
  ],
  [
    'what moves, and moves on',
    code(
      { v: {} },
      { moved: ['t', 'u'].map((from, index) => ({ from: `${TOPIC}.${from}`, to: `${TOPIC}.${'uv'[index]}` })) },
    ),
    state(['t', MADE]),
    ['v: no-op'],
  ],
  [
    'what is forgotten',
    code({}, { removed: [{ from: `${TOPIC}.t`, lifecycle: { destroy: false } }] }),
    state(['t', MADE]),
    ['t: forget'],
  ],
  [
    'what a module made',
    code({}),
    { resources: [{ module: 'module.m', mode: 'managed', type: TOPIC, name: 't', instances: [{ attributes: MADE }] }] },
    ['module.m.t: no-op'],
  ],
  [
    'what is removed, and destroyed',
    code({}, { removed: [{ from: `${TOPIC}.t` }] }),
    state(['t', MADE]),
    ['t: delete'],
  ],
])('%s', (_name, configuration, recorded, expected) => {
  const { resource_changes: changes = [] } = planOfCode(configuration, recorded, { TF_VAR_name: 'bills' });
  expect(
    changes.map(({ address, change }) => {
      const paths = change.replace_paths === undefined ? '' : ` (${change.replace_paths.flat().join()})`;
      return `${address.replace(`${TOPIC}.`, '')}: ${change.actions.join(', ')}${paths}`;
    }),
  ).toEqual(expected);
});

it.each<[string, SynthesizedCode['variable'], Readonly<Record<string, string>>, unknown]>([
  ['the environment', { name: { default: 'a' } }, { TF_VAR_name: 'b' }, 'b'],
  ['its default', { name: { default: 'a' } }, {}, 'a'],
  ['nothing', { name: {} }, {}, undefined],
  [
    'an option',
    { name: { default: 'a' } },
    { TF_VAR_name: 'b', TF_CLI_ARGS_plan: '-parallelism=2 -var name=c' },
    undefined,
  ],
  ['a file', { name: { default: 'a' } }, { TF_CLI_ARGS: '-var-file=c.tfvars' }, undefined],
  ['its default, and other options', { name: { default: 'a' } }, { TF_CLI_ARGS_plan: '-target=a.my-var' }, 'a'],
])('tells a variable that is given by %s', (_name, variable, env, expected) => {
  expect(planOfCode({ variable }, {}, env).variables?.name?.value).toBe(expected);
});
