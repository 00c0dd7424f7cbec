import { describe, expect, it } from 'vitest';
import { bool, num, str, stringMap, stringSet, typeTable } from '../../../lib/provider-schema/table';
import { planChange } from '../../../lib/local-cloud/terraform/plan';
import type { Resource } from '../../../lib/local-cloud/terraform/resource';
import { mergeState } from '../../../lib/local-cloud/terraform/state';
import { conform, UNKNOWN } from '../../../lib/local-cloud/terraform/values';

const table = typeTable({
  name: 'thing',
  attributes: {
    name: str({ optional: true, computed: true, forceNew: true }),
    old_name: str({ optional: true, computed: true, forceNew: true }),
    size: num({ optional: true, default: 3 }),
    note: str({ optional: true }),
    document: str({ optional: true, computed: true, equivalence: 'json' }),
    until: str({ optional: true, equivalence: 'instant' }),
    mode: str({ optional: true }),
    key: str({ optional: true, comparedIf: { mode: 'KMS' } }),
    users: stringSet({ optional: true, forceNew: true }),
    tags: stringMap({ optional: true }),
    force: bool({ optional: true }),
    version: str({ computed: true }),
  },
  blocks: {
    rule: {
      nesting: 'list',
      attributes: { id: str({ optional: true, computed: true }), days: num({ optional: true }) },
    },
    monitor: { nesting: 'list', maxItems: 1, computed: true, attributes: { status: str({ optional: true }) } },
    statement: { nesting: 'set', attributes: { effect: str({ required: true }) } },
  },
  timeouts: { create: '5m' },
});

const resource: Resource = {
  table,
  aliases: [['name', 'old_name']],
  unknownOnChange: { document: ['version'], statement: ['version'] },
  create: () => 'id',
  read: () => undefined,
  delete: () => {},
};

const plan = (config: object, prior?: object) =>
  planChange(resource, conform(table, config), prior ? conform(table, prior) : null);

/** A state in which every argument is as it was left out. */
const PRIOR = { id: '1', name: 'a', old_name: 'a', size: 3, version: 'v1', monitor: [{ status: 'Disabled' }] };

