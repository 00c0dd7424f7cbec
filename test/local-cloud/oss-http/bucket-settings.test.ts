import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;
let bucket: string;
let count = 0;

beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  count += 1;
  bucket = `settings-${count}`;
  server.account.oss.createBucket('cn-hangzhou', { name: bucket });
});

const call = (method: string, subresource: string, body = '', headers: Record<string, string> = {}) =>
  ossRequest(server, { method, path: bucket, query: { [subresource]: '' }, body, headers });

/** Sub-resource, document, whether DELETE removes it, and what GET answers without it. */
const SETTINGS: [subresource: string, document: string, removable: boolean, absent: string | number][] = [
  ['versioning', '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>', false, 200],
  [
    'encryption',
    '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>key-1</KMSMasterKeyID><KMSDataEncryption>SM4</KMSDataEncryption></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
    true,
    'NoSuchServerSideEncryptionRule',
  ],
  [
    'publicAccessBlock',
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
    true,
    200,
  ],
  [
    'lifecycle',
    '<LifecycleConfiguration><Rule><ID>one</ID><Prefix>a/</Prefix><Status>Enabled</Status><Tag><Key>k</Key><Value>v</Value></Tag><Expiration><Days>30</Days></Expiration><AbortMultipartUpload><Days>3</Days></AbortMultipartUpload><Transition><Days>10</Days><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime><ReturnToStdWhenVisit>false</ReturnToStdWhenVisit><AllowSmallFile>true</AllowSmallFile></Transition><Transition><Days>20</Days><StorageClass>Archive</StorageClass></Transition><NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays></NoncurrentVersionExpiration><NoncurrentVersionTransition><NoncurrentDays>2</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition><Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan><Not><Prefix>a/b</Prefix><Tag><Key>x</Key><Value>y</Value></Tag></Not></Filter></Rule><Rule><ID>two</ID><Prefix></Prefix><Status>Disabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>',
    true,
    'NoSuchLifecycle',
  ],
  [
    'tagging',
    '<Tagging><TagSet><Tag><Key>a&#38;b</Key><Value>1</Value></Tag><Tag><Key>c</Key><Value></Value></Tag></TagSet></Tagging>',
    true,
    200,
  ],
  [
    'cors',
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-a</AllowedHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>',
    true,
    'NoSuchCORSConfiguration',
  ],
  [
    'referer',
    '<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><AllowTruncateQueryString>false</AllowTruncateQueryString><TruncatePath>true</TruncatePath><RefererList><Referer>https://a</Referer><Referer>https://b</Referer></RefererList><RefererBlacklist><Referer>https://c</Referer></RefererBlacklist></RefererConfiguration>',
    false,
    200,
  ],
  [
    'transferAcceleration',
    '<TransferAccelerationConfiguration><Enabled>false</Enabled></TransferAccelerationConfiguration>',
    false,
    'NoSuchTransferAccelerationConfiguration',
  ],
  [
    'resourceGroup',
    '<BucketResourceGroupConfiguration><ResourceGroupId>rg-other</ResourceGroupId></BucketResourceGroupConfiguration>',
    false,
    200,
  ],
  ['accessMonitor', '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>', false, 200],
];

describe.each(SETTINGS)('%s', (subresource, document, removable, absent) => {
  it('is kept as it was given, and removed', async () => {
    const before = await call('GET', subresource);
    expect(typeof absent === 'number' ? before.status : before.code).toBe(absent);
    expect(before.status).toBe(typeof absent === 'number' ? absent : 404);

    expect(await call('PUT', subresource, document)).toMatchObject({ status: 200, text: '' });
    const { text } = await call('GET', subresource);
    expect(text.replace('<?xml version="1.0" encoding="UTF-8"?>\n', '')).toBe(document);

    const removed = await call('DELETE', subresource);
    expect(removed.status).toBe(removable ? 204 : 501);
    if (removable) {
      const withoutId = ({ text: answer }: { text: string }) => answer.replace(/<RequestId>.*?<\/RequestId>/, '');
      expect(withoutId(await call('GET', subresource))).toBe(withoutId(before));
    }
  });

  it('may have text beside its elements', async () => {
    const spaced = document.replaceAll('><', '>\n  <').replace(/<\/\w+>$/, 'and more\n$&');
    expect(await call('PUT', subresource, spaced)).toMatchObject({ status: 200, text: '' });
  });

  it('is refused where it says what would be lost', async () => {
    for (const body of [document.replace('</', '<Unheard>1</Unheard></'), document.replace('><', '><Unheard/><')]) {
      const response = await call('PUT', subresource, body);
      expect(response).toMatchObject({ status: 501, code: 'NotImplemented' });
      expect(response.text).toContain('Unheard');
    }
    const after = await call('GET', subresource);
    expect(typeof absent === 'number' ? after.status : after.code).toBe(absent);
  });

  it('is refused when it is not well formed, and for a bucket that is not there', async () => {
    for (const body of ['', '<', 'text', `<Other>${document}</Other>`, document.slice(0, -3)]) {
      expect(await call('PUT', subresource, body), body).toMatchObject({ status: 400, code: 'MalformedXML' });
    }
    const path = 'settings-none';
    for (const method of ['GET', 'PUT']) {
      const response = await ossRequest(server, {
        method,
        path,
        query: { [subresource]: '' },
        body: method === 'PUT' ? document : '',
      });
      expect(response).toMatchObject({ status: 404, code: 'NoSuchBucket' });
    }
  });
});

