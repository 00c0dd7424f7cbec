/** Domain of Alibaba Cloud's services. */
export const ALIBABA_DOMAIN = 'aliyuncs.com';

/** OSS in a region; `internal` for the region's own network. */
export function ossHost(region: string, internal = false): string {
  return `oss-${region}${internal ? '-internal' : ''}.${ALIBABA_DOMAIN}`;
}

/** OpenAPI of MQ (product `Ons`) in a region. */
export function onsHost(region: string): string {
  return `ons.${region}.${ALIBABA_DOMAIN}`;
}

/** OpenAPI of SMQ (formerly MNS) in a region. */
export function mnsOpenHost(region: string): string {
  return `mns-open.${region}.${ALIBABA_DOMAIN}`;
}

/** RAM, which knows no regions. */
export const RAM_HOST = `ram.${ALIBABA_DOMAIN}`;

/** STS in a region. */
export function stsHost(region: string): string {
  return `sts.${region}.${ALIBABA_DOMAIN}`;
}

/** DLA's MySQL server in a region, on the internet. */
export function dlaHost(region: string): string {
  return `service.${region}.datalakeanalytics.${ALIBABA_DOMAIN}`;
}

/** Address of an SMQ (formerly MNS) queue. */
export function queueUrl(accountId: string, region: string, queueName: string): string {
  return `http://${accountId}.mns.${region}.${ALIBABA_DOMAIN}/queues/${queueName}`;
}
