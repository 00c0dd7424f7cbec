import type { Cursor } from './cursor';
import { readProperties } from './properties';
import { SqlError } from './sql-error';

/** How the files of a table are read and written. */
export interface TableFormat {
  /** `JSON`, `CSV`, `PARQUET` or `TEXTFILE`. */
  readonly format: string;
  /** Class that splits a text file's lines; absent for Hive's own way. */
  readonly serde?: string;
  /** Those of ROW FORMAT, by Hive's names, and those of the table. */
  readonly properties: Readonly<Record<string, string>>;
}

export const LAZY_SIMPLE_SERDE = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe';
export const OPEN_CSV_SERDE = 'org.apache.hadoop.hive.serde2.OpenCSVSerde';
const JSON_SERDE = 'org.apache.hive.hcatalog.data.JsonSerDe';

const FORMATS = ['JSON', 'CSV', 'PARQUET', 'TEXTFILE'];

/** Properties of ROW FORMAT, which SHOW CREATE TABLE shows there. */
export const DELIMITERS: Readonly<Record<string, string>> = {
  'field.delim': 'FIELDS TERMINATED BY',
  'escape.delim': 'ESCAPED BY',
  'collection.delim': 'COLLECTION ITEMS TERMINATED BY',
  'mapkey.delim': 'MAP KEYS TERMINATED BY',
  'serialization.null.format': 'NULL DEFINED AS',
};

export const SERDE_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  [LAZY_SIMPLE_SERDE]: [...Object.keys(DELIMITERS), 'serialization.encoding'],
  [OPEN_CSV_SERDE]: ['separatorchar', 'quotechar', 'escapechar'],
  [JSON_SERDE]: [],
};

/** Values that properties of a table may have; those that DLA's own tools write, and that have no effect, any. */
const TABLE_PROPERTIES: Readonly<Record<string, RegExp>> = {
  'skip.header.line.count': /^\d{1,6}$/,
  'recursive.directories': /^(true|false)$/i,
  'auto.create.location': /^(true|false)$/i,
  'file.filter': /^[^/]+$/,
  'compression.type': /^(snappy|gzip|none)$/i,
  'orc.use-column-names': /^/,
  column_stats_accurate: /^/,
  numfiles: /^/,
  numrows: /^/,
  rawdatasize: /^/,
  totalsize: /^/,
  transient_lastddltime: /^/,
};

/** Reads ROW FORMAT and STORED AS; the function that is returned takes the table's properties, which follow later. */
export function readTableFormat(cursor: Cursor): (properties: Readonly<Record<string, string>>) => TableFormat {
  const row = cursor.accept('ROW') ? readRowFormat(cursor) : { properties: {} };
  const stored = readStoredAs(cursor);
  const format = stored ?? (row.serde === JSON_SERDE ? 'JSON' : 'TEXTFILE');
  if (format === 'PARQUET' && (row.serde !== undefined || Object.keys(row.properties).length > 0)) {
    throw new SqlError('ER_PARSE_ERROR', 'ROW FORMAT does not go with STORED AS PARQUET');
  }
  if (format === 'JSON' && Object.keys(row.properties).length > 0) {
    throw new SqlError('ER_PARSE_ERROR', 'FIELDS TERMINATED BY does not go with STORED AS JSON');
  }
  return (properties) => {
    for (const [key, value] of Object.entries(properties)) {
      const allowed = Object.hasOwn(TABLE_PROPERTIES, key) ? TABLE_PROPERTIES[key] : undefined;
      if (!allowed) {
        throw new SqlError(
          'ER_NOT_SUPPORTED_YET',
          `the property ${JSON.stringify(key)} is not supported here, expected one of ${Object.keys(TABLE_PROPERTIES).slice(0, 5).join(', ')}`,
        );
      }
      if (!allowed.test(value)) {
        throw new SqlError('ER_PARSE_ERROR', `${key}: expected ${expectedOf(key)}, got ${JSON.stringify(value)}`);
      }
    }
    if (format === 'JSON' && Number(properties['skip.header.line.count'] ?? 0) > 0) {
      throw new SqlError('ER_PARSE_ERROR', 'skip.header.line.count does not go with STORED AS JSON');
    }
    return {
      format,
      ...(row.serde !== undefined && { serde: row.serde }),
      properties: { ...row.properties, ...properties },
    };
  };
}

