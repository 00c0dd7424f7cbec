import { createHmac, randomUUID } from 'node:crypto';
import OpenApiUtil from '@alicloud/openapi-util';
import signUtils from 'ali-oss/lib/common/signUtils';
import * as fc from 'fast-check';
import { ROUTES } from '../../lib/local-cloud/mns-http/mns-http';
import { MQ_WORK } from '../../lib/local-cloud/mq-http/mq-http';
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
    [/PolicyDocument|^Policy$/, some(POLICY, TRUST)],
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

/** Documents by the sub-resource that they set. */
const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  versioning: ['Enabled', 'Suspended', 'x'].map(
    (status) => `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`,
  ),
  tagging: [
    '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key><Value/></Tag></TagSet></Tagging>',
    '<Tagging><TagSet/></Tagging>',
  ],
  lifecycle: [
    '<Expiration><Days>3</Days></Expiration>',
    '<Expiration><CreatedBeforeDate>2030-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration><Tag><Key>k</Key><Value>v</Value></Tag>',
    '<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>',
    '<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>',
    '<Transition><Days>3</Days><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime><ReturnToStdWhenVisit>false</ReturnToStdWhenVisit></Transition>',
    '<NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays><StorageClass>Archive</StorageClass></NoncurrentVersionTransition><Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><Not><Prefix>p/q</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></Not></Filter>',
    '<Expiration><Days>x</Days></Expiration>',
    '',
  ].map(
    (rule) =>
      `<LifecycleConfiguration><Rule><ID>r</ID><Prefix>p/</Prefix><Status>Enabled</Status>${rule}</Rule></LifecycleConfiguration>`,
  ),
  cors: [
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>',
    '<CORSConfiguration><CORSRule><AllowedOrigin>http://*.a</AllowedOrigin><AllowedMethod>NOPE</AllowedMethod></CORSRule></CORSConfiguration>',
  ],
  encryption: ['AES256', 'KMS', 'SM4', 'x'].map(
    (name) =>
      `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${name}</SSEAlgorithm><KMSMasterKeyID>key</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`,
  ),
  referer: [
    '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><AllowTruncateQueryString>false</AllowTruncateQueryString><RefererList><Referer>http://a</Referer><Referer>http://*.b/?</Referer></RefererList><RefererBlacklist><Referer>http://c</Referer></RefererBlacklist></RefererConfiguration>',
    '<RefererConfiguration><AllowEmptyReferer>x</AllowEmptyReferer></RefererConfiguration>',
  ],
  logging: [
    '<BucketLoggingStatus><LoggingEnabled><TargetBucket>fuzz-data</TargetBucket><TargetPrefix>l</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
    '<BucketLoggingStatus/>',
  ],
  delete: [
    '<Delete><Quiet>false</Quiet><Object><Key>key</Key></Object><Object><Key>link</Key><VersionId>null</VersionId></Object></Delete>',
    '<Delete><Quiet>true</Quiet></Delete>',
  ],
  publicAccessBlock: [
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
    '<PublicAccessBlockConfiguration><BlockPublicAccess>false</BlockPublicAccess></PublicAccessBlockConfiguration>',
  ],
  policy: [
    '{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:GetObject"],"Resource":["*"]}]}',
    '{"Version":"1","Statement":[{"Effect":"Deny","Principal":["1"],"Action":"oss:*","Resource":"acs:oss:*:*:fuzz-data/none","Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]},"Bool":{"acs:SecureTransport":"true"},"StringLike":{"oss:Prefix":"a*"}}}]}',
    '{}',
  ],
  transferAcceleration: [
    '<TransferAccelerationConfiguration><Enabled>false</Enabled></TransferAccelerationConfiguration>',
  ],
  accessmonitor: ['<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>'],
  resourceGroup: [
    '<BucketResourceGroupConfiguration><ResourceGroupId>rg-a</ResourceGroupId></BucketResourceGroupConfiguration>',
  ],
  requestPayment: ['<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>'],
  uploadId: [
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>',
  ],
  '': [
    '<CreateBucketConfiguration><StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>',
  ],
};
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
      fc.nat(),
      fc.option(fc.oneof(some(...Object.values(DOCUMENTS).flat()), xml, body)),
      some('V1', 'V1', 'V4', 'presigned V1', 'presigned V4'),
    )
    .map(([{ level, verb, sub }, name, key, given, some_, chosen, other, how]) => {
      const documents = DOCUMENTS[sub ?? ''] ?? [''];
      const content = other ?? documents[chosen % documents.length];
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

const properties = fc
  .array(
    some(
      'KEYS:k',
      'a:b',
      '__STARTDELIVERTIME:1',
      '__TransCheckT:10',
      '__TransCheckT:x',
      '__SHARDINGKEY:k',
      ':',
      '__proto__:x',
    ),
    { maxLength: 3 },
  )
  .map((all) => all.map((one) => `${one}|`).join(''));

/** Documents of MQ's and MNS's by what they are about, with receipt handles that somebody holds. */
function documents(handles: readonly string[], accountId: string): Readonly<Record<string, fc.Arbitrary<string>>> {
  const held = some('none', ...handles.slice(-4));
  const property = '<PropertyValue><Name>a</Name><Value>1</Value><Type>NUMBER</Type></PropertyValue>';
  const message = fc
    .tuple(
      some('text', 'text', '', '\u4e2d', 'x'.repeat(70_000)),
      some('tag', '*', ''),
      properties,
      some('1', '16', '99'),
      some('0', '1'),
      some('', '', `<UserProperties>${property}</UserProperties>`),
    )
    .map(
      ([text, tag, props, priority, delay, user]) =>
        `<Message><MessageBody>${text}</MessageBody><MessageTag>${tag}</MessageTag><Properties>${props}</Properties>` +
        `<Priority>${priority}</Priority><DelaySeconds>${delay}</DelaySeconds>${user}</Message>`,
    );
  const policy =
    '<DlqPolicy><Enabled>true</Enabled><MaxReceiveCount>1</MaxReceiveCount><DeadLetterTargetQueue>dead</DeadLetterTargetQueue></DlqPolicy>';
  return {
    messages: fc.oneof(
      message,
      message.map((one) => `<Messages>${one}${one}</Messages>`),
      fc
        .array(held, { maxLength: 3 })
        .map(
          (all) =>
            `<ReceiptHandles>${all.map((one) => `<ReceiptHandle>${one}</ReceiptHandle>`).join('')}</ReceiptHandles>`,
        ),
    ),
    queues: some(
      `<Queue><DelaySeconds>0</DelaySeconds><VisibilityTimeout>1</VisibilityTimeout>${policy}</Queue>`,
      '<Queue><MaximumMessageSize>1</MaximumMessageSize></Queue>',
    ),
    topics: some('<Topic><MaximumMessageSize>1024</MaximumMessageSize><LoggingEnabled>true</LoggingEnabled></Topic>'),
    subscriptions: fc
      .tuple(
        some(`${accountId}:queues/${THERE.queue}`, `${accountId}:queues/none`, `1:queues/${THERE.queue}`, '1:topics/x'),
        some('XML', 'SIMPLIFIED', 'JSON', 'x'),
        some('', 'tag'),
      )
      .map(
        ([endpoint, form, tag]) =>
          `<Subscription><Endpoint>acs:mns:${REGION}:${endpoint}</Endpoint><NotifyContentFormat>${form}</NotifyContentFormat>` +
          `<NotifyStrategy>BACKOFF_RETRY</NotifyStrategy><FilterTag>${tag}</FilterTag></Subscription>`,
      ),
  };
}

/** What there is to ask for, by the tables of the two protocols: a method, a path, and what else says which. */
const MESSAGE_OPERATIONS = {
  MQ: Object.entries(MQ_WORK).flatMap(([method, kinds]) =>
    Object.keys(kinds).map((trans) => ({ method, path: '/topics/*/messages', flag: { trans } })),
  ),
  MNS: Object.entries(ROUTES).flatMap(([path, operations]) =>
    Object.keys(operations).map((key) => {
      const [method, flag] = key.split(' ?');
      return { method, path, flag: flag === undefined ? {} : { [flag]: 'true' } };
    }),
  ),
};

/** A path of a table, with names in it. */
function named(path: string): fc.Arbitrary<string> {
  const names: Readonly<Record<string, readonly string[]>> = {
    queues: [THERE.queue, THERE.queue, 'fuzz-made'],
    topics: [THERE.topic, THERE.topic, 'fuzz-made'],
    subscriptions: ['s', 's', 't'],
  };
  const parts = path.split('/').slice(1);
  return fc
    .tuple(...parts.map((part, at) => (part === '*' ? some(...names[parts[at - 1]]) : fc.constant(part))))
    .map((all) => `/${all.join('/')}`);
}

/** A request of MQ's or MNS's HTTP protocol with a good signature. */
function messageInput(scheme: 'MQ' | 'MNS', target: FuzzTarget): fc.Arbitrary<HttpInput> {
  const handles = [...target.account.store.rows()]
    .map(([, , row]) => (row as { receiptHandle?: unknown }).receiptHandle)
    .filter((handle): handle is string => typeof handle === 'string' && handle !== '');
  const forms = documents(handles, target.account.identity.accountId);
  const operation = fc.constantFrom(...MESSAGE_OPERATIONS[scheme]).chain(({ method, path, flag }) =>
    fc.tuple(
      fc.constant(method),
      named(path),
      fc.constant<Record<string, string>>(flag),
      fc.oneof(
        {
          weight: 4,
          arbitrary:
            forms[
              path
                .split('/')
                .filter((part) => part in forms)
                .at(-1)!
            ],
        },
        xml,
        body,
      ),
    ),
  );
  const oddly = fc.tuple(
    some(...METHODS),
    fc.oneof(
      some(`/topics/${THERE.topic}/messages`, `/queues/${THERE.queue}`, '/queues', '/'),
      word.map((one) => `/topics/${encodeURIComponent(one)}/messages`),
    ),
    fc.constantFrom<Record<string, string>>({}, { metaoverride: 'true' }, { trans: 'x' }),
    fc.oneof(...Object.values(forms), xml, body),
  );
  return fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: operation }, { weight: 1, arbitrary: oddly }),
      fc.record(
        {
          numOfMessages: some('1', '16', '0'),
          waitseconds: some('0'),
          visibilityTimeout: some('0', '30', 'x'),
          tag: some('tag', 'a||b', '*'),
          ReceiptHandle: some('none', ...handles.slice(-4)),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([[method, path, flag, content], given]) => {
      const query: Record<string, string> = { ...(given as Record<string, string>), ...flag };
      if (scheme === 'MQ') {
        delete query.ReceiptHandle;
        Object.assign(query, { ns: target.instanceId, consumer: THERE.httpGroup });
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
