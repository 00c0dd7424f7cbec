import type { DlaColumn, DlaTable, DlaView } from '../account/dla-catalog';
import { mysqlType } from './information-schema';
import { DELIMITERS, SERDE_PROPERTIES } from './table-format';

/** The statement that makes a schema, laid out as DLA shows it. */
export function createSchemaText(name: string, location: string): string {
  return `CREATE DATABASE ${named(name)} WITH DBPROPERTIES (\n  CATALOG = 'oss',\n  LOCATION = ${quoted(location)}\n)`;
}

export function createViewText({ name, text }: DlaView): string {
  return `CREATE VIEW ${named(name)} AS ${text}`;
}

/** The statement that makes the table, laid out as DLA shows it. */
export function createTableText({
  name,
  columns,
  partitionColumns,
  format,
  serde,
  location,
  properties,
}: DlaTable): string {
  const inRow = Object.keys(properties).filter(
    (key) => Object.hasOwn(DELIMITERS, key) || (serde !== undefined && SERDE_PROPERTIES[serde].includes(key)),
  );
  const inTable = Object.keys(properties).filter((key) => !inRow.includes(key));
  const pairs = (keys: readonly string[]): string =>
    keys.map((key) => `${quoted(key)}=${quoted(properties[key])}`).join(',\n     ');
  const row =
    serde !== undefined
      ? [
          `ROW FORMAT SERDE ${quoted(serde)}`,
          ...(inRow.length > 0 ? [`WITH SERDEPROPERTIES (\n     ${pairs(inRow)}\n   )`] : []),
        ]
      : inRow.length > 0
        ? ['ROW FORMAT DELIMITED', ...inRow.map((key) => `${DELIMITERS[key]} ${quoted(properties[key])}`)]
        : [];
  const clauses = [
    ...(partitionColumns ? [`PARTITIONED BY (${partitionColumns.map(columnText).join(', ')})`] : []),
    ...row,
    `STORED AS \`${format}\``,
    `LOCATION${quoted(location)}`,
    ...(inTable.length > 0 ? [`TBLPROPERTIES (\n     ${pairs(inTable)}\n   )`] : []),
  ];
  return [
    `CREATE EXTERNAL TABLE ${named(name.toLowerCase())}(`,
    `${columns.map((column) => `  ${columnText(column)}`).join(',\n')})`,
    ...clauses.map((clause) => `   ${clause}`),
  ].join('\n');
}

/** The statement in MySQL's words, which tools read: SQLAlchemy takes a table's columns from it. */
export function mysqlTableText({ name, columns, partitionColumns = [], format }: DlaTable): string {
  const lines = [...columns, ...partitionColumns].map(
    (column) =>
      `  ${named(column.name)} ${mysqlType(column.type).text} DEFAULT NULL` +
      (column.comment ? ` COMMENT ${quoted(column.comment)}` : ''),
  );
  return `CREATE TABLE ${named(name)} (\n${lines.join(',\n')}\n) ENGINE=${format} DEFAULT CHARSET=utf8mb4`;
}

function columnText({ name, type, comment }: DlaColumn): string {
  return `${named(name)} ${type}${comment === undefined ? '' : ` COMMENT ${quoted(comment)}`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;
}

function named(text: string): string {
  return `\`${text.replaceAll('`', '``')}\``;
}
