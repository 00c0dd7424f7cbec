import * as grpc from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { encode, ExtData } from '@msgpack/msgpack';
import type { TypeSchema } from '../../../lib/provider-schema/table';
import { type Diagnostic, PROTOCOL, type RpcCall, SERVICE } from '../../../lib/local-cloud/terraform/wire';

export interface Answer {
  readonly diagnostics: readonly Diagnostic[];
  readonly [field: string]: unknown;
}

/** Speaks with the provider as Terraform does, and may say what Terraform never would. */
export interface ProviderClient {
  readonly call: (call: RpcCall, request: object) => Promise<Answer>;
  readonly close: () => void;
}

export function connectProvider(port: number): ProviderClient {
  const options = { keepCase: true, defaults: true, longs: Number };
  const definition = fromJSON(PROTOCOL as Parameters<typeof fromJSON>[0], options);
  const Client = grpc.makeClientConstructor(definition[SERVICE] as grpc.ServiceDefinition, SERVICE);
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return {
    call: (name, request) =>
      new Promise((resolve, reject) => {
        const call = client[name] as (request: object, done: (error: Error | null, answer: Answer) => void) => void;
        call.call(client, request, (error, answer) => (error ? reject(error) : resolve(answer)));
      }),
    close: () => client.close(),
  };
}

export function packed(value: unknown): { msgpack: Uint8Array } {
  return { msgpack: encode(value) };
}

/** A configuration with null for what it does not tell, as Terraform sends it. */
export function wholeConfig({ attributes }: TypeSchema, config: Readonly<Record<string, unknown>>): object {
  return { ...Object.fromEntries(Object.keys(attributes).map((name) => [name, null])), ...config, timeouts: null };
}

/**
 * What Terraform proposes for a configuration: what is computed and not configured is as it was, or not known yet.
 *
 * @param prior the resource's state; null for one that is not there
 */
export function proposedState(
  { attributes }: TypeSchema,
  config: Readonly<Record<string, unknown>>,
  prior: Readonly<Record<string, unknown>> | null = null,
): object {
  const unknown = new ExtData(0, new Uint8Array(1));
  const values = Object.entries(attributes).map(([name, { computed }]) => [
    name,
    config[name] ?? (computed ? (prior ? prior[name] : unknown) : null),
  ]);
  return { ...config, ...Object.fromEntries(values), timeouts: null };
}
