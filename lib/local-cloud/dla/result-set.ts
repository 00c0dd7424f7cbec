import type { ResultColumn, Row } from './engine/types';
import { NULL_TEXT, PacketWriter } from './packets';
import { SqlError } from './sql-error';

/** How rows travel: as texts, or, for a prepared statement, in the bytes of their types. */
export type RowFormat = 'text' | 'binary';

/** How a type of a column travels. */
interface WireType {
  /** MySQL's number of it. */
  readonly id: number;
  /** Longest text of a value, in characters. */
  readonly length: number;
  /** Digits after the point; 31 where any number may be. */
  readonly decimals?: number;
  readonly isUnsigned?: boolean;
  /** Writes the text of a value as a row of texts has it. @default - as it is */
  readonly writeText?: (writer: PacketWriter, text: string) => void;
  /** Writes the text of a value as a prepared statement's result has it. */
  readonly write: (writer: PacketWriter, text: string) => void;
}

/** Bits of the status that goes with each answer. */
export const STATUS = { inTransaction: 1, autocommit: 2, cursorExists: 64, lastRowSent: 128 };

const UTF8MB4 = 45;
const BINARY = 63;
const BINARY_FLAG = 128;
const UNSIGNED_FLAG = 32;
const ANY_DECIMALS = 31;
const EOF = 0xfe;

const asText: WireType['write'] = (writer, text) => writer.text(text);
const asInteger =
  (length: number): WireType['write'] =>
  (writer, text) =>
    writer.uint(Number(BigInt.asUintN(8 * length, BigInt(text))), length);

const VAR_STRING: WireType = { id: 253, length: 65_535, write: asText };

/** Bytes come as the hexadecimal digits that Presto's clients write, in groups. */
const asBytes: WireType['write'] = (writer, text) => {
  const bytes = Buffer.from(text.replace(/\s/g, ''), 'hex');
  writer.length(bytes.length);
  writer.bytes(bytes);
};

const VARBINARY: WireType = { ...VAR_STRING, write: asBytes, writeText: asBytes };

/** As a column of MySQL's tinyint(1), which is what the catalogue calls it and Connector/J reads as a boolean. */
const BOOLEAN: WireType = { id: 1, length: 1, write: asInteger(1) };

/** By DuckDB's names. */
const WIRE_TYPES: Readonly<Record<string, WireType>> = {
  BOOLEAN,
  TINYINT: { id: 1, length: 4, write: asInteger(1) },
  SMALLINT: { id: 2, length: 6, write: asInteger(2) },
  INTEGER: { id: 3, length: 11, write: asInteger(4) },
  BIGINT: { id: 8, length: 20, write: (writer, text) => writer.int64(BigInt(text)) },
  UBIGINT: { id: 8, length: 20, isUnsigned: true, write: (writer, text) => writer.int64(BigInt(text)) },
  FLOAT: { id: 4, length: 12, decimals: ANY_DECIMALS, write: (writer, text) => writer.float(Number(text)) },
  DOUBLE: { id: 5, length: 22, decimals: ANY_DECIMALS, write: (writer, text) => writer.double(Number(text)) },
  DATE: { id: 10, length: 10, write: writeDate },
  TIME: { id: 11, length: 17, decimals: 6, write: writeTime },
  TIMESTAMP: { id: 12, length: 26, decimals: 6, write: writeDate },
  DECIMAL: { id: 246, length: 40, write: asText },
  HUGEINT: { id: 246, length: 40, write: asText },
  BLOB: VARBINARY,
};

function wireTypeOf(type: string): WireType {
  const [, base, precision, scale] = /^(\w+)(?:\((\d+),(\d+)\))?$/.exec(type) ?? [];
  const found = WIRE_TYPES[base] ?? VAR_STRING;
  // A sign and a point beside the digits.
  return scale === undefined ? found : { ...found, length: Number(precision) + 2, decimals: Number(scale) };
}

interface Answer {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly Row[];
  /** The rows as packets of texts, where they are there already. */
  readonly packets?: Buffer;
}

