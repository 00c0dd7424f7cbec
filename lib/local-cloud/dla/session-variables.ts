import type { Cursor } from './cursor';
import { DEFAULT_LIMITS, MAX_CONNECTIONS } from './limits';
import { SLOW_QUERY_SECONDS } from './server-status';
import { SqlError } from './sql-error';
import type { KnownValue } from './statement';
import type { Token } from './tokens';

/**
 * Assumption: DLA calls itself a MySQL of the 5.7 line. Connector/J 5.1 before .49 speaks TLS 1.2, the least that Java
 * still takes, only with a version that has the word `advanced`.
 */
export const SERVER_VERSION = '5.7.40-alicloud-local-advanced';

/** Variables that clients read when they connect, with their values then. */
const INITIAL: Readonly<Record<string, string | null>> = {
  auto_increment_increment: '1',
  auto_increment_offset: '1',
  autocommit: '1',
  basedir: '/',
  bulk_insert_buffer_size: '8388608',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_database: 'utf8mb4',
  character_set_filesystem: 'binary',
  character_set_results: 'utf8mb4',
  character_set_server: 'utf8mb4',
  character_set_system: 'utf8',
  collation_connection: 'utf8mb4_general_ci',
  collation_database: 'utf8mb4_general_ci',
  collation_server: 'utf8mb4_general_ci',
  datadir: '/',
  default_authentication_plugin: 'mysql_native_password',
  default_storage_engine: 'OSS',
  default_week_format: '0',
  div_precision_increment: '4',
  error_count: '0',
  event_scheduler: 'OFF',
  explicit_defaults_for_timestamp: '0',
  foreign_key_checks: '1',
  ft_min_word_len: '4',
  group_concat_max_len: '1024',
  gtid_mode: 'OFF',
  have_innodb: 'NO',
  have_openssl: 'YES',
  have_profiling: 'NO',
  have_query_cache: 'NO',
  have_ssl: 'YES',
  hostname: 'localhost',
  identity: '0',
  init_connect: '',
  innodb_lock_wait_timeout: '50',
  interactive_timeout: '28800',
  join_buffer_size: '262144',
  language: '/usr/share/mysql/english/',
  last_insert_id: '0',
  lc_messages: 'en_US',
  lc_time_names: 'en_US',
  license: 'Apache-2.0',
  local_infile: '0',
  log_bin: '0',
  long_query_time: SLOW_QUERY_SECONDS.toFixed(6),
  low_priority_updates: '0',
  lower_case_file_system: 'OFF',
  lower_case_table_names: '1',
  max_allowed_packet: String(DEFAULT_LIMITS.queryBytes),
  max_connections: String(MAX_CONNECTIONS),
  max_error_count: '64',
  max_execution_time: '0',
  max_heap_table_size: '16777216',
  max_join_size: '18446744073709551615',
  max_user_connections: '0',
  net_buffer_length: '16384',
  net_read_timeout: '60',
  net_retry_count: '10',
  net_write_timeout: '60',
  old_passwords: '0',
  optimizer_switch: '',
  performance_schema: '0',
  port: '10000',
  profiling: '0',
  protocol_version: '10',
  query_cache_size: '0',
  query_cache_type: 'OFF',
  read_only: '0',
  secure_file_priv: null,
  server_id: '0',
  server_uuid: '',
  session_track_schema: '0',
  socket: '',
  sort_buffer_size: '262144',
  sql_auto_is_null: '0',
  sql_big_selects: '1',
  sql_log_bin: '1',
  sql_mode: '',
  sql_notes: '1',
  sql_quote_show_create: '1',
  sql_safe_updates: '0',
  sql_select_limit: '18446744073709551615',
  sql_warnings: '0',
  ssl_cipher: '',
  storage_engine: 'OSS',
  super_read_only: '0',
  system_time_zone: 'CST',
  time_zone: '+08:00',
  tmp_table_size: '16777216',
  tmpdir: '/tmp',
  transaction_isolation: 'READ-COMMITTED',
  transaction_read_only: '0',
  tx_isolation: 'READ-COMMITTED',
  tx_read_only: '0',
  unique_checks: '1',
  version: SERVER_VERSION,
  version_comment: 'Data Lake Analytics of a local cloud',
  version_compile_machine: 'x86_64',
  version_compile_os: 'Linux',
  wait_timeout: '28800',
  warning_count: '0',
};

/** As MySQL tells it of a server that has no certificate. */
const WITHOUT_TLS = { have_openssl: 'DISABLED', have_ssl: 'DISABLED' };

