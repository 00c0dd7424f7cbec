// Does what programs with Node's drivers and query builders do, and prints what it saw.
const { promisify } = require('node:util');
const knex = require('knex');
const mariadb = require('mariadb');
const mysql = require('mysql');
const mysql2 = require('mysql2/promise');
const { Op, DataTypes, Sequelize } = require('sequelize');

const { DLA_PORT, DLA_USER, DLA_PASSWORD } = process.env;
const options = { host: '127.0.0.1', port: Number(DLA_PORT), user: DLA_USER, password: DLA_PASSWORD, database: 'lake' };
const FIVE = [1, 2, 3, 4, 5];

async function mysqlDriver() {
  const connection = mysql.createConnection(options);
  const query = promisify(connection.query.bind(connection));
  const rows = await query('select id, name from people where id = ?', [3]);
  const error = await query('select nothing from people').catch(({ code }) => code);
  await promisify(connection.changeUser.bind(connection))({ user: DLA_USER, password: DLA_PASSWORD, database: 'lake' });
  await promisify(connection.beginTransaction.bind(connection))();
  await promisify(connection.commit.bind(connection))();
  await promisify(connection.end.bind(connection))();
  const pool = mysql.createPool({ ...options, connectionLimit: 2 });
  const counts = await Promise.all(
    FIVE.map((n) => promisify(pool.query.bind(pool))('select count(*) n from people where id <= ?', [n])),
  );
  await promisify(pool.end.bind(pool))();
  return { rows, error, pool: counts.map(([{ n }]) => n) };
}

async function mariadbDriver() {
  const connection = await mariadb.createConnection({ ...options, bigIntAsNumber: true });
  const rows = await connection.query('select id, name from people where id = ?', [3]);
  const prepared = await connection.execute('select id, name from people where id = ? and name = ?', [1, 'Ann']);
  const batch = await connection.batch('select ? n', [[1], [2]]);
  const streamed = [];
  for await (const row of connection.queryStream('select id from people order by id')) {
    streamed.push(row.id);
  }
  await connection.ping();
  await connection.reset();
  await connection.end();
  const pool = mariadb.createPool({ ...options, connectionLimit: 2 });
  const echoes = await Promise.all(FIVE.map((n) => pool.query('select ? n', [n])));
  await pool.end();
  return { rows: [...rows], prepared: [...prepared], batch, streamed, pool: echoes.map(([{ n }]) => n) };
}

async function mysql2Driver() {
  const pool = mysql2.createPool({ ...options, connectionLimit: 2 });
  const echoes = await Promise.all(FIVE.map((n) => pool.execute('select cast(? as bigint) n, ? t', [n, String(n)])));
  await pool.end();
  return { pool: echoes.map(([[{ n, t }]]) => [n, t]) };
}

async function queryBuilder(client) {
  const db = knex({ client, connection: options, pool: { min: 0, max: 2 } });
  const { id, name, born } = await db('people').columnInfo();
  const seen = {
    has: [
      await db.schema.hasTable('people'),
      await db.schema.hasTable('absent'),
      await db.schema.hasColumn('people', 'name'),
    ],
    types: [id.type, name.type, born.type],
    rows: await db('people').select('id').where('id', '>', 1).orderBy('id').limit(1),
    count: await db('people').count('* as n').first(),
    transaction: await db.transaction((transaction) => transaction('people').max('id as n').first()),
  };
  await db.destroy();
  return seen;
}

async function sequelize() {
  const db = new Sequelize('lake', DLA_USER, DLA_PASSWORD, {
    host: '127.0.0.1',
    port: Number(DLA_PORT),
    dialect: 'mysql',
    logging: false,
  });
  await db.authenticate();
  const catalogue = db.getQueryInterface();
  const columns = await catalogue.describeTable('people');
  const People = db.define(
    'people',
    { id: { type: DataTypes.BIGINT, primaryKey: true }, name: DataTypes.STRING },
    { timestamps: false, tableName: 'people' },
  );
  const seen = {
    tables: await catalogue.showAllTables(),
    types: Object.entries(columns).map(([name, { type }]) => `${name} ${type}`),
    exists: [await catalogue.tableExists('people'), await catalogue.tableExists('absent')],
    indexes: await catalogue.showIndex('people'),
    rows: await People.findAll({ where: { id: { [Op.gt]: 1 } }, order: ['id'], limit: 1, raw: true }),
    count: await People.count(),
    transaction: await db.transaction(
      async (transaction) => (await People.findOne({ transaction, order: ['id'], raw: true })).name,
    ),
  };
  await db.close();
  return seen;
}

async function main() {
  const seen = {
    mysql: await mysqlDriver(),
    mariadb: await mariadbDriver(),
    mysql2: await mysql2Driver(),
    'knex mysql': await queryBuilder('mysql'),
    'knex mysql2': await queryBuilder('mysql2'),
    sequelize: await sequelize(),
  };
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
