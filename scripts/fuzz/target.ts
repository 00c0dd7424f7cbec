import type * as fc from 'fast-check';
import { queueEndpoint } from '../../lib/cloud/arn';
import { DLA_OSS_ROLE, DLA_ROLES, TRUST_POLICY } from '../../lib/cloud/dla-roles';
import type { Account } from '../../lib/local-cloud/account/account';
import type { LocalCloudEndpoints } from '../../lib/local-cloud/server/local-cloud-options';

/** Where the servers are, and the key that lets requests in deeper than their signature. */
export interface FuzzTarget {
  readonly httpPort: number;
  readonly dlaPort: number;
  readonly terraformPort: number;
  readonly rocketmqPort: number;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly dlaUser: string;
  readonly dlaPassword: string;
  readonly account: Account;
  readonly instanceId: string;
}

/** One kind of input: how it is made, and how it is sent; sending throws when an answer must not be. */
export interface Fuzzer {
  readonly name: string;
  /** Part of all inputs, in percent. */
  readonly share: number;
  readonly property: (target: FuzzTarget) => fc.IAsyncProperty<unknown>;
}

/** Inputs that one run of a property sends at once. */
export const BATCH = 10;

export const REGION = 'cn-hangzhou';
/** What is there before the first input, so that many of them name something. */
export const THERE = {
  bucket: 'fuzz-data',
  role: 'fuzz-role',
  user: 'fuzz-user',
  policy: 'fuzz-policy',
  queue: 'fuzz-queue',
  topic: 'fuzz-topic',
  httpGroup: 'GID_fuzz-http',
  tcpGroup: 'GID_fuzz-tcp',
  schema: 'fuzz',
  table: 'orders',
} as const;

/** What stands where users write text, and must nowhere be taken for a page's own. */
export const MARKUP = '<i>fuzz</i>';

/** A fault of ours, or a file of this machine, has no place in an answer. */
export const FAULT =
  /TypeError|SyntaxError|Cannot read|is not a function|INTERNAL Error|undefined|\/blobs\/|dla-scratch|\.ts:|\.js:/;

export const POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}';
export const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

/** Files of tables. */
const FILES = {
  'orders/a.csv': '1,one\n2,two\n',
  'lines/a.json': '{"id":1,"name":"one"}\n{"id":null,"name":["x"]}\n',
  'parts/day=1/a.csv': '1,one\n',
  'parts/day=2/a.csv': '"2","t,wo"\n',
};
const DLA_ROLES_HERE = [
  [DLA_ROLES.mq.roleName, DLA_ROLES.mq.systemPolicy],
  [DLA_ROLES.mns.roleName, DLA_ROLES.mns.systemPolicy],
  [DLA_OSS_ROLE, 'AliyunOSSFullAccess'],
];

/** Makes what `THERE` names, where an input has taken it away. Returns the instance of MQ. */
export function prepareAccount({ ram, oss, ons, mns, dla, activation, identity }: Account): string {
  const unless = (make: () => unknown): void => {
    try {
      make();
    } catch {
      // It is there.
    }
  };
  (['oss', 'ons', 'mns'] as const).forEach((service) => activation.activate(service));
  const trust = JSON.stringify({
    Version: '1',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${identity.accountId}:root`] } },
    ],
  });
  unless(() => ram.createRole({ roleName: THERE.role, description: MARKUP, assumeRolePolicyDocument: trust }));
  unless(() => ram.createUser({ userName: THERE.user }));
  unless(() => ram.createPolicy({ policyName: THERE.policy, document: POLICY }));
  unless(() => oss.createBucket(REGION, { name: THERE.bucket }));
  for (const [key, content] of Object.entries(FILES)) {
    unless(() => oss.putObject(THERE.bucket, key, Buffer.from(content)));
  }
  for (const [roleName, policyName] of DLA_ROLES_HERE) {
    unless(() => ram.createRole({ roleName, assumeRolePolicyDocument: TRUST_POLICY }));
    unless(() => ram.attachPolicy('role', roleName, 'System', policyName));
  }
  unless(() => mns.createQueue(REGION, { queueName: THERE.queue }));
  unless(() => mns.createQueue(REGION, { queueName: 'dead' }));
  unless(() => mns.topics.create(REGION, THERE.topic, {}));
  const endpoint = queueEndpoint(identity.accountId, REGION, THERE.queue);
  unless(() => mns.topics.subscribe(REGION, THERE.topic, 's', { endpoint }));
  unless(() => mns.receiveMessages(REGION, THERE.queue, 1));
  unless(() => mns.sendMessage(REGION, THERE.queue, MARKUP));
  const [{ instanceId } = ons.createInstance(REGION, { instanceName: 'fuzz-instance' })] = ons.listInstances(REGION);
  unless(() => ons.createTopic(REGION, { instanceId, topic: THERE.topic, messageType: 0 }));
  unless(() =>
    ons.sendMessage(REGION, { instanceId, topic: THERE.topic, body: MARKUP, key: MARKUP, tag: 'tag', producerId: '' }),
  );
  unless(() => ons.createGroup(REGION, { instanceId, groupId: THERE.httpGroup, groupType: 'http' }));
  unless(() => ons.createGroup(REGION, { instanceId, groupId: THERE.tcpGroup, groupType: 'tcp' }));
  unless(() =>
    dla.createSchema({ region: REGION, name: THERE.schema, catalog: 'oss', location: `oss://${THERE.bucket}/` }),
  );
  return instanceId;
}

/** Errors of ours that were logged since, whatever the client was told. */
export function internalErrors(): readonly string[] {
  const told: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array, ...rest: []) => {
    if (String(text).startsWith('alicloud-local: internal error')) {
      told.push(String(text));
    }
    return write.call(process.stderr, text, ...rest);
  };
  return told;
}

export function targetOf(account: Account, endpoints: LocalCloudEndpoints): FuzzTarget {
  const portOf = (endpoint: string): number => Number(endpoint.split(':')[1]);
  return {
    ...endpoints,
    account,
    instanceId: prepareAccount(account),
    httpPort: portOf(endpoints.http),
    dlaPort: portOf(Object.values(endpoints.dla)[0]),
    terraformPort: portOf(endpoints.terraform),
    rocketmqPort: portOf(endpoints.rocketmq),
  };
}
