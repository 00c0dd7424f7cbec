import type { Account } from '../account/account';
import type { DlaColumn, DlaPartition, DlaTable } from '../account/dla-catalog';
import type { DdlStatement, PartitionValues } from './ddl';
import type { Engine } from './engine/engine';
import type { ResultColumn } from './engine/types';
import { parseOssLocation } from './oss-location';
import { SqlError, translated } from './sql-error';
import { catalogOf, checkBucket, findTable, partitionColumnsOf, partitionName, sourcesOf } from './tables';
import { repeatedName, sameName } from './tokens';

/** Names that the engine keeps for itself. */
const RESERVED_SCHEMAS = [
  'information_schema',
  'main',
  'memory',
  'mysql',
  'mysql_information_schema',
  'pg_catalog',
  'system',
  'temp',
];

/** DLA documents these. */
const MAX_SCHEMAS = 4096;
const MAX_TABLES = 4096;
const MAX_COLUMNS = 4096;

/** A folder that a partition may have. */
type Found = Pick<DlaPartition, 'values' | 'location'>;

/** Carries out the statements that change the catalog of one region. */
export class DdlExecutor {
  constructor(
    private readonly account: Account,
    private readonly region: string,
    private readonly engine: Engine,
  ) {}

  /**
   * @param currentSchema - schema of tables that are named without one
   * @throws SqlError
   */
  public async run(statement: DdlStatement, currentSchema: string | undefined): Promise<void> {
    const { dla } = this.account;
    const { region } = this;
    const schemaOf = (name: string, schema = currentSchema): string => {
      if (schema === undefined) {
        throw new SqlError('ER_NO_DB_ERROR', `no schema is selected for ${name}: write SCHEMA.NAME, or USE one`);
      }
      return translated('ER_BAD_DB_ERROR', () => dla.getSchema(region, schema)).name;
    };
    const tableOf = ({ schema, name }: { schema?: string; name: string }): DlaTable =>
      findTable(this.account, region, schema ?? currentSchema, name);
    switch (statement.kind) {
      case 'create-schema':
        return this.createSchema(statement);
      case 'create-table':
        return this.createTable(statement, schemaOf(statement.name, statement.schema));
      case 'create-view':
        return this.createView(statement, schemaOf(statement.name, statement.schema), currentSchema);
      case 'drop-schema': {
        const exists = dla.listSchemas(region).some(({ name }) => sameName(name, statement.name));
        const isEmpty =
          exists && dla.listTables(region, statement.name).length + dla.listViews(region, statement.name).length === 0;
        if (exists && !statement.cascade && !isEmpty) {
          throw new SqlError('DLA_DROP_SCHEMA', 'DropOperationFailedException:Can not drop non-empty database.');
        }
        if (exists || !statement.ifExists) {
          translated('ER_DB_DROP_EXISTS', () => dla.deleteSchema(region, statement.name, statement.cascade));
        }
        return;
      }
      case 'drop-table': {
        const schema = statement.ifExists
          ? (statement.schema ?? currentSchema)
          : schemaOf(statement.name, statement.schema);
        const exists = schema !== undefined && this.hasTable(schema, statement.name);
        if (exists) {
          dla.deleteTable(region, schema, statement.name);
        } else if (!statement.ifExists) {
          const what = `Table '${statement.name}' was not found.`;
          throw new SqlError('DLA_DROP_TABLE', `DropOperationFailedException:${what}`);
        }
        return;
      }
      case 'drop-view': {
        const schema = statement.schema ?? currentSchema;
        const exists = schema !== undefined && dla.findView(region, schema, statement.name) !== undefined;
        if (exists || !statement.ifExists) {
          translated('ER_BAD_TABLE_ERROR', () =>
            dla.deleteView(region, schemaOf(statement.name, schema), statement.name),
          );
        }
        return;
      }
      case 'add-partitions':
        return this.addPartitions(tableOf(statement), statement);
      case 'drop-partitions':
        return this.dropPartitions(tableOf(statement), statement);
      case 'add-columns': {
        const table = tableOf(statement);
        return this.changeColumns(table, [...table.columns, ...statement.columns]);
      }
      case 'change-column':
        return this.changeColumn(tableOf(statement), statement.from, statement.column);
      case 'repair-table':
        return this.repair(tableOf(statement), statement.below);
      case 'repair-schema':
        for (const table of translated('ER_BAD_DB_ERROR', () => dla.listTables(region, statement.name))) {
          if (table.partitionColumns) {
            this.repair(table);
          }
        }
    }
  }

