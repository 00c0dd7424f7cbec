import { principalOfSession } from '../account/principal';
import { action, type Api } from './action';
import { integer, optionalText, text } from './parameters';

/** Security Token Service. */
export const stsApi: Api = {
  product: 'sts',
  version: '2015-04-01',
  policyPrefixes: ['sts'],
  ofRam: true,
  actions: {
    GetCallerIdentity: action(
      {},
      (_values, { account, principal }) => {
        const identity = account.sts.callerIdentity(principal);
        return {
          IdentityType: identity.identityType,
          AccountId: identity.accountId,
          PrincipalId: identity.principalId,
          UserId: identity.userId,
          Arn: identity.arn,
          RoleId: identity.roleId,
        };
      },
      null,
    ),
    AssumeRole: action(
      {
        RoleArn: text,
        RoleSessionName: text,
        DurationSeconds: integer,
        Policy: optionalText,
        ExternalId: optionalText,
      },
      (values, { account, principal, secure }) => {
        const session = account.sts.assumeRole(values.RoleArn, values.RoleSessionName, {
          durationSeconds: values.DurationSeconds,
          policy: values.Policy || undefined,
          externalId: values.ExternalId || undefined,
          caller: principal,
          secure,
        });
        const identity = account.sts.callerIdentity(principalOfSession(session));
        return {
          Credentials: {
            AccessKeyId: session.accessKeyId,
            AccessKeySecret: session.accessKeySecret,
            SecurityToken: session.securityToken,
            Expiration: session.expiration,
          },
          AssumedRoleUser: { Arn: identity.arn, AssumedRoleId: identity.principalId },
        };
      },
      (values) => values.get('RoleArn')?.split(':').at(-1) ?? '*',
    ),
  },
};
