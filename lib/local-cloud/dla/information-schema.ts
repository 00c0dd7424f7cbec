import type { Account } from '../account/account';
import type { DlaColumn, DlaTable, DlaView } from '../account/dla-catalog';
import type { ConnectionActivity } from './kill';
import type { ServerStatus } from './server-status';
import { sameName } from './tokens';

/** A table of texts and numbers that is made when it is read. */
export interface Relation {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** What a relation may tell of. */
export interface SystemState {
  readonly account: Account;
  readonly region: string;
  /** Variables of the session. */
  readonly variables: Readonly<Record<string, string | null>>;
  readonly status: ServerStatus;
  readonly connections: readonly ({ readonly id: number } & ConnectionActivity)[];
  /** The session's own. */
  readonly connectionId: number;
  readonly user: string;
  readonly schema?: string;
}

export const INFORMATION_SCHEMA = 'information_schema';
const CATALOG = 'def';
const COLLATION = 'utf8mb4_general_ci';
const CHARACTER_SET = 'utf8mb4';
const PRIVILEGES = 'select';

/** Columns of numbers, which may all be NULL. */
export const NUMERIC_COLUMN =
  /(_LENGTH|_PRECISION|_SCALE|_POSITION|_ROWS|^ROWS|^VERSION|^DATA_FREE|^AUTO_INCREMENT|^NON_UNIQUE|^SEQ_IN_INDEX|^CARDINALITY|^SUB_PART|^POSITION_IN_UNIQUE_CONSTRAINT|^ID|^TIME|SORTLEN|MAXLEN|^IN_USE|^NAME_LOCKED|^QUERY_ID|^SEQ|^DURATION)$/i;

/** A text of Hive has no length; this is the longest varchar of MySQL. */
const TEXT_LENGTH = 65535;

/** Schema, table and columns of everything that can be read. */
interface Described {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  readonly view?: DlaView;
  readonly table?: DlaTable;
}

/** A schema, or a table of it, of which alone is told. @default - of everything */
export interface Only {
  readonly schema?: string;
  readonly name?: string;
}

interface SystemTable {
  readonly columns: readonly string[];
  /** `only` counts for tables and their columns. */
  readonly rows: (state: SystemState, only: Only) => Relation['rows'];
}

/** Those that a client may name, with the numbers that MySQL gives them. */
const COLLATIONS = [
  ['utf8_general_ci', 'utf8', 33, 'Yes'],
  ['utf8_bin', 'utf8', 83, ''],
  ['utf8_unicode_ci', 'utf8', 192, ''],
  [COLLATION, CHARACTER_SET, 45, 'Yes'],
  ['utf8mb4_bin', CHARACTER_SET, 46, ''],
  ['utf8mb4_unicode_ci', CHARACTER_SET, 224, ''],
  ['binary', 'binary', 63, 'Yes'],
] as const;

const VARIABLE = names('VARIABLE_NAME VARIABLE_VALUE');

/**
 * The tables of `information_schema`.
 *
 * Assumption: laid out as MySQL 5.7's, as DLA's only documented one, `views`, is. Keys and indexes are told to tools as
 * not there: DLA takes PRIMARY KEY and keeps no index.
 */
const TABLES: Readonly<Record<string, SystemTable>> = {
  schemata: {
    columns: names('CATALOG_NAME SCHEMA_NAME DEFAULT_CHARACTER_SET_NAME DEFAULT_COLLATION_NAME SQL_PATH'),
    rows: ({ account, region }) =>
      [INFORMATION_SCHEMA, ...account.dla.listSchemas(region).map(({ name }) => name)].map((name) => [
        CATALOG,
        name,
        CHARACTER_SET,
        COLLATION,
        null,
      ]),
  },
  tables: {
    columns: names(
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_TYPE ENGINE VERSION ROW_FORMAT TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH ' +
        'MAX_DATA_LENGTH INDEX_LENGTH DATA_FREE AUTO_INCREMENT CREATE_TIME UPDATE_TIME CHECK_TIME TABLE_COLLATION ' +
        'CHECKSUM CREATE_OPTIONS TABLE_COMMENT',
    ),
    rows: (state, only) =>
      described(state, only).map(({ schema, name, view, table }) => [
        CATALOG,
        schema,
        name,
        view ? 'VIEW' : table ? 'BASE TABLE' : 'SYSTEM VIEW',
        table ? table.format : null,
        ...Array<null>(12).fill(null),
        table ? COLLATION : null,
        null,
        '',
        view ? 'VIEW' : '',
      ]),
  },
  columns: {
    columns: names(
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION COLUMN_DEFAULT IS_NULLABLE DATA_TYPE ' +
        'CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE DATETIME_PRECISION ' +
        'CHARACTER_SET_NAME COLLATION_NAME COLUMN_TYPE COLUMN_KEY EXTRA PRIVILEGES COLUMN_COMMENT GENERATION_EXPRESSION',
    ),
    rows: (state, only) =>
      described(state, only).flatMap(({ schema, name, columns }) =>
        columns.map((column, index) => {
          const type = mysqlType(column.type);
          return [
            CATALOG,
            schema,
            name,
            column.name,
            index + 1,
            null,
            'YES',
            type.name,
            type.length ?? null,
            type.length === undefined ? null : type.length * (type.isText ? 4 : 1),
            type.precision ?? null,
            type.scale ?? null,
            type.name === 'timestamp' ? 3 : null,
            type.isText ? CHARACTER_SET : null,
            type.isText ? COLLATION : null,
            type.text,
            '',
            '',
            PRIVILEGES,
            column.comment ?? '',
            '',
          ];
        }),
      ),
  },
  views: {
    columns: names(
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE DEFINER SECURITY_TYPE ' +
        'CHARACTER_SET_CLIENT COLLATION_CONNECTION',
    ),
    rows: ({ account, region, user }) =>
      account.dla
        .listSchemas(region)
        .flatMap((schema) => account.dla.listViews(region, schema.name))
        .map(({ schema, name, text }) => [
          CATALOG,
          schema,
          name,
          text,
          'NONE',
          'NO',
          `${user}@%`,
          'DEFINER',
          'utf8',
          'utf8_general_ci',
        ]),
  },
  partitions: {
    columns: names(
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PARTITION_NAME SUBPARTITION_NAME PARTITION_ORDINAL_POSITION ' +
        'SUBPARTITION_ORDINAL_POSITION PARTITION_METHOD SUBPARTITION_METHOD PARTITION_EXPRESSION SUBPARTITION_EXPRESSION ' +
        'PARTITION_DESCRIPTION TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH MAX_DATA_LENGTH INDEX_LENGTH DATA_FREE CREATE_TIME ' +
        'UPDATE_TIME CHECK_TIME CHECKSUM PARTITION_COMMENT NODEGROUP TABLESPACE_NAME',
    ),
    rows: ({ account, region }) =>
      account.dla
        .listSchemas(region)
        .flatMap((schema) => account.dla.listTables(region, schema.name))
        .flatMap((table) => account.dla.listPartitions(table).map((partition) => ({ table, partition })))
        .map(({ table, partition }, index) => [
          CATALOG,
          table.schema,
          table.name,
          partition.values.map((value, at) => `${table.partitionColumns?.[at].name}=${value}`).join('/'),
          null,
          index + 1,
          null,
          'LIST',
          null,
          table.partitionColumns?.map(({ name }) => name).join(',') ?? null,
          null,
          partition.location,
          ...Array<null>(10).fill(null),
          '',
          null,
          null,
        ]),
  },
  processlist: {
    columns: names('ID USER HOST DB COMMAND TIME STATE INFO'),
    rows: ({ connections, user }) =>
      connections.map(({ id, host, schema, command, statement, millis }) => [
        id,
        command === 'Connect' ? 'unauthenticated user' : user,
        host,
        schema ?? null,
        command,
        Math.floor(millis / 1000),
        statement === undefined ? '' : 'executing',
        statement ?? null,
      ]),
  },
  engines: {
    columns: names('ENGINE SUPPORT COMMENT TRANSACTIONS XA SAVEPOINTS'),
    rows: () => [['OSS', 'DEFAULT', 'Files in Object Storage Service', 'NO', 'NO', 'NO']],
  },
  character_sets: {
    columns: names('CHARACTER_SET_NAME DEFAULT_COLLATE_NAME DESCRIPTION MAXLEN'),
    rows: () => [
      ['utf8', 'utf8_general_ci', 'UTF-8 Unicode', 3],
      [CHARACTER_SET, COLLATION, 'UTF-8 Unicode', 4],
      ['binary', 'binary', 'Binary pseudo charset', 1],
    ],
  },
  collations: {
    columns: names('COLLATION_NAME CHARACTER_SET_NAME ID IS_DEFAULT IS_COMPILED SORTLEN'),
    rows: () => COLLATIONS.map(([name, set, id, isDefault]) => [name, set, id, isDefault, 'Yes', 1]),
  },
  session_variables: { columns: VARIABLE, rows: ({ variables }) => Object.entries(variables) },
  global_variables: { columns: VARIABLE, rows: ({ variables }) => Object.entries(variables) },
  user_privileges: {
    columns: names('GRANTEE TABLE_CATALOG PRIVILEGE_TYPE IS_GRANTABLE'),
    rows: ({ user }) => [[`'${user}'@'%'`, CATALOG, 'ALL PRIVILEGES', 'YES']],
  },
  statistics: empty(
    'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME NON_UNIQUE INDEX_SCHEMA INDEX_NAME SEQ_IN_INDEX COLUMN_NAME COLLATION ' +
      'CARDINALITY SUB_PART PACKED NULLABLE INDEX_TYPE COMMENT INDEX_COMMENT',
  ),
  key_column_usage: empty(
    'CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ' +
      'ORDINAL_POSITION POSITION_IN_UNIQUE_CONSTRAINT REFERENCED_TABLE_SCHEMA REFERENCED_TABLE_NAME REFERENCED_COLUMN_NAME',
  ),
  table_constraints: empty(
    'CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE',
  ),
  referential_constraints: empty(
    'CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA ' +
      'UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE TABLE_NAME REFERENCED_TABLE_NAME',
  ),
  routines: empty(
    'SPECIFIC_NAME ROUTINE_CATALOG ROUTINE_SCHEMA ROUTINE_NAME ROUTINE_TYPE DATA_TYPE CHARACTER_MAXIMUM_LENGTH ' +
      'CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE DATETIME_PRECISION CHARACTER_SET_NAME COLLATION_NAME ' +
      'DTD_IDENTIFIER ROUTINE_BODY ROUTINE_DEFINITION EXTERNAL_NAME EXTERNAL_LANGUAGE PARAMETER_STYLE IS_DETERMINISTIC ' +
      'SQL_DATA_ACCESS SQL_PATH SECURITY_TYPE CREATED LAST_ALTERED SQL_MODE ROUTINE_COMMENT DEFINER ' +
      'CHARACTER_SET_CLIENT COLLATION_CONNECTION DATABASE_COLLATION',
  ),
  parameters: empty(
    'SPECIFIC_CATALOG SPECIFIC_SCHEMA SPECIFIC_NAME ORDINAL_POSITION PARAMETER_MODE PARAMETER_NAME DATA_TYPE ' +
      'CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE DATETIME_PRECISION ' +
      'CHARACTER_SET_NAME COLLATION_NAME DTD_IDENTIFIER ROUTINE_TYPE',
  ),
  triggers: empty(
    'TRIGGER_CATALOG TRIGGER_SCHEMA TRIGGER_NAME EVENT_MANIPULATION EVENT_OBJECT_CATALOG EVENT_OBJECT_SCHEMA ' +
      'EVENT_OBJECT_TABLE ACTION_ORDER ACTION_CONDITION ACTION_STATEMENT ACTION_ORIENTATION ACTION_TIMING ' +
      'ACTION_REFERENCE_OLD_TABLE ACTION_REFERENCE_NEW_TABLE ACTION_REFERENCE_OLD_ROW ACTION_REFERENCE_NEW_ROW CREATED ' +
      'SQL_MODE DEFINER CHARACTER_SET_CLIENT COLLATION_CONNECTION DATABASE_COLLATION',
  ),
  events: empty(
    'EVENT_CATALOG EVENT_SCHEMA EVENT_NAME DEFINER TIME_ZONE EVENT_BODY EVENT_DEFINITION EVENT_TYPE EXECUTE_AT ' +
      'INTERVAL_VALUE INTERVAL_FIELD SQL_MODE STARTS ENDS STATUS ON_COMPLETION CREATED LAST_ALTERED LAST_EXECUTED ' +
      'EVENT_COMMENT ORIGINATOR CHARACTER_SET_CLIENT COLLATION_CONNECTION DATABASE_COLLATION',
  ),
  schema_privileges: empty('GRANTEE TABLE_CATALOG TABLE_SCHEMA PRIVILEGE_TYPE IS_GRANTABLE'),
  table_privileges: empty('GRANTEE TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE'),
  column_privileges: empty('GRANTEE TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME PRIVILEGE_TYPE IS_GRANTABLE'),
  collation_character_set_applicability: {
    columns: names('COLLATION_NAME CHARACTER_SET_NAME'),
    rows: () => COLLATIONS.map(([name, set]) => [name, set]),
  },
  global_status: { columns: VARIABLE, rows: statusOf },
  session_status: { columns: VARIABLE, rows: statusOf },
  profiling: empty(
    'QUERY_ID SEQ STATE DURATION CPU_USER CPU_SYSTEM CONTEXT_VOLUNTARY CONTEXT_INVOLUNTARY BLOCK_OPS_IN BLOCK_OPS_OUT ' +
      'MESSAGES_SENT MESSAGES_RECEIVED PAGE_FAULTS_MAJOR PAGE_FAULTS_MINOR SWAPS SOURCE_FUNCTION SOURCE_FILE SOURCE_LINE',
  ),
  optimizer_trace: empty('QUERY TRACE MISSING_BYTES_BEYOND_MAX_MEM_SIZE INSUFFICIENT_PRIVILEGES'),
  tablespaces: empty(
    'TABLESPACE_NAME ENGINE TABLESPACE_TYPE LOGFILE_GROUP_NAME EXTENT_SIZE AUTOEXTEND_SIZE MAXIMUM_SIZE NODEGROUP_ID ' +
      'TABLESPACE_COMMENT',
  ),
  files: empty(
    'FILE_ID FILE_NAME FILE_TYPE TABLESPACE_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME LOGFILE_GROUP_NAME ' +
      'LOGFILE_GROUP_NUMBER ENGINE FULLTEXT_KEYS DELETED_ROWS UPDATE_COUNT FREE_EXTENTS TOTAL_EXTENTS EXTENT_SIZE ' +
      'INITIAL_SIZE MAXIMUM_SIZE AUTOEXTEND_SIZE CREATION_TIME LAST_UPDATE_TIME LAST_ACCESS_TIME RECOVER_TIME ' +
      'TRANSACTION_COUNTER VERSION ROW_FORMAT TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH MAX_DATA_LENGTH INDEX_LENGTH ' +
      'DATA_FREE CREATE_TIME UPDATE_TIME CHECK_TIME CHECKSUM STATUS EXTRA',
  ),
  plugins: empty(
    'PLUGIN_NAME PLUGIN_VERSION PLUGIN_STATUS PLUGIN_TYPE PLUGIN_TYPE_VERSION PLUGIN_LIBRARY PLUGIN_LIBRARY_VERSION ' +
      'PLUGIN_AUTHOR PLUGIN_DESCRIPTION PLUGIN_LICENSE LOAD_OPTION',
  ),
};

/** A table of `information_schema`; undefined for one that is not served. */
export function systemTable(name: string, state: SystemState, only: Only = {}): Relation | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(TABLES, key) ? { columns: TABLES[key].columns, rows: TABLES[key].rows(state, only) } : undefined;
}

