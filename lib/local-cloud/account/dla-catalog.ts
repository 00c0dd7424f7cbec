import { caseKey } from './case-key';
import { CloudError } from './cloud-error';
import { list, naming, nullable, number, object, optional, record, reference, type Shape, text } from '../store/shape';
import type { Change } from '../store/journal';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** Of one table; DLA documents it. */
const MAX_PARTITIONS = 60_000;

/** A schema (database) of DLA over a folder of a bucket. */
export interface DlaSchema {
  readonly region: string;
  readonly name: string;
  readonly catalog: string;
  /** `oss://bucket/folder/`. */
  readonly location: string;
}

export interface DlaColumn {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
}

/** An external table of DLA over the objects below a location. */
export interface DlaTable {
  readonly region: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  /** Columns whose values the folders tell, after those of the files; absent for a table without partitions. */
  readonly partitionColumns?: readonly DlaColumn[];
  /** `JSON`, `CSV`, `PARQUET` or `TEXTFILE`. */
  readonly format: string;
  /** Class that splits the lines of a text file; absent for Hive's own way. */
  readonly serde?: string;
  readonly location: string;
  /** Those of the row format and of the table, by Hive's names. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A folder of a table whose rows share the values of the partition columns. */
export interface DlaPartition {
  readonly region: string;
  readonly schema: string;
  readonly table: string;
  /** In the order of the partition columns. */
  readonly values: readonly string[];
  /** `oss://bucket/folder/`. */
  readonly location: string;
}

/** A stored SELECT, which is run whenever the view is read. */
export interface DlaView {
  readonly region: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  /** The SELECT as it was sent. */
  readonly text: string;
  /** The same in standard SQL. */
  readonly sql: string;
  /** Schema of the tables that the SELECT names without one. */
  readonly currentSchema?: string;
}

/** One asynchronous query, in the words of `show query_task`; null stands for NULL. */
export interface StoredQueryTask {
  readonly region: string;
  readonly id: string;
  readonly mppQueryId: string;
  readonly status: string;
  readonly taskName: string;
  readonly tableSchema: string;
  readonly command: string;
  readonly creatorId: string;
  readonly createTime: number;
  readonly updateTime: number;
  readonly connectionId: string;
  readonly message: string;
  readonly rowCount: number;
  readonly elapseTime: number;
  readonly scannedRowCount: number;
  readonly scannedDataBytes: number;
  readonly resultFile: string;
  readonly mqProduct: string | null;
  readonly mqModel: string | null;
  readonly mqTopic: string | null;
  readonly mqQueue: string | null;
  readonly mqProducerId: string | null;
  readonly mqEndpoint: string | null;
  readonly mqStatus: string | null;
  readonly mqErrorMsg: string | null;
  readonly mqMessageId: string | null;
  readonly mqTotalTime: number | null;
}

const SCHEMA: Shape<DlaSchema> = object<DlaSchema>({ region: text, name: text, catalog: text, location: naming });
const COLUMN: Shape<DlaColumn> = object<DlaColumn>({ name: text, type: text, comment: optional(text) });
const TABLE: Shape<DlaTable> = object<DlaTable>({
  region: text,
  schema: text,
  name: text,
  columns: list(COLUMN),
  partitionColumns: optional(list(COLUMN)),
  format: text,
  serde: optional(text),
  location: naming,
  properties: record(text),
});
const PARTITION: Shape<DlaPartition> = object<DlaPartition>({
  region: text,
  schema: text,
  table: text,
  values: list(text),
  location: naming,
});
const VIEW: Shape<DlaView> = object<DlaView>({
  region: text,
  schema: text,
  name: text,
  columns: list(COLUMN),
  text,
  sql: text,
  currentSchema: optional(text),
});
const TASK: Shape<StoredQueryTask> = object<StoredQueryTask>({
  region: text,
  id: text,
  mppQueryId: text,
  status: text,
  taskName: text,
  tableSchema: text,
  command: text,
  creatorId: text,
  createTime: number,
  updateTime: number,
  connectionId: text,
  message: text,
  rowCount: number,
  elapseTime: number,
  scannedRowCount: number,
  scannedDataBytes: number,
  resultFile: naming,
  mqProduct: nullable(text),
  mqModel: nullable(text),
  mqTopic: nullable(text),
  mqQueue: nullable(text),
  mqProducerId: nullable(text),
  mqEndpoint: nullable(naming),
  mqStatus: nullable(text),
  mqErrorMsg: nullable(text),
  mqMessageId: nullable(text),
  mqTotalTime: nullable(number),
});

/** What DLA keeps, region by region: schemas, tables and query tasks. Names are compared without regard to case. */
export class DlaCatalog {
  private readonly schemas: Table<DlaSchema>;
  private readonly tables: Table<DlaTable>;
  private readonly views: Table<DlaView>;
  private readonly partitions: Table<DlaPartition>;
  private readonly tasks: Table<StoredQueryTask>;