  private createSchema({
    name,
    ifNotExists,
    catalog,
    location,
  }: Extract<DdlStatement, { kind: 'create-schema' }>): void {
    const { dla } = this.account;
    const { region } = this;
    if (RESERVED_SCHEMAS.includes(name.toLowerCase())) {
      throw new SqlError('ER_DB_CREATE_EXISTS', `the schema name ${name} is reserved, choose another`);
    }
    const schemas = dla.listSchemas(region);
    if (ifNotExists && schemas.some((schema) => sameName(schema.name, name))) {
      return;
    }
    checkCount('schemas', schemas.length + 1, MAX_SCHEMAS);
    translated('ER_DB_CREATE_EXISTS', () => dla.createSchema({ region, name, catalog, location }));
  }

  private createTable(statement: Extract<DdlStatement, { kind: 'create-table' }>, schema: string): void {
    const { dla } = this.account;
    const { region } = this;
    const { name, columns, partitionColumns, location } = statement;
    if (statement.ifNotExists && this.hasTable(schema, name)) {
      return;
    }
    checkCount('tables', dla.listTables(region, schema).length + 1, MAX_TABLES);
    checkCount('columns', columns.length + partitionColumns.length, MAX_COLUMNS);
    const above = dla.getSchema(region, schema).location;
    if (!location.startsWith(above)) {
      throw new SqlError(
        'ER_UNKNOWN_ERROR',
        `the location of a table: expected one below its schema's, ${above}, got ${JSON.stringify(location)}`,
      );
    }
    const { format, serde, properties } = statement;
    const table: DlaTable = {
      region,
      schema,
      name,
      columns,
      ...(partitionColumns.length > 0 && { partitionColumns }),
      format,
      ...(serde !== undefined && { serde }),
      location,
      properties,
    };
    this.checkLocation(table);
    translated('ER_TABLE_EXISTS_ERROR', () => dla.createTable(table));
  }

  /** DLA refuses a folder that is not there, unless it may make it. */
  private checkLocation({ region, location, properties }: DlaTable): void {
    const { oss } = this.account;
    const { bucket, prefix } = parseOssLocation(location);
    if (prefix === '') {
      throw new SqlError(
        'ER_UNKNOWN_ERROR',
        `the location of a table: expected a folder or an object, got the bucket ${location}`,
      );
    }
    checkBucket(this.account, region, bucket);
    const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
    for (const { key } of oss.objects(bucket, prefix)) {
      if (key === prefix || key.startsWith(folder)) {
        return;
      }
    }
    if (properties['auto.create.location']?.toLowerCase() !== 'true') {
      throw new SqlError(
        'ER_UNKNOWN_ERROR',
        `the location ${location} does not exist: put an object there, or add TBLPROPERTIES ('auto.create.location' = 'true')`,
      );
    }
    translated('ER_UNKNOWN_ERROR', () => oss.putObject(bucket, folder, Buffer.alloc(0)));
  }

  private async createView(
    { name, columns, orReplace, text, sql }: Extract<DdlStatement, { kind: 'create-view' }>,
    schema: string,
    currentSchema: string | undefined,
  ): Promise<void> {
    const { account, region, engine } = this;
    const query = await engine.validateSelect(sql);
    const sources = await sourcesOf(account, region, engine, query, currentSchema);
    const itself = sources.views.some((view) => sameName(view.schema, schema) && sameName(view.name, name));
    if (itself) {
      throw new SqlError('ER_VIEW_RECURSIVE', `the view ${schema}.${name} would read itself`);
    }
    const found = await engine.describe(query, { catalog: () => catalogOf(account, region, sources), currentSchema });
    if (columns && columns.length !== found.length) {
      throw new SqlError('ER_VIEW_WRONG_LIST', `the view has ${columns.length} names for ${found.length} columns`);
    }
    const all = found.map((column, at): DlaColumn => ({ name: columns?.[at] ?? column.name, type: dlaType(column) }));
    checkNames(all);
    translated('ER_TABLE_EXISTS_ERROR', () =>
      account.dla.createView(
        { region, schema, name, columns: all, text, sql, ...(currentSchema !== undefined && { currentSchema }) },
        orReplace,
      ),
    );
  }