/** Tables of the schema `mysql` in which JDBC drivers look for grants to tables: there are none, for RAM has them. */
const GRANTS: Readonly<Record<string, Relation>> = {
  tables_priv: { columns: names('Host Db User Table_name Grantor Timestamp Table_priv Column_priv'), rows: [] },
  columns_priv: { columns: names('Host Db User Table_name Column_name Timestamp Column_priv'), rows: [] },
};

export const MYSQL_SCHEMA = 'mysql';

/** A table of the schema `mysql`; undefined for one that is not served. */
export function grantsTable({ schema, name }: { schema?: string; name: string }): Relation | undefined {
  const key = name.toLowerCase();
  return schema?.toLowerCase() === MYSQL_SCHEMA && Object.hasOwn(GRANTS, key) ? GRANTS[key] : undefined;
}

/** Names of the tables that there are. */
export const SYSTEM_TABLES: readonly string[] = Object.keys(TABLES);

function statusOf({ status, connections, connectionId }: SystemState): Relation['rows'] {
  const tls = connections.find(({ id }) => id === connectionId)?.tls;
  const told = { ...status.told(connections.length), Ssl_cipher: tls?.cipher ?? '', Ssl_version: tls?.version ?? '' };
  return Object.entries(told).map(([name, value]) => [name, String(value)]);
}