it('keeps logging only to a bucket that is there', async () => {
  const to = (target: string) =>
    `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${target}</TargetBucket><TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`;
  expect(await call('PUT', 'logging', to('settings-none'))).toMatchObject({ code: 'InvalidTargetBucketForLogging' });
  expect((await call('PUT', 'logging', to(bucket))).status).toBe(200);
  expect((await call('GET', 'logging')).text).toContain(to(bucket));
  expect((await call('DELETE', 'logging')).status).toBe(204);
  expect((await call('GET', 'logging')).text).toContain('<BucketLoggingStatus></BucketLoggingStatus>');
});

it('keeps a policy, and refuses one that is malformed', async () => {
  const policy = JSON.stringify({
    Version: '1',
    Statement: [
      { Effect: 'Allow', Action: ['oss:GetObject'], Principal: ['*'], Resource: [`acs:oss:*:*:${bucket}/*`] },
    ],
  });
  expect(await call('GET', 'policy')).toMatchObject({ status: 404, code: 'NoSuchBucketPolicy' });
  expect(await call('PUT', 'policy', '{"Version":"2"}')).toMatchObject({
    status: 400,
    code: 'MalformedPolicyDocument',
  });
  expect((await call('PUT', 'policy', policy)).status).toBe(200);
  expect((await call('GET', 'policy')).text).toBe(policy);
  expect((await call('GET', 'policyStatus')).text).toContain('<IsPublic>true</IsPublic>');
  expect((await call('DELETE', 'policy')).status).toBe(204);
});

