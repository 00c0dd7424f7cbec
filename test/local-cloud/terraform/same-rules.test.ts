import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RpcClient } from '../openapi/rpc-client';
import { ossRequest, type OssCall } from '../oss-http/signed-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { type Config, DirectProvider } from './direct-provider';

let server: StartedHttpServer;
let client: RpcClient;
let provider: DirectProvider;
let count = 0;

beforeAll(async () => {
  server = await startHttpServer();
  const { oss } = server.account;
  for (const name of ['data', 'blocked-data']) {
    oss.createBucket('cn-hangzhou', { name });
  }
  oss.createBucket('cn-shanghai', { name: 'far' });
  oss.updateBucket('blocked-data', { blockPublicAccess: true });
  client = new RpcClient(server.endpoint, server.account.identity);
  provider = new DirectProvider(server.account);
  await provider.configure();
});
afterAll(() => server.stop());

const BUCKET = 'alicloud_oss_bucket';
const OBJECT = 'alicloud_oss_bucket_object';
const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';
const PUBLIC =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["*"],"Resource":["acs:oss:*:*:*/*"]}]}';

const tagsOf = (number: number) => Object.fromEntries(Array.from({ length: number }, (_, n) => [`k${n}`, 'v']));
const tagging = (tags: Record<string, string>) =>
  `<Tagging><TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join('')}</TagSet></Tagging>`;
const cors = (rules: number, method = 'GET') =>
  `<CORSConfiguration>${`<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>${method}</AllowedMethod><AllowedHeader>X-A</AllowedHeader></CORSRule>`.repeat(rules)}</CORSConfiguration>`;
const corsRules = (rules: number, method = 'GET') =>
  Array.from({ length: rules }, () => ({
    allowed_origins: ['*'],
    allowed_methods: [method],
    allowed_headers: ['X-A'],
  }));
const encryption = (parts: string) =>
  `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${parts}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`;
const formTags = (tags: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([Key, Value], n) => [
      [`Tag.${n + 1}.Key`, Key],
      [`Tag.${n + 1}.Value`, Value],
    ]),
  );
const setting = (subresource: string, body: string): OssCall => ({
  ...{ method: 'PUT', path: 'data', query: { [subresource]: '' }, body },
});

/** A call over HTTP or of an OpenAPI, and the resource that says the same. */
type Case = readonly [code: string, what: string, call: () => Promise<string>, type: string, config: () => Config];

