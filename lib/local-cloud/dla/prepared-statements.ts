import { isUtf8 } from 'node:buffer';
import { PayloadReader } from './payload-reader';
import type { ResultColumn, Row } from './engine/types';
import { SqlError } from './sql-error';
import { tokenize } from './tokens';

/** Of one connection. */
const MAX_STATEMENTS = 1000;

/** Characters in the statements of one connection. */
const MAX_TEXT = 8 << 20;

const MAX_PARAMETERS = 65_535;

const UNSIGNED = 0x80;

interface PreparedStatement {
  /** The text between the parameters. */
  readonly pieces: readonly string[];
  /** Of the whole statement. */
  readonly textLength: number;
  /** What was sent of each parameter before the statement is executed, by its place. */
  readonly longData: Map<number, Buffer[]>;
  longBytes: number;
  /** Whether more was sent than is kept. */
  isTooLong: boolean;
  /** Those of the last execution, which the next one need not repeat. */
  types?: readonly (readonly [type: number, unsigned: boolean])[];
  /** Rows of the last execution, of which `fetched` have been sent. */
  cursor?: Rows;
  fetched: number;
}

interface Rows {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly Row[];
}

/** Characters in all rows that wait in the cursors of one connection. */
const MAX_WAITING = 32 << 20;

/** What a piece of a parameter takes beside its own bytes. */
const PIECE_BYTES = 64;

const CURSOR_READ_ONLY = 1;

/** Statements of one connection with places for values: COM_STMT_PREPARE and what follows it. */
export class PreparedStatements {
  private readonly statements = new Map<number, PreparedStatement>();
  private lastId = 0;
  private textLength = 0;
  private longBytes = 0;

  /** @param maxBytes - of the parameters that are sent before their statements are executed */
  constructor(private readonly maxBytes: number) {}

  /**
   * Gives a statement its number. `described` has the columns that its rows will have: NULL, which is of every type,
   * stands for its parameters.
   *
   * @throws SqlError for a text that cannot be split, for too many parameters and for too many statements
   */
  public prepare(sql: string): { id: number; parameters: number; described: string } {
    if (this.statements.size >= MAX_STATEMENTS) {
      throw new SqlError(
        'ER_MAX_PREPARED_STMT_COUNT_REACHED',
        `${MAX_STATEMENTS} statements are prepared on this connection already, the most allowed: close some`,
      );
    }
    if (this.textLength + sql.length > MAX_TEXT) {
      throw new SqlError(
        'ER_MAX_PREPARED_STMT_COUNT_REACHED',
        `the statements prepared on this connection have more than ${MAX_TEXT} characters, the most allowed: close some`,
      );
    }
    const places = tokenize(sql).tokens.filter(({ kind, text }) => kind === 'symbol' && text === '?');
    if (places.length > MAX_PARAMETERS) {
      throw new SqlError('ER_PS_MANY_PARAM', 'Prepared statement contains too many placeholders');
    }
    const pieces = [...places, undefined].map((place, at) => sql.slice(places[at - 1]?.end ?? 0, place?.start));
    this.lastId += 1;
    this.textLength += sql.length;
    this.statements.set(this.lastId, {
      pieces,
      textLength: sql.length,
      longData: new Map(),
      longBytes: 0,
      isTooLong: false,
      fetched: 0,
    });
    const described = textOf(
      pieces,
      places.map(() => 'NULL'),
      () => '1',
    );
    return { id: this.lastId, parameters: places.length, described };
  }

  /** COM_STMT_SEND_LONG_DATA, which has no answer: what is wrong with it is told when the statement is executed. */
  public addLongData(payload: Buffer): void {
    const statement = this.statements.get(idOf(payload));
    if (!statement || payload.length < 6) {
      return;
    }
    const piece = Buffer.from(payload.subarray(6));
    const bytes = piece.length + PIECE_BYTES;
    statement.isTooLong ||= this.longBytes + bytes > this.maxBytes;
    if (statement.isTooLong) {
      return;
    }
    this.longBytes += bytes;
    statement.longBytes += bytes;
    const at = payload.readUInt16LE(4);
    const pieces = statement.longData.get(at) ?? [];
    pieces.push(piece);
    statement.longData.set(at, pieces);
  }

  public close(payload: Buffer): void {
    this.forget(idOf(payload));
  }

  /** Closes a statement whose number the client was never told, too. */
  public forget(id: number): void {
    const statement = this.statements.get(id);
    if (statement) {
      this.forgetLongData(statement);
      this.textLength -= statement.textLength;
      this.statements.delete(id);
    }
  }

