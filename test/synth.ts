import * as fs from 'node:fs';
import * as path from 'node:path';
import { AnnotationMetadataEntryType, App, TerraformStack, Testing } from 'cdktf';
import type { IConstruct } from 'constructs';
import { AlicloudProvider } from '../lib/provider-schema/gen/provider/index';
import { scratchFolder } from './scratch';

/** A stack below an app of its own, with a provider in Hangzhou. */
export function testStack(id = 'receipts', app: App = Testing.app()): TerraformStack {
  const stack = new TerraformStack(app, id);
  new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });
  return stack;
}

/** What Terraform gets to see of a stack. */
export interface Synthesized {
  readonly resource?: Record<string, Record<string, Record<string, unknown>>>;
  readonly data?: Record<string, Record<string, Record<string, unknown>>>;
  readonly output?: Record<string, { value: unknown; sensitive?: boolean }>;
  readonly import?: { to: string; id: string; provider?: string }[];
  readonly terraform: { required_providers: Record<string, { source: string; version: string }> };
}

/** The stack as Terraform's JSON, validations included. */
export function synth(stack: TerraformStack): Synthesized {
  return JSON.parse(Testing.synth(stack, true)) as Synthesized;
}

/** The stacks' files after a synth of their whole app: only there a reference to another stack reads that one's state. */
export function synthApp(build: (app: App) => void): Record<string, string> {
  const app = new App({ outdir: scratchFolder() });
  build(app);
  app.synth();
  const stacks = path.join(app.outdir, 'stacks');
  return Object.fromEntries(
    fs.readdirSync(stacks).map((id) => [id, fs.readFileSync(path.join(stacks, id, 'cdk.tf.json'), 'utf8')]),
  );
}

/** All resources of a type that the stack makes; one with a count is there for what it says alone. */
export function resources(stack: TerraformStack, type: string): Record<string, unknown>[] {
  return Object.values(synth(stack).resource?.[type] ?? {}).filter((one) => !('count' in one));
}

/** The only resource of a type. */
export function resource(stack: TerraformStack, type: string): Record<string, unknown> {
  const [only, ...more] = resources(stack, type);
  if (!only || more.length > 0) {
    throw new Error(`expected one ${type}, got ${only ? more.length + 1 : 0}`);
  }
  return only;
}

/** Addresses of everything that a stack makes or reads, sorted. */
export function addresses(stack: TerraformStack): string[] {
  const { resource: managed = {}, data = {} } = synth(stack);
  const list = (prefix: string, types: Record<string, Record<string, object>>) =>
    Object.entries(types).flatMap(([type, names]) =>
      Object.keys(names).flatMap((name) => ('count' in names[name] ? [] : [`${prefix}${type}.${name}`])),
    );
  return [...list('', managed), ...list('data.', data)].sort();
}

/** The message of what a function throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error, got none');
}

/** What a synth would warn of below a construct. */
export function warningsOf(construct: IConstruct): string[] {
  return construct.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === AnnotationMetadataEntryType.WARN)
    .map(({ data }) => data as string);
}
