import { DLA_SERVICE, TRUST_POLICY } from '../../cloud/dla-roles';
import { MNS_CHANNEL } from '../../cloud/receipt-channel';
import type { DiagnosisItem } from '../report';
import { type Account, item, NO_ROLE, openService, text } from './account';
import { ALLOW, allowed, statementsAbout, trustsDla } from './policy';

const KEYS_FIX =
  'set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY to an enabled key pair of the account, and ALICLOUD_SECURITY_TOKEN ' +
  'only with a pair that has one; ALIBABA_CLOUD_ACCESS_KEY_ID, …_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN go before them';

export async function keysAreValid(account: Account): Promise<DiagnosisItem> {
  const name = 'the keys are valid';
  const caller = await account.callerId();
  for (const fact of [caller, await account.ossOpen()]) {
    if ('unknown' in fact && fact.keysRefused) {
      return { check: name, state: 'fault', detail: fact.unknown, fix: KEYS_FIX };
    }
  }
  return item(name, caller, (id) => ({ detail: `account ${id}` }));
}

export function ossIsActivated(account: Account): Promise<DiagnosisItem> {
  return item('OSS is activated', account.ossOpen(), (open) =>
    open
      ? { detail: 'it is' }
      : {
          detail: 'OSS answers UserDisable',
          fix: openService('OSS', 'the data source alicloud_oss_service with enable = "On"'),
        },
  );
}

export function roleExists(account: Account): Promise<DiagnosisItem> {
  const { roleName } = account.outputs;
  return item(`role ${roleName} exists`, account.role(), (role) =>
    role
      ? { detail: 'it does' }
      : {
          detail: 'there is no such role',
          fix: `aliyun ram CreateRole --RoleName ${roleName} --AssumeRolePolicyDocument '${TRUST_POLICY}'`,
        },
  );
}

export function roleTrustsDla(account: Account): Promise<DiagnosisItem> {
  const { roleName } = account.outputs;
  return item(`role ${roleName} trusts ${DLA_SERVICE}`, account.role(), (role) => {
    if (!role) {
      return NO_ROLE;
    }
    const trusted = trustsDla(text(role.AssumeRolePolicyDocument));
    if (trusted === undefined) {
      return { state: 'unknown', detail: 'not checked: its trust policy decides by a condition' };
    }
    return trusted
      ? { detail: 'it does' }
      : {
          detail: 'its trust policy does not let the service assume it',
          fix: `aliyun ram UpdateRole --RoleName ${roleName} --NewAssumeRolePolicyDocument '${TRUST_POLICY}'`,
        };
  });
}

/** Whether the role may send: by the system policy of the product page, or by others that are enough. */
export async function roleMaySend(account: Account): Promise<DiagnosisItem> {
  const { roleName } = account.outputs;
  const policy = systemPolicyOf(account);
  const name = `role ${roleName} has the policy ${policy}`;
  const [action, resource] = sendPermission(account, '*');
  const sending = `${action} on ${resource}`;
  const policies = await account.rolePolicies();
  if ('unknown' in policies || policies.value === undefined) {
    return item(name, policies, () => NO_ROLE);
  }
  const others = policies.value.filter((one) => one.name !== policy || one.type !== 'System');
  const attached = others.length < policies.value.length;
  const [caller, ...documents] = await Promise.all([
    account.callerId(),
    ...others.map((one) => account.policyDocument(one)),
  ]);
  const unread = others.length === 0 ? undefined : [caller, ...documents].find((fact) => 'unknown' in fact);
  if (unread !== undefined) {
    return item(name, unread, () => NO_ROLE);
  }
  const [, ownResource] = sendPermission(account, 'unknown' in caller ? '*' : caller.value!);
  const statements = documents.flatMap((fact) =>
    'unknown' in fact ? [] : statementsAbout(fact.value!, action, ownResource),
  );
  const names = others.map((one) => one.name).join(', ');
  return item(name, {}, () => {
    const sends = allowed(attached ? [...statements, ALLOW] : statements);
    if (sends === undefined) {
      return { state: 'unknown', detail: `not checked: ${names} has a condition` };
    }
    if (sends) {
      return { detail: attached ? 'it has' : `instead ${names} allows ${sending}` };
    }
    if (allowed([...statements, ALLOW]) === false) {
      return { detail: `${names} denies ${sending}`, fix: 'take the Deny out, or detach its policy from the role' };
    }
    const attach = `aliyun ram AttachPolicyToRole --PolicyType System --PolicyName ${policy} --RoleName ${roleName}`;
    return names === ''
      ? { detail: 'it is not attached', fix: attach }
      : { detail: `it is not attached, and ${names} does not allow ${sending}`, fix: `allow it, or: ${attach}` };
  });
}

function systemPolicyOf({ outputs }: Account): string {
  return outputs.kind === MNS_CHANNEL ? 'AliyunMNSFullAccess' : 'AliyunMQFullAccess';
}

/** The permission that DLA needs: the action, and RAM's name of where messages go. */
function sendPermission({ outputs, instanceId }: Account, accountId: string): [action: string, resource: string] {
  const { kind, region, queue, topic } = outputs;
  return kind === MNS_CHANNEL
    ? ['mns:SendMessage', `acs:mns:${region}:${accountId}:/queues/${queue}/messages`]
    : ['mq:PUB', `acs:mq:*:${accountId}:${instanceId}%${topic}`];
}