/** Those that SHOW VARIABLES tells as ON and OFF. */
const SWITCHES =
  /^(autocommit|explicit_defaults_for_timestamp|foreign_key_checks|local_infile|log_bin|low_priority_updates|performance_schema|profiling|read_only|session_track_schema|sql_auto_is_null|sql_big_selects|sql_log_bin|sql_notes|sql_quote_show_create|sql_safe_updates|sql_warnings|super_read_only|transaction_read_only|tx_read_only|unique_checks)$/;

/** Modes that hold ANSI_QUOTES. */
const ANSI_QUOTES = /\b(ANSI_QUOTES|ANSI|DB2|MAXDB|MSSQL|ORACLE|POSTGRESQL)\b/i;

/** Variables of a user's own in one session. */
const MAX_USER_VARIABLES = 1000;

/** Settings whose value changes nothing here, whatever it is. */
const WITHOUT_EFFECT =
  /^(autocommit|sql_mode|sql_safe_updates|sql_auto_is_null|sql_quote_show_create|sql_notes|wait_timeout|interactive_timeout|lock_wait_timeout|innodb_lock_wait_timeout|net_(read|write)_timeout|group_concat_max_len|max_join_size|tx_isolation|tx_read_only|transaction_isolation|transaction_read_only|foreign_key_checks|unique_checks|profiling|query_cache_type|lc_time_names|session_track_\w+|old_passwords|sql_log_bin|sql_big_selects|low_priority_updates|storage_engine|default_storage_engine|sql_warnings|lc_messages|optimizer_switch|sort_buffer_size|join_buffer_size|tmp_table_size|max_heap_table_size|bulk_insert_buffer_size)$/;

const CHARACTER_SETS = /^(utf8|utf8mb3|utf8mb4|binary|default)$/;
const CHARACTER_SET_VARIABLE =
  /^(character_set_(client|connection|results|database|server)|collation_(connection|database|server))$/;
/** Longer ones end at once; they are of 24 days and more. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

const MAX_EXECUTION_MILLIS = 2 ** 32 - 1;
const MAX_SELECT_LIMIT = 18_446_744_073_709_551_615n;

/** The variables of one session, as clients set and read them. */
export class SessionVariables {
  private readonly values: Record<string, string | null> = {};
  private readonly users = new Map<string, KnownValue>();

  constructor(private readonly hasTls: boolean) {
    this.reset();
  }

  /** All, as SHOW VARIABLES tells them. */
  public get shown(): Readonly<Record<string, string | null>> {
    return Object.fromEntries(
      Object.entries(this.values).map(([name, value]) => [
        name,
        SWITCHES.test(name) ? (value === '1' ? 'ON' : 'OFF') : value,
      ]),
    );
  }

  public get isAutocommit(): boolean {
    return this.values.autocommit !== '0';
  }

  /** Whether double quotes are for names. */
  public get hasAnsiQuotes(): boolean {
    return ANSI_QUOTES.test(this.values.sql_mode ?? '');
  }

  /** Rows that an answer may have. */
  public get selectLimit(): number {
    return Number(this.values.sql_select_limit);
  }

  /** Time that a SELECT may take, whose rows are waited for; undefined without a limit. */
  public get maxExecutionMillis(): number | undefined {
    const millis = Number(this.values.max_execution_time);
    return millis === 0 || millis > MAX_TIMER_MILLIS ? undefined : millis;
  }

  /** The zone by its name in the tz database; undefined for China's, which is that of the service. */
  public get timeZone(): string | undefined {
    const zone = this.values.time_zone!;
    const [, sign, hours, minutes] = /^([+-])(\d\d?):(\d\d)$/.exec(zone) ?? [];
    if (sign === undefined) {
      return zone === 'SYSTEM' ? undefined : zone;
    }
    if (minutes !== '00' || (sign === '-' && Number(hours) > 12)) {
      return `${sign}${hours.padStart(2, '0')}:${minutes}`;
    }
    // The signs of these names are the wrong way round.
    return Number(hours) === 0 ? 'UTC' : `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`;
  }

  /** @throws SqlError ER_UNKNOWN_SYSTEM_VARIABLE */
  public get(name: string): KnownValue {
    if (!Object.hasOwn(this.values, name)) {
      throw new SqlError('ER_UNKNOWN_SYSTEM_VARIABLE', `the variable ${name} is not known`);
    }
    const text = this.values[name];
    return { text, isNumber: /^\d+$/.test(INITIAL[name] ?? '') && /^\d+$/.test(text ?? '') };
  }

