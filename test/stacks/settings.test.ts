import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../scratch';
import { parseSettings, readSettings } from '../../stacks/settings';

const FOLDER = path.join(__dirname, '../../stacks/settings');

/** Settings that are valid, with lines put below the environment. */
const withEnvironment = (...lines: string[]) =>
  ['region: cn-hangzhou', 'environments:', '  dev:', '    smoke: off', ...lines.map((line) => `    ${line}`)].join(
    '\n',
  );

/** The text that settings are refused with. */
function refusal(text: string): string {
  try {
    parseSettings(text, 'settings.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
}

describe('settings', () => {
  it.each(fs.readdirSync(FOLDER))('%s is valid', (file) => {
    expect(Object.keys(readSettings(path.join(FOLDER, file)).environments)).not.toEqual([]);
  });

  it('need no more than a region and an environment', () => {
    const settings = parseSettings('{"region": "cn-hangzhou", "environments": {"dev": {}}}', 'settings.json');
    expect(settings).toMatchObject({ role: 'create', activate: [], state: { backend: 'local' }, tags: {} });
    expect(settings.environments.dev).toMatchObject({ channel: 'mq', smoke: 'fail', prepare: [] });
  });

  it('let each environment choose its kind of channel', () => {
    const { environments, activate } = parseSettings(
      `${withEnvironment('channel: mns', 'queueName: dla-receipts')}\n  live:\n    topicName: receipts\nactivate: [oss, mns]`,
      'settings.yaml',
    );
    expect(environments).toMatchObject({
      dev: { channel: 'mns', queueName: 'dla-receipts' },
      live: { channel: 'mq', topicName: 'receipts' },
    });
    expect(activate).toEqual(['oss', 'mns']);
  });

  it.each([
    [withEnvironment('bucket: x'), 'environments.dev.bucket: this key is not known; did you mean "bucketName"?'],
    [
      withEnvironment('region: cn-hangzhuo'),
      /environments\.dev\.region: expected one of cn-hangzhou, cn-shanghai.*, got "cn-hangzhuo"/,
    ],
    [withEnvironment('region: cn-hanghzou'), /did you mean "cn-hangzhou"\?/],
    [
      withEnvironment('groupId: dla_group'),
      /environments\.dev\.groupId: expected .*, got "dla_group"; did you mean "GID_dla_group"\?/,
    ],
    [
      withEnvironment(`topicName: ${'x'.repeat(65)}`),
      /environments\.dev\.topicName: expected 3 to 64 letters.*, got "x+"/,
    ],
    [
      withEnvironment('instanceName: mq'),
      'environments.dev.instanceName: expected text of 3 to 64 characters, got "mq"',
    ],
    [
      withEnvironment('existingInstanceId: 42'),
      'environments.dev.existingInstanceId: expected text, got a number: put it in quotes',
    ],
    [
      withEnvironment('existingInstanceId: MQ_INST_1_a', 'instanceName: orders'),
      'environments.dev.instanceName: expected one of the two, got both existingInstanceId and instanceName',
    ],
    [
      withEnvironment('existingInstanceId: orders'),
      /existingInstanceId: expected the id of an MQ instance.*, got "orders"/,
    ],
    [withEnvironment('prepare: [""]'), 'environments.dev.prepare.0: expected text that is not empty, got ""'],
    [withEnvironment('prepare: select 1'), 'environments.dev.prepare: expected a list, got "select 1"'],
    [
      `${withEnvironment()}\nstate: { backend: oss, bucket: my-state, region: cn-hangzhou, tablestoreTable: locks }`,
      'state.tablestoreEndpoint: expected one, as tablestoreTable is given, got nothing: both of them lock the state',
    ],
    [
      `${withEnvironment()}\nstate: { backend: oss, bucket: my-state, region: cn-hangzhou, tablestoreEndpoint: "https://a" }`,
      'state.tablestoreTable: expected one, as tablestoreEndpoint is given, got nothing: both of them lock the state',
    ],
    [
      `${withEnvironment('tags: { one: "1" }')}\ntags: { ${Array.from({ length: 20 }, (_, i) => `k${i}: "v"`).join()} }`,
      'environments.dev.tags: expected at most 20 with those of all environments, got 21',
    ],
    [`${withEnvironment()}\ntags: { a: "${'v'.repeat(129)}" }`, /tags\.a: expected at most 128 characters, got "v+"/],
    [`${withEnvironment()}\nstate: { backend: s3 }`, 'state.backend: expected local or oss, got "s3"'],
    [`${withEnvironment()}\ntags: *team`, /^settings\.yaml is not YAML that can be read: Unresolved alias/],
    [`${withEnvironment()}\ntags: !custom { a: "1" }`, /^settings\.yaml is not YAML: Unresolved tag: !custom/],
    [`${withEnvironment()}\ntags: { a: 1 }`, 'tags.a: expected text, got a number: put it in quotes'],
    [
      `${withEnvironment()}\ntags:\n  a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`).join('\n')}`,
      /^settings\.yaml is not YAML that can be read: Excessive alias count/,
    ],
    [`${withEnvironment()}\nrole: own`, 'role: expected one of create, adopt, refer, got "own"'],
    [`${withEnvironment()}\nactivate: [kms]`, 'activate.0: expected one of oss, mq, mns, got "kms"'],
    [withEnvironment('channel: sms'), 'environments.dev.channel: expected one of mq, mns, got "sms"'],
    [
      withEnvironment('channel: nms'),
      'environments.dev.channel: expected one of mq, mns, got "nms"; did you mean "mns"?',
    ],
    ...['topicName: orders', 'groupId: GID_orders', 'instanceName: orders', 'existingInstanceId: MQ_INST_1_a'].map(
      (line): [string, string] => {
        const [key, value] = line.split(': ');
        return [
          withEnvironment('channel: mns', line),
          `environments.dev.${key}: expected none, got "${value}", it belongs to channel: mq`,
        ];
      },
    ),
    [
      withEnvironment('queueName: orders'),
      'environments.dev.queueName: expected none, got "orders", it belongs to channel: mns',
    ],
    [
      withEnvironment('channel: mns', 'queueName: my_queue'),
      /environments\.dev\.queueName: expected 1 to 120 letters, digits and hyphens, .*, got "my_queue"; did you mean "my-queue"\?$/,
    ],
    [
      withEnvironment('channel: mns', `queueName: ${'q'.repeat(121)}`),
      /environments\.dev\.queueName: expected 1 to 120 letters.*, got "q+"/,
    ],
    [withEnvironment('channel: mns', 'queueName: ""'), /environments\.dev\.queueName: expected 1 to .*, got ""/],
    [
      `${withEnvironment()}\nstate: { backend: oss, bucket: my-state, region: cn-hangzhou, tablestoreTable: locks }`,
      'state.tablestoreEndpoint: expected one, as tablestoreTable is given, got nothing: both of them lock the state',
    ],
    [
      `${withEnvironment()}\nstate: { backend: oss, bucket: my-state, region: cn-hangzhou, tablestoreEndpoint: "https://a" }`,
      'state.tablestoreTable: expected one, as tablestoreEndpoint is given, got nothing: both of them lock the state',
    ],
    [`${withEnvironment()}\nstate: { backend: s3 }`, /state.*: expected local or oss, got .*s3.*/],
    [`${withEnvironment()}\nstate: { backend: oss, region: cn-hangzhou }`, 'state.bucket: expected text, got nothing'],
    [`${withEnvironment()}\naccountId: 1234567890123456`, 'accountId: expected text, got a number: put it in quotes'],
    [
      `${withEnvironment()}\naccountId: "12"`,
      /accountId: expected the id of an account, 16 digits in quotes, got "12"/,
    ],
    ['environments: { dev: {} }', /region: expected one of cn-hangzhou, .*, got nothing/],
    ['region: cn-hangzhou\nenvironments: {}', /environments: .*expected at least one environment/],
    [
      'region: cn-hangzhou\nenvironments: { Dev: { smoke: maybe } }',
      /environments\.Dev\.smoke: expected one of [^]*environments\.Dev: expected up to 31 characters a-z.*, got "Dev"/,
    ],
    ['', 'the file: expected keys with values, got null'],
    ['a: [', /settings\.yaml is not YAML: /],
  ])('refuse %j', (text, message) => {
    const got = refusal(text);
    if (typeof message === 'string') {
      expect(got.split('\n  - ')).toContain(message);
    } else {
      expect(got).toMatch(message);
    }
  });

  it('let environments share keys, by aliases and by <<', () => {
    const names = Array.from({ length: 30 }, (_, index) => `e${index}`);
    const lines = names.map(
      (name, index) => `  ${name}: ${index % 2 ? '{ tags: *t }' : '{ <<: *base, channel: mns }'}`,
    );
    const base = 'region: cn-hangzhou\nenvironments:\n  base: &base { tags: &t { team: data } }';
    const { environments } = parseSettings(`${base}\n${lines.join('\n')}`, 'settings.yaml');
    expect(names.map((name) => environments[name].tags)).toEqual(names.map(() => ({ team: 'data' })));
    expect(environments.e0.channel).toBe('mns');
  });

  it('tell every error at once, each with its path', () => {
    const lines = [
      'bucketName: My_Bucket',
      'topicName: "a b"',
      'queueName: orders',
      'topcName: x',
      'existingInstanceId: MQ_INST_1_a',
      'instanceName: orders',
    ];
    const text = `${withEnvironment('prepare: 1', ...lines)}\nrole: own\ntags: { "aliyun:x": "1" }`;
    expect(refusal(text).split('\n  - ')).toEqual([
      'settings.yaml is not valid:',
      'tags.aliyun:x: expected 1 to 64 characters, not beginning with "aliyun", "acs:", "http://" or "https://", got "aliyun:x"',
      'role: expected one of create, adopt, refer, got "own"',
      'environments.dev.bucketName: expected 3 to 63 lower-case letters, digits and hyphens, a letter or digit first and ' +
        'last, got "My_Bucket"; did you mean "my-bucket"?',
      'environments.dev.topicName: expected 3 to 64 letters, digits, "-" and "_", not beginning with "GID" or "CID", ' +
        'which are reserved, got "a b"; did you mean "a_b"?',
      'environments.dev.prepare: expected a list, got 1',
      'environments.dev.topcName: this key is not known; did you mean "topicName"?',
      'environments.dev.instanceName: expected one of the two, got both existingInstanceId and instanceName',
      'environments.dev.queueName: expected none, got "orders", it belongs to channel: mns',
    ]);
  });

  it.each([
    ['topicName', '中文主题'],
    ['topicName', 'GID_orders'],
    ['bucketName', 'a.b.c'],
    ['groupId', 'GID_中文中文'],
    ['existingInstanceId', 'MQ_INST_1-a'],
  ])('have the rules of the constructs: %s %s', (key, value) => {
    expect(refusal(withEnvironment(`${key}: ${value}`))).toContain(`environments.dev.${key}: expected `);
  });

  it('give no name twice where there can be one', () => {
    const two = (first: string, second: string) =>
      refusal(`region: cn-hangzhou\nenvironments: { a: { ${first} }, b: { ${second} } }`);
    const taken = (key: string, value: string) =>
      `environments.b.${key}: expected a name of its own, got "${value}", as environments.a.${key} has`;
    expect(two('bucketName: data', 'bucketName: data, region: cn-shanghai')).toContain(taken('bucketName', 'data'));
    const queue = 'channel: mns, queueName: q1';
    expect(two(queue, queue)).toContain(taken('queueName', 'q1'));
    expect(two(queue, `${queue}, region: cn-shanghai`)).toBe('not refused');
    const topic = 'topicName: receipts';
    expect(two(topic, topic)).toBe('not refused');
    const shared = `${topic}, existingInstanceId: MQ_INST_1_a`;
    expect(two(shared, shared)).toContain(taken('topicName', 'receipts'));
    expect(two('instanceName: orders', 'instanceName: orders')).toContain(taken('instanceName', 'orders'));
  });

  it('say how to get a file when there is none', () => {
    expect(() => readSettings('/nowhere/settings.yaml')).toThrow(
      'settings file /nowhere/settings.yaml cannot be read (ENOENT): copy stacks/settings/example.yaml to settings.yaml, or name a file with --settings',
    );
  });

  it('may have the marks of Windows, but are text in UTF-8', () => {
    const file = path.join(scratchFolder(), 'settings.yaml');
    const text = 'region: cn-hangzhou\r\nenvironments:\r\n  dev: {}\r\n';
    fs.writeFileSync(file, `\uFEFF${text}`);
    expect(Object.keys(readSettings(file).environments)).toEqual(['dev']);
    fs.writeFileSync(file, Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect(() => readSettings(file)).toThrow(`settings file ${file} is not text in UTF-8: save it in that encoding`);
  });
});
