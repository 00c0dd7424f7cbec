import type { OssLocation } from '../../cloud/oss-location';
import { type QueryResult, isFromServer, DlaConnection } from '../connection';
import { codeOf, errorMessage } from '../failure';
import type { DiagnosisItem } from '../report';
import { type Account, type Fact, item } from './account';
import { locationsIn, schemaOf, tablesOf } from './query-tables';

/** A query may name any number of tables. */
const MAX_TABLES = 10;

/** What DLA and OSS tell of each table of statements that failed, and of each bucket that they or a table names. */
export async function queriedTablesAndBuckets(account: Account): Promise<DiagnosisItem[]> {
  const { failed } = account.request;
  if (failed === undefined) {
    return [];
  }
  const schema = schemaOf(failed.statements);
  const names = failed.statements
    .flatMap(tablesOf)
    .map((name) => (schema === undefined || name.includes('.') ? name : `${schema}.${name}`));
  const tables = await definitionsOf(account, [...new Set(names)].slice(0, MAX_TABLES));
  const locations = tables.map(({ fact }) => ('unknown' in fact ? undefined : locationsIn(fact.value ?? '')[0]));
  const buckets = [...failed.statements.flatMap(locationsIn), ...locations].flatMap(
    (location) => location?.bucket ?? [],
  );
  return Promise.all([
    ...tables.map(({ name, fact }) => tableIsInDla(name, fact)),
    ...[...new Set(buckets)].slice(0, MAX_TABLES).map((bucket) => bucketExists(account, bucket)),
    ...tables.flatMap(({ name }, index) => {
      const location = locations[index];
      return location === undefined ? [] : tableHasFiles(account, name, location);
    }),
  ]);
}

interface TableDefinition {
  readonly name: string;
  /** The text of SHOW CREATE TABLE. */
  readonly fact: Fact<string>;
}

/** Asks DLA for each table, one after another over one session. */
async function definitionsOf(account: Account, names: readonly string[]): Promise<TableDefinition[]> {
  if (names.length === 0) {
    return [];
  }
  const { request, signal } = account;
  const limit = { millis: request.millis, signal };
  let session: DlaConnection | undefined;
  try {
    session = await DlaConnection.open(request.failed!.server, limit);
    const definitions: TableDefinition[] = [];
    for (const name of names) {
      definitions.push({ name, fact: await definitionOf(account, session, name) });
    }
    return definitions;
  } catch (error) {
    return names.map((name) => ({ name, fact: account.notKnown(undefined, errorMessage(error)) }));
  } finally {
    session?.close();
  }
}

/** Assumption: a table that does not exist is told by MySQL's own error. */
const NO_TABLE = ['ER_NO_SUCH_TABLE', 'ER_BAD_DB_ERROR', 'ER_BAD_TABLE_ERROR', 'ER_UNKNOWN_TABLE'];

async function definitionOf(account: Account, session: DlaConnection, name: string): Promise<Fact<string>> {
  const quoted = name
    .split('.')
    .map((part) => `\`${part}\``)
    .join('.');
  try {
    const limit = { millis: account.request.millis, signal: account.signal };
    return { value: textOf(await session.query(`show create table ${quoted}`, limit)) };
  } catch (error) {
    if (!isFromServer(error)) {
      throw error;
    }
    return NO_TABLE.includes(codeOf(error) ?? '') ? {} : account.notKnown(undefined, errorMessage(error));
  }
}

function textOf({ rows }: QueryResult): string {
  return rows.flat().join('\n');
}

function tableIsInDla(name: string, definition: Fact<string>): Promise<DiagnosisItem> {
  return item(`table ${name} is in DLA`, definition, (text) =>
    text === undefined
      ? {
          detail: 'there is no such table',
          fix: 'create it before the query, e.g. with a statement of --prepare (smokePrepare of the channel)',
        }
      : { detail: 'it is' },
  );
}

function bucketExists(account: Account, bucket: string): Promise<DiagnosisItem> {
  const { region } = account.outputs;
  const exists = listOf(account, { bucket, key: '' }, () => true);
  return item(`bucket ${bucket} exists`, exists, (found) =>
    found
      ? { detail: 'it does' }
      : {
          detail: 'there is no such bucket',
          fix: `aliyun oss mb oss://${bucket} --region ${region}, or correct the location that names it`,
        },
  );
}

function tableHasFiles(account: Account, table: string, location: OssLocation): Promise<DiagnosisItem> {
  const filled = listOf(account, location, (list) => /<Size>[1-9]/.test(list));
  return item(`table ${table} has files in oss://${location.bucket}/${location.key}`, filled, (found) => {
    if (found === undefined) {
      return { state: 'unknown', detail: 'not checked: there is no such bucket' };
    }
    return found
      ? { detail: 'it has' }
      : {
          detail: 'there is no file with anything in it',
          fix: "put the table's files there, or correct the location of the table",
        };
  });
}

/** What the list of the objects at a location tells; absent when there is no such bucket. */
async function listOf<T>(account: Account, { bucket, key }: OssLocation, read: (list: string) => T): Promise<Fact<T>> {
  const answer = await account.oss({ method: 'GET', bucket, parameters: { prefix: key, 'max-keys': '100' } });
  if ('unknown' in answer) {
    return answer;
  }
  return answer.value!.code === 'NoSuchBucket' ? {} : account.ossFact(answer.value!, 'ListBucketResult', read);
}
