import type { Cursor } from './cursor';
import { INFORMATION_SCHEMA, type Only, type Relation, systemTable, type SystemState } from './information-schema';
import { SqlError } from './sql-error';
import type { TableName } from './statement';
import { quoteName, sameName, toStandardSql } from './tokens';

/** A SHOW that lists things, with the filter that every such has. */
export interface ShowList {
  readonly kind: 'show-list';
  readonly subject: Subject;
  /** SHOW FULL, or EXTRA after SHOW SCHEMAS. */
  readonly full: boolean;
  readonly schema?: string;
  /** Table whose columns or keys are asked for. */
  readonly table?: TableName;
  readonly like?: string;
  /** In standard SQL. */
  readonly where?: string;
}

/** Of a statement that runs, where SHOW PROCESSLIST is not FULL. */
const SHOWN_LENGTH = 100;

/** What can be listed, by what follows SHOW. */
const SUBJECTS = {
  schemas: [['SCHEMAS'], ['DATABASES']],
  'table-status': [['TABLE', 'STATUS']],
  'open-tables': [['OPEN', 'TABLES']],
  tables: [['TABLES']],
  columns: [['COLUMNS'], ['FIELDS']],
  keys: [['INDEX'], ['INDEXES'], ['KEYS']],
  variables: [['VARIABLES'], ['SESSION', 'VARIABLES'], ['LOCAL', 'VARIABLES'], ['GLOBAL', 'VARIABLES']],
  status: [['STATUS'], ['SESSION', 'STATUS'], ['LOCAL', 'STATUS'], ['GLOBAL', 'STATUS']],
  processlist: [['PROCESSLIST']],
  engines: [['ENGINES'], ['STORAGE', 'ENGINES']],
  plugins: [['PLUGINS']],
  'character-sets': [['CHARACTER', 'SET'], ['CHARSET']],
  collations: [['COLLATION']],
  grants: [['GRANTS']],
  functions: [['FUNCTION', 'STATUS']],
  procedures: [['PROCEDURE', 'STATUS']],
  triggers: [['TRIGGERS']],
  events: [['EVENTS']],
  privileges: [['PRIVILEGES']],
} as const satisfies Record<string, readonly (readonly string[])[]>;

type Subject = keyof typeof SUBJECTS;

/** Words by which the subjects are known, for an error. */
export const LISTED = Object.values(SUBJECTS)
  .map(([words]) => words.join(' '))
  .join(', ');

/** Reads what follows `SHOW`; undefined for a SHOW of another kind. */
export function readShowList(cursor: Cursor, sql: string): ShowList | undefined {
  const found = cursor.attempt(() => {
    const extended = cursor.accept('EXTENDED');
    const full = cursor.accept('FULL') || extended;
    const subject = (Object.keys(SUBJECTS) as Subject[]).find((name) =>
      SUBJECTS[name].some((words) => cursor.accept(...words)),
    );
    return subject && { full, subject };
  });
  if (!found) {
    return undefined;
  }
  const { full, subject } = found;
  let table: TableName | undefined;
  if (subject === 'columns' || subject === 'keys') {
    if (!cursor.accept('FROM') && !cursor.accept('IN')) {
      throw cursor.error('FROM and a table');
    }
    table = cursor.qualifiedName('a table');
  }
  if (subject === 'grants') {
    // Every user has the same rights here, whoever is asked for.
    if (cursor.accept('FOR')) {
      cursor.takeRest();
    }
    return { kind: 'show-list', subject, full };
  }
  const schema = cursor.accept('FROM') || cursor.accept('IN') ? cursor.name('a schema') : undefined;
  const like = cursor.accept('LIKE') ? cursor.string('a pattern in quotes') : undefined;
  const extra = subject === 'schemas' && cursor.accept('EXTRA');
  const where = cursor.accept('WHERE') ? readWhere(cursor, sql) : undefined;
  return { kind: 'show-list', subject, full: full || extra, schema, table, like, where };
}

