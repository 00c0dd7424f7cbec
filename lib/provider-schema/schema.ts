import { dataSourceTables, provider, resourceTables } from './index';
import { str, type Attribute, type Block, type TypeSchema, type Timeouts, type ValueType } from './table';

/** Terraform's full name of the provider. */
export const PROVIDER_ADDRESS = 'registry.terraform.io/aliyun/alicloud';

/** An attribute in the output of `terraform providers schema -json`. */
export interface SchemaAttribute {
  readonly type?: ValueType;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
}

/** A nested block in the output of `terraform providers schema -json`. */
export interface SchemaBlockType {
  readonly nesting_mode: string;
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: SchemaBlock;
}

/** What a type or a block contains. */
export interface SchemaBlock {
  readonly attributes?: { readonly [name: string]: SchemaAttribute };
  readonly block_types?: { readonly [name: string]: SchemaBlockType };
}

/** One type in the output of `terraform providers schema -json`. */
export interface Schema {
  readonly version: number;
  readonly block: SchemaBlock;
}

/** One provider in the output of `terraform providers schema -json`. */
export interface ProviderSchema {
  readonly provider: Schema;
  readonly resource_schemas: { readonly [type: string]: Schema };
  readonly data_source_schemas: { readonly [type: string]: Schema };
}

/** The tables in the form of `terraform providers schema -json`. */
export function providerSchema(): ProviderSchema {
  const byType = (tables: readonly TypeSchema[]) =>
    Object.fromEntries(tables.map((table) => [table.name, typeSchema(table)]));
  return {
    provider: typeSchema(provider),
    resource_schemas: byType(resourceTables),
    data_source_schemas: byType(dataSourceTables),
  };
}

function typeSchema(table: TypeSchema): Schema {
  const block = blockSchema(table);
  if (!table.timeouts) {
    return { version: 0, block };
  }
  return {
    version: 0,
    block: { ...block, block_types: { ...block.block_types, timeouts: timeoutsSchema(table.timeouts) } },
  };
}

function blockSchema({ attributes, blocks = {} }: Pick<Block, 'attributes' | 'blocks'>): SchemaBlock {
  return {
    attributes: mapValues(attributes, attributeSchema),
    block_types: mapValues(blocks, (block) => ({
      nesting_mode: block.nesting,
      ...(block.minItems && { min_items: block.minItems }),
      ...(block.maxItems && { max_items: block.maxItems }),
      block: blockSchema(block),
    })),
  };
}

function timeoutsSchema(timeouts: Timeouts): SchemaBlockType {
  return {
    nesting_mode: 'single',
    block: { attributes: mapValues({ ...timeouts }, () => attributeSchema(str({ optional: true }))) },
  };
}

function attributeSchema({ type, required, optional, computed, sensitive }: Attribute): SchemaAttribute {
  return {
    type,
    ...(required && { required }),
    ...(optional && { optional }),
    ...(computed && { computed }),
    ...(sensitive && { sensitive }),
  };
}

function mapValues<V, W>(record: { readonly [name: string]: V }, change: (value: V) => W): { [name: string]: W } {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
