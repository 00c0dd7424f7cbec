import * as fs from 'node:fs';
import * as path from 'node:path';
import { runMain } from '../lib/cli/command-line';
import { readOptions } from '../lib/cli/options';
import { AGGREGATES, SCALARS, SYNONYMS, WINDOW_FUNCTIONS } from '../lib/local-cloud/dla/dialect/functions';
import { SPECIAL } from '../lib/local-cloud/dla/dialect/special-functions';
import { SYSTEM_TABLES } from '../lib/local-cloud/dla/information-schema';
import { LISTED } from '../lib/local-cloud/dla/show';
import { SUPPORTED } from '../lib/local-cloud/dla/statement';
import { MQ_WORK } from '../lib/local-cloud/mq-http/mq-http';
import { ROUTES } from '../lib/local-cloud/mns-http/mns-http';
import { servedActions } from '../lib/local-cloud/openapi/action';
import { APIS } from '../lib/local-cloud/openapi/openapi';
import { preflight } from '../lib/local-cloud/oss-http/cors';
import {
  NOT_SERVED_ON_BUCKETS,
  NOT_SERVED_ON_OBJECTS,
  NOT_SERVED_REFINEMENTS,
} from '../lib/local-cloud/oss-http/not-served';
import { BUCKET, OBJECT, SERVICE } from '../lib/local-cloud/oss-http/oss-http';
import { RequestCode } from '../lib/local-cloud/rocketmq/codes';
import { OPERATIONS } from '../lib/local-cloud/rocketmq/operations';
import { DATA_SOURCES, RESOURCES } from '../lib/local-cloud/terraform/provider';

export const ACTIONS_FILE = path.join(__dirname, '..', 'lib/local-cloud/http/action-names.ts');
export const SERVED_FILE = path.join(__dirname, '..', 'docs', 'served.md');

const USAGE = `usage: npm run served

Writes docs/served.md, and the names of actions for faults and logs, from the tables by which the local cloud serves them.

Example:
  npm run served && git diff docs/served.md
`;

/** What the local cloud serves, from the tables by which it serves it. */
export function servedPage(): string {
  const apis = APIS.map((api) => {
    const refused = Object.keys(api.actions).filter((name) => api.actions[name].isRefused);
    return [
      `### ${api.product}, ${api.version}`,
      list(servedActions(api)),
      ...(refused.length > 0 ? [`Refused by name: ${list(refused)}`] : []),
    ].join('\n\n');
  });
  return `<!-- Written by \`npm run served\`. -->

# What the local cloud serves

Whatever is not listed is refused with an error that names it.

## OpenAPI

${apis.join('\n\n')}

## OSS

On the service: ${operations(SERVICE)}

On a bucket: ${operations(BUCKET)}, ${preflight.name}

On an object: ${operations(OBJECT)}, ${preflight.name}

PutBucketLogging is acted on: access logs are written. PutBucketReferer is acted on. GetBucketRequestPayment,
GetBucketWebsite, GetBucketWorm, GetBucketReplication and ListLiveChannel tell that there is none: it cannot be configured.
Rules of PutBucketLifecycle are checked and kept, but no object is moved or deleted by them.

Refused by name: ${list([...new Set([...Object.values(NOT_SERVED_ON_BUCKETS), ...Object.values(NOT_SERVED_ON_OBJECTS)])])};
reading an object of an archive class; signatures of S3 (AWS4-HMAC-SHA256); \`If-Match\` and its like on what writes; and requests with
${list(Object.keys(NOT_SERVED_REFINEMENTS).map((name) => `\`${name}\``))}.

## MQ for TCP clients

Requests of RocketMQ 4.x: ${list(Object.entries(RequestCode).flatMap(([name, code]) => (OPERATIONS.has(code) ? [name] : [])))}.

## MQ over HTTP

${list(Object.values(MQ_WORK).flatMap((kinds) => Object.values(kinds).map(([name]) => name)))}.

## SMQ (formerly MNS) over HTTP

${list([...new Set(Object.values(ROUTES).flatMap((route) => Object.values(route).map(({ name }) => name)))])}; each
for one message or a batch. Signatures of version 2 and 4. Endpoints of subscriptions are queues of the account.

## Terraform

Resources: ${list([...RESOURCES.keys()])}

Data sources: ${list([...DATA_SOURCES.keys()])}

## DLA

Statements: ${SUPPORTED}. SHOW of: ${LISTED}, CREATE TABLE, CREATE VIEW, CREATE SCHEMA, PARTITIONS, QUERY_TASK, WARNINGS.

Tables of information_schema: ${list(SYSTEM_TABLES)}

Functions: ${list([...functionNames()])}
`;
}

/** Names of all functions that a SELECT may use. */
function functionNames(): Set<string> {
  const written = [SCALARS, AGGREGATES, WINDOW_FUNCTIONS].join('\n').match(/^\w+(?=\()/gm) ?? [];
  return new Set([...written, ...Object.keys(SPECIAL), ...Object.keys(SYNONYMS)]);
}

/** Names of actions by service, for what must be loaded before the tables themselves. */
export function actionNames(): string {
  const names: [string, string[]][] = [
    ...APIS.map(({ product, actions }): [string, string[]] => [product, Object.keys(actions)]),
    ['oss', [SERVICE, BUCKET, OBJECT, { preflight }].flatMap((table) => Object.values(table).map(({ name }) => name))],
    ['mq', Object.values(MQ_WORK).flatMap((kinds) => Object.values(kinds).map(([name]) => name))],
    ['mns', Object.values(ROUTES).flatMap((route) => Object.values(route).map(({ name }) => name))],
  ];
  const entries = names.map(([service, all]) => {
    const name = service.includes('-') ? `'${service}'` : service;
    const sorted = [...new Set(all)].sort().map((one) => `'${one}'`);
    const line = `  ${name}: [${sorted.join(', ')}],`;
    return line.length <= 120 ? line : `  ${name}: [\n${sorted.map((one) => `    ${one},\n`).join('')}  ],`;
  });
  return `// Written by \`npm run served\`.

/** The actions of each service, as faults and the log of requests name them. */
export const ACTION_NAMES: Readonly<Record<string, readonly string[]>> = {
${entries.join('\n')}
};
`;
}

function operations(table: Readonly<Record<string, { readonly name: string }>>): string {
  return list([...new Set(Object.values(table).map(({ name }) => name))]);
}

function list(names: readonly string[]): string {
  return [...names].sort().join(', ');
}

async function main(argv: readonly string[]): Promise<number> {
  if (readOptions(argv, { help: { type: 'boolean', short: 'h' } }).help) {
    process.stdout.write(USAGE);
    return 0;
  }
  await Promise.all([
    fs.promises.writeFile(SERVED_FILE, servedPage()),
    fs.promises.writeFile(ACTIONS_FILE, actionNames()),
  ]);
  return 0;
}

if (require.main === module) {
  runMain(main);
}