  /**
   * Forgets what was sent for the statement's parameters, and the rows that wait.
   *
   * @throws SqlError ER_UNKNOWN_STMT_HANDLER
   */
  public reset(payload: Buffer): void {
    const statement = this.find(payload);
    this.forgetLongData(statement);
    statement.cursor = undefined;
  }

  /** Whether COM_STMT_EXECUTE asks for a cursor. */
  public wantsCursor(payload: Buffer): boolean {
    return payload.length > 4 && (payload[4] & CURSOR_READ_ONLY) !== 0;
  }

  /** Keeps the rows of an execution for COM_STMT_FETCH. @throws SqlError ER_OUT_OF_RESOURCES */
  public openCursor(payload: Buffer, cursor: Rows): void {
    const statement = this.find(payload);
    statement.cursor = undefined;
    const waiting = [...this.statements.values(), { cursor }].map((one) => lengthOf(one.cursor?.rows ?? []));
    if (waiting.reduce((sum, length) => sum + length, 0) > MAX_WAITING) {
      throw new SqlError(
        'ER_OUT_OF_RESOURCES',
        `more than ${MAX_WAITING} characters wait in the cursors of this connection: fetch them, or close some`,
      );
    }
    statement.cursor = cursor;
    statement.fetched = 0;
  }

  /** The next rows of a cursor, as many as COM_STMT_FETCH asks for. @throws SqlError ER_STMT_HAS_NO_OPEN_CURSOR */
  public fetch(payload: Buffer): Rows & { readonly isLast: boolean } {
    const statement = this.find(payload);
    const { cursor } = statement;
    if (!cursor || payload.length < 8) {
      throw new SqlError('ER_STMT_HAS_NO_OPEN_CURSOR', 'The statement has no open cursor');
    }
    const count = payload.readUInt32LE(4);
    const rows = cursor.rows.slice(statement.fetched, statement.fetched + count);
    statement.fetched += rows.length;
    const isLast = statement.fetched >= cursor.rows.length;
    if (isLast) {
      statement.cursor = undefined;
    }
    return { columns: cursor.columns, rows, isLast };
  }

  public closeAll(): void {
    this.statements.clear();
    this.textLength = 0;
    this.longBytes = 0;
  }

  /**
   * Text of the statement with the values that COM_STMT_EXECUTE has for its parameters.
   *
   * @throws SqlError for a statement that is not there and for values that cannot be read
   */
  public bind(payload: Buffer): string {
    const statement = this.find(payload);
    try {
      if (statement.isTooLong) {
        throw new SqlError(
          'ER_NET_PACKET_TOO_LARGE',
          `the parameters are longer than ${this.maxBytes} bytes, the most allowed`,
        );
      }
      const values = valuesOf(statement, new PayloadReader(payload.subarray(9)));
      return textOf(statement.pieces, values);
    } finally {
      this.forgetLongData(statement);
    }
  }

  private forgetLongData(statement: PreparedStatement): void {
    this.longBytes -= statement.longBytes;
    statement.longData.clear();
    statement.longBytes = 0;
    statement.isTooLong = false;
  }

  private find(payload: Buffer): PreparedStatement {
    const id = idOf(payload);
    const found = this.statements.get(id);
    if (!found) {
      throw new SqlError('ER_UNKNOWN_STMT_HANDLER', `no prepared statement has the number ${id}`);
    }
    return found;
  }
}

function idOf(payload: Buffer): number {
  return payload.length < 4 ? 0 : payload.readUInt32LE();
}

function lengthOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => row.reduce((length, value) => length + (value?.length ?? 0), sum + row.length), 0);
}

function valuesOf(statement: PreparedStatement, reader: PayloadReader): string[] {
  const count = statement.pieces.length - 1;
  if (count === 0) {
    return [];
  }
  const nulls = reader.take(Math.ceil(count / 8));
  const [areTypesSent] = reader.take(1);
  if (areTypesSent) {
    statement.types = Array.from({ length: count }, () => {
      const [type, flags] = reader.take(2);
      return [type, (flags & UNSIGNED) !== 0] as const;
    });
  }
  const { types, longData } = statement;
  return Array.from({ length: count }, (_, at) => {
    const long = longData.get(at);
    if (long) {
      return textLiteral(Buffer.concat(long));
    }
    if (nulls[at >> 3] & (1 << (at & 7))) {
      return 'NULL';
    }
    // Connector/J sends no types as long as all values are NULL.
    if (!types) {
      throw new SqlError('ER_WRONG_ARGUMENTS', 'the types of the parameters have not been sent');
    }
    return literal(reader, ...types[at]);
  });
}

