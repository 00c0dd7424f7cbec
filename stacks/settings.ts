import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../lib/cli/command-line';
import { didYouMean, nearest } from '../lib/cli/nearest';
import { MAX_TAGS } from '../lib/cloud/limits';
import {
  ACCOUNT_ID,
  BUCKET_NAME,
  GROUP_ID,
  MQ_INSTANCE_ID,
  MQ_INSTANCE_NAME,
  QUEUE_NAME,
  TAG_KEY,
  TAG_VALUE,
  TOPIC_NAME,
} from '../lib/cloud/names';
import { REGIONS } from '../lib/cloud/regions';
import { expectedInstead, type Rule, suggestionFor } from '../lib/cloud/rule';

/** A settings file cannot be used; the message lists every reason with its path in the file. */
export class SettingsError extends UsageError {}

/** Text that a rule of the cloud allows: the constructs check the same one. */
function ruled(rule: Rule) {
  return z.string().superRefine((value, context) => {
    const expected = expectedInstead(rule, value);
    if (expected !== undefined) {
      const message = `expected ${expected}, got ${JSON.stringify(value)}${meant(suggestionFor(rule, value))}`;
      context.addIssue({ code: 'custom', message });
    }
  });
}

const tags = z.record(ruled(TAG_KEY), ruled(TAG_VALUE));

const state = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('local') }),
  z.strictObject({
    backend: z.literal('oss'),
    bucket: ruled(BUCKET_NAME),
    region: z.enum(REGIONS),
    prefix: z.string().default('terraform/cdktf-alicloud-dla'),
    tablestoreEndpoint: z.string().optional(),
    tablestoreTable: z.string().optional(),
  }),
]);

/** Settings of an environment that only one kind of channel has. */
const ONLY_WITH = {
  mq: ['instanceName', 'existingInstanceId', 'topicName', 'groupId'],
  mns: ['queueName'],
} as const;

const environment = z.strictObject({
  region: z.enum(REGIONS).optional(),
  channel: z.enum(['mq', 'mns']).default('mq'),
  bucketName: ruled(BUCKET_NAME).optional(),
  instanceName: ruled(MQ_INSTANCE_NAME).optional(),
  existingInstanceId: ruled(MQ_INSTANCE_ID).optional(),
  topicName: ruled(TOPIC_NAME).optional(),
  groupId: ruled(GROUP_ID).optional(),
  queueName: ruled(QUEUE_NAME).optional(),
  tags: tags.default({}),
  smoke: z.enum(['off', 'warn', 'fail']).default('fail'),
  smokeQuery: z.string().min(1).default('select * from oss_schema.oss_json'),
  prepare: z.array(z.string().min(1)).default([]),
});

const settings = z.strictObject({
  accountId: ruled({ ...ACCOUNT_ID, expected: `${ACCOUNT_ID.expected} in quotes` }).optional(),
  region: z.enum(REGIONS),
  tags: tags.default({}),
  role: z.enum(['create', 'adopt', 'refer']).default('create'),
  activate: z.array(z.enum(['oss', 'mq', 'mns'])).default([]),
  state: state.default({ backend: 'local' }),
  environments: z
    .record(z.string(), environment)
    .refine((value) => Object.keys(value).length > 0, 'expected at least one environment'),
});

/** Name of an environment, which is part of its stack's. */
const ENVIRONMENT_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** What one account and its environments shall look like. */
export type Settings = z.output<typeof settings>;

/** One environment of the account. */
export type EnvironmentSettings = Settings['environments'][string];

/** How Terraform keeps the state of every stack. */
export type StateSettings = Settings['state'];

/**
 * Reads and checks a settings file (YAML, or JSON, which YAML includes).
 *
 * @throws SettingsError that lists every error with its path in the file
 */
export function readSettings(file: string): Settings {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    throw new SettingsError(
      `settings file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}): ` +
        'copy stacks/settings/example.yaml to settings.yaml, or name a file with --settings',
    );
  }
  if (!isUtf8(bytes)) {
    // Windows PowerShell writes UTF-16 with `>`.
    throw new SettingsError(`settings file ${file} is not text in UTF-8: save it in that encoding`);
  }
  return parseSettings(bytes.toString('utf8'), path.basename(file));
}

/** Environments may share what they like; what grows with each alias of an alias is beyond it. */
const MAX_ALIASES = 1000;

