import type * as fc from 'fast-check';
import type { Account } from '../../lib/local-cloud/account/account';
import type { LocalCloudEndpoints } from '../../lib/local-cloud/server/local-cloud';

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

export const POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}';
export const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

/** Makes what `THERE` names, where an input has taken it away. Returns the instance of MQ. */
export function prepareAccount({ ram, oss, ons, mns, dla, activation }: Account): string {
  const unless = (make: () => unknown): void => {
    try {
      make();
    } catch {
      // It is there.
    }
  };
  (['oss', 'ons', 'mns'] as const).forEach((service) => activation.activate(service));
  unless(() => ram.createRole({ roleName: THERE.role, assumeRolePolicyDocument: TRUST }));
  unless(() => ram.createUser({ userName: THERE.user }));
  unless(() => ram.createPolicy({ policyName: THERE.policy, document: POLICY }));
  unless(() => oss.createBucket(REGION, { name: THERE.bucket }));
  unless(() => oss.putObject(THERE.bucket, 'orders/a.csv', Buffer.from('1,one\n2,two\n')));
  unless(() => mns.createQueue(REGION, { queueName: THERE.queue }));
  const [{ instanceId } = ons.createInstance(REGION, { instanceName: 'fuzz-instance' })] = ons.listInstances(REGION);
  unless(() => ons.createTopic(REGION, { instanceId, topic: THERE.topic, messageType: 0 }));
  unless(() => ons.createGroup(REGION, { instanceId, groupId: THERE.httpGroup, groupType: 'http' }));
  unless(() => ons.createGroup(REGION, { instanceId, groupId: THERE.tcpGroup, groupType: 'tcp' }));
  unless(() =>
    dla.createSchema({ region: REGION, name: THERE.schema, catalog: 'oss', location: `oss://${THERE.bucket}/` }),
  );
  return instanceId;
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