  constructor(private readonly store: Store) {
    this.schemas = store.table('dla-schemas', SCHEMA, ({ region, name }) => [region, caseKey(name)]);
    const schemaOf = ({ region, schema }: Pick<DlaTable, 'region' | 'schema'>) => [
      reference('dla-schemas', region, caseKey(schema)),
    ];
    this.tables = store.table(
      'dla-tables',
      TABLE,
      ({ region, schema, name }) => [tableGroup(region, schema), caseKey(name)],
      schemaOf,
    );
    this.views = store.table(
      'dla-views',
      VIEW,
      ({ region, schema, name }) => [tableGroup(region, schema), caseKey(name)],
      schemaOf,
    );
    this.partitions = store.table(
      'dla-partitions',
      PARTITION,
      ({ region, schema, table, values }) => [partitionGroup({ region, schema, name: table }), JSON.stringify(values)],
      ({ region, schema, table }) => [reference('dla-tables', tableGroup(region, schema), caseKey(table))],
    );
    this.tasks = store.table('dla-query-tasks', TASK, ({ region, id }) => [region, id]);
  }

  public createSchema(schema: DlaSchema): void {
    if (this.schemas.get(schema.region, caseKey(schema.name))) {
      throw new CloudError('SchemaAlreadyExists', `the schema ${schema.name} already exists`, 409);
    }
    this.schemas.put(schema, schema.region, caseKey(schema.name));
  }

  public getSchema(region: string, name: string): DlaSchema {
    const schema = this.schemas.get(region, caseKey(name));
    if (!schema) {
      throw new CloudError('SchemaNotFound', `the schema ${name} does not exist`, 404);
    }
    return schema;
  }

  public listSchemas(region: string): DlaSchema[] {
    return this.schemas.list(region);
  }

  /** @throws CloudError SchemaNotEmpty, unless what is in the schema is to go with it */
  public deleteSchema(region: string, name: string, cascade = false): void {
    const tables = this.listTables(region, name);
    const views = this.listViews(region, name);
    if (!cascade && tables.length + views.length > 0) {
      throw new CloudError('SchemaNotEmpty', `the schema ${name} still has tables: drop them first`, 409);
    }
    this.store.commit([
      ...tables.flatMap((table) => this.removalOf(table)),
      ...views.map((view) => this.views.change(null, tableGroup(region, name), caseKey(view.name))),
      this.schemas.change(null, region, caseKey(name)),
    ]);
  }

  public createTable(table: DlaTable): void {
    this.getSchema(table.region, table.schema);
    const group = tableGroup(table.region, table.schema);
    if (this.tables.get(group, caseKey(table.name)) || this.views.get(group, caseKey(table.name))) {
      throw new CloudError('TableAlreadyExists', `the table ${table.schema}.${table.name} already exists`, 409);
    }
    this.tables.put(table, group, caseKey(table.name));
  }

  /** Puts a changed definition in place of the one with its name. */
  public updateTable(table: DlaTable): void {
    this.getTable(table.region, table.schema, table.name);
    this.tables.put(table, tableGroup(table.region, table.schema), caseKey(table.name));
  }

  public getTable(region: string, schema: string, name: string): DlaTable {
    const table = this.tables.get(tableGroup(region, schema), caseKey(name));
    if (!table) {
      throw new CloudError('TableNotFound', `the table ${schema}.${name} does not exist`, 404);
    }
    return table;
  }