  /** A variable of the user's own, which is NULL until it is set. */
  public getUsers(name: string): KnownValue {
    return this.users.get(name) ?? { text: null, isNumber: false };
  }

  public reset(): void {
    this.users.clear();
    for (const name of Object.keys(this.values)) {
      delete this.values[name];
    }
    Object.assign(this.values, INITIAL, this.hasTls ? {} : WITHOUT_TLS);
  }

  /**
   * Does what a SET says, or nothing at all.
   *
   * @throws SqlError for a variable that is not known, and for a value that would have to act and cannot
   */
  public assign(settings: readonly Setting[]): void {
    const known = settings.map((setting) => ({ ...setting, value: this.known(setting.value) }));
    const checked = known.map(({ name, isUsers, value }) => ({
      name,
      isUsers,
      value: isUsers ? value : checkedValue(name, value?.text),
    }));
    for (const { name, isUsers, value } of checked) {
      if (isUsers) {
        this.setUsers(name, value as KnownValue | undefined);
      } else if (value !== undefined) {
        this.values[name] = value as string | null;
      }
    }
  }

  private known(value: Setting['value']): KnownValue | undefined {
    if (value && 'name' in value) {
      return value.isUsers ? this.getUsers(value.name) : this.get(value.name);
    }
    return value;
  }

  private setUsers(name: string, value: KnownValue | undefined): void {
    if (value === undefined) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', `SET @${name.slice(0, 60)}: expressions are not supported here`);
    }
    if (!this.users.has(name) && this.users.size >= MAX_USER_VARIABLES) {
      throw new SqlError('ER_OUT_OF_RESOURCES', `more than ${MAX_USER_VARIABLES} variables are set`);
    }
    this.users.set(name, value);
  }
}

/** One assignment of a SET; the value is undefined where it is an expression. */
export interface Setting {
  readonly name: string;
  /** Whether it is a variable of the user's own. */
  readonly isUsers: boolean;
  /** A value, or the variable that has it. */
  readonly value: KnownValue | { readonly name: string; readonly isUsers: boolean } | undefined;
}

/** Reads what follows `SET`. */
export function readSettings(cursor: Cursor): readonly Setting[] {
  for (const scope of ['SESSION', 'GLOBAL', 'LOCAL', '']) {
    if (scope === '' ? cursor.accept('TRANSACTION') : cursor.accept(scope, 'TRANSACTION')) {
      cursor.takeRest();
      return [];
    }
  }
  const settings: Setting[] = [];
  do {
    settings.push(...(readNames(cursor) ?? [readSetting(cursor)]));
  } while (cursor.accept(','));
  return settings;
}

/** `NAMES utf8mb4` and its kin, which may stand among other settings. */
function readNames(cursor: Cursor): readonly Setting[] | undefined {
  if (!cursor.accept('NAMES') && !cursor.accept('CHARACTER', 'SET') && !cursor.accept('CHARSET')) {
    return undefined;
  }
  const value = { text: cursor.skip().text.toLowerCase(), isNumber: false };
  if (cursor.accept('COLLATE')) {
    cursor.skip();
  }
  return ['character_set_client', 'character_set_connection', 'character_set_results'].map((name) => ({
    name,
    isUsers: false,
    value,
  }));
}

function readSetting(cursor: Cursor): Setting {
  const isSystem = cursor.accept('@', '@');
  const isUsers = !isSystem && cursor.accept('@');
  let isGlobal = false;
  for (const scope of ['SESSION', 'GLOBAL', 'LOCAL']) {
    if (cursor.accept(scope)) {
      isGlobal = scope === 'GLOBAL';
      cursor.accept('.');
      break;
    }
  }
  const name = cursor.name('a variable').toLowerCase();
  if (isGlobal) {
    throw new SqlError(
      'ER_SPECIFIC_ACCESS_DENIED_ERROR',
      `SET GLOBAL ${name.slice(0, 60)}: no user may set what all sessions share, expected SET SESSION`,
    );
  }
  if (!cursor.accept('=') && !cursor.accept(':', '=')) {
    throw cursor.error('=');
  }
  return { name, isUsers, value: valueOf(readExpression(cursor)) };
}

function readExpression(cursor: Cursor): readonly Token[] {
  const tokens: Token[] = [];
  for (let depth = 0; !cursor.done;) {
    const { text, kind } = cursor.peek()!;
    if (kind === 'symbol' && depth === 0 && (text === ',' || text === ';')) {
      break;
    }
    depth += kind === 'symbol' ? Number(text === '(') - Number(text === ')') : 0;
    tokens.push(cursor.skip());
  }
  if (tokens.length === 0) {
    throw cursor.error('a value');
  }
  return tokens;
}

