import { CloudError } from '../account/cloud-error';

/** MySQL's numbers and SQL states for the errors that the DLA server answers with. */
const CODES = {
  ER_CON_COUNT_ERROR: [1040, '08004'],
  ER_HANDSHAKE_ERROR: [1043, '08S01'],
  ER_ACCESS_DENIED_ERROR: [1045, '28000'],
  ER_NO_DB_ERROR: [1046, '3D000'],
  ER_DUP_FIELDNAME: [1060, '42S21'],
  ER_OUT_OF_RESOURCES: [1041, 'HY000'],
  ER_UNKNOWN_COM_ERROR: [1047, '08S01'],
  ER_BAD_DB_ERROR: [1049, '42000'],
  ER_TABLE_EXISTS_ERROR: [1050, '42S01'],
  ER_BAD_TABLE_ERROR: [1051, '42S02'],
  ER_BAD_FIELD_ERROR: [1054, '42S22'],
  ER_PARSE_ERROR: [1064, '42000'],
  ER_EMPTY_QUERY: [1065, '42000'],
  ER_DB_CREATE_EXISTS: [1007, 'HY000'],
  ER_DB_DROP_EXISTS: [1008, 'HY000'],
  ER_NO_SUCH_THREAD: [1094, 'HY000'],
  ER_UNKNOWN_ERROR: [1105, 'HY000'],
  ER_MIX_OF_GROUP_FUNC_AND_FIELDS: [1140, '42000'],
  ER_WRONG_VALUE_COUNT_ON_ROW: [1136, '21S01'],
  ER_TABLEACCESS_DENIED_ERROR: [1142, '42000'],
  ER_NO_SUCH_TABLE: [1146, '42S02'],
  ER_UNKNOWN_CHARACTER_SET: [1115, '42000'],
  ER_WRONG_VALUE_FOR_VAR: [1231, '42000'],
  ER_UNKNOWN_TABLE: [1109, '42S02'],
  ER_INVALID_GROUP_FUNC_USE: [1111, 'HY000'],
  ER_NET_PACKET_TOO_LARGE: [1153, '08S01'],
  ER_NET_PACKETS_OUT_OF_ORDER: [1156, '08S01'],
  ER_NET_UNCOMPRESS_ERROR: [1157, '08S01'],
  ER_UNKNOWN_SYSTEM_VARIABLE: [1193, 'HY000'],
  ER_SPECIFIC_ACCESS_DENIED_ERROR: [1227, '42000'],
  ER_WRONG_ARGUMENTS: [1210, 'HY000'],
  ER_NOT_SUPPORTED_YET: [1235, '42000'],
  ER_UNKNOWN_STMT_HANDLER: [1243, 'HY000'],
  ER_WRONG_OBJECT: [1347, 'HY000'],
  ER_VIEW_WRONG_LIST: [1353, 'HY000'],
  ER_UNSUPPORTED_PS: [1295, 'HY000'],
  ER_MAX_PREPARED_STMT_COUNT_REACHED: [1461, '42000'],
  ER_VIEW_RECURSIVE: [1462, 'HY000'],
  ER_PARTITION_MGMT_ON_NONPARTITIONED: [1505, 'HY000'],
  ER_UNKNOWN_PARTITION: [1735, 'HY000'],
  ER_DATA_OUT_OF_RANGE: [1690, '22003'],
  ER_SP_DOES_NOT_EXIST: [1305, '42000'],
  ER_QUERY_INTERRUPTED: [1317, '70100'],
  ER_TOO_MANY_CONCURRENT: [1637, 'HY000'],
  ER_MALFORMED_PACKET: [1835, 'HY000'],
  ER_STMT_HAS_NO_OPEN_CURSOR: [1421, 'HY000'],
  ER_TOO_MANY_FIELDS: [1117, 'HY000'],
  ER_PS_MANY_PARAM: [1390, 'HY000'],
  ER_QUERY_TIMEOUT: [3024, 'HY000'],
  ER_WINDOW_INVALID_WINDOW_FUNC_USE: [3593, 'HY000'],
  /** DLA's own numbers. */
  DLA_DROP_SCHEMA: [18802, 'HY000'],
  DLA_DROP_TABLE: [18807, 'HY000'],
} as const;

export type SqlErrorCode = keyof typeof CODES;

/** A refusal that goes to the client as a MySQL error. */
export class SqlError extends Error {
  public readonly errno: number;
  public readonly sqlState: string;

  constructor(
    public readonly code: SqlErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'SqlError';
    [this.errno, this.sqlState] = CODES[code];
  }
}

/** Runs a call of the account's model; its refusal becomes the given MySQL error. */
export function translated<T>(code: SqlErrorCode, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof CloudError ? new SqlError(code, error.message) : error;
  }
}