/** A type of DLA in the words of MySQL, which tools know. */
export function mysqlType(type: string): {
  readonly name: string;
  readonly text: string;
  readonly isText?: boolean;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
} {
  const [, word, first, second] = /^(\w+)(?:\((\d+)(?:,\s*(\d+))?\))?/.exec(type.toLowerCase()) ?? [];
  switch (word) {
    case 'boolean':
      return { name: 'tinyint', text: 'tinyint(1)', precision: 3, scale: 0 };
    case 'tinyint':
      return { name: word, text: 'tinyint(4)', precision: 3, scale: 0 };
    case 'smallint':
      return { name: word, text: 'smallint(6)', precision: 5, scale: 0 };
    case 'int':
    case 'integer':
      return { name: 'int', text: 'int(11)', precision: 10, scale: 0 };
    case 'bigint':
      return { name: word, text: 'bigint(20)', precision: 19, scale: 0 };
    case 'float':
      return { name: word, text: word, precision: 12 };
    case 'double':
      return { name: word, text: word, precision: 22 };
    case 'decimal': {
      const [precision, scale] = [Number(first ?? 10), Number(second ?? 0)];
      return { name: word, text: `decimal(${precision},${scale})`, precision, scale };
    }
    case 'date':
    case 'timestamp':
      return { name: word, text: word };
    case 'binary':
      return { name: 'varbinary', text: `varbinary(${TEXT_LENGTH})`, length: TEXT_LENGTH };
    case 'char':
    case 'varchar': {
      const length = Number(first ?? TEXT_LENGTH);
      return { name: word, text: `${word}(${length})`, isText: true, length };
    }
    default:
      return { name: 'varchar', text: `varchar(${TEXT_LENGTH})`, isText: true, length: TEXT_LENGTH };
  }
}