function readWhere(cursor: Cursor, sql: string): string {
  const rest = cursor.takeRest();
  const condition = rest.at(-1)?.text === ';' ? rest.slice(0, -1) : rest;
  if (condition.length === 0) {
    throw cursor.error('a condition');
  }
  return toStandardSql(sql, condition);
}

/** Everything that a SHOW lists, before its filter. */
export function listed(show: ShowList, state: SystemState): Relation {
  const of = (table: string, only?: Only): Relation => systemTable(table, state, only)!;
  switch (show.subject) {
    case 'schemas':
      return show.full
        ? {
            columns: ['CATALOG_NAME', 'TABLE_SCHEMA', 'CREATOR_ID'],
            rows: state.account.dla.listSchemas(state.region).map(({ name }) => ['hive', name, state.user]),
          }
        : {
            columns: ['TABLE_SCHEMA'],
            rows: [...state.account.dla.listSchemas(state.region).map(({ name }) => [name]), [INFORMATION_SCHEMA]],
          };
    case 'tables': {
      const tables = of('tables', { schema: schemaOf(show, state) });
      return picked(tables, { TABLE_NAME: 'TABLE_NAME', ...(show.full && { TABLE_TYPE: 'Table_type' }) });
    }
    case 'open-tables':
      return { columns: ['Database', 'Table', 'In_use', 'Name_locked'], rows: [] };
    case 'table-status':
      return picked(of('tables', { schema: schemaOf(show, state) }), {
        TABLE_NAME: 'Name',
        ENGINE: 'Engine',
        VERSION: 'Version',
        ROW_FORMAT: 'Row_format',
        TABLE_ROWS: 'Rows',
        AVG_ROW_LENGTH: 'Avg_row_length',
        DATA_LENGTH: 'Data_length',
        MAX_DATA_LENGTH: 'Max_data_length',
        INDEX_LENGTH: 'Index_length',
        DATA_FREE: 'Data_free',
        AUTO_INCREMENT: 'Auto_increment',
        CREATE_TIME: 'Create_time',
        UPDATE_TIME: 'Update_time',
        CHECK_TIME: 'Check_time',
        TABLE_COLLATION: 'Collation',
        CHECKSUM: 'Checksum',
        CREATE_OPTIONS: 'Create_options',
        TABLE_COMMENT: 'Comment',
      });
    case 'columns': {
      const table = tableOf(show, state);
      const few = {
        COLUMN_NAME: 'Field',
        COLUMN_TYPE: 'Type',
        IS_NULLABLE: 'Null',
        COLUMN_KEY: 'Key',
        COLUMN_DEFAULT: 'Default',
        EXTRA: 'Extra',
      };
      const all = {
        COLUMN_NAME: 'Field',
        COLUMN_TYPE: 'Type',
        COLLATION_NAME: 'Collation',
        IS_NULLABLE: 'Null',
        COLUMN_KEY: 'Key',
        COLUMN_DEFAULT: 'Default',
        EXTRA: 'Extra',
        PRIVILEGES: 'Privileges',
        COLUMN_COMMENT: 'Comment',
      };
      return picked(of('columns', table), show.full ? all : few);
    }
    case 'keys':
      tableOf(show, state);
      return {
        columns: [
          ...['Table', 'Non_unique', 'Key_name', 'Seq_in_index', 'Column_name', 'Collation', 'Cardinality'],
          ...['Sub_part', 'Packed', 'Null', 'Index_type', 'Comment', 'Index_comment'],
        ],
        rows: [],
      };
    case 'variables':
      return { ...of('session_variables'), columns: ['Variable_name', 'Value'] };
    case 'status':
      return {
        columns: ['Variable_name', 'Value'],
        rows: of('session_status').rows,
      };
    case 'processlist':
      return {
        columns: ['Id', 'User', 'Host', 'db', 'Command', 'Time', 'State', 'Info'],
        rows: of('processlist').rows.map((row) =>
          row.map((value) => (typeof value === 'string' && !show.full ? value.slice(0, SHOWN_LENGTH) : value)),
        ),
      };
    case 'engines':
      return {
        columns: ['Engine', 'Support', 'Comment', 'Transactions', 'XA', 'Savepoints'],
        rows: of('engines').rows,
      };
    case 'plugins':
      return { columns: ['Name', 'Status', 'Type', 'Library', 'License'], rows: [] };
    case 'character-sets':
      return {
        columns: ['Charset', 'Default collation', 'Description', 'Maxlen'],
        rows: of('character_sets').rows,
      };
    case 'collations':
      return {
        columns: ['Collation', 'Charset', 'Id', 'Default', 'Compiled', 'Sortlen'],
        rows: of('collations').rows,
      };
    case 'grants':
      return {
        columns: [`Grants for ${state.user}@%`],
        rows: [[`GRANT ALL PRIVILEGES ON *.* TO '${state.user}'@'%' WITH GRANT OPTION`]],
      };
    case 'functions':
    case 'procedures':
      return {
        columns: [
          ...['Db', 'Name', 'Type', 'Definer', 'Modified', 'Created', 'Security_type', 'Comment'],
          ...['character_set_client', 'collation_connection', 'Database Collation'],
        ],
        rows: [],
      };
    case 'triggers':
      return {
        columns: [
          ...['Trigger', 'Event', 'Table', 'Statement', 'Timing', 'Created', 'sql_mode', 'Definer'],
          ...['character_set_client', 'collation_connection', 'Database Collation'],
        ],
        rows: [],
      };
    case 'events':
      return { columns: ['Db', 'Name', 'Definer', 'Time zone', 'Type', 'Status'], rows: [] };
    case 'privileges':
      return {
        columns: ['Privilege', 'Context', 'Comment'],
        rows: [['Select', 'Tables', 'To retrieve rows from table']],
      };
  }
}

