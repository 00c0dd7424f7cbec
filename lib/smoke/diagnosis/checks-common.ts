import { mqResourceArn, queueMessagesArn } from '../../cloud/arn';
import { DLA_ROLES, DLA_SERVICE, TRUST_POLICY } from '../../cloud/dla-roles';
import { decideTogether, type Doubt, PolicyDocument } from '../../cloud/policy-document';
import { MNS_CHANNEL } from '../../cloud/receipt-channel';
import type { DiagnosisItem } from '../report';
import { type Account, item, NO_ROLE, openService, text } from './account';

const KEYS_FIX =
  'set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY to an enabled key pair of the account, and ALICLOUD_SECURITY_TOKEN ' +
  'only with a pair that has one; ALIBABA_CLOUD_ACCESS_KEY_ID, …_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN go before them';

const CLOCK_FIX = "set this machine's clock: requests are signed with their date, and an old or early one is refused";

export async function keysAreValid(account: Account): Promise<DiagnosisItem> {
  const name = 'the keys are valid';
  const caller = await account.callerId();
  for (const fact of [caller, await account.ossOpen()]) {
    if ('unknown' in fact && fact.keysRefused) {
      return { check: name, state: 'fault', detail: fact.unknown, fix: KEYS_FIX };
    }
    if ('unknown' in fact && fact.clockRefused) {
      return { check: name, state: 'fault', detail: fact.unknown, fix: CLOCK_FIX };
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
          fix: openService('OSS', 'oss', 'the data source alicloud_oss_service with enable = "On"'),
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
    const trust = PolicyDocument.ofAccount(text(role.AssumeRolePolicyDocument));
    const trusted = unlessInDoubt((doubt) => trust.trustsService(DLA_SERVICE, doubt));
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

/** More than RAM attaches to a role; each one costs a call. */
const MAX_POLICIES = 50;

/** Whether the role may send: by the system policy of the product page, or by others that are enough. */
export async function roleMaySend(account: Account): Promise<DiagnosisItem> {
  const { roleName } = account.outputs;
  const { systemPolicy, sendAction } = DLA_ROLES[account.outputs.kind === MNS_CHANNEL ? 'mns' : 'mq'];
  const name = `role ${roleName} has the policy ${systemPolicy}`;
  const sending = `${sendAction} on ${whereMessagesGo(account, '*')}`;
  const policies = await account.rolePolicies();
  if ('unknown' in policies || policies.value === undefined) {
    return item(name, policies, () => NO_ROLE);
  }
  const others = policies.value.filter((one) => one.name !== systemPolicy || one.type !== 'System');
  if (others.length > MAX_POLICIES) {
    const got = `expected at most ${MAX_POLICIES} policies of a role, got ${others.length}`;
    return item(name, { unknown: got }, () => NO_ROLE);
  }
  const attached = others.length < policies.value.length;
  const [caller, ...documents] = await Promise.all([
    account.callerId(),
    ...others.map((one) => account.policyDocument(one)),
  ]);
  const unread = others.length === 0 ? undefined : [caller, ...documents].find((fact) => 'unknown' in fact);
  if (unread !== undefined) {
    return item(name, unread, () => NO_ROLE);
  }
  const resource = whereMessagesGo(account, 'unknown' in caller ? '*' : caller.value!);
  const documentsOfOthers = documents.map((fact) => PolicyDocument.ofAccount('unknown' in fact ? '' : fact.value!));
  const maySend = (...more: readonly PolicyDocument[]): boolean | undefined =>
    unlessInDoubt(
      (doubt) => decideTogether([...documentsOfOthers, ...more], sendAction, resource, {}, doubt) === 'Allow',
    );
  const names = others.map((one) => one.name).join(', ');
  return item(name, {}, () => {
    const sends = attached ? maySend(ALLOW_ALL) : maySend();
    if (sends === undefined) {
      return { state: 'unknown', detail: `not checked: ${names} has a condition` };
    }
    if (sends) {
      return { detail: attached ? 'it has' : `instead ${names} allows ${sending}` };
    }
    if (maySend(ALLOW_ALL) === false) {
      return { detail: `${names} denies ${sending}`, fix: 'take the Deny out, or detach its policy from the role' };
    }
    const attach = `aliyun ram AttachPolicyToRole --PolicyType System --PolicyName ${systemPolicy} --RoleName ${roleName}`;
    return names === ''
      ? { detail: 'it is not attached', fix: attach }
      : { detail: `it is not attached, and ${names} does not allow ${sending}`, fix: `allow it, or: ${attach}` };
  });
}

/** As the system policies do. */
const ALLOW_ALL = PolicyDocument.parse(
  JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
);

/** A decision, or undefined when a condition makes it that cannot be judged from here. */
function unlessInDoubt(decide: (doubt: Doubt) => boolean): boolean | undefined {
  const decided = decide('against');
  return decided === decide('for') ? decided : undefined;
}

/** RAM's name of what DLA needs its action for. */
function whereMessagesGo({ outputs, instanceId }: Account, accountId: string): string {
  const { kind, region, queue, topic } = outputs;
  return kind === MNS_CHANNEL
    ? queueMessagesArn(region, queue!, accountId)
    : mqResourceArn(instanceId ?? '*', topic!, accountId);
}