  private addPartitions(
    table: DlaTable,
    { partitions, ifNotExists }: Extract<DdlStatement, { kind: 'add-partitions' }>,
  ): void {
    const { dla } = this.account;
    const present = dla.listPartitions(table);
    const presentByValues = byValues(present);
    const added = partitions.map(({ values: given, location }) => {
      const values = valuesOf(table, given);
      const exists = presentByValues.get(keyOf(values));
      if (exists && !ifNotExists) {
        throw new SqlError('ER_TABLE_EXISTS_ERROR', `the partition ${partitionName(table, exists)} already exists`);
      }
      const folder = location ?? exists?.location ?? `${folderOf(table.location)}${partitionName(table, { values })}/`;
      checkBucket(this.account, table.region, parseOssLocation(folder).bucket);
      return { values, location: folder };
    });
    translated('ER_UNKNOWN_ERROR', () => dla.changePartitions(table, added));
  }

  private dropPartitions(
    table: DlaTable,
    { partitions, ifExists }: Extract<DdlStatement, { kind: 'drop-partitions' }>,
  ): void {
    const present = this.account.dla.listPartitions(table);
    const removed = partitions.flatMap((given) => {
      const wanted = partialValuesOf(table, given);
      const found = present.filter(({ values }) =>
        wanted.every((value, at) => value === undefined || value === values[at]),
      );
      if (found.length === 0 && !ifExists) {
        const text = Object.entries(given)
          .map((pair) => pair.join('='))
          .join('/');
        throw new SqlError(
          'ER_UNKNOWN_PARTITION',
          `the partition ${text} of ${table.schema}.${table.name} does not exist`,
        );
      }
      return found;
    });
    this.account.dla.changePartitions(table, [], [...new Set(removed)]);
  }

  private changeColumn(table: DlaTable, from: string, column: DlaColumn): void {
    if (!table.columns.some(({ name }) => sameName(name, from))) {
      const partition = table.partitionColumns?.some(({ name }) => sameName(name, from));
      throw partition
        ? new SqlError('ER_NOT_SUPPORTED_YET', `the partition column ${from} cannot be changed`)
        : new SqlError('ER_BAD_FIELD_ERROR', `the table ${table.schema}.${table.name} has no column ${from}`);
    }
    this.changeColumns(
      table,
      table.columns.map((one) => (sameName(one.name, from) ? column : one)),
    );
  }

  private changeColumns(table: DlaTable, columns: readonly DlaColumn[]): void {
    const all = [...columns, ...(table.partitionColumns ?? [])];
    checkCount('columns', all.length, MAX_COLUMNS);
    checkNames(all);
    this.account.dla.updateTable({ ...table, columns });
  }

