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
  return mnsUrl(accountId, region, `queues/${queueName}`);
}

/** Address of an SMQ (formerly MNS) topic. */
export function mnsTopicUrl(accountId: string, region: string, topicName: string): string {
  return mnsUrl(accountId, region, `topics/${topicName}`);
}

/** Address of a subscription to an SMQ (formerly MNS) topic. */
export function mnsSubscriptionUrl(accountId: string, region: string, topic: string, subscription: string): string {
  return mnsUrl(accountId, region, `topics/${topic}/subscriptions/${subscription}`);
}

function mnsUrl(accountId: string, region: string, path: string): string {
  return `http://${accountId}.mns.${region}.${ALIBABA_DOMAIN}/${path}`;
}