function expectedOf(key: string): string {
  switch (key) {
    case 'skip.header.line.count':
      return 'a number';
    case 'compression.type':
      return 'snappy, gzip or none';
    case 'file.filter':
      return "a file's name";
    default:
      return 'true or false';
  }
}

interface RowFormat {
  readonly serde?: string;
  readonly properties: Readonly<Record<string, string>>;
}

function readRowFormat(cursor: Cursor): RowFormat {
  cursor.expect('FORMAT');
  if (cursor.accept('SERDE')) {
    const serde = cursor.string('the class of a SerDe in quotes');
    const known = Object.keys(SERDE_PROPERTIES).find((one) => one.toLowerCase() === serde.toLowerCase());
    if (!known) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        `the SerDe ${serde} is not supported here, expected one of ${Object.keys(SERDE_PROPERTIES).join(', ')}`,
      );
    }
    const given = cursor.accept('WITH', 'SERDEPROPERTIES') ? readProperties(cursor) : {};
    return { serde: known, properties: serdeProperties(known, given) };
  }
  cursor.expect('DELIMITED');
  const properties: Record<string, string> = {};
  for (;;) {
    const [key, words] = Object.entries(DELIMITERS).find(([, one]) => cursor.accept(...one.split(' '))) ?? [];
    if (key !== undefined) {
      const text = cursor.text(`a text in quotes after ${words}`);
      properties[key] = key === 'serialization.null.format' ? text : delimiterOf(text);
    } else if (cursor.accept('LINES', 'TERMINATED', 'BY')) {
      const text = cursor.string('a delimiter in quotes');
      if (text !== '\n') {
        throw new SqlError(
          'ER_NOT_SUPPORTED_YET',
          `lines that end in ${JSON.stringify(text)} are not supported here, expected '\\n'`,
        );
      }
    } else {
      return { properties };
    }
  }
}

function serdeProperties(serde: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    // Hive has misspelled one of them for so long that it stays.
    const key = name === 'colelction.delim' ? 'collection.delim' : name;
    if (key === 'serialization.format') {
      continue; // Hive writes it beside field.delim, and reads it only where that is absent.
    }
    if (!SERDE_PROPERTIES[serde].includes(key)) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        `the property ${JSON.stringify(name)} is not supported here for ${serde}, expected one of ${SERDE_PROPERTIES[serde].join(', ') || 'none'}`,
      );
    }
    if (key === 'serialization.encoding') {
      properties[key] = encodingOf(value);
    } else {
      properties[key] = key === 'serialization.null.format' ? value : delimiterOf(value);
    }
  }
  return properties;
}

function encodingOf(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw new SqlError('ER_NOT_SUPPORTED_YET', `the encoding ${JSON.stringify(name)} is not supported here`);
  }
}

/** One character; Hive also takes its number in octal or hexadecimal, of which MySQL's rules leave no backslash. */
function delimiterOf(text: string): string {
  const number = /^(?:u([0-9a-f]{4})|([0-7]{3}))$/i.exec(text);
  const delimiter = number ? String.fromCharCode(number[1] ? parseInt(number[1], 16) : parseInt(number[2], 8)) : text;
  if ([...delimiter].length !== 1 || delimiter === '\n' || delimiter === '\r') {
    throw new SqlError('ER_PARSE_ERROR', `the delimiter: expected one character, got ${JSON.stringify(text)}`);
  }
  return delimiter;
}

function readStoredAs(cursor: Cursor): string | undefined {
  if (cursor.accept('STORED', 'BY')) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `STORED BY is not supported here, expected STORED AS ${FORMATS.join(', ')}`,
    );
  }
  if (!cursor.accept('STORED', 'AS') && !cursor.accept('STORE', 'AS')) {
    return undefined;
  }
  if (cursor.accept('INPUTFORMAT')) {
    const input = cursor.string('a class in quotes');
    cursor.expect('OUTPUTFORMAT');
    cursor.string('a class in quotes');
    if (input !== 'org.apache.hadoop.mapred.TextInputFormat') {
      throw new SqlError('ER_NOT_SUPPORTED_YET', `INPUTFORMAT ${input} is not supported here`);
    }
    return 'TEXTFILE';
  }
  const name = cursor.name(FORMATS.join(', '));
  const format = FORMATS.find((one) => one === name.toUpperCase());
  if (!format) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `STORED AS ${name} is not supported here, expected one of ${FORMATS.join(', ')}`,
    );
  }
  return format;
}
