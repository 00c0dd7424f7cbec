import type { OssLocation } from '../../cloud/oss-location';
import { type QueryResult, isFromServer, DlaConnection } from '../connection';
import { codeOf, errorMessage } from '../failure';
import type { DiagnosisItem } from '../report';
import { type Account, type Fact, item } from './account';
import { locationsIn, schemaOf, tablesOf } from './query-tables';

/** A query may name any number of tables. */
const MAX_TABLES = 10;

/** What DLA and OSS tell of each table of a query that failed, and of each folder that it or a table of it names. */
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
  const definitions = tables.map(({ fact }) => ('unknown' in fact ? '' : (fact.value ?? '')));
  const found = [...failed.statements, ...definitions].flatMap(locationsIn);
  // Each once, however often it is named.
  const locations = [...new Map(found.map((location) => [textOfLocation(location), location])).values()];
  return Promise.all([
    ...tables.map(({ name, fact }) => tableIsInDla(name, fact)),
    ...locations.slice(0, MAX_TABLES).flatMap((location) => bucketAndFiles(account, location)),
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

function textOfLocation({ bucket, key }: OssLocation): string {
  return `oss://${bucket}/${key}`;
}

/** The bucket of a location and its files, by one list of objects. */
function bucketAndFiles(account: Account, location: OssLocation): Promise<DiagnosisItem>[] {
  const { bucket, key } = location;
  const { region } = account.outputs;
  const list = account.oss({ method: 'GET', bucket, parameters: { prefix: key, 'max-keys': '100' } });
  const exists = list.then((fact): Fact<boolean> => {
    if ('unknown' in fact) {
      return fact;
    }
    return fact.value!.code === 'NoSuchBucket' ? {} : account.ossFact(fact.value!, () => true);
  });
  const filled = list.then((fact): Fact<boolean> => {
    if ('unknown' in fact) {
      return fact;
    }
    return fact.value!.code === 'NoSuchBucket'
      ? { unknown: 'there is no such bucket' }
      : account.ossFact(fact.value!, (body) => /<Size>[1-9]/.test(body));
  });
  return [
    item(`bucket ${bucket} exists`, exists, (found) =>
      found
        ? { detail: 'it does' }
        : {
            detail: 'there is no such bucket',
            fix: `aliyun oss mb oss://${bucket} --region ${region}, or correct the location ${textOfLocation(location)}`,
          },
    ),
    item(`files are in ${textOfLocation(location)}`, filled, (found) =>
      found
        ? { detail: 'they are' }
        : {
            detail: 'there is no file with anything in it',
            fix: 'put the files of the table there, or correct its location',
          },
    ),
  ];
}