/**
 * The relation with the names that MySQL gives to columns which DLA calls otherwise: tools filter by them.
 */
export function withNamesOfMysql({ columns, rows }: Relation, show: ShowList, state: SystemState): Relation {
  const names: Readonly<Record<string, string>> = {
    ...(show.subject === 'schemas' && { TABLE_SCHEMA: 'Database' }),
    ...(show.subject === 'tables' && { TABLE_NAME: `Tables_in_${schemaOf(show, state)}` }),
  };
  const added = columns.flatMap((column, at) => (Object.hasOwn(names, column) ? [at] : []));
  return {
    columns: [...columns, ...added.map((at) => names[columns[at]])],
    rows: rows.map((row) => [...row, ...added.map((at) => row[at])]),
  };
}

/** The SELECT that filters what is listed, which stands in a table of this name. */
export function filterSql(table: string, columns: readonly string[], { where }: ShowList): string {
  return `SELECT ${columns.map(quoteName).join(', ')} FROM ${quoteName(table)} WHERE ${where}`;
}

function schemaOf({ schema }: ShowList, { account, region, schema: selected }: SystemState): string {
  const name = schema ?? selected;
  if (name === undefined) {
    throw new SqlError('ER_NO_DB_ERROR', 'no schema is selected: write FROM SCHEMA, or USE one');
  }
  if (!sameName(name, INFORMATION_SCHEMA) && !account.dla.listSchemas(region).some((one) => sameName(one.name, name))) {
    throw new SqlError('ER_BAD_DB_ERROR', `Unknown database '${name}'`);
  }
  return name;
}

function tableOf(show: ShowList, state: SystemState): { schema: string; name: string } {
  const { name, schema: given } = show.table!;
  const schema = schemaOf({ ...show, schema: show.schema ?? given }, state);
  if (systemTable('tables', state, { schema, name })!.rows.length === 0) {
    throw new SqlError('ER_NO_SUCH_TABLE', `Table '${schema}.${name}' doesn't exist`);
  }
  return { schema, name };
}

/** Some columns, under other names. */
function picked({ columns, rows }: Relation, names: Readonly<Record<string, string>>): Relation {
  const places = Object.keys(names).map((name) => columns.indexOf(name));
  return { columns: Object.values(names), rows: rows.map((row) => places.map((at) => row[at])) };
}