const oss = (call: OssCall) => async () => (await ossRequest(server, call)).code;
const rpc = (product: 'ram' | 'ons' | 'mns', action: string, parameters: () => Record<string, unknown>) => async () => {
  try {
    await client.call(product, action, parameters());
    return 'served';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

const newBucket = (config: Config) => () => ({ bucket: `made-${(count += 1)}`, ...config });
const newObject = (config: Config) => () => ({ bucket: 'data', key: 'k', content: 'x', ...config });
const onInstance = () => {
  const { ons } = server.account;
  const [{ instanceId }] = [
    ...ons.listInstances('cn-hangzhou'),
    ...(ons.listInstances('cn-hangzhou').length === 0
      ? [ons.createInstance('cn-hangzhou', { instanceName: 'instance' })]
      : []),
  ];
  return instanceId;
};

describe('what one way of changing the account refuses, the other refuses', () => {
  it.each<Case>([
    [
      'InvalidTag',
      'too many tags of a bucket',
      oss(setting('tagging', tagging(tagsOf(21)))),
      BUCKET,
      newBucket({ tags: tagsOf(21) }),
    ],
    [
      'InvalidTag',
      'a long value of a tag',
      oss(setting('tagging', tagging({ a: 'v'.repeat(129) }))),
      BUCKET,
      newBucket({ tags: { a: 'v'.repeat(129) } }),
    ],
    [
      'InvalidTargetBucketForLogging',
      'logging into another region',
      oss(
        setting(
          'logging',
          '<BucketLoggingStatus><LoggingEnabled><TargetBucket>far</TargetBucket></LoggingEnabled></BucketLoggingStatus>',
        ),
      ),
      BUCKET,
      newBucket({ logging: [{ target_bucket: 'far' }] }),
    ],
    [
      'InvalidArgument',
      'a key of KMS for another algorithm',
      oss(setting('encryption', encryption('<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>'))),
      BUCKET,
      newBucket({ server_side_encryption_rule: [{ sse_algorithm: 'AES256', kms_master_key_id: 'k' }] }),
    ],
    [
      'InvalidArgument',
      'a method that CORS has not',
      oss(setting('cors', cors(1, 'PATCH'))),
      BUCKET,
      newBucket({ cors_rule: corsRules(1, 'PATCH') }),
    ],
    [
      'MalformedXML',
      'too many rules of CORS',
      oss(setting('cors', cors(21))),
      BUCKET,
      newBucket({ cors_rule: corsRules(21) }),
    ],
    [
      'InvalidTag',
      'a lifecycle rule by tags that cannot be',
      oss(
        setting(
          'lifecycle',
          '<LifecycleConfiguration><Rule><ID>r</ID><Prefix>a</Prefix><Status>Enabled</Status><Tag><Key>%&amp;</Key><Value>v</Value></Tag><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>',
        ),
      ),
      BUCKET,
      newBucket({
        lifecycle_rule: [{ id: 'r', prefix: 'a', enabled: true, tags: { '%&': 'v' }, expiration: [{ days: 3 }] }],
      }),
    ],
    [
      'AccessDenied',
      'a public ACL of a bucket that blocks public access',
      oss({ method: 'PUT', path: 'blocked-data', query: { acl: '' }, headers: { 'x-oss-acl': 'public-read' } }),
      'alicloud_oss_bucket_acl',
      () => ({ bucket: 'blocked-data', acl: 'public-read' }),
    ],
    [
      'AccessDenied',
      'a public policy of a bucket that blocks public access',
      oss({ method: 'PUT', path: 'blocked-data', query: { policy: '' }, body: PUBLIC }),
      'alicloud_oss_bucket_policy',
      () => ({ bucket: 'blocked-data', policy: PUBLIC }),
    ],
    [
      'AccessDenied',
      'a public object in a bucket that blocks public access',
      oss({ method: 'PUT', path: 'blocked-data/k', headers: { 'x-oss-object-acl': 'public-read' }, body: 'x' }),
      OBJECT,
      newObject({ bucket: 'blocked-data', acl: 'public-read' }),
    ],
    [
      'InvalidObjectName',
      'a key with a slash first',
      oss({ method: 'PUT', path: 'data//k', body: 'x' }),
      OBJECT,
      newObject({ key: '/k' }),
    ],
    [
      'InvalidObjectName',
      'an upload in parts to such a key',
      oss({ method: 'POST', path: 'data//k', query: { uploads: '' } }),
      OBJECT,
      newObject({ key: '/k' }),
    ],
    [
      'InvalidArgument',
      'too many tags of a queue',
      rpc('mns', 'CreateQueue', () => ({ QueueName: 'queue', ...formTags(tagsOf(21)) })),
      'alicloud_message_service_queue',
      () => ({ queue_name: 'queue', tags: tagsOf(21) }),
    ],
    [
      'BIZ_FIELD_CHECK_INVALID',
      'too many tags of a topic of MQ',
      rpc('ons', 'OnsTopicCreate', () => ({
        ...{ InstanceId: onInstance(), Topic: 'over', MessageType: 0, ...formTags(tagsOf(21)) },
      })),
      'alicloud_ons_topic',
      () => ({ instance_id: onInstance(), topic_name: 'over', message_type: 0, tags: tagsOf(21) }),
    ],
    [
      'BIZ_FIELD_CHECK_INVALID',
      'a long value of a tag of MQ',
      rpc('ons', 'OnsInstanceCreate', () => ({ InstanceName: 'tagged', ...formTags({ a: 'v'.repeat(129) }) })),
      'alicloud_ons_instance',
      () => ({ instance_name: `tagged${(count += 1)}`, tags: { a: 'v'.repeat(129) } }),
    ],
    [
      'InvalidParameter.Description.Length',
      'a long description of a role',
      rpc('ram', 'CreateRole', () => ({
        ...{ RoleName: 'long', AssumeRolePolicyDocument: TRUST, Description: 'd'.repeat(1025) },
      })),
      'alicloud_ram_role',
      () => ({ role_name: 'long', assume_role_policy_document: TRUST, description: 'd'.repeat(1025) }),
    ],
  ])('with %s: %s', async (code, _what, call, type, config) => {
    expect(await call()).toBe(code);
    expect((await provider.apply(type, config())).errors.join()).toContain(code);
  });

  it('with what no header can hold', async () => {
    const { errors } = await provider.apply(OBJECT, newObject({ content_disposition: 'a\nb' })());
    expect(errors.join()).toContain('InvalidArgument');
  });
});

describe('what is set in one way is kept as if in the other', () => {
  const SM4 = { sse_algorithm: 'AES256', kms_data_encryption: 'SM4' };

  it('with how KMS encrypts beside another algorithm', async () => {
    const { oss: buckets } = server.account;
    const parts = '<SSEAlgorithm>AES256</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>';
    expect((await ossRequest(server, setting('encryption', encryption(parts)))).status).toBe(200);
    const { state } = await provider.apply(BUCKET, newBucket({ server_side_encryption_rule: [SM4] })());
    for (const name of ['data', state!.bucket as string]) {
      expect(buckets.getBucket(name).encryption, name).toEqual({ sseAlgorithm: 'AES256' });
    }
    buckets.updateBucket('data', { encryption: undefined });
    const encryptionOfPut = { 'x-oss-server-side-encryption': 'AES256', 'x-oss-server-side-data-encryption': 'SM4' };
    await ossRequest(server, { method: 'PUT', path: 'data/put', headers: encryptionOfPut, body: 'x' });
    buckets.putObject('data', 'model', Buffer.from('x'), {
      encryption: { sseAlgorithm: 'AES256', kmsDataEncryption: 'SM4' },
    });
    for (const key of ['put', 'model']) {
      expect(buckets.getObject('data', key).encryption, key).toEqual({ sseAlgorithm: 'AES256' });
    }
  });

  it('with headers of CORS, which are told in small letters', async () => {
    expect((await ossRequest(server, setting('cors', cors(1)))).status).toBe(200);
    const { state } = await provider.apply(BUCKET, newBucket({ cors_rule: corsRules(1) })());
    for (const name of ['data', state!.bucket as string]) {
      expect(server.account.oss.getBucket(name).corsRules[0].allowedHeaders, name).toEqual(['x-a']);
    }
  });
});