  /**
   * Makes the partitions follow the folders that are there.
   *
   * Assumption: partitions whose folders lie elsewhere stay, those whose folders have gone go.
   */
  private repair(table: DlaTable, below?: string): void {
    const { dla, oss } = this.account;
    const partitionColumns = partitionColumnsOf(table);
    const top = folderOf(table.location);
    const start = below === undefined ? top : folderOf(below);
    if (!start.startsWith(top)) {
      throw new SqlError(
        'ER_UNKNOWN_ERROR',
        `SYNC_DIR: expected a folder below the table's, ${top}, got ${JSON.stringify(below)}`,
      );
    }
    const { bucket, prefix } = parseOssLocation(top);
    checkBucket(this.account, table.region, bucket);
    const found = new Map<string, Found>();
    for (const { key } of oss.objects(bucket, parseOssLocation(start).prefix)) {
      const folders = key.slice(prefix.length).split('/').slice(0, partitionColumns.length);
      const values = folders.map((folder, at) => {
        const [name, ...value] = folder.split('=');
        return value.length > 0 && sameName(name, partitionColumns[at].name)
          ? unescapedValue(value.join('='))
          : undefined;
      });
      const path = folders.join('/');
      const deepEnough = key.startsWith(`${prefix}${path}/`) && values.length === partitionColumns.length;
      if (deepEnough && values.every((value) => value !== undefined)) {
        found.set(path, { values, location: `${top}${path}/` });
      }
    }
    const present = dla.listPartitions(table);
    const [presentByValues, foundByValues] = [byValues(present), byValues([...found.values()])];
    const added = [...found.values()].filter(({ values }) => !presentByValues.has(keyOf(values)));
    const removed = present.filter(
      ({ values, location }) => location.startsWith(start) && !foundByValues.has(keyOf(values)),
    );
    translated('ER_UNKNOWN_ERROR', () => dla.changePartitions(table, added, removed));
  }

  private hasTable(schema: string, name: string): boolean {
    return this.account.dla
      .listSchemas(this.region)
      .filter((one) => sameName(one.name, schema))
      .some(() => this.account.dla.listTables(this.region, schema).some((table) => sameName(table.name, name)));
  }
}

/** With a slash at its end. */
export function folderOf(location: string): string {
  return location.endsWith('/') ? location : `${location}/`;
}

/** Partitions by `keyOf` their values. */
export function byValues<T extends { readonly values: readonly string[] }>(partitions: readonly T[]): Map<string, T> {
  return new Map(partitions.map((one) => [keyOf(one.values), one]));
}

/** A text that is the same for the same values. */
export function keyOf(values: readonly string[]): string {
  return JSON.stringify(values);
}

export function unescapedValue(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_match, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function valuesOf(table: DlaTable, given: PartitionValues): string[] {
  const columns = partitionColumnsOf(table);
  const values = partialValuesOf(table, given);
  const missing = values.findIndex((value) => value === undefined);
  if (missing >= 0) {
    throw new SqlError('ER_PARSE_ERROR', `the partition has no value for ${columns[missing].name}`);
  }
  columns.forEach(({ name, type }, at) => {
    if (/int$/.test(type) && !/^[+-]?\d+$/.test(values[at]!)) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `the partition column ${name} has the type ${type}, got ${values[at]}`);
    }
  });
  return values as string[];
}

function partialValuesOf(table: DlaTable, given: PartitionValues): (string | undefined)[] {
  const partitionColumns = partitionColumnsOf(table);
  const unknown = Object.keys(given).find((key) => !partitionColumns.some((column) => sameName(column.name, key)));
  if (unknown !== undefined) {
    throw new SqlError(
      'ER_BAD_FIELD_ERROR',
      `the table ${table.schema}.${table.name} has no partition column ${unknown}`,
    );
  }
  return partitionColumns.map((column) => given[column.name.toLowerCase()]);
}

function checkNames(columns: readonly DlaColumn[]): void {
  const twice = repeatedName(columns);
  if (twice !== undefined) {
    throw new SqlError('ER_DUP_FIELDNAME', `the column ${twice} is there twice`);
  }
}

function checkCount(what: string, count: number, limit: number): void {
  if (count > limit) {
    throw new SqlError('ER_UNKNOWN_ERROR', `too many ${what}: expected at most ${limit}, got ${count}`);
  }
}

/** DLA's name of a type of the engine. */
export function dlaType({ type }: ResultColumn): string {
  const names: Readonly<Record<string, string>> = {
    INTEGER: 'int',
    VARCHAR: 'varchar',
    BLOB: 'binary',
    HUGEINT: 'decimal(38,0)',
    'TIMESTAMP WITH TIME ZONE': 'timestamp',
  };
  const list = /^(.*)\[\]$/s.exec(type);
  return list ? `array<${dlaType({ name: '', type: list[1] })}>` : (names[type] ?? type.toLowerCase());
}
