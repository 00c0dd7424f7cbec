/** Variable that tells a stack's program where the local cloud's HTTP port is. */
export const HTTP_ENDPOINT_VARIABLE = 'ALICLOUD_LOCAL_HTTP';

/** Services whose address the provider's block can name. */
export const SERVICES = ['oss', 'ram', 'ons', 'sts', 'mns'];

/**
 * What the block of the real provider needs to work with a local cloud; empty where the environment names none.
 *
 * @example
 * new AlicloudProvider(stack, 'alicloud', { region, ...registryProviderConfig(process.env) });
 */
export function registryProviderConfig(environment: NodeJS.ProcessEnv): object {
  const http = environment[HTTP_ENDPOINT_VARIABLE];
  return http === undefined
    ? {}
    : {
        protocol: 'HTTP',
        skipRegionValidation: true,
        // Without it every start asks the billing service first.
        accountType: 'Domestic',
        endpoints: [Object.fromEntries(SERVICES.map((service) => [service, http]))],
      };
}
