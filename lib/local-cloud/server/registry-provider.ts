import { mnsOpenHost, onsHost, ossHost } from '../../cloud/hosts';

/** Variable that tells a stack's program where the local cloud's HTTP port is. */
export const HTTP_ENDPOINT_VARIABLE = 'ALICLOUD_LOCAL_HTTP';

/** Services whose address the provider's block can name. */
export const SERVICES = ['oss', 'ram', 'ons', 'sts', 'mns'];

/**
 * What the block of the real provider needs to work with a local cloud; empty where the environment names none.
 *
 * @param environment the local cloud's variables, as `alicloud-local run` passes them to the program
 * @param region region of the block; default: the local cloud's first
 *
 * @example
 * new AlicloudProvider(stack, 'alicloud', { region, ...registryProviderConfig(process.env, region) });
 */
export function registryProviderConfig(environment: NodeJS.ProcessEnv, region = environment.ALICLOUD_REGION): object {
  const http = environment[HTTP_ENDPOINT_VARIABLE];
  if (http === undefined) {
    return {};
  }
  return {
    protocol: 'HTTP',
    skipRegionValidation: true,
    // Without it every start asks the billing service first.
    accountType: 'Domestic',
    endpoints: [
      {
        ...Object.fromEntries(SERVICES.map((service) => [service, http])),
        ...(region === environment.ALICLOUD_REGION ? {} : hostsOf(region!)),
      },
    ],
  };
}

/** The bare address stands for the local cloud's first region; hosts name another, and the proxy brings them here. */
function hostsOf(region: string): object {
  return {
    oss: ossHost(region),
    ons: onsHost(region),
    mns: mnsOpenHost(region),
  };
}
