import { CloudError } from './cloud-error';
import { list, nullable, number, object, record, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

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
}

/** An external table of DLA over the objects below a location. */
export interface DlaTable {
  readonly region: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  /** `JSON`, `CSV` or `TEXTFILE`. */
  readonly format: string;
  readonly location: string;
  readonly properties: Readonly<Record<string, string>>;
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

const SCHEMA: Shape<DlaSchema> = object<DlaSchema>({ region: text, name: text, catalog: text, location: text });
const TABLE: Shape<DlaTable> = object<DlaTable>({
  region: text,
  schema: text,
  name: text,
  columns: list(object<DlaColumn>({ name: text, type: text })),
  format: text,
  location: text,
  properties: record(text),
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
  resultFile: text,
  mqProduct: nullable(text),
  mqModel: nullable(text),
  mqTopic: nullable(text),
  mqQueue: nullable(text),
  mqProducerId: nullable(text),
  mqEndpoint: nullable(text),
  mqStatus: nullable(text),
  mqErrorMsg: nullable(text),
  mqMessageId: nullable(text),
  mqTotalTime: nullable(number),
});

/** What DLA keeps, region by region: schemas, tables and query tasks. Names are compared without regard to case. */
export class DlaCatalog {
  private readonly schemas: Table<DlaSchema>;
  private readonly tables: Table<DlaTable>;
  private readonly tasks: Table<StoredQueryTask>;

  constructor(store: Store) {
    this.schemas = store.table('dla-schemas', SCHEMA);
    this.tables = store.table('dla-tables', TABLE);
    this.tasks = store.table('dla-query-tasks', TASK);
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

  public deleteSchema(region: string, name: string): void {
    this.getSchema(region, name);
    if (this.tables.count(tableGroup(region, name)) > 0) {
      throw new CloudError('SchemaNotEmpty', `the schema ${name} still has tables: drop them first`, 409);
    }
    this.schemas.delete(region, caseKey(name));
  }

  public createTable(table: DlaTable): void {
    this.getSchema(table.region, table.schema);
    const group = tableGroup(table.region, table.schema);
    if (this.tables.get(group, caseKey(table.name))) {
      throw new CloudError('TableAlreadyExists', `the table ${table.schema}.${table.name} already exists`, 409);
    }
    this.tables.put(table, group, caseKey(table.name));
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
    this.getTable(region, schema, name);
    this.tables.delete(tableGroup(region, schema), caseKey(name));
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
}

function caseKey(name: string): string {
  return name.toLowerCase();
}

function tableGroup(region: string, schema: string): string {
  return `${region}/${caseKey(schema)}`;
}
