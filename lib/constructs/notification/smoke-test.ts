import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { App, DataResource, type ITerraformDependable, Manifest, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { fnv1a } from '../default-name';
import type { Attribute } from '../../provider-schema/table';
import { RECEIPT_CHANNELS_OUTPUT } from '../../cloud/receipt-channel';
import { assertJsonOutput } from '../json-output';
import { onRename } from '../references';
import { deployAfter, freeId } from '../tree';
import { registerUnique } from '../uniqueness';
import {
  type PropertyError,
  checkAttribute,
  required,
  assertValid,
  checkConstruct,
  checkList,
  propsOf,
  valueText,
  requireKnownAtSynth,
} from '../validation';
import type { IReceiptChannel } from './receipt-channel';
import { literal } from './template';

/** Options of a smoke test. */
export interface SmokeTestOptions {
  /**
   * Time after which the test fails without an answer, in seconds.
   *
   * @default - that of dla-smoke, ten minutes
   */
  readonly timeoutSeconds?: number;

  /**
   * Time within which a receipt that failed is tried again, in seconds: a role that was just made may not be
   * assumable at once.
   *
   * @default 60
   */
  readonly settleSeconds?: number;

  /**
   * File that the report is written to, as JSON, also when the test fails. Relative to the folder of the synthesised
   * stack, which is where Terraform runs.
   *
   * @default - `dla-smoke-<channel id>.json`, with a hash where the id has characters that the name cannot have
   */
  readonly reportFile?: string;

  /**
   * What else has to be there before the query can run, e.g. the objects of the tables.
   *
   * @default - nothing but the channel's own parts
   */
  readonly dependsOn?: ITerraformDependable[];
}

/** Properties of a `SmokeTest`. */
export interface SmokeTestProps extends SmokeTestOptions {
  /** Channel that is tested; it needs a `smokeQuery`. */
  readonly channel: IReceiptChannel;
}

const IS_SMOKE_TEST = Symbol.for('cdktf-alicloud-dla.SmokeTest');

/**
 * Runs `dla-smoke` on a channel at the end of an apply, for teams that run `cdktf deploy` only. It runs when the
 * channel, its role, or the query is new or has changed; in another stack than the channel's, only when its names or
 * ids have. A test that fails fails the apply and runs again with the
 * next one. Destroying never waits for it.
 *
 * The machine that applies needs `DLA_USER` and `DLA_PASSWORD` in its environment; nothing of them gets into the
 * stack, the plan or the state. It finds this package from the folder that Terraform runs in. Where the output of cdktf is
 * outside of the project, the step names this package by its path from there, so another machine that applies it needs the
 * package at the same place.
 *
 * Source: Terraform's `terraform_data` with a `local-exec` provisioner.
 *
 * @example
 * const channel = new DlaMqNotification(stack, 'notification', { smokeQuery: 'select 1' });
 * channel.smokeTest({ timeoutSeconds: 300 });
 */
export class SmokeTest extends Construct {
  /** Tells whether something is a smoke test of this package. */
  public static isSmokeTest(x: unknown): x is SmokeTest {
    return typeof x === 'object' && x !== null && IS_SMOKE_TEST in x;
  }

  /** The step itself. */
  public readonly resource: DataResource;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: SmokeTestProps) {
    const { channel } = propsOf(scope, id, props);
    super(scope, freeId(scope, id, 'smoke-test'));
    Object.defineProperty(this, IS_SMOKE_TEST, { value: true });
    assertJsonOutput(this);
    assertValid(
      this,
      required('channel', channel),
      checkConstruct('channel', channel, "new DlaMqNotification(stack, id, { smokeQuery: 'select 1' })", 'channelId'),
      requireKnownAtSynth('dependsOn', props.dependsOn),
      checkList('dependsOn', props.dependsOn, (one, place) =>
        typeof one === 'object' && 'fqn' in one
          ? []
          : [{ property: place, received: valueText(one), allowed: 'a resource' }],
      ),
    );
    const reportFile = props.reportFile ?? defaultReportFile(channel.channelId);
    assertValid(this, smokeErrors(props, reportFile));

    const stack = TerraformStack.of(this);
    if (!Token.isUnresolved(reportFile)) {
      registerUnique(
        this,
        `report ${stack.node.path} ${path.posix.normalize(reportFile)}`,
        (first) => `report ${reportFile} is already written by ${first}: give each smoke test a reportFile of its own`,
      );
    }
    const home = TerraformStack.of(channel);
    deployAfter(this, channel);
    // Terraform knows no resources of another stack.
    const resources = home === stack ? channel.resources : [];

    const options = [
      ...['--report', reportFile],
      ...['--settle', `${props.settleSeconds ?? 60}s`],
      ...(props.timeoutSeconds === undefined ? [] : ['--timeout', `${props.timeoutSeconds}s`]),
    ];
    const module = modulePath(stack);
    // Terraform reads references here and no templates, which is what cdktf would make of the resources.
    const addresses = () =>
      resources.map(({ terraformResourceType, friendlyUniqueId }) => `${terraformResourceType}.${friendlyUniqueId}`);
    this.resource = new DataResource(this, 'Resource', {
      // In the form of the outputs file; the environment below takes it from here.
      triggersReplace: {
        [home.node.id]: { [RECEIPT_CHANNELS_OUTPUT]: { [channel.channelId]: channel.outputs } },
      },
      dependsOn: [...resources, ...(props.dependsOn ?? [])],
      // A repair in place, such as of the role's trust policy, changes none of the outputs.
      lifecycle: { replaceTriggeredBy: addresses() },
      provisioners: [
        {
          type: 'local-exec',
          command: `node -e "require(${module ? 'process.env.DLA_SMOKE_MODULE' : `'${MODULE}'`}).main(process.argv.slice(1))" -- ${options.join(' ')}`,
          environment: {
            DLA_SMOKE_CHANNELS: '${jsonencode(self.triggers_replace)}',
            ...(module && { DLA_SMOKE_MODULE: literal(module) }),
          },
        },
      ],
    });
    resources.forEach((one) =>
      onRename(one, () => (this.resource.lifecycle = { ...this.resource.lifecycle, replaceTriggeredBy: addresses() })),
    );
  }
}

