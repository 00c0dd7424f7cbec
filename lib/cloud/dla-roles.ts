import type { Rule } from './rule';

/** Service that assumes DLA's roles, as their trust policies name it. */
export const DLA_SERVICE = 'openanalytics.aliyuncs.com';

/** How trust policies name a service that may assume a role. */
export const TRUSTED_SERVICE: Rule = {
  type: 'string',
  pattern: /^[a-z][a-z0-9.-]*\.aliyuncs\.com$/,
  expected: 'a service such as fc.aliyuncs.com',
};

/**
 * Trust policy of the roles that DLA assumes, as the product page gives it.
 *
 * Source: product page "MQ消息回执通知", step 2.
 */
export const TRUST_POLICY = trustPolicy();

/** The same, with further services that may assume the role. */
export function trustPolicy(services: readonly string[] = []): string {
  const trusted = [...new Set([DLA_SERVICE, ...services])];
  return JSON.stringify({
    Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: trusted } }],
    Version: '1',
  });
}

/** A role that DLA assumes to send receipts. An account has one of each kind. */
export interface DlaRole {
  /** Name that DLA fixes. */
  readonly roleName: string;
  /** System policy that the product page attaches to it. */
  readonly systemPolicy: string;
  /** Action that it needs to send. */
  readonly sendAction: string;
}

/** DLA's roles by the kind of channel. Source: product page "MQ消息回执通知", steps 1 to 3, and its sibling for SMQ (formerly MNS). */
export const DLA_ROLES = {
  mq: {
    roleName: 'AliyunOpenAnalyticsAccessingMQRole',
    systemPolicy: 'AliyunMQFullAccess',
    sendAction: 'mq:PUB',
  },
  mns: {
    roleName: 'AliyunOpenAnalyticsAccessingMNSRole',
    systemPolicy: 'AliyunMNSFullAccess',
    sendAction: 'mns:SendMessage',
  },
} as const satisfies Record<string, DlaRole>;

/** Name of the role with which DLA reads and writes OSS. */
export const DLA_OSS_ROLE = 'AliyunOpenAnalyticsAccessingOSSRole';