/** How one client is answered. */
export interface AnswerFormat {
  /** Bits that go with each answer. */
  readonly status: number;
  /** Whether no packets of their own tell where columns end, and an OK packet where rows do (CLIENT_DEPRECATE_EOF). */
  readonly isWithoutEof: boolean;
}

/** The packets of an answer with rows, the first with the number 1. */
export function resultSet(answer: Answer, rowFormat: RowFormat, format: AnswerFormat): Buffer {
  const writer = new PacketWriter();
  writeColumns(writer, answer.columns);
  writeEndOfColumns(writer, format);
  writeRows(writer, answer, rowFormat);
  writeEnd(writer, format);
  return writer.take();
}

/** The packets that tell of the columns alone, and that the rows wait to be fetched. */
export function openedCursor(columns: readonly ResultColumn[], format: AnswerFormat): Buffer {
  const writer = new PacketWriter();
  writeColumns(writer, columns);
  writeEnd(writer, format, STATUS.cursorExists);
  return writer.take();
}

/** The packets of some rows of a cursor. */
export function fetchedRows(answer: Answer, isLast: boolean, format: AnswerFormat): Buffer {
  const writer = new PacketWriter();
  writeRows(writer, answer, 'binary');
  writeEnd(writer, format, isLast ? STATUS.lastRowSent : STATUS.cursorExists);
  return writer.take();
}

/** What COM_FIELD_LIST is answered with: columns of a table, with their default, which is none. */
export function fieldList(columns: readonly ResultColumn[], format: AnswerFormat): Buffer {
  const writer = new PacketWriter();
  columns.forEach(({ name, type }) => writeColumn(writer, name, wireTypeOf(type), true));
  writeEnd(writer, format);
  return writer.take();
}

/** What a command is answered with that ends as rows do, and has none. */
export function endPacket(format: AnswerFormat): Buffer {
  const writer = new PacketWriter();
  writeEnd(writer, format);
  return writer.take();
}

function writeColumns(writer: PacketWriter, columns: readonly ResultColumn[]): void {
  writer.begin();
  writer.length(columns.length);
  writer.finish();
  columns.forEach(({ name, type }) => writeColumn(writer, name, wireTypeOf(type)));
}

function writeRows(writer: PacketWriter, answer: Answer, format: RowFormat): void {
  const types = answer.columns.map(({ type }) => wireTypeOf(type));
  if (answer.packets && format === 'text' && types.every(({ writeText }) => writeText === undefined)) {
    writer.packets(answer.packets);
    return;
  }
  const write = format === 'text' ? writeTextRow : writeBinaryRow;
  for (const row of answer.rows) {
    writer.begin();
    write(writer, row, types);
    writer.finish();
  }
}

/** Their number is told in two bytes. */
const MAX_PREPARED_COLUMNS = 65_535;

/** The packets that tell a client that its statement is prepared, and which columns its rows will have. */
export function preparedStatement(
  id: number,
  parameters: number,
  columns: readonly ResultColumn[],
  format: AnswerFormat,
): Buffer {
  if (columns.length > MAX_PREPARED_COLUMNS) {
    throw new SqlError('ER_TOO_MANY_FIELDS', `too many columns: expected at most ${MAX_PREPARED_COLUMNS}`);
  }
  const writer = new PacketWriter();
  writer.begin();
  writer.uint(0, 1);
  writer.uint(id, 4);
  writer.uint(columns.length, 2);
  writer.uint(parameters, 2);
  writer.uint(0, 3);
  writer.finish();
  for (let at = 0; at < parameters; at += 1) {
    writeColumn(writer, '?', VAR_STRING);
  }
  if (parameters > 0) {
    writeEndOfColumns(writer, format);
  }
  columns.forEach(({ name, type }) => writeColumn(writer, name, wireTypeOf(type)));
  if (columns.length > 0) {
    writeEndOfColumns(writer, format);
  }
  return writer.take();
}