/** What the step runs, as a project that has this package installed finds it. */
const MODULE = 'cdktf-alicloud-dla/smoke';

/** The path of it from the folder of a stack, where it is not found from there by its name. */
function modulePath(stack: TerraformStack): string | undefined {
  const { root } = stack.node;
  // What cdktf's `Testing.app` synthesises is for snapshots, and is never applied.
  if (!App.isApp(root) || root.manifest.version === 'stubbed') {
    return undefined;
  }
  const folder = path.join(fs.realpathSync(root.outdir), Manifest.stacksFolder, stack.node.id);
  try {
    createRequire(path.join(folder, 'cdk.tf.json')).resolve(MODULE);
    return undefined;
  } catch {
    return path.relative(folder, createRequire(__filename).resolve(MODULE));
  }
}

/** The option stands in a command line, unquoted. */
const REPORT_FILE: Attribute = { type: 'string', pattern: /^[\w.][\w./-]*$/ };
const SECONDS: Attribute = { type: 'number', range: [1, 24 * 60 * 60] };
const SETTLE_SECONDS: Attribute = { type: 'number', range: [0, 24 * 60 * 60] };

/** Beside what the report's writer puts around it while it writes, within the 255 bytes of a file's name. */
const LONGEST_REPORT_NAME = 180;

function defaultReportFile(channelId: string): string {
  const readable = channelId.replace(/[^\w.-]+/g, '-').slice(0, LONGEST_REPORT_NAME);
  return `dla-smoke-${readable === channelId ? readable : `${readable}-${fnv1a(channelId)}`}.json`;
}

function smokeErrors({ channel, timeoutSeconds, settleSeconds }: SmokeTestProps, reportFile: string): PropertyError[] {
  const { kind, query, producerId } = channel.outputs;
  return [
    ...(query === undefined
      ? [{ property: 'channel', received: `${channel.node.path} without smokeQuery`, allowed: 'one with a smokeQuery' }]
      : []),
    ...(kind === 'mq' && !producerId
      ? [{ property: 'channel', received: `${channel.node.path} without a group`, allowed: 'one with a group' }]
      : []),
    ...checkAttribute('timeoutSeconds', timeoutSeconds, SECONDS),
    ...checkAttribute('settleSeconds', settleSeconds, SETTLE_SECONDS),
    ...checkAttribute('reportFile', reportFile, REPORT_FILE),
  ];
}
