import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
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
    [withEnvironment('bucket: x'), 'environments.dev.bucket: this key is not known'],
    [
      withEnvironment('region: cn-hangzhuo'),
      /environments\.dev\.region: got "cn-hangzhuo", allowed are cn-hangzhou, cn-shanghai/,
    ],
    [withEnvironment('region: cn-hanghzou'), /did you mean "cn-hangzhou"\?/],
    [
      withEnvironment('groupId: dla_group'),
      /environments\.dev\.groupId: got "dla_group", allowed is .*; did you mean "GID_dla_group"\?/,
    ],
    [
      withEnvironment(`topicName: ${'x'.repeat(65)}`),
      /environments\.dev\.topicName: got "x+", allowed is text of 1 to 64 characters/,
    ],
    [
      withEnvironment('instanceName: mq'),
      'environments.dev.instanceName: got "mq", allowed is text of 3 to 64 characters',
    ],
    [
      withEnvironment('existingInstanceId: 42'),
      'environments.dev.existingInstanceId: got 42, allowed is a value of type string',
    ],
    [
      withEnvironment('existingInstanceId: MQ_INST_1_a', 'instanceName: orders'),
      'environments.dev.instanceName: got both existingInstanceId and instanceName, allowed is one of the two',
    ],
    [
      withEnvironment('existingInstanceId: orders'),
      /existingInstanceId: got "orders", allowed is the id of an MQ instance/,
    ],
    [withEnvironment('prepare: [""]'), 'environments.dev.prepare.0: got "", allowed is text that is not empty'],
    [
      withEnvironment('prepare: select 1'),
      'environments.dev.prepare: got "select 1", allowed is a value of type array',
    ],
    [`${withEnvironment()}\nrole: own`, 'role: got "own", allowed are create, adopt, refer'],
    [`${withEnvironment()}\nactivate: [kms]`, 'activate.0: got "kms", allowed are oss, mq, mns'],
    [withEnvironment('channel: sms'), 'environments.dev.channel: got "sms", allowed are mq, mns'],
    [withEnvironment('channel: nms'), 'environments.dev.channel: got "nms", allowed are mq, mns; did you mean "mns"?'],
    ...['topicName: orders', 'groupId: GID_orders', 'instanceName: orders', 'existingInstanceId: MQ_INST_1_a'].map(
      (line): [string, string] => {
        const [key, value] = line.split(': ');
        return [
          withEnvironment('channel: mns', line),
          `environments.dev.${key}: got "${value}", allowed is none, it belongs to channel: mq`,
        ];
      },
    ),
    [
      withEnvironment('queueName: orders'),
      'environments.dev.queueName: got "orders", allowed is none, it belongs to channel: mns',
    ],
    [
      withEnvironment('channel: mns', 'queueName: my_queue'),
      /environments\.dev\.queueName: got "my_queue", allowed is text of 1 to 120 characters and text that matches .*; did you mean "my-queue"\?$/,
    ],
    [
      withEnvironment('channel: mns', `queueName: ${'q'.repeat(121)}`),
      /environments\.dev\.queueName: got "q+", allowed is text of 1 to 120 characters/,
    ],
    [withEnvironment('channel: mns', 'queueName: ""'), /environments\.dev\.queueName: got "", allowed is text of 1 to/],
    [`${withEnvironment()}\nstate: { backend: s3 }`, /state.*: got .*s3.*, allowed are local and oss/],
    [
      `${withEnvironment()}\nstate: { backend: oss, region: cn-hangzhou }`,
      'state.bucket: got nothing, allowed is a value of type string',
    ],
    [
      `${withEnvironment()}\naccountId: 1234567890123456`,
      'accountId: got 1234567890123456, allowed is a value of type string',
    ],
    [
      `${withEnvironment()}\naccountId: "12"`,
      /accountId: got "12", allowed is the id of an account, 16 digits in quotes/,
    ],
    ['environments: { dev: {} }', /region: got nothing, allowed are cn-hangzhou/],
    ['region: cn-hangzhou\nenvironments: {}', /environments: .*allowed is at least one environment/],
    ['region: cn-hangzhou\nenvironments: { Dev: {} }', /got the name "Dev", allowed are up to 31 of a-z/],
    ['', 'the file: got null, allowed is a value of type object'],
    ['a: [', /settings\.yaml is not YAML: /],
  ])('refuse %j', (text, message) => {
    const got = refusal(text);
    if (typeof message === 'string') {
      expect(got.split('\n  - ')).toContain(message);
    } else {
      expect(got).toMatch(message);
    }
  });

  it('tell every fault at once', () => {
    expect(refusal(`${withEnvironment('prepare: 1', 'topic: x')}\nrole: own`).split('\n')).toHaveLength(4);
  });

  it('say how to get a file when there is none', () => {
    expect(() => readSettings('/nowhere/settings.yaml')).toThrow(
      'settings file /nowhere/settings.yaml cannot be read (ENOENT): copy stacks/settings/example.yaml to settings.yaml, or name a file with --settings',
    );
  });
});
