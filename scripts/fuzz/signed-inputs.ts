import { createHmac, randomUUID } from 'node:crypto';
import OpenApiUtil from '@alicloud/openapi-util';
import signUtils from 'ali-oss/lib/common/signUtils';
import * as fc from 'fast-check';
import { APIS } from '../../lib/local-cloud/openapi/openapi';
import { OPERATIONS } from '../../lib/local-cloud/oss-http/oss-http';
import { SUBRESOURCES } from '../../lib/local-cloud/oss-http/signature';
import { body, encoded, headerText, httpProperty, type HttpInput, METHODS, word, xml } from './hostile-inputs';
import { type Fuzzer, type FuzzTarget, POLICY, REGION, THERE, TRUST } from './target';

const some = (...values: readonly string[]) => fc.constantFrom(...values);

/** Values that a parameter of this name may well have; the first that fits. */
function likely({
  instanceId,
  account,
}: FuzzTarget): readonly (readonly [name: RegExp, value: fc.Arbitrary<string>])[] {
  const { accountId } = account.identity;
  const roleArn = `acs:ram::${accountId}:role/${THERE.role}`;
  return [
    [/PolicyDocument/, some(POLICY, TRUST)],
    [/^(New)?RoleName|ResourceNames/, some(THERE.role, 'fuzz-made')],
    [/RoleArn/, some(roleArn)],
    [/UserName/, some(THERE.user, 'fuzz-made')],
    [/PolicyName/, some(THERE.policy, 'fuzz-made')],
    [/PolicyType/, some('Custom', 'System')],
    [/GroupName/, some('fuzz-group', 'fuzz-made')],
    [/VersionId/, some('v1', 'v2')],
    [/InstanceName/, some('fuzz-instance', 'fuzz-made')],
    [/InstanceId|^ResourceId/, some(instanceId)],
    [/GroupId/, some(THERE.httpGroup, THERE.tcpGroup, 'GID_fuzz-made')],
    [/Topic/, some(THERE.topic, 'fuzz-made')],
    [/GroupType/, some('tcp', 'http')],
    [/MessageType/, some('0', '1', '2', '4', '5')],
    [/QueueName/, some(THERE.queue, 'fuzz-made')],
    [
      /MsgId|MessageId/,
      some(...[...account.ons.messagesFrom(instanceId, THERE.topic, 0)].slice(-3).map(({ msgId }) => msgId), 'none'),
    ],
    [/UserAccessKeyId|AccessKeyId/, some('none')],
    [/Status/, some('Active', 'Inactive')],
    [/SessionName/, some('session')],
    [/ResourceType/, some('role', 'policy', 'INSTANCE', 'TOPIC', 'GROUP', 'queue', 'ALIYUN::MQ::TOPIC')],
    [/BeginTime/, some('0', String(Date.now() - 60_000))],
    [/EndTime/, some(String(Date.now() + 60_000))],
    [/Tag.*Key|Key$/, some('k', 'env')],
    [/Tag.*Value|Value$/, some('v', '')],
    [/PageSize|MaxItems|Limit|CurrentPage|PageNum/, some('1', '10', '50')],
    [/Enable|Override|Force|SetAsDefault/, some('true', 'false')],
    [/Seconds|Period|Timeout|Size|Duration/, some('0', '30', '1024', '3600', '65536')],
    [/ProductCode|ProductType|SubscriptionType/, some('ons', 'onspre', 'mns', 'oss', 'PayAsYouGo')],
  ];
}

