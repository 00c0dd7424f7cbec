import * as msgpack from '@msgpack/msgpack';
import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../../../lib/local-cloud/account/account';
import { ProviderCalls } from '../../../lib/local-cloud/terraform/calls';
import { Codec } from '../../../lib/local-cloud/terraform/codec';
import { Provider, RESOURCES } from '../../../lib/local-cloud/terraform/provider';
import { conform, type Values } from '../../../lib/local-cloud/terraform/values';
import type { DynamicValue, RpcCall, Requests } from '../../../lib/local-cloud/terraform/wire';
import { provider as providerTable } from '../../../lib/provider-schema/index';
import type { TypeSchema } from '../../../lib/provider-schema/table';

/** What a configuration says of one object; what it leaves out is null. */
export type Config = Readonly<Record<string, unknown>>;

interface Answer {
  readonly [field: string]: unknown;
  readonly diagnostics?: readonly { readonly severity: number; readonly summary: string; readonly detail: string }[];
}

/** The provider, asked as Terraform asks it but without Terraform, so that a table of cases takes no time. */
export class DirectProvider {
  private readonly codec = new Codec(msgpack);
  private readonly provider: Provider;

  /** @param providerConfig what stands in the provider's block */
  constructor(
    account: Account,
    private readonly providerConfig: Config = {},
  ) {
    this.provider = new Provider(account, 'cn-hangzhou', this.codec, new ProviderCalls(undefined, 1));
  }

  /** Errors of the provider's block, warnings among them. */
  public async configure(): Promise<string[]> {
    const config = this.codec.encode(providerTable, conform(providerTable, this.providerConfig));
    const checked = await this.ask('PrepareProviderConfig', { config });
    const configured = await this.ask('Configure', { config });
    return [...messagesOf(checked), ...messagesOf(configured)];
  }

  /** What Terraform would do, and the values that it would have then. */
  public async plan(type: string, config: Config, prior: Values | null): Promise<{ action: string; planned: Values }> {
    const { table } = RESOURCES.get(type)!;
    const { planned_state, requires_replace } = await this.ask('PlanResourceChange', {
      type_name: type,
      prior_state: this.codec.encode(table, prior),
      config: this.codec.encode(table, conform(table, config)),
      proposed_new_state: this.codec.encode(table, null),
      prior_private: new Uint8Array(),
    });
    const planned = this.codec.decode(table, planned_state as DynamicValue)!;
    const replaces = (requires_replace as readonly unknown[]).length > 0;
    const action = !prior ? 'create' : replaces ? 'replace' : isDeepStrictEqual(planned, prior) ? 'none' : 'update';
    return { action, planned };
  }

  /** Makes or changes a resource in place. A state beside errors is one that Terraform keeps, tainted if it is new. */
  public async apply(
    type: string,
    config: Config,
    prior: Values | null = null,
  ): Promise<{ state: Values | null; errors: string[] }> {
    const { table } = RESOURCES.get(type)!;
    const { planned } = await this.plan(type, config, prior);
    const answer = await this.ask('ApplyResourceChange', {
      type_name: type,
      prior_state: this.codec.encode(table, prior),
      planned_state: this.codec.encode(table, planned),
      planned_private: new Uint8Array(),
    });
    return { state: this.stateOf(table, answer.new_state), errors: messagesOf(answer) };
  }

  public async destroy(type: string, state: Values): Promise<string[]> {
    const { table } = RESOURCES.get(type)!;
    const answer = await this.ask('ApplyResourceChange', {
      type_name: type,
      prior_state: this.codec.encode(table, state),
      planned_state: this.codec.encode(table, null),
      planned_private: new Uint8Array(),
    });
    return messagesOf(answer);
  }

  /** What a refresh makes of a state; null when the resource is gone. */
  public async refresh(type: string, state: Values): Promise<Values | null> {
    const { table } = RESOURCES.get(type)!;
    const answer = await this.ask('ReadResource', {
      type_name: type,
      current_state: this.codec.encode(table, state),
      private: new Uint8Array(),
    });
    if (messagesOf(answer).length > 0) {
      throw new Error(messagesOf(answer).join('\n'));
    }
    return this.stateOf(table, answer.new_state);
  }

  /** Imports by an id and reads what is found. */
  public async import(type: string, id: string): Promise<Values | null> {
    const { table } = RESOURCES.get(type)!;
    const answer = await this.ask('ImportResourceState', { type_name: type, id });
    const [{ state }] = answer.imported_resources as readonly { state: DynamicValue }[];
    return this.refresh(type, this.codec.decode(table, state)!);
  }

  private stateOf(table: TypeSchema, value: unknown): Values | null {
    return value === undefined ? null : this.codec.decode(table, value as DynamicValue);
  }

  private async ask<C extends RpcCall>(call: C, request: Requests[C]): Promise<Answer> {
    return (await this.provider.answer(call, request)) as Answer;
  }
}

function messagesOf({ diagnostics = [] }: Answer): string[] {
  return diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`);
}
