import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_SOURCES, RESOURCES } from '../../lib/local-cloud/terraform/provider';
import { dataSourceTables, resourceTables } from '../../lib/provider-schema/index';
import type { TypeSchema } from '../../lib/provider-schema/table';
import { ROOT } from '../run-node';

const SCHEMA = path.join(ROOT, 'lib/provider-schema');

/** Files that hold no table of a type. */
const OTHERS = ['cdktf-line', 'index', 'provider', 'schema', 'schema-differences', 'table', 'tables'];

/** Types that nothing in this package makes: their bindings are there for the programs of teams. */
const BINDINGS_ONLY = ['alicloud_account', 'alicloud_ram_user'];

/** Names of the tables that nothing is found for. */
function missing(tables: readonly TypeSchema[], has: (name: string) => boolean): string[] {
  return tables.map(({ name }) => name).filter((name) => !has(name));
}

/** The tests of constructs and stacks, as texts. */
function constructTests(): string[] {
  return ['test/constructs', 'test/stacks'].flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => fs.readFileSync(path.join(ROOT, folder, file), 'utf8')),
  );
}

describe('a table', () => {
  it('is in the list of all', () => {
    const files = fs
      .readdirSync(SCHEMA)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.basename(file, '.ts'))
      .filter((name) => !OTHERS.includes(name));
    expect([...resourceTables, ...dataSourceTables]).toHaveLength(files.length);
  });

  it('is served by the local cloud', () => {
    expect(missing(resourceTables, (name) => RESOURCES.has(name))).toEqual([]);
    expect(missing(dataSourceTables, (name) => DATA_SOURCES.has(name))).toEqual([]);
  });

  it('is there for all that the local cloud serves', () => {
    const names = (tables: readonly TypeSchema[]) => new Set(tables.map(({ name }) => name));
    expect([...RESOURCES.keys()].filter((name) => !names(resourceTables).has(name))).toEqual([]);
    expect([...DATA_SOURCES.keys()].filter((name) => !names(dataSourceTables).has(name))).toEqual([]);
  });

  it('is named in a test of what makes it', () => {
    const tests = constructTests();
    const isTested = (name: string) =>
      BINDINGS_ONLY.includes(name) || tests.some((text) => new RegExp(`${name}\\b(?!_)`).test(text));
    expect(missing([...resourceTables, ...dataSourceTables], isTested)).toEqual([]);
  });

  it('that is neither would be seen', () => {
    const added = [...resourceTables, { name: 'alicloud_kms_key', attributes: {} }];
    expect(missing(added, (name) => RESOURCES.has(name))).toEqual(['alicloud_kms_key']);
    expect(missing(added, (name) => constructTests().some((text) => text.includes(name)))).toContain(
      'alicloud_kms_key',
    );
  });
});