/** A call of an action that there is, with its own parameters, most of them such as make sense. */
function rpcInput(target: FuzzTarget): fc.Arbitrary<HttpInput> {
  const values = likely(target);
  const strange = fc.oneof(word, fc.json());
  const valueOf = (name: string): fc.Arbitrary<string> => {
    const [, value] = values.find(([pattern]) => pattern.test(name)) ?? [];
    return value ? fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: strange }) : strange;
  };
  const actions = APIS.flatMap(({ version, actions: named }) =>
    Object.entries(named).map(([name, { parameters }]) => ({ version, name, parameters })),
  );
  return fc
    .constantFrom(...actions)
    .chain(({ version, name, parameters }) =>
      fc.tuple(
        fc.constant({ Version: version, Action: name }),
        fc.record(
          Object.fromEntries([
            ...parameters.map((parameter): [string, fc.Arbitrary<string>] => [parameter, valueOf(parameter)]),
            ...['Tag.1.Key', 'Tag.1.Value', 'ResourceId.1'].map((one): [string, fc.Arbitrary<string>] => [
              one,
              valueOf(one),
            ]),
            ['Format', some('JSON', 'XML')],
          ]),
          { requiredKeys: [] },
        ),
        some('GET', 'POST'),
      ),
    )
    .map(([named, given, method]): HttpInput => {
      const query: Record<string, string> = {
        ...(given as Record<string, string>),
        ...named,
        AccessKeyId: target.accessKeyId,
        SignatureMethod: 'HMAC-SHA1',
        SignatureVersion: '1.0',
        SignatureNonce: randomUUID(),
        Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
      };
      query.Signature = OpenApiUtil.getRPCSignature(query, method, target.accessKeySecret);
      return method === 'GET'
        ? { method, target: `/?${encoded(query)}`, headers: {}, body: '' }
        : {
            method,
            target: '/',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: encoded(query),
          };
    });
}

const SETTINGS = [
  '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>',
  '<LifecycleConfiguration><Rule><ID>r</ID><Prefix>p/</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>',
  '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
  '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
  '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer>http://a</Referer></RefererList></RefererConfiguration>',
  '<BucketLoggingStatus><LoggingEnabled><TargetBucket>fuzz-data</TargetBucket><TargetPrefix>l</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
  '<Delete><Quiet>false</Quiet><Object><Key>key</Key></Object></Delete>',
  '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
  '<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>',
  '{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:GetObject"],"Resource":["*"]}]}',
];
const OSS_HEADERS = {
  range: some('bytes=0-1', 'bytes=-5', 'bytes=9-'),
  'if-match': some('*', '"x"'),
  'if-none-match': some('*'),
  'if-modified-since': some(new Date(0).toUTCString()),
  'x-oss-acl': some('private', 'public-read'),
  'x-oss-object-acl': some('default', 'private'),
  'x-oss-copy-source': some(`/${THERE.bucket}/key`, `/${THERE.bucket}/none?versionId=x`),
  'x-oss-copy-source-range': some('bytes=0-1'),
  'x-oss-tagging': some('a=b'),
  'x-oss-tagging-directive': some('REPLACE'),
  'x-oss-metadata-directive': some('REPLACE', 'COPY'),
  'x-oss-forbid-overwrite': some('true'),
  'x-oss-storage-class': some('IA', 'Standard'),
  'x-oss-symlink-target': some('key'),
  'x-oss-complete-all': some('yes'),
  'x-oss-server-side-encryption': some('AES256'),
  'x-oss-meta-a': headerText,
  'content-md5': some('x'),
  'content-type': some('text/plain', 'application/xml'),
  'accept-encoding': some('gzip'),
  origin: some('http://a'),
  referer: some('http://a'),
};

/** An operation of OSS that there is, with a good signature and anything else. */
function ossInput(target: FuzzTarget): fc.Arbitrary<HttpInput> {
  const operations = Object.entries(OPERATIONS).flatMap(([level, table]) =>
    Object.keys(table).map((key) => ({ level, verb: key.split(' ')[0], sub: key.split(' ')[1] })),
  );
  const oddly = METHODS.map((verb) => ({ level: 'object', verb, sub: undefined }));
  const upload = () =>
    target.account.oss.findBucket(THERE.bucket) && target.account.oss.uploads.list(THERE.bucket).at(-1);
  const query = fc.record(
    {
      versionId: fc.oneof(some('null'), word),
      partNumber: some('1', '2', '0'),
      'max-keys': some('1', '1000', 'x'),
      'max-parts': some('1'),
      'max-uploads': some('1'),
      prefix: fc.oneof(some('', 'a', 'orders/'), word),
      marker: fc.oneof(some('a'), word),
      delimiter: some('/', ''),
      'list-type': some('2'),
      'continuation-token': word,
      'encoding-type': some('url'),
      position: some('0', '5'),
    },
    { requiredKeys: [] },
  );
  return fc
    .tuple(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...operations) },
        { weight: 1, arbitrary: fc.constantFrom(...oddly) },
      ),
      fc.oneof(
        { weight: 8, arbitrary: some(THERE.bucket, 'fuzz-made') },
        { weight: 1, arbitrary: some('fuzz-none', 'a', '%') },
      ),
      fc.oneof({ weight: 3, arbitrary: some('key', 'orders/a.csv', 'a/b/c', 'link') }, { weight: 1, arbitrary: word }),
      query,
      fc.record(OSS_HEADERS, { requiredKeys: [] }),
      fc.oneof(some(...SETTINGS), xml, body),
      some('V1', 'V1', 'V4', 'presigned V1', 'presigned V4'),
    )
    .map(([{ level, verb, sub }, name, key, given, some_, content, how]) => {
      const all: Record<string, string> = {
        ...(some_ as Record<string, string>),
        'x-oss-date': new Date().toUTCString(),
      };
      const now = level === 'object' ? upload() : undefined;
      const parameters: Record<string, string> = { ...(given as Record<string, string>) };
      let object = level === 'object' ? key : '';
      if (sub === 'copy') {
        all['x-oss-copy-source'] ??= `/${THERE.bucket}/key`;
      } else if (sub === 'uploadId') {
        parameters.uploadId = now?.uploadId ?? 'none';
        object = now?.key ?? key;
      } else if (sub !== undefined) {
        parameters[sub] ??= '';
      }
      const path = level === 'service' ? '/' : `/${encodeURIComponent(name)}/${encodeURIComponent(object)}`;
      const resource = { bucket: level === 'service' ? undefined : name, key: level === 'object' ? object : undefined };
      sign(target, how, verb, resource, parameters, all);
      return { method: verb, target: `${path}?${encoded(parameters)}`, headers: all, body: content };
    });
}

