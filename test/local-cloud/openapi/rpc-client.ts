import OpenApiClient, * as openapi from '@alicloud/openapi-client';
import * as tea from '@alicloud/tea-util';

export interface RpcKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export interface RpcError extends Error {
  readonly code: string;
  readonly data: { readonly statusCode: number };
}

export const VERSIONS = {
  ram: '2015-05-01',
  sts: '2015-04-01',
  ons: '2019-02-14',
  mns: '2022-01-19',
  'oss-open': '2019-04-22',
  bss: '2017-12-14',
} as const;

/** Alibaba's own client; signature `1` is HMAC-SHA1 over the parameters, `3` is ACS3-HMAC-SHA256. */
export class RpcClient {
  private readonly client: OpenApiClient;

  constructor(
    endpoint: string,
    key: RpcKey,
    private readonly signature: 1 | 3 = 3,
  ) {
    this.client = new OpenApiClient(
      new openapi.Config({ ...key, endpoint, protocol: 'HTTP', ...(key.securityToken && { type: 'sts' }) }),
    );
  }

  /** Body of the answer. @throws RpcError */
  public async call(
    product: keyof typeof VERSIONS,
    action: string,
    parameters: Record<string, unknown> = {},
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers differ by action
  ): Promise<any> {
    const form = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
    // Its own limit of three seconds is too short for a loaded machine.
    const runtime = new tea.RuntimeOptions({ autoretry: false, readTimeout: 60_000 });
    const request = new openapi.OpenApiRequest({ body: form });
    const response =
      this.signature === 1
        ? await this.client.doRPCRequest(action, VERSIONS[product], 'HTTP', 'POST', 'AK', 'json', request, runtime)
        : await this.client.callApi(
            new openapi.Params({
              action,
              version: VERSIONS[product],
              protocol: 'HTTP',
              method: 'POST',
              authType: 'AK',
              style: 'RPC',
              pathname: '/',
              reqBodyType: 'formData',
              bodyType: 'json',
            }),
            request,
            runtime,
          );
    return response.body;
  }
}