  public listTables(region: string, schema: string): DlaTable[] {
    this.getSchema(region, schema);
    return this.tables.list(tableGroup(region, schema));
  }

  public deleteTable(region: string, schema: string, name: string): void {
    this.store.commit(this.removalOf(this.getTable(region, schema, name)));
  }

  public createView(view: DlaView, orReplace: boolean): void {
    this.getSchema(view.region, view.schema);
    const group = tableGroup(view.region, view.schema);
    const name = caseKey(view.name);
    if (this.tables.get(group, name) || (!orReplace && this.views.get(group, name))) {
      throw new CloudError('TableAlreadyExists', `the table or view ${view.schema}.${view.name} already exists`, 409);
    }
    this.views.put(view, group, name);
  }

  public findView(region: string, schema: string, name: string): DlaView | undefined {
    return this.views.get(tableGroup(region, schema), caseKey(name));
  }

  public listViews(region: string, schema: string): DlaView[] {
    this.getSchema(region, schema);
    return this.views.list(tableGroup(region, schema));
  }

  public deleteView(region: string, schema: string, name: string): void {
    if (!this.findView(region, schema, name)) {
      throw new CloudError('ViewNotFound', `the view ${schema}.${name} does not exist`, 404);
    }
    this.views.delete(tableGroup(region, schema), caseKey(name));
  }

  public listPartitions(table: DlaTable): DlaPartition[] {
    return this.partitions.list(partitionGroup(table));
  }

  /**
   * Adds partitions, those that are there with their new locations, and takes others away, in one step.
   *
   * @throws CloudError as `additionOf`
   */
  public changePartitions(
    table: DlaTable,
    added: readonly Pick<DlaPartition, 'values' | 'location'>[],
    removed: readonly DlaPartition[] = [],
  ): void {
    const group = partitionGroup(table);
    this.store.commit([
      ...removed.map(({ values }) => this.partitions.change(null, group, JSON.stringify(values))),
      ...this.additionOf(table, added, removed.length),
    ]);
  }

  /**
   * For a commit that holds more than partitions, and takes so many of them away.
   *
   * @throws CloudError when the table has gone meanwhile, and when it would have too many
   */
  public additionOf(
    table: DlaTable,
    added: readonly Pick<DlaPartition, 'values' | 'location'>[],
    removedCount = 0,
  ): Change[] {
    this.getTable(table.region, table.schema, table.name);
    const { region, schema, name } = table;
    const group = partitionGroup(table);
    const newCount = added.filter(({ values }) => !this.partitions.get(group, JSON.stringify(values))).length;
    const count = this.partitions.count(group) - removedCount + newCount;
    if (newCount > removedCount && count > MAX_PARTITIONS) {
      throw new CloudError(
        'TooManyPartitions',
        `too many partitions: expected at most ${MAX_PARTITIONS}, got ${count}`,
      );
    }
    return added.map(({ values, location }) =>
      this.partitions.change({ region, schema, table: name, values, location }, group, JSON.stringify(values)),
    );
  }

  private removalOf(table: DlaTable): Change[] {
    return [
      ...this.listPartitions(table).map(({ values }) =>
        this.partitions.change(null, partitionGroup(table), JSON.stringify(values)),
      ),
      this.tables.change(null, tableGroup(table.region, table.schema), caseKey(table.name)),
    ];
  }

  public putTask(task: StoredQueryTask): void {
    this.tasks.put(task, task.region, task.id);
  }

  public getTask(region: string, id: string): StoredQueryTask | undefined {
    return this.tasks.get(region, id);
  }

  public listTasks(region: string): StoredQueryTask[] {
    return this.tasks.list(region);
  }

  public taskCount(region: string): number {
    return this.tasks.count(region);
  }
}

function tableGroup(region: string, schema: string): string {
  return `${region}/${caseKey(schema)}`;
}

function partitionGroup({ region, schema, name }: Pick<DlaTable, 'region' | 'schema' | 'name'>): string {
  return `${tableGroup(region, schema)}/${caseKey(name)}`;
}