/** Adds a good signature of a version to the headers, or to the query. */
function sign(
  { accessKeyId, accessKeySecret }: FuzzTarget,
  how: string,
  verb: string,
  { bucket, key }: { bucket?: string; key?: string },
  parameters: Record<string, string>,
  headers: Record<string, string>,
): void {
  if (how.endsWith('V4')) {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = `${date.slice(0, 8)}/${REGION}/oss/aliyun_v4_request`;
    if (how === 'V4') {
      Object.assign(headers, { 'x-oss-date': date, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' });
    } else {
      delete headers['x-oss-date'];
      Object.assign(parameters, {
        'x-oss-signature-version': 'OSS4-HMAC-SHA256',
        'x-oss-credential': `${accessKeyId}/${scope}`,
        'x-oss-date': date,
        'x-oss-expires': '60',
      });
    }
    const queries = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value || null]));
    const request = { headers, queries };
    const header = signUtils.authorizationV4(accessKeyId, accessKeySecret, REGION, verb, request, bucket, key);
    if (how === 'V4') {
      headers.authorization = header;
    } else {
      parameters['x-oss-signature'] = /Signature=(.*)$/.exec(header)![1];
    }
    return;
  }
  const resource = bucket === undefined ? '/' : `/${bucket}/${key ?? ''}`;
  const signed = Object.fromEntries(Object.entries(parameters).filter(([parameter]) => SUBRESOURCES.has(parameter)));
  if (how === 'V1') {
    const canonical = signUtils.buildCanonicalString(verb, resource, { headers, parameters: signed });
    headers.authorization = signUtils.authorization(accessKeyId, accessKeySecret, canonical);
    return;
  }
  delete headers['x-oss-date'];
  const expires = String(Math.floor(Date.now() / 1000) + 60);
  const canonical = signUtils.buildCanonicalString(verb, resource, { headers, parameters: signed }, expires);
  Object.assign(parameters, { OSSAccessKeyId: accessKeyId, Expires: expires });
  parameters.Signature = signUtils.computeSignature(accessKeySecret, canonical);
}

