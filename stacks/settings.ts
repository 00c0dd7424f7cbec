import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../lib/cli/command-line';
import type { Attribute } from '../lib/provider-schema/table';
import { onsGroup } from '../lib/provider-schema/ons-group';
import { onsInstance } from '../lib/provider-schema/ons-instance';
import { onsTopic } from '../lib/provider-schema/ons-topic';
import { ossBucket } from '../lib/provider-schema/oss-bucket';
import { REGIONS } from '../lib/cloud/regions';
import { queueErrors } from '../lib/constructs/mns/mns-queue';
import { type PropertyError, checkAttribute } from '../lib/constructs/validation';

/** A settings file cannot be used; the message lists every reason with its path in the file. */
export class SettingsError extends UsageError {}

/** Text within the limits that the provider has for an argument; `suggest` makes what was probably meant. */
function attributeText(attribute: Attribute, suggest?: (text: string) => string) {
  return checkedText((value) => checkAttribute('', value, attribute, suggest));
}

/** Text in which nothing is wrong. */
function checkedText(errorsIn: (value: string) => PropertyError[]) {
  return z.string().superRefine((value, context) => {
    for (const { received, allowed, suggestion } of errorsIn(value)) {
      context.addIssue({
        code: 'custom',
        message: `expected ${allowed}, got ${received}${suggestion ? `; did you mean "${suggestion}"?` : ''}`,
      });
    }
  });
}

const tags = z.record(z.string(), z.string());

const state = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('local') }),
  z.strictObject({
    backend: z.literal('oss'),
    bucket: attributeText(ossBucket.attributes.bucket),
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
  bucketName: attributeText(ossBucket.attributes.bucket).optional(),
  instanceName: attributeText(onsInstance.attributes.instance_name).optional(),
  existingInstanceId: z
    .string()
    .regex(/^MQ_INST_\w+$/, 'expected the id of an MQ instance, MQ_INST_…')
    .optional(),
  topicName: attributeText(onsTopic.attributes.topic_name).optional(),
  groupId: attributeText(onsGroup.attributes.group_name, (text) => `GID_${text}`).optional(),
  queueName: checkedText((queueName) => queueErrors({ queueName })).optional(),
  tags: tags.default({}),
  smoke: z.enum(['off', 'warn', 'fail']).default('fail'),
  smokeQuery: z.string().min(1).default('select * from oss_schema.oss_json'),
  prepare: z.array(z.string().min(1)).default([]),
});

const settings = z
  .strictObject({
    accountId: z
      .string()
      .regex(/^\d{16}$/, 'expected the id of an account, 16 digits in quotes')
      .optional(),
    region: z.enum(REGIONS),
    tags: tags.default({}),
    role: z.enum(['create', 'adopt', 'refer']).default('create'),
    activate: z.array(z.enum(['oss', 'mq', 'mns'])).default([]),
    state: state.default({ backend: 'local' }),
    environments: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected up to 31 of a-z, 0-9 and -, a letter first'),
        environment,
      )
      .refine((value) => Object.keys(value).length > 0, 'expected at least one environment'),
  })
  .superRefine((value, context) => {
    for (const [name, environment] of Object.entries(value.environments)) {
      const addError = (key: keyof typeof environment, message: string) =>
        context.addIssue({ code: 'custom', path: ['environments', name, key], message });
      const { channel, existingInstanceId, instanceName } = environment;
      if (channel === 'mq' && existingInstanceId !== undefined && instanceName !== undefined) {
        addError('instanceName', 'expected one of the two, got both existingInstanceId and instanceName');
      }
      const other = channel === 'mq' ? 'mns' : 'mq';
      for (const key of ONLY_WITH[other].filter((key) => environment[key] !== undefined)) {
        addError(key, `expected none, got ${JSON.stringify(environment[key])}, it belongs to channel: ${other}`);
      }
    }
  });

/** What one account and its environments shall look like. */
export type Settings = z.output<typeof settings>;

/** One environment of the account. */
export type EnvironmentSettings = Settings['environments'][string];

/** How Terraform keeps the state of every stack. */
export type StateSettings = Settings['state'];

/**
 * Reads and checks a settings file (YAML, or JSON, which YAML includes).
 *
 * @throws SettingsError that lists every fault with its path in the file
 */
export function readSettings(file: string): Settings {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(
      `settings file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}): ` +
        'copy stacks/settings/example.yaml to settings.yaml, or name a file with --settings',
    );
  }
  return parseSettings(text, path.basename(file));
}

/** @throws SettingsError that lists every fault with its path in the file */
export function parseSettings(text: string, file: string): Settings {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new SettingsError(`${file} is not YAML: ${document.errors[0].message}`);
  }
  const raw: unknown = document.toJS({ maxAliasCount: 10 });
  const result = settings.safeParse(raw, { reportInput: true });
  if (!result.success) {
    const errors = result.error.issues.flatMap((issue) => errorsOf(issue));
    throw new SettingsError(`${file} is not valid:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
  }
  return result.data;
}

/** Zod's own texts leave out the value or the allowed ones; ours carry both. */
function errorsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.join('.');
  const got = JSON.stringify(issue.input) ?? 'nothing';
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${[...issue.path, key].join('.')}: this key is not known`);
    case 'invalid_value':
      return [`${at}: expected one of ${issue.values.join(', ')}, got ${got}${nearest(issue.input, issue.values)}`];
    case 'invalid_type':
      return [`${at || 'the file'}: expected a value of type ${issue.expected}, got ${got}`];
    case 'invalid_union':
      return [`${at}: expected local or oss, got ${got}`];
    case 'invalid_key':
      return issue.issues.map(({ message }) => `${at}: ${message}, got the name ${JSON.stringify(issue.path.at(-1))}`);
    case 'too_small':
      return [`${at}: expected text that is not empty, got ${got}`];
    case 'custom':
      return [`${at}: ${issue.message}`];
    default:
      return [`${at}: ${issue.message}, got ${got}`];
  }
}

/** A known value that differs in one place or two neighbours, as a suggestion. */
function nearest(input: unknown, allowed: readonly unknown[]): string {
  const sorted = (text: string) => [...text.toLowerCase()].sort().join('');
  const near = typeof input === 'string' && allowed.find((value) => sorted(String(value)) === sorted(input));
  return near ? `; did you mean "${String(near)}"?` : '';
}
