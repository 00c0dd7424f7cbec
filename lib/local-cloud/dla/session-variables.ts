/** Assumption: DLA calls itself a MySQL of the 5.7 line. */
export const SERVER_VERSION = '5.7.40-alicloud-local';

/** Variables that clients read when they connect. */
export const SESSION_VARIABLES: Readonly<Record<string, string>> = {
  auto_increment_increment: '1',
  autocommit: '1',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_database: 'utf8mb4',
  character_set_results: 'utf8mb4',
  character_set_server: 'utf8mb4',
  collation_connection: 'utf8mb4_general_ci',
  collation_database: 'utf8mb4_general_ci',
  collation_server: 'utf8mb4_general_ci',
  init_connect: '',
  interactive_timeout: '28800',
  license: 'Apache-2.0',
  lower_case_table_names: '1',
  net_write_timeout: '60',
  performance_schema: '0',
  query_cache_size: '0',
  query_cache_type: 'OFF',
  sql_mode: '',
  system_time_zone: 'CST',
  time_zone: '+08:00',
  transaction_isolation: 'READ-COMMITTED',
  transaction_read_only: '0',
  tx_isolation: 'READ-COMMITTED',
  version: SERVER_VERSION,
  version_comment: 'Data Lake Analytics of a local cloud',
  wait_timeout: '28800',
};