const MESSAGES = [
  '<Message><MessageBody>text</MessageBody><Priority>1</Priority><DelaySeconds>0</DelaySeconds></Message>',
  '<Message><MessageBody>text</MessageBody><MessageTag>tag</MessageTag><Properties>KEYS:k|a:b|</Properties></Message>',
  '<Message><MessageBody>text</MessageBody><Properties>__TransCheckT:10|__SHARDINGKEY:s|</Properties></Message>',
  '<Message><MessageBody>text</MessageBody><Properties>__STARTDELIVERTIME:1</Properties></Message>',
  '<Messages><Message><MessageBody>a</MessageBody></Message><Message><MessageBody>b</MessageBody></Message></Messages>',
  '<ReceiptHandles><ReceiptHandle>none</ReceiptHandle></ReceiptHandles>',
  '<Queue><DelaySeconds>0</DelaySeconds><VisibilityTimeout>30</VisibilityTimeout></Queue>',
  '<Topic><MaximumMessageSize>1024</MaximumMessageSize></Topic>',
  '<Subscription><Endpoint>acs:mns:cn-hangzhou:1:queues/fuzz-queue</Endpoint></Subscription>',
  '<Subscription><Endpoint>acs:mns:cn-hangzhou:127:queues/fuzz-queue</Endpoint><NotifyContentFormat>JSON</NotifyContentFormat></Subscription>',
  '<Message><MessageBody>text</MessageBody><UserProperties><PropertyValue><Name>a</Name><Value>1</Value><Type>NUMBER</Type></PropertyValue></UserProperties></Message>',
  '<Queue><DlqPolicy><Enabled>true</Enabled><DeadLetterTargetQueue>dead</DeadLetterTargetQueue><MaxReceiveCount>1</MaxReceiveCount></DlqPolicy></Queue>',
];

/** A request of MQ's or MNS's HTTP protocol with a good signature. */
function messageInput(scheme: 'MQ' | 'MNS', target: FuzzTarget): fc.Arbitrary<HttpInput> {
  const [collection, item] = scheme === 'MQ' ? ['topics', THERE.topic] : ['queues', THERE.queue];
  const handles = () =>
    scheme === 'MNS' && target.account.activation.isActive('mns')
      ? target.account.mns
          .listQueues(REGION)
          .flatMap(({ queueName }) => target.account.mns.allMessages(REGION, queueName))
      : [];
  return fc
    .tuple(
      some('GET', 'PUT', 'POST', 'DELETE'),
      fc.oneof(
        { weight: 8, arbitrary: some(`/${collection}/${item}/messages`, `/${collection}/${item}`, `/${collection}`) },
        {
          weight: 2,
          arbitrary: some(...['', '/messages', '/subscriptions', '/subscriptions/s'].map((end) => `/topics/fan${end}`)),
        },
        { weight: 1, arbitrary: word.map((one) => `/${collection}/${encodeURIComponent(one)}/messages`) },
      ),
      fc.record(
        {
          numOfMessages: some('1', '16', '0'),
          waitseconds: some('0'),
          peekonly: some('true'),
          visibilityTimeout: some('0', '30', 'x'),
          metaoverride: some('true'),
          tag: some('tag', 'a||b', '*'),
          trans: some('commit', 'rollback', 'order', 'pop', 'x'),
        },
        { requiredKeys: [] },
      ),
      fc.oneof(
        { weight: 4, arbitrary: some(...MESSAGES) },
        { weight: 1, arbitrary: xml },
        { weight: 1, arbitrary: body },
      ),
    )
    .map(([method, path, given, content]) => {
      const query: Record<string, string> = { ...(given as Record<string, string>) };
      if (scheme === 'MQ') {
        Object.assign(query, { ns: target.instanceId, consumer: THERE.httpGroup });
      } else if (method === 'PUT' || method === 'DELETE') {
        query.ReceiptHandle = handles().find(({ receiptHandle }) => receiptHandle !== '')?.receiptHandle ?? 'none';
      }
      const text = encoded(query);
      const resource = text === '' ? path : `${path}?${text}`;
      const date = new Date().toUTCString();
      const version = `x-${scheme.toLowerCase()}-version`;
      const toSign = [method, '', 'text/xml', date, `${version}:2015-06-06\n${resource}`].join('\n');
      const signature = createHmac('sha1', target.accessKeySecret).update(toSign).digest('base64');
      return {
        method,
        target: resource,
        headers: {
          date,
          'content-type': 'text/xml',
          [version]: '2015-06-06',
          authorization: `${scheme} ${target.accessKeyId}:${signature}`,
        },
        body: content,
      };
    });
}

export const SIGNED_FUZZERS: readonly Fuzzer[] = [
  { name: 'HTTP: signed calls of OpenAPI', share: 15, property: httpProperty(rpcInput) },
  { name: 'HTTP: signed requests to OSS', share: 20, property: httpProperty(ossInput) },
  { name: 'HTTP: signed requests to MNS', share: 6, property: httpProperty((target) => messageInput('MNS', target)) },
  { name: 'HTTP: signed requests to MQ', share: 6, property: httpProperty((target) => messageInput('MQ', target)) },
];
