import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataSourceTables, provider, resourceTables } from '../../lib/provider-schema/index';
import { REGIONS } from '../../lib/cloud/regions';
import { PROVIDER_ADDRESS, providerSchema } from '../../lib/provider-schema/schema';
import { schemaDifferences } from '../../lib/provider-schema/schema-differences';
import type { Attribute, Block, TypeSchema } from '../../lib/provider-schema/table';

type Container = Pick<Block, 'attributes' | 'blocks'>;

/** Calls `visit` for a table and for each block in it. */
function visitContainers(table: Container, path: string, visit: (path: string, container: Container) => void): void {
  visit(path, table);
  for (const [name, block] of Object.entries(table.blocks ?? {})) {
    visitContainers(block, `${path}.${name}`, visit);
  }
}

const allTables: readonly TypeSchema[] = [provider, ...resourceTables, ...dataSourceTables];

describe('the tables', () => {
  it('have unique names', () => {
    for (const tables of [resourceTables, dataSourceTables]) {
      expect(new Set(tables.map((table) => table.name)).size).toBe(tables.length);
    }
  });

  it('contradict themselves nowhere', () => {
    const contradictions: string[] = [];
    const check = (path: string, { attributes, blocks = {} }: Container) => {
      for (const [name, fact] of Object.entries<Attribute>(attributes)) {
        const others = [...(fact.conflictsWith ?? []), ...(fact.requiredWith ?? [])];
        const wrong = [
          fact.required && (fact.optional || fact.computed) && 'required and not required',
          !fact.required && !fact.optional && !fact.computed && 'neither argument nor attribute',
          fact.default !== undefined && (!fact.optional || fact.computed) && 'a default for what is not just optional',
          fact.default !== undefined && fact.allowed?.includes(fact.default as string) === false && 'default refused',
          fact.default !== undefined && typeof fact.default !== jsType(fact) && 'default of another type',
          fact.length && fact.length[0] > fact.length[1] && 'length',
          fact.range && fact.range[0] > fact.range[1] && 'range',
          others.some((other) => !(other in attributes) && !(other in blocks)) && 'names an unknown argument',
        ];
        contradictions.push(...wrong.filter(Boolean).map((what) => `${path}.${name}: ${what}`));
      }
    };
    for (const table of allTables) {
      visitContainers(table, table.name, check);
    }
    expect(contradictions).toEqual([]);
  });

  it('mark both spellings of a renamed argument as conflicting', () => {
    for (const [table, old, current] of [
      ['alicloud_ons_instance', 'name', 'instance_name'],
      ['alicloud_ons_topic', 'topic', 'topic_name'],
      ['alicloud_ons_group', 'group_id', 'group_name'],
      ['alicloud_ram_role', 'name', 'role_name'],
      ['alicloud_ram_policy', 'name', 'policy_name'],
    ]) {
      const { attributes } = resourceTables.find(({ name }) => name === table)!;
      expect(attributes[old]).toMatchObject({ deprecated: true, conflictsWith: [current] });
      expect(attributes[current]).toMatchObject({ conflictsWith: [old] });
    }
  });

  it('list each region once', () => {
    expect(new Set(REGIONS).size).toBe(REGIONS.length);
    expect(REGIONS).toContain('cn-hangzhou');
  });
});

function jsType({ type }: Attribute): string {
  return type === 'bool' ? 'boolean' : String(type);
}

describe('the tables and the real provider', () => {
  it('have the same schema', (ctx) => {
    const file = process.env.ALICLOUD_SCHEMA_FILE;
    if (!file) {
      return ctx.skip('ALICLOUD_SCHEMA_FILE does not name the output of `terraform providers schema -json`');
    }
    const real = JSON.parse(fs.readFileSync(file, 'utf8')).provider_schemas[PROVIDER_ADDRESS];
    expect(schemaDifferences(providerSchema(), real)).toEqual([]);
  });

  it('have the same limits and defaults', (ctx) => {
    const file = process.env.ALICLOUD_OVERLAY_FILE;
    if (!file) {
      return ctx.skip('ALICLOUD_OVERLAY_FILE does not name a file of facts that the schema leaves out');
    }
    const overlay = JSON.parse(fs.readFileSync(file, 'utf8'));
    const differences: string[] = [];
    const compare = (path: string, container: Container, facts: { [name: string]: OverlayFacts }) => {
      for (const [name, fact] of Object.entries(facts)) {
        const attribute = container.attributes[name];
        const block = container.blocks?.[name];
        if (block && fact.attributes) {
          compare(`${path}.${name}`, block, fact.attributes);
        }
        const ours = JSON.stringify(block ? blockFacts(block) : attributeFacts(attribute));
        const theirs = JSON.stringify(overlayFacts(fact, Boolean(block)));
        if (ours !== theirs) {
          differences.push(`${path}.${name}: ${ours} in the table, ${theirs} in the provider`);
        }
      }
    };
    compare('provider', provider, overlay.provider);
    for (const table of resourceTables) {
      const facts = overlay.resources[table.name];
      if (facts) {
        compare(table.name, table, facts.attributes);
        expect(Boolean(table.importable), `${table.name} importable`).toBe(facts.import);
        expect(table.timeouts ?? {}, `${table.name} timeouts`).toEqual(facts.timeouts);
      }
    }
    expect(differences).toEqual([]);
  });
});

interface OverlayFacts {
  forceNew?: boolean;
  default?: unknown;
  allowed?: unknown[];
  ignoreCase?: boolean;
  length?: number[];
  range?: number[];
  min?: number;
  regex?: string;
  prefix?: string[];
  json?: boolean;
  dateFormat?: string;
  deprecated?: boolean;
  computed?: boolean;
  conflictsWith?: string[];
  requiredWith?: string[];
  attributes?: { [name: string]: OverlayFacts };
}

function attributeFacts(fact: Attribute): unknown[] {
  return [
    fact.forceNew ?? false,
    fact.default,
    fact.allowed,
    fact.ignoreCase ?? false,
    fact.length,
    fact.range?.map((limit) => (limit === Infinity ? null : limit)),
    fact.pattern && withoutEscapes(fact.pattern.source),
    fact.prefixes,
    fact.json ?? false,
    fact.date ?? false,
    fact.conflictsWith,
    fact.requiredWith,
  ];
}

function blockFacts(block: Block): unknown[] {
  return [block.computed ?? false, block.deprecated ?? false, block.conflictsWith];
}

function overlayFacts(fact: OverlayFacts, isBlock: boolean): unknown[] {
  if (isBlock) {
    return [fact.computed ?? false, fact.deprecated ?? false, fact.conflictsWith];
  }
  return [
    fact.forceNew ?? false,
    fact.default,
    fact.allowed,
    fact.ignoreCase ?? false,
    fact.length,
    fact.range ?? (fact.min === undefined ? undefined : [fact.min, null]),
    fact.regex && withoutEscapes(fact.regex),
    fact.prefix,
    fact.json ?? false,
    Boolean(fact.dateFormat),
    fact.conflictsWith,
    fact.requiredWith,
  ];
}

/** `[\w\-]` and `[\w-]` are the same set. */
function withoutEscapes(pattern: string): string {
  return pattern.replaceAll('\\-', '-');
}