/** A value as the text of a statement has it, by MySQL's number of its type. */
function literal(reader: PayloadReader, type: number, unsigned: boolean): string {
  const integer = (length: number): string => {
    const bytes = reader.take(length);
    return String(unsigned ? bytes.readUIntLE(0, length) : bytes.readIntLE(0, length));
  };
  switch (type) {
    case 1:
      return integer(1);
    case 2:
    case 13:
      return integer(2);
    case 3:
    case 9:
      return integer(4);
    case 8: {
      const bytes = reader.take(8);
      return String(unsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE());
    }
    case 4:
      return double(reader.take(4).readFloatLE());
    case 5:
      return double(reader.take(8).readDoubleLE());
    case 6:
      return 'NULL';
    case 7:
    case 10:
    case 12:
      return dateLiteral(reader.take(reader.take(1)[0]), type === 10);
    case 11:
      return timeLiteral(reader.take(reader.take(1)[0]));
    // DECIMAL, VARCHAR, BIT, JSON, NEWDECIMAL, ENUM, SET, BLOB in four sizes, VAR_STRING, STRING.
    case 0:
    case 246:
      return decimal(reader.take(reader.length()).toString());
    case 15:
    case 16:
    case 245:
    case 247:
    case 248:
    case 249:
    case 250:
    case 251:
    case 252:
    case 253:
    case 254:
      return textLiteral(reader.take(reader.length()));
    default:
      throw new SqlError('ER_NOT_SUPPORTED_YET', `parameters of the type ${type} are not supported here`);
  }
}

/** The pieces with the values between them, each a token of its own, those of LIMIT as `limit` makes them. */
function textOf(pieces: readonly string[], values: readonly string[], limit = count): string {
  let isLimit = false;
  return pieces
    .map((piece, at) => {
      isLimit = /\b(limit|offset)\s*$/i.test(piece) || (isLimit && /^\s*,\s*$/.test(piece));
      const isLast = at === values.length;
      const start = at > 0 && /^[^\s(),]/.test(piece) ? ' ' : '';
      const end = isLast || /[\s(),]$/.test(piece) ? '' : ' ';
      return `${start}${piece}${end}${isLast ? '' : isLimit ? limit(values[at]) : values[at]}`;
    })
    .join('');
}

/** LIMIT takes whole numbers only; clients in JavaScript send every number as a double, or as a text. */
function count(value: string): string {
  const text = /^'(\d+)'$/.exec(value)?.[1] ?? value;
  return Number.isSafeInteger(Number(text)) && text !== '' ? String(Number(text)) : value;
}

/** With an exponent: a number with a point alone is a decimal. */
function double(value: number): string {
  return value.toExponential();
}

function decimal(text: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(text)) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `expected a decimal number for a parameter, got ${text.slice(0, 60)}`);
  }
  return text;
}

/** Bytes that are no text are sent as text by some clients, too. */
function textLiteral(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    return `X'${bytes.toString('hex')}'`;
  }
  return `'${bytes.toString().replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function dateLiteral(bytes: Buffer, isDate: boolean): string {
  const year = bytes.length < 2 ? 0 : bytes.readUInt16LE();
  const [month = 0, day = 0, ...clock] = bytes.subarray(2);
  const date = `${digits(year, 4)}-${digits(month)}-${digits(day)}`;
  return isDate ? `date '${date}'` : `timestamp '${date} ${clockText(clock, bytes, 7)}'`;
}

function timeLiteral(bytes: Buffer): string {
  if (bytes.length > 0 && bytes.subarray(0, 5).some((byte) => byte !== 0)) {
    throw new SqlError('ER_WRONG_ARGUMENTS', 'expected a time of one day for a parameter');
  }
  return `time '${clockText([...bytes.subarray(5)], bytes, 8)}'`;
}

/** Microseconds, where there are any, stand at the given place. */
function clockText([hour = 0, minute = 0, second = 0]: readonly number[], bytes: Buffer, at: number): string {
  const micros = bytes.length >= at + 4 ? bytes.readUInt32LE(at) : 0;
  const fraction = micros > 0 ? `.${digits(micros, 6).replace(/000$/, '')}` : '';
  return `${[hour, minute, second].map((value) => digits(value)).join(':')}${fraction}`;
}

function digits(value: number, count = 2): string {
  return String(value).padStart(count, '0');
}
