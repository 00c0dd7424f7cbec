/** Addresses of an MQ instance, by protocol and network. */
export interface MqEndpointUrls {
  readonly tcp: string;
  readonly tcpInternet: string;
  readonly httpInternal: string;
  readonly httpInternet: string;
  readonly httpInternetSecure: string;
}

/** What an address of MQ names. */
export interface ParsedMqEndpoint {
  readonly protocol: 'tcp' | 'http';
  readonly region: string;
  /** Whether the address is for the region's own network. */
  readonly internal: boolean;
  /** Instance of a TCP endpoint. Assumption: its host begins with the instance's id. HTTP endpoints name the account. */
  readonly instanceId?: string;
  /** Whether the scheme is written, as DLA wants it. */
  readonly hasScheme: boolean;
}

/** Label of the hosts of MQ over HTTP, below the account's. */
export const MQ_HTTP_LABEL = 'mqrest';

/** The addresses of an instance as Alibaba Cloud writes them. */
export function mqEndpointsOf(accountId: string, region: string, instanceId: string): MqEndpointUrls {
  return {
    tcp: `http://${instanceId}.${region}.mq-internal.aliyuncs.com:8080`,
    tcpInternet: `http://${instanceId}.mq.${region}.aliyuncs.com:80`,
    httpInternal: `http://${accountId}.${MQ_HTTP_LABEL}.${region}-internal.aliyuncs.com`,
    httpInternet: `http://${accountId}.${MQ_HTTP_LABEL}.${region}.aliyuncs.com`,
    httpInternetSecure: `https://${accountId}.${MQ_HTTP_LABEL}.${region}.aliyuncs.com`,
  };
}

/** For errors and help. */
export const MQ_ENDPOINT_EXAMPLE = mqEndpointsOf('…', 'cn-hangzhou', 'MQ_INST_…').tcp;

/** Source: the product page writes one private host in two ways, and a third was seen; ports vary as well. */
const ENDPOINT = new RegExp(
  '^(?<scheme>https?://)?(?<owner>\\w+)\\.' +
    '(?:(?<internalTcp>[a-z0-9-]+)\\.(?:mq-internal|mqinternal|mq-vpc)' +
    '|mq\\.(?<publicTcp>[a-z0-9-]+)' +
    `|${MQ_HTTP_LABEL}\\.(?<http>[a-z0-9-]+?)(?<httpInternal>-internal)?)` +
    '\\.aliyuncs\\.com(?::\\d+)?/?$',
);

/** Reads an address of MQ; undefined for what is none. */
export function parseMqEndpoint(endpoint: string): ParsedMqEndpoint | undefined {
  const found = ENDPOINT.exec(endpoint)?.groups;
  if (!found) {
    return undefined;
  }
  const { scheme, owner, internalTcp, publicTcp, http, httpInternal } = found;
  const hasScheme = scheme !== undefined;
  return http === undefined
    ? {
        protocol: 'tcp',
        region: internalTcp ?? publicTcp,
        internal: internalTcp !== undefined,
        instanceId: owner,
        hasScheme,
      }
    : { protocol: 'http', region: http, internal: httpInternal !== undefined, hasScheme };
}

/** Whether two addresses lead to one TCP endpoint of one instance, however each is spelled. */
export function isSameTcpEndpoint(one: string, other: string): boolean {
  const [a, b] = [one, other].map((endpoint) => {
    const parsed = parseMqEndpoint(endpoint);
    return parsed?.protocol === 'tcp' && parsed.hasScheme
      ? `${parsed.instanceId} ${parsed.region} ${parsed.internal}`
      : endpoint;
  });
  return a === b;
}