describe('planChange', () => {
  it('knows nothing of what the service computes before it is created', () => {
    const { planned, requiresReplace } = plan({ note: 'x' });
    expect(planned).toMatchObject({ id: UNKNOWN, version: UNKNOWN, name: UNKNOWN, monitor: UNKNOWN, note: 'x' });
    expect(requiresReplace).toEqual([]);
  });

  it('fills in defaults, and leaves the rest out', () => {
    expect(plan({}).planned).toMatchObject({ size: 3, note: null, tags: null, rule: [], timeouts: null });
  });

  it('is the state when nothing changed', () => {
    const { planned, requiresReplace } = plan({ name: 'a' }, PRIOR);
    expect(planned).toEqual(conform(table, PRIOR));
    expect(requiresReplace).toEqual([]);
  });

  it('writes what is set under one spelling under both', () => {
    expect(plan({ name: 'b' }).planned).toMatchObject({ name: 'b', old_name: 'b' });
    expect(plan({ old_name: 'b' }).planned).toMatchObject({ name: 'b', old_name: 'b' });
    expect(plan({ name: UNKNOWN }).planned).toMatchObject({ name: UNKNOWN, old_name: UNKNOWN });
  });

  it('replaces for a change of what cannot be changed, an unknown one included', () => {
    expect(plan({ name: 'b' }, PRIOR).requiresReplace).toEqual([['name'], ['old_name']]);
    expect(plan({ name: UNKNOWN }, PRIOR).requiresReplace).toEqual([['name'], ['old_name']]);
    expect(plan({ name: 'a', note: 'x' }, PRIOR).requiresReplace).toEqual([]);
  });

  it('does not mind the order in a set', () => {
    expect(plan({ users: ['x', 'y'] }, { ...PRIOR, users: ['y', 'x'] }).requiresReplace).toEqual([]);
    expect(plan({ users: ['x', 'z'] }, { ...PRIOR, users: ['y', 'x'] }).requiresReplace).toEqual([['users']]);
  });

  it('keeps what means the same, and takes what does not', () => {
    const prior = { ...PRIOR, document: '{"a": 1, "b": [1, 2]}', until: '2026-01-01T08:00:00+08:00' };
    expect(plan({ document: '{"b":[1,2],"a":1}', until: '2026-01-01T00:00:00Z' }, prior).planned).toMatchObject({
      document: prior.document,
      until: prior.until,
      version: 'v1',
    });
    expect(plan({ document: '{"b":[2,1],"a":1}' }, prior).planned).toMatchObject({
      document: '{"b":[2,1],"a":1}',
      version: UNKNOWN,
    });
    expect(plan({ document: '{"a"' }, { ...PRIOR, document: '{"a" ' }).planned.document).toBe('{"a"');
  });

  it('makes anew what depends on blocks that changed', () => {
    const prior = { ...PRIOR, statement: [{ effect: 'Allow' }, { effect: 'Deny' }] };
    expect(plan({ statement: [{ effect: 'Deny' }, { effect: 'Allow' }] }, prior).planned.version).toBe('v1');
    expect(plan({ statement: [{ effect: 'Deny' }] }, prior).planned.version).toBe(UNKNOWN);
    expect(plan({ statement: [{ effect: UNKNOWN }, { effect: 'Deny' }] }, prior).planned.version).toBe(UNKNOWN);
  });

  it('compares an argument only while it counts', () => {
    const prior = { ...PRIOR, key: 'k1' };
    expect(plan({ key: 'k2' }, prior).planned.key).toBe('k1');
    expect(plan({ key: 'k2', mode: 'KMS' }, prior).planned.key).toBe('k2');
  });

  it('knows the elements of a list again by their position', () => {
    const prior = { ...PRIOR, rule: [{ id: 'r1', days: 1 }] };
    const { planned } = plan({ rule: [{ days: 2 }, { days: 3 }] }, prior);
    expect(planned.rule).toEqual([
      { id: 'r1', days: 2 },
      { id: UNKNOWN, days: 3 },
    ]);
  });

  it('keeps blocks that the provider fills in, until the configuration sets them', () => {
    expect(plan({}, PRIOR).planned.monitor).toEqual([{ status: 'Disabled' }]);
    expect(plan({ monitor: [{ status: 'Enabled' }] }, PRIOR).planned.monitor).toEqual([{ status: 'Enabled' }]);
    expect(plan({ rule: UNKNOWN }, PRIOR).planned.rule).toBe(UNKNOWN);
  });
});

describe('mergeState', () => {
  const merge = (before: object, actual: object) => mergeState(table, conform(table, before), conform(table, actual));

  it('keeps what only the configuration knows', () => {
    const actual = { id: '1', name: 'a' };
    const before = conform(table, { force: true, timeouts: { create: '1m' }, note: UNKNOWN });
    expect(mergeState(table, before, actual)).toMatchObject({
      id: '1',
      force: true,
      note: null,
      timeouts: { create: '1m' },
    });
  });

  it('leaves out what was left out while the account has nothing there', () => {
    expect(merge({}, { note: '', tags: {} })).toMatchObject({ note: null, tags: null });
    expect(merge({ note: '' }, { note: null })).toMatchObject({ note: '' });
    expect(merge({}, { note: 'drift', tags: { a: 'b' } })).toMatchObject({ note: 'drift', tags: { a: 'b' } });
    expect(merge({ note: 'x' }, { note: '' })).toMatchObject({ note: '' });
  });

  it('keeps an empty value that means something', () => {
    expect(merge({}, { document: '', name: '' })).toMatchObject({ document: '', name: '' });
  });

  it('does so in blocks too', () => {
    expect(merge({ rule: [{ days: null }] }, { rule: [{ id: 'r1', days: 0 }, { days: 2 }] }).rule).toEqual([
      { id: 'r1', days: null },
      { id: null, days: 2 },
    ]);
  });
});
