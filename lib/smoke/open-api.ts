import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createRequire } from 'node:module';
import type OpenApiClient from '@alicloud/openapi-client';
import { type CloudCredentials, type Environment, serviceEndpoint } from './environment';

/** A service of the cloud that is called by action, and its API's version. */
export interface Service {
  /** Name in the variables that move its endpoint, e.g. `RAM` in RAM_ENDPOINT. */
  readonly name: string;
  readonly version: string;
  readonly host: (region: string) => string;
}

/** Calls an action that changes nothing. Rejects with the service's error, whose `code` is its own. */
export type OpenApiCall = (service: Service, action: string, query: Record<string, string>) => Promise<unknown>;

type Sdk = typeof import('@alicloud/openapi-client') & { readonly default: typeof OpenApiClient };

/** The signal of the call that is being made. */
const signals = new AsyncLocalStorage<AbortSignal>();

// The SDK takes neither a signal nor an agent: Node tells of each request, and the context whose it is.
subscribe('http.client.request.start', (message) => {
  const signal = signals.getStore();
  const { request } = message as { request: ClientRequest };
  signal?.addEventListener('abort', () => request.destroy());
  if (signal?.aborted) {
    request.destroy();
  }
});

/**
 * The way to call with the account's keys; a call that is open when the signal is aborted keeps no socket.
 *
 * @throws Error that names the package when it is not installed
 */
export function openApi(
  region: string,
  credentials: CloudCredentials,
  env: Environment,
  millis: number,
  signal: AbortSignal,
): OpenApiCall {
  const sdk = loadSdk();
  return async (service, action, query) => {
    const { protocol, host } = serviceEndpoint(service.name, service.host(region), env);
    const client = new sdk.default(
      new sdk.Config({
        ...credentials,
        endpoint: host,
        protocol,
        regionId: region,
        connectTimeout: millis,
        readTimeout: millis,
      }),
    );
    const params = new sdk.Params({
      action,
      version: service.version,
      pathname: '/',
      method: 'POST',
      protocol,
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    // The SDK's own class for these stands in another package; only the fields are read.
    const runtime = { autoretry: false } as Parameters<OpenApiClient['callApi']>[2];
    const answer = await signals.run(signal, () => client.callApi(params, new sdk.OpenApiRequest({ query }), runtime));
    return answer.body;
  };
}

function loadSdk(): Sdk {
  try {
    // An optional peer: whoever never diagnoses does not install it.
    return createRequire(__filename)('@alicloud/openapi-client') as Sdk;
  } catch (error) {
    throw new Error('@alicloud/openapi-client is not installed: run npm install @alicloud/openapi-client', {
      cause: error,
    });
  }
}
