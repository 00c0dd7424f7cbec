// Uses pools before and after each line on standard input, when the local cloud has started again.
const { createInterface } = require('node:readline');
const { promisify } = require('node:util');
const mariadb = require('mariadb');
const mysql = require('mysql');
const mysql2 = require('mysql2/promise');

const { DLA_PORT, DLA_USER, DLA_PASSWORD } = process.env;
const options = { host: '127.0.0.1', port: Number(DLA_PORT), user: DLA_USER, password: DLA_PASSWORD, database: 'lake' };
const pools = [
  mysql.createPool({ ...options, connectionLimit: 3 }),
  mysql2.createPool({ ...options, connectionLimit: 3 }),
  mariadb.createPool({ ...options, connectionLimit: 3, minimumIdle: 3 }),
];
const queries = [
  promisify(pools[0].query.bind(pools[0])),
  async (...query) => (await pools[1].execute(...query))[0],
  (...query) => pools[2].execute(...query),
];

async function use() {
  const sums = [];
  for (const query of queries) {
    const answers = await Promise.all([1, 2, 3].map(() => query('select count(*) n from people where id < ?', [3])));
    sums.push(answers.reduce((sum, [{ n }]) => sum + Number(n), 0));
  }
  console.log(...sums);
}

async function main() {
  await use();
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while (!(await lines.next()).done) {
    await use();
  }
  await Promise.all([promisify(pools[0].end.bind(pools[0]))(), pools[1].end(), pools[2].end()]);
}

void main();
