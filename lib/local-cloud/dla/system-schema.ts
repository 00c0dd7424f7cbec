/** Schema under which the engine has the tables of information_schema. */
export const SYSTEM_SCHEMA = 'mysql_information_schema';
