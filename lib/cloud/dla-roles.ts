/** Service that the roles of DLA trust. */
export const DLA_SERVICE = 'openanalytics.aliyuncs.com';

/**
 * Trust policy of the roles that DLA assumes, as the product page gives it.
 *
 * Source: product page "MQ消息回执通知", step 2.
 */
export const TRUST_POLICY = JSON.stringify({
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: [DLA_SERVICE] } }],
  Version: '1',
});