function described({ account, region }: SystemState, only: Only): Described[] {
  const { dla } = account;
  const isAskedSchema = (schema: string): boolean => only.schema === undefined || sameName(schema, only.schema);
  const isAsked = ({ name }: { readonly name: string }): boolean =>
    only.name === undefined || sameName(name, only.name);
  const system = isAskedSchema(INFORMATION_SCHEMA) ? SYSTEM_TABLES.map((name) => ({ name })).filter(isAsked) : [];
  return [
    ...system.map(({ name }) => ({
      schema: INFORMATION_SCHEMA,
      name: name.toUpperCase(),
      columns: TABLES[name].columns.map((column) => ({ name: column, type: typeOfSystem(column) })),
    })),
    ...dla
      .listSchemas(region)
      .filter(({ name }) => isAskedSchema(name))
      .flatMap(({ name: schema }) =>
        [
          ...dla
            .listTables(region, schema)
            .filter(isAsked)
            .map((table) => ({
              schema,
              name: table.name,
              columns: [...table.columns, ...(table.partitionColumns ?? [])],
              table,
            })),
          ...dla
            .listViews(region, schema)
            .filter(isAsked)
            .map((view) => ({ schema, name: view.name, columns: view.columns, view })),
        ].sort(byName),
      ),
  ];
}

/** As MySQL's catalogue lists them. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  const [x, y] = [a, b].map(({ name }) => name.toLowerCase());
  return x < y ? -1 : x > y ? 1 : 0;
}

function typeOfSystem(column: string): string {
  return NUMERIC_COLUMN.test(column) ? 'bigint' : 'varchar';
}

function empty(columns: string): SystemTable {
  return { columns: names(columns), rows: () => [] };
}

function names(text: string): string[] {
  return text.split(' ');
}