/** @throws SettingsError that lists every error with its path in the file */
export function parseSettings(text: string, file: string): Settings {
  const document = parseDocument(text, { merge: true });
  const error = [...document.errors, ...document.warnings].at(0);
  if (error) {
    throw new SettingsError(`${file} is not YAML: ${error.message}`);
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw new SettingsError(`${file} is not YAML that can be read: ${(error as Error).message}`);
  }
  const result = settings.safeParse(raw, { reportInput: true });
  const errors = [
    ...(result.error?.issues ?? []).flatMap((issue) => errorsOf(issue)),
    ...nameErrors(raw),
    ...lockErrors(raw),
    ...togetherErrors(raw),
    ...takenErrors(raw),
    ...tagErrors(raw),
  ];
  if (!result.success || errors.length > 0) {
    throw new SettingsError(`${file} is not valid:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
  }
  return result.data;
}

/** With half of a lock Terraform would lock nothing, and say nothing. */
function lockErrors(raw: unknown): string[] {
  const { tablestoreEndpoint: endpoint, tablestoreTable: table } = recordOf(recordOf(raw).state);
  if ((endpoint === undefined) === (table === undefined)) {
    return [];
  }
  const [given, missing] =
    table === undefined ? ['tablestoreEndpoint', 'tablestoreTable'] : ['tablestoreTable', 'tablestoreEndpoint'];
  return [`state.${missing}: expected one, as ${given} is given, got nothing: both of them lock the state`];
}

/** Names of environments. Apart from the schema, which looks at nothing below a name that is wrong. */
function nameErrors(raw: unknown): string[] {
  return Object.keys(recordOf(recordOf(raw).environments))
    .filter((name) => !ENVIRONMENT_NAME.test(name))
    .map(
      (name) =>
        `environments.${name}: expected up to 31 characters a-z, 0-9 and -, a letter first, got ${textOf(name)}`,
    );
}

/** Settings that do not go together. Apart from the schema, whose own such checks wait until all else is right. */
function togetherErrors(raw: unknown): string[] {
  return Object.entries(recordOf(recordOf(raw).environments)).flatMap(([name, value]) => {
    const given = recordOf(value);
    const { channel = 'mq', existingInstanceId, instanceName } = given;
    if (channel !== 'mq' && channel !== 'mns') {
      return [];
    }
    const at = `environments.${name}`;
    const other = channel === 'mq' ? 'mns' : 'mq';
    return [
      ...(channel === 'mq' && existingInstanceId !== undefined && instanceName !== undefined
        ? [`${at}.instanceName: expected one of the two, got both existingInstanceId and instanceName`]
        : []),
      ...ONLY_WITH[other]
        .filter((key) => given[key] !== undefined)
        .map((key) => `${at}.${key}: expected none, got ${textOf(given[key])}, it belongs to channel: ${other}`),
    ];
  });
}

/** What an environment makes has the tags of all, too. */
function tagErrors(raw: unknown): string[] {
  const { tags: common, environments } = recordOf(raw);
  return Object.entries(recordOf(environments)).flatMap(([name, value]) => {
    const count = Object.keys({ ...recordOf(common), ...recordOf(recordOf(value).tags) }).length;
    return count > MAX_TAGS
      ? [`environments.${name}.tags: expected at most ${MAX_TAGS} with those of all environments, got ${count}`]
      : [];
  });
}

/** Names that a second environment has where there can be only one of them. */
function takenErrors(raw: unknown): string[] {
  const owners = new Map<string, string>();
  const { region: usual, environments } = recordOf(raw);
  return Object.entries(recordOf(environments)).flatMap(([name, value]) => {
    const given = recordOf(value);
    const { region = usual, existingInstanceId } = given;
    const scopes = { bucketName: '', instanceName: region, queueName: region };
    const onInstance = { topicName: existingInstanceId, groupId: existingInstanceId };
    return Object.entries(existingInstanceId === undefined ? scopes : { ...scopes, ...onInstance }).flatMap(
      ([key, scope]) => {
        const id = JSON.stringify([key, scope, given[key]]);
        const owner = owners.get(id);
        if (given[key] !== undefined && owner === undefined) {
          owners.set(id, `environments.${name}.${key}`);
        }
        return owner === undefined
          ? []
          : [`environments.${name}.${key}: expected a name of its own, got ${textOf(given[key])}, as ${owner} has`];
      },
    );
  });
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

/** The keys that there are at a place of the file. */
function keysAt([section]: readonly PropertyKey[]): string[] {
  const schemas = section === undefined ? [settings] : section === 'state' ? state.options : [environment];
  return schemas.flatMap((schema) => Object.keys(schema.shape));
}

/** Zod's types as people say them who write YAML. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/** Zod's own texts leave out the value or the allowed ones; ours carry both. */
function errorsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.join('.');
  const got = textOf(issue.input);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(
        (key) => `${[...issue.path, key].join('.')}: this key is not known${meant(nearest(key, keysAt(issue.path)))}`,
      );
    case 'invalid_value': {
      const near = typeof issue.input === 'string' ? nearest(issue.input, issue.values.map(String)) : undefined;
      return [`${at}: expected one of ${issue.values.join(', ')}, got ${got}${meant(near)}`];
    }
    case 'invalid_type':
      if (issue.expected === 'string' && typeof issue.input === 'number') {
        return [`${at}: expected text, got a number: put it in quotes`];
      }
      return [`${at || 'the file'}: expected ${TYPES[issue.expected] ?? issue.expected}, got ${got}`];
    case 'invalid_union':
      return [`${at}: expected local or oss, got ${textOf(recordOf(issue.input).backend)}`];
    case 'invalid_key':
      return issue.issues.map(({ message }) => `${at}: ${message}`);
    case 'too_small':
      return [`${at}: expected text that is not empty, got ${got}`];
    case 'custom':
      return [`${at}: ${issue.message}`];
    default:
      return [`${at}: ${issue.message}, got ${got}`];
  }
}

function meant(suggestion: string | undefined): string {
  return didYouMean(suggestion && JSON.stringify(suggestion));
}