function valueOf(tokens: readonly Token[]): Setting['value'] {
  const [first, ...others] = tokens;
  if (first.kind === 'symbol' && first.text === '@' && others.length > 0) {
    const names = others.filter(({ kind }) => kind === 'word' || kind === 'name');
    const isUsers = others[0].text !== '@';
    const isOne = tokens.length === (isUsers ? 2 : names.length * 2 + 1);
    return isOne ? { name: names.at(-1)!.text.toLowerCase(), isUsers } : undefined;
  }
  const isNegative =
    first.text === '-' && first.kind === 'symbol' && others.length === 1 && others[0].kind === 'number';
  if (others.length > 0 && !isNegative) {
    return undefined;
  }
  if (first.kind === 'word' && /^null$/i.test(first.text)) {
    return { text: null, isNumber: false };
  }
  return { text: tokens.map(({ text }) => text).join(''), isNumber: tokens.at(-1)!.kind === 'number' };
}

function checkedValue(name: string, value: string | null | undefined): string | null | undefined {
  if (name === 'sql_select_limit') {
    return selectLimit(value);
  }
  if (name === 'max_execution_time') {
    return executionTime(value);
  }
  if (name === 'time_zone') {
    return timeZone(value);
  }
  if (CHARACTER_SET_VARIABLE.test(name)) {
    return characterSet(name, value);
  }
  if (name === 'sql_mode' && /\bNO_BACKSLASH_ESCAPES\b/i.test(value ?? '')) {
    throw new SqlError('ER_WRONG_VALUE_FOR_VAR', 'sql_mode: NO_BACKSLASH_ESCAPES is not supported');
  }
  if (WITHOUT_EFFECT.test(name)) {
    const known = typeof value === 'string' ? switched(value) : value;
    return typeof known === 'string' && known.toUpperCase() === 'DEFAULT' ? INITIAL[name] : known;
  }
  throw new SqlError('ER_UNKNOWN_SYSTEM_VARIABLE', `SET ${name.slice(0, 60)} is not supported`);
}

function switched(value: string): string {
  return /^(on|true)$/i.test(value) ? '1' : /^(off|false)$/i.test(value) ? '0' : value;
}

function selectLimit(value: string | null | undefined): string {
  if (/^default$/i.test(value ?? '')) {
    return String(MAX_SELECT_LIMIT);
  }
  if (!/^\d{1,20}$/.test(value ?? '')) {
    throw new SqlError(
      'ER_WRONG_VALUE_FOR_VAR',
      `sql_select_limit: expected a number or DEFAULT, got ${value ?? 'an expression'}`,
    );
  }
  return value!;
}

function executionTime(value: string | null | undefined): string {
  if (/^default$/i.test(value ?? '')) {
    return '0';
  }
  if (!/^\d{1,10}$/.test(value ?? '') || Number(value) > MAX_EXECUTION_MILLIS) {
    throw new SqlError(
      'ER_WRONG_VALUE_FOR_VAR',
      `max_execution_time: expected milliseconds up to ${MAX_EXECUTION_MILLIS}, got ${value ?? 'an expression'}`,
    );
  }
  return value!;
}

const OFFSET = /^(?:[+-](?:0?\d|1[0-3]):[0-5]\d|\+14:00)$/;

function timeZone(value: string | null | undefined): string | null {
  if (/^(default|system)$/i.test(value ?? '')) {
    return INITIAL.time_zone;
  }
  if (typeof value === 'string' && (OFFSET.test(value) || isZone(value))) {
    return value;
  }
  throw new SqlError(
    'ER_WRONG_VALUE_FOR_VAR',
    `time_zone: expected a zone such as 'Asia/Shanghai', or an offset from '-13:59' to '+14:00', got ${value ?? 'an expression'}`,
  );
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

/** Everything here is UTF-8: another character set would be taken and not acted on. */
function characterSet(name: string, value: string | null | undefined): string | null | undefined {
  const set = value?.toLowerCase().split('_')[0];
  if (set !== undefined && !CHARACTER_SETS.test(set)) {
    throw new SqlError('ER_UNKNOWN_CHARACTER_SET', `${name}: expected utf8mb4 or utf8, got ${value}`);
  }
  return /^default$/i.test(value ?? '') ? INITIAL[name] : value;
}
