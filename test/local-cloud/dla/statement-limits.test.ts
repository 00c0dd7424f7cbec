import { expect, it } from 'vitest';
import { SessionVariables } from '../../../lib/local-cloud/dla/session-variables';
import { parseStatement } from '../../../lib/local-cloud/dla/statement';

const READING: Parameters<typeof parseStatement>[1] = {
  valueOf: () => ({ text: null, isNumber: false }),
  hasAnsiQuotes: false,
};

it.each([
  ["ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' STORED AS PARQUET", 'ROW FORMAT does not go with STORED AS PARQUET'],
  [
    "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' STORED AS JSON",
    'FIELDS TERMINATED BY does not go with STORED AS JSON',
  ],
  [
    "STORED AS JSON TBLPROPERTIES ('skip.header.line.count'='1')",
    'skip.header.line.count does not go with STORED AS JSON',
  ],
])('refuses a table with %s', (format, message) => {
  const [stored, properties = ''] = format.split(/(?=TBLPROPERTIES)/);
  const sql = `CREATE EXTERNAL TABLE t (id int) ${stored} LOCATION 'oss://tables/t/' ${properties}`;
  expect(() => parseStatement(sql, READING)).toThrow(expect.objectContaining({ message }));
});

it('keeps up to a thousand variables of a session, which may be set again', () => {
  const session = new SessionVariables(false);
  const set = (name: string) => session.assign([{ name, isUsers: true, value: { text: '1', isNumber: true } }]);
  Array.from({ length: 1000 }, (_, index) => set(`v${index}`));
  expect(() => set('v0')).not.toThrow();
  expect(() => set('one-more')).toThrow('more than 1000 variables are set');
});
