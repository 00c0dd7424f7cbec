import { Fn, type TerraformProvider, Token } from 'cdktf';
import { BUCKET_NAME, GROUP_ID, MQ_ENDPOINT, MQ_INSTANCE_ID, QUEUE_NAME, TOPIC_NAME } from '../../cloud/names';
import type { ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import { REGION } from '../../cloud/regions';
import type { Rule } from '../../cloud/rule';
import { type PropertyError, checkAttribute, checkList, checkText, required, valueText } from '../validation';
import { literal, literals } from './template';

/** Options of a reference to a channel of another app. */
export interface ReceiptChannelImportOptions {
  /**
   * Provider of the account whose roles and users are granted use of the channel.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** Each member of a channel's outputs, where Terraform knows the whole only after the apply. */
export function readOutputs(outputs: ReceiptChannelOutputs, names: readonly string[]): ReceiptChannelOutputs {
  if (Token.isUnresolved(outputs)) {
    const member = (name: string): unknown => Fn.lookupNested(outputs, [name]);
    const orNull = (name: string): unknown => Fn.try([member(name), Fn.jsondecode('null')]);
    return {
      ...(Object.fromEntries(
        names.map((name) => [name, Token.asString(member(name))]),
      ) as unknown as ReceiptChannelOutputs),
      query: Token.asString(orNull('query')),
      prepare: Token.asList(orNull('prepare')),
    };
  }
  const { query, prepare } = outputs;
  return { ...outputs, query: query && literal(query), prepare: prepare && literals(prepare) };
}

/** What a member may be, in the channel's own words: the constructs below it have others for the same. */
const RULES: Readonly<Record<string, Rule>> = {
  region: REGION,
  bucket: BUCKET_NAME,
  instanceId: MQ_INSTANCE_ID,
  topic: TOPIC_NAME,
  producerId: GROUP_ID,
  endpoint: MQ_ENDPOINT,
  queue: QUEUE_NAME,
};

/** What is wrong with the outputs of a channel of a kind; all of the named members have to be there. */
export function outputErrors(
  outputs: ReceiptChannelOutputs,
  kind: string,
  roleName: string,
  names: readonly string[],
): PropertyError[] {
  const given = outputs as unknown as Record<string, unknown>;
  return [
    ...names.flatMap((name) => required(`outputs.${name}`, given[name])),
    ...names.flatMap((name) => checkText(`outputs.${name}`, given[name], 'text')),
    ...expectedText('outputs.kind', outputs.kind, kind),
    ...expectedText('outputs.roleName', outputs.roleName, roleName),
    ...names.flatMap((name) => (name in RULES ? checkAttribute(`outputs.${name}`, given[name], RULES[name]) : [])),
    ...checkText('outputs.query', outputs.query, 'a query'),
    ...checkList('outputs.prepare', outputs.prepare, (statement, at) => checkText(at, statement, 'a statement')),
  ];
}

function expectedText(property: string, received: string | undefined, allowed: string): PropertyError[] {
  return received === undefined || Token.isUnresolved(received) || received === allowed
    ? []
    : [{ property, received: valueText(received), allowed: valueText(allowed) }];
}