it.each([
  [true, { Effect: 'Allow', Principal: ['1234567890123456', '*'] }],
  [true, { Effect: 'Allow', NotPrincipal: ['1234567890123456'] }],
  [false, { Effect: 'Deny', Principal: ['*'], Condition: { Bool: { 'acs:SecureTransport': 'false' } } }],
  [false, { Effect: 'Allow', Principal: ['1234567890123456'] }],
  [true, { Effect: 'Allow', Principal: ['12345*'] }],
  [true, { Effect: 'Allow', Principal: ['*'], Condition: { Bool: { 'acs:SecureTransport': 'true' } } }],
  [true, { Effect: 'Allow', Principal: ['*'], Condition: { StringLike: { 'acs:SourceVpc': 'vpc-*' } } }],
  [true, { Effect: 'Allow', Principal: ['*'], Condition: { StringNotEquals: { 'acs:SourceVpc': 'vpc-1' } } }],
  [true, { Effect: 'Allow', Principal: ['*'], Condition: { IpAddress: { 'acs:SourceIp': '0.0.0.0/0' } } }],
  [false, { Effect: 'Allow', Principal: ['*'], Condition: { StringEquals: { 'acs:SourceVpc': 'vpc-1' } } }],
  [false, { Effect: 'Allow', Principal: ['*'], Condition: { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8'] } } }],
])('takes for public (%s) a policy that lets everybody in: %j', async (isPublic, statement) => {
  const rest = { Action: ['oss:GetObject'], Resource: [`acs:oss:*:*:${bucket}/*`] };
  await call('PUT', 'policy', JSON.stringify({ Version: '1', Statement: [{ ...statement, ...rest }] }));
  expect((await call('GET', 'policyStatus')).text).toContain(`<IsPublic>${isPublic}</IsPublic>`);
});

it('shows settings in the info of the bucket, and its use in stat', async () => {
  await call('PUT', 'versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
  await call('PUT', 'acl', '', { 'x-oss-acl': 'public-read' });
  server.account.oss.putObject(bucket, 'k', Buffer.from('12345'));
  const info = (await call('GET', 'bucketInfo')).text;
  expect(info).toContain('<Versioning>Enabled</Versioning>');
  expect(info).toContain('<Grant>public-read</Grant>');
  expect(info).toContain('<SSEAlgorithm>None</SSEAlgorithm>');
  expect((await call('GET', 'stat')).text).toContain('<Storage>5</Storage><ObjectCount>1</ObjectCount>');
  expect((await call('GET', 'location')).text).toContain('<LocationConstraint>oss-cn-hangzhou</LocationConstraint>');
});

it('names a sub-resource that is not served, and never takes it for the bucket', async () => {
  for (const [method, subresource] of [
    ['GET', 'metaQuery'],
    ['GET', 'nobodyKnows'],
    ['PUT', 'nobodyKnows'],
    ['DELETE', 'nobodyKnows'],
  ]) {
    const response = await call(method, subresource);
    expect(response).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(response.text).toContain(subresource);
  }
  expect((await call('GET', 'bucketInfo')).status).toBe(200);
});

it.each([
  ['PUT', { policy: '', comp: 'callback' }],
  ['GET', { acl: '', policy: '' }],
  ['POST', { cname: '', comp: 'add' }],
])('takes a %s with several sub-resources for none of them: %j', async (method, query) => {
  const response = await ossRequest(server, { method, path: bucket, query });
  expect(response).toMatchObject({ status: 501, code: 'NotImplemented' });
  expect(response.text).toContain(Object.keys(query).join(' and '));
});

it('tells by HEAD whether a bucket is there, and where', async () => {
  const head = (path: string) => ossRequest(server, { method: 'HEAD', path });
  expect(await head(bucket)).toMatchObject({ status: 200, headers: { 'x-oss-bucket-region': 'oss-cn-hangzhou' } });
  expect((await head('settings-none')).status).toBe(404);
});

it('lists the buckets that have all the tags asked for', async () => {
  server.account.oss.updateBucket(bucket, { tags: { a: '1', b: '2' } });
  const list = (tagging: string) => ossRequest(server, { query: { tagging } });
  expect((await list('"a":"1","b":"2"')).text).toContain(`<Name>${bucket}</Name>`);
  expect((await list('"a":"1","b":"3"')).text).not.toContain('<Name>');
  expect(await list('a')).toMatchObject({ status: 400, code: 'InvalidArgument' });
});

it('tells the headers that a CORS rule allows in lower case', async () => {
  const rule =
    '<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>X-Some</AllowedHeader>';
  await call('PUT', 'cors', `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`);
  expect((await call('GET', 'cors')).text).toContain('<AllowedHeader>x-some</AllowedHeader>');
});

it('leaves out how KMS encrypts where it does not', async () => {
  await call(
    'PUT',
    'encryption',
    encryption('<SSEAlgorithm>AES256</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>'),
  );
  const { text } = await call('GET', 'encryption');
  expect(text).toContain('<SSEAlgorithm>AES256</SSEAlgorithm>');
  expect(text).not.toContain('KMSDataEncryption');
});

it('removes the tags that are named, and all where none is', async () => {
  await call('PUT', 'tagging', tagging(['%@abc', 'test', '123++']));
  const remove = (names: string) =>
    ossRequest(server, { method: 'DELETE', path: bucket, query: { tagging: names } }).then(({ status }) => status);
  expect(await remove('%@abc,test')).toBe(204);
  expect((await call('GET', 'tagging')).text).toContain('<TagSet><Tag><Key>123++</Key><Value>v</Value></Tag></TagSet>');
  expect(await remove('')).toBe(204);
  expect((await call('GET', 'tagging')).text).toContain('<TagSet></TagSet>');
});

it('takes flags in any case, as the client for Python writes them', async () => {
  const body = '<TransferAccelerationConfiguration><Enabled>True</Enabled></TransferAccelerationConfiguration>';
  expect((await call('PUT', 'transferAcceleration', body)).status).toBe(200);
  expect((await call('GET', 'transferAcceleration')).text).toContain('<Enabled>true</Enabled>');
});

it('names the argument that it does not take', async () => {
  const body =
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule></CORSConfiguration>';
  expect((await call('PUT', 'cors', body)).text).toContain(
    '<ArgumentName>MaxAgeSeconds</ArgumentName><ArgumentValue>-1</ArgumentValue>',
  );
});

it('counts what a bucket holds by storage class, versions and uploads too', async () => {
  const { oss } = server.account;
  oss.updateBucket(bucket, { versioning: 'Enabled' });
  oss.putObject(bucket, 'a', Buffer.from('12345'));
  oss.putObject(bucket, 'b', Buffer.from('123'), { storageClass: 'IA' });
  oss.deleteObject(bucket, 'b');
  oss.uploads.initiate(bucket, 'c', {});
  const { text } = await call('GET', 'stat');
  for (const [name, value] of Object.entries({
    ...{ Storage: 8, ObjectCount: 2, DeleteMarkerCount: 1, MultipartUploadCount: 1, MultipartPartCount: 0 },
    ...{ StandardStorage: 5, StandardObjectCount: 1, LiveChannelCount: 0 },
    ...{ InfrequentAccessStorage: 65536, InfrequentAccessRealStorage: 3, InfrequentAccessObjectCount: 1 },
    ...{ DeepColdArchiveStorage: 0, DeepColdArchiveRealStorage: 0, DeepColdArchiveObjectCount: 0 },
  })) {
    expect(text).toContain(`<${name}>${value}</${name}>`);
  }
});

describe('a referer', () => {
  const anonymous = async (referer?: string) =>
    (await ossRequest(server, { path: `${bucket}/k`, headers: referer === undefined ? {} : { referer } }, null)).status;

  beforeEach(() => {
    server.account.oss.putObject(bucket, 'k', Buffer.from('x'), { acl: 'public-read' });
  });

  it('is let through when the list has it, and not when the other list has it too', async () => {
    server.account.oss.updateBucket(bucket, {
      referer: { allowEmpty: false, referers: ['https://*.example.com'], blacklist: ['https://bad.*'] },
    });
    expect(await anonymous('https://www.example.com')).toBe(200);
    expect(await anonymous('https://www.example.com?a=1')).toBe(200);
    expect(await anonymous('https://bad.example.com')).toBe(403);
    expect(await anonymous('https://other.org')).toBe(403);
    expect(await anonymous()).toBe(403);
  });

  it('is compared without its path where that is asked for', async () => {
    const referer = { allowEmpty: false, referers: ['https://a.example'], truncatePath: true };
    server.account.oss.updateBucket(bucket, { referer });
    expect(await anonymous('https://a.example/b/c?d=1')).toBe(200);
    expect(await anonymous('https://a.example.org/b')).toBe(403);
    server.account.oss.updateBucket(bucket, { referer: { ...referer, truncatePath: false } });
    expect(await anonymous('https://a.example/b/c')).toBe(403);
  });

  it('may be absent where that is allowed, and is not asked of what a page cannot send', async () => {
    server.account.oss.updateBucket(bucket, { referer: { allowEmpty: true, referers: ['https://a'] } });
    expect(await anonymous()).toBe(200);
    expect(await anonymous('https://b')).toBe(403);
    const signed = await ossRequest(server, { path: `${bucket}/k`, headers: { referer: 'https://b' } });
    expect(signed.status).toBe(200);
  });
});

it.each([
  ['POST', '', 'PostObject'],
  ['PUT', 'website', 'PutBucketWebsite'],
  ['PUT', 'requestPayment', 'PutBucketRequestPayment'],
  ['POST', 'worm', 'InitiateBucketWorm'],
  ['GET', 'inventory', 'GetBucketInventory'],
])('refuses %s %s by its name', async (method, subresource, name) => {
  const query = subresource === '' ? {} : { [subresource]: '' };
  const response = await ossRequest(server, { method, path: bucket, query });
  expect(response).toMatchObject({ status: 501, code: 'NotImplemented', text: expect.stringContaining(name) });
});

it('forgets referers when the list is cleared with an empty one', async () => {
  const clear =
    '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>' +
    '<RefererList><Referer></Referer></RefererList></RefererConfiguration>';
  expect((await call('PUT', 'referer', clear)).status).toBe(200);
  expect((await call('GET', 'referer')).text).not.toContain('<Referer>');
});

const lifecycle = (parts: string) =>
  `<LifecycleConfiguration><Rule><ID>r</ID><Prefix>a</Prefix><Status>Enabled</Status>${parts}</Rule></LifecycleConfiguration>`;
const encryption = (rule: string) =>
  `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`;
const tagging = (keys: readonly string[]) =>
  `<Tagging><TagSet>${keys.map((key) => `<Tag><Key>${key}</Key><Value>v</Value></Tag>`).join('')}</TagSet></Tagging>`;

it.each<[string, string, string]>([
  ['MalformedXML', 'versioning', '<VersioningConfiguration><Status>On</Status></VersioningConfiguration>'],
  ['MalformedXML', 'accessMonitor', '<AccessMonitorConfiguration><Status>On</Status></AccessMonitorConfiguration>'],
  ['InvalidArgument', 'acl', ''],
  [
    'InvalidRequest',
    'lifecycle',
    lifecycle(
      '<Expiration><CreatedBeforeDate>2026-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration><Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>',
    ),
  ],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle(
      '<Expiration><Days>3</Days></Expiration><Transition><Days>4</Days><StorageClass>IA</StorageClass></Transition>',
    ),
  ],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle(
      '<Transition><Days>5</Days><StorageClass>IA</StorageClass></Transition><Transition><Days>2</Days><StorageClass>Archive</StorageClass></Transition>',
    ),
  ],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle('<Transition><Days>5</Days><StorageClass>Standard</StorageClass></Transition>'),
  ],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle(
      '<NoncurrentVersionTransition><NoncurrentDays>9</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition><NoncurrentVersionTransition><NoncurrentDays>5</NoncurrentDays><StorageClass>Archive</StorageClass></NoncurrentVersionTransition>',
    ),
  ],
  ['InvalidArgument', 'lifecycle', lifecycle('')],
  ['InvalidArgument', 'lifecycle', lifecycle('<Expiration><Days>0</Days></Expiration>')],
  ['InvalidArgument', 'lifecycle', lifecycle('<Expiration></Expiration>')],
  ['InvalidArgument', 'lifecycle', lifecycle('<Expiration><Date>2026-02-30T00:00:00.000Z</Date></Expiration>')],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle('<Expiration><CreatedBeforeDate>2026-02-03T01:00:00.000Z</CreatedBeforeDate></Expiration>'),
  ],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle('<Expiration><Days>1</Days></Expiration>').replace('>r<', `>${'r'.repeat(256)}<`),
  ],
  [
    'InvalidArgument',
    'lifecycle',
    lifecycle(
      '<Expiration><Days>1</Days></Expiration></Rule><Rule><ID>r</ID><Prefix>b</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>',
    ),
  ],
  [
    'InvalidTag',
    'lifecycle',
    lifecycle('<Tag><Key>%&amp;</Key><Value>v</Value></Tag><Expiration><Days>3</Days></Expiration>'),
  ],
  ['InvalidEncryptionAlgorithmError', 'encryption', encryption('<SSEAlgorithm>random</SSEAlgorithm>')],
  [
    'InvalidArgument',
    'encryption',
    encryption('<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>key</KMSMasterKeyID>'),
  ],
  [
    'InvalidArgument',
    'cors',
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule></CORSConfiguration>',
  ],
  ['InvalidTag', 'tagging', tagging(Array.from({ length: 21 }, (_, index) => `k${index}`))],
  ['InvalidTag', 'tagging', tagging(['k'.repeat(65)])],
  ['InvalidTag', 'tagging', '<Tagging><TagSet><Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag></TagSet></Tagging>'],
  ['MalformedXML', 'lifecycle', '<LifecycleConfiguration></LifecycleConfiguration>'],
  [
    'MalformedXML',
    'tagging',
    '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Tagging><TagSet><Tag><Key>&b;</Key></Tag></TagSet></Tagging>',
  ],
  ['MalformedXML', 'tagging', `<Tagging>${'<a>'.repeat(200)}${'</a>'.repeat(200)}</Tagging>`],
  ['RequestEntityTooLarge', 'tagging', `<Tagging>${' '.repeat(2 << 20)}</Tagging>`],
])('answers %s to %s', async (code, subresource, body) => {
  expect((await call('PUT', subresource, body)).code).toBe(code);
});

it('takes an empty resource group for the default one', async () => {
  const group = (id: string) =>
    call(
      'PUT',
      'resourceGroup',
      `<BucketResourceGroupConfiguration><ResourceGroupId>${id}</ResourceGroupId></BucketResourceGroupConfiguration>`,
    );
  expect((await group('rg-other')).status).toBe(200);
  expect((await group('')).status).toBe(200);
  expect((await call('GET', 'resourceGroup')).text).toContain('<ResourceGroupId>rg-default</ResourceGroupId>');
});