function writeColumn(writer: PacketWriter, name: string, type: WireType, hasDefault = false): void {
  const { id, length, decimals = 0, isUnsigned } = type;
  const isText = type === VAR_STRING;
  const flags = isText || type === BOOLEAN ? 0 : BINARY_FLAG | (isUnsigned ? UNSIGNED_FLAG : 0);
  writer.begin();
  writer.text('def');
  // Schema, table and the table's own name: of the values of an expression they would not be known.
  writer.text('');
  writer.text('');
  writer.text('');
  writer.text(name);
  writer.text(name);
  writer.length(12);
  writer.uint(isText ? UTF8MB4 : BINARY, 2);
  writer.uint(length, 4);
  writer.uint(id, 1);
  writer.uint(flags, 2);
  writer.uint(decimals, 1);
  writer.uint(0, 2);
  if (hasDefault) {
    writer.uint(NULL_TEXT, 1);
  }
  writer.finish();
}

function writeEndOfColumns(writer: PacketWriter, format: AnswerFormat): void {
  if (!format.isWithoutEof) {
    writeEnd(writer, format);
  }
}

/** The end of rows: an EOF packet, or an OK packet that begins like one. */
function writeEnd(writer: PacketWriter, { status, isWithoutEof }: AnswerFormat, more = 0): void {
  writer.begin();
  writer.uint(EOF, 1);
  // Rows that were changed and an id before the status, and warnings after it; of EOF, warnings before it.
  writer.uint(0, 2);
  writer.uint(status | more, 2);
  if (isWithoutEof) {
    writer.uint(0, 2);
  }
  writer.finish();
}

function writeTextRow(writer: PacketWriter, row: Row, types: readonly WireType[]): void {
  row.forEach((value, at) => {
    const { writeText } = types[at];
    if (value === null || writeText === undefined) {
      writer.value(value);
    } else {
      writeText(writer, value);
    }
  });
}

function writeBinaryRow(writer: PacketWriter, row: Row, types: readonly WireType[]): void {
  // The first two bits of the map are not used.
  const nulls = Buffer.alloc(Math.floor((row.length + 9) / 8));
  row.forEach((value, at) => {
    if (value === null) {
      nulls[(at + 2) >> 3] |= 1 << ((at + 2) & 7);
    }
  });
  writer.uint(0, 1);
  writer.bytes(nulls);
  row.forEach((value, at) => value !== null && types[at].write(writer, value));
}

/** A date, or a date and a time: a clock of zeros and a fraction of zeros are left out. */
function writeDate(writer: PacketWriter, text: string): void {
  const [, year, month, day, rest = ''] = /^(\d{1,4})-(\d+)-(\d+)(.*)$/.exec(text) ?? [];
  if (year === undefined) {
    throw new SqlError('ER_DATA_OUT_OF_RANGE', `the date ${text} is out of range: expected a year from 0 to 9999`);
  }
  const [hour = 0, minute = 0, second = 0, micros = 0] = clockOf(rest);
  const length = micros > 0 ? 11 : hour + minute + second > 0 ? 7 : 4;
  writer.uint(length, 1);
  writer.uint(Number(year), 2);
  writer.uint(Number(month), 1);
  writer.uint(Number(day), 1);
  if (length > 4) {
    writeClock(writer, hour, minute, second);
  }
  if (length > 7) {
    writer.uint(micros, 4);
  }
}

function writeTime(writer: PacketWriter, text: string): void {
  const [hour = 0, minute = 0, second = 0, micros = 0] = clockOf(text);
  const length = micros > 0 ? 12 : hour + minute + second > 0 ? 8 : 0;
  writer.uint(length, 1);
  if (length > 0) {
    // Not negative, and no days.
    writer.uint(0, 5);
    writeClock(writer, hour, minute, second);
  }
  if (length > 8) {
    writer.uint(micros, 4);
  }
}

function writeClock(writer: PacketWriter, ...values: readonly number[]): void {
  values.forEach((value) => writer.uint(value, 1));
}

/** Hours, minutes, seconds and microseconds. */
function clockOf(text: string): number[] {
  const [, hour, minute, second, fraction = ''] = /(\d+):(\d+):(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return hour === undefined ? [] : [hour, minute, second, fraction.padEnd(6, '0')].map(Number);
}
