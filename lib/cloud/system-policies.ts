/** System policies that stacks often attach, and what each allows. */
const ALLOWED_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ['*'],
  AliyunDLADeveloperAccess: ['openanalytics:*'],
  AliyunDLAFullAccess: ['openanalytics:*'],
  AliyunDLAReadOnlyAccess: ['openanalytics:Get*', 'openanalytics:List*', 'openanalytics:Query*'],
  AliyunECSFullAccess: ['ecs:*'],
  AliyunKMSFullAccess: ['kms:*'],
  AliyunLogFullAccess: ['log:*'],
  AliyunMNSFullAccess: ['mns:*'],
  AliyunMNSReadOnlyAccess: ['mns:Get*', 'mns:List*', 'mns:PeekMessage'],
  AliyunMQFullAccess: ['mq:*', 'ons:*'],
  AliyunMQPubOnlyAccess: ['mq:PUB', 'mq:QueryInstanceBaseInfo'],
  AliyunMQReadOnlyAccess: ['mq:Query*', 'mq:List*', 'mq:Get*'],
  AliyunMQSubOnlyAccess: ['mq:SUB', 'mq:QueryInstanceBaseInfo'],
  AliyunOSSFullAccess: ['oss:*'],
  AliyunOSSReadOnlyAccess: ['oss:Get*', 'oss:List*'],
  AliyunRAMFullAccess: ['ram:*', 'ims:*'],
  AliyunRAMReadOnlyAccess: ['ram:Get*', 'ram:List*'],
  AliyunRDSFullAccess: ['rds:*'],
  AliyunSTSAssumeRoleAccess: ['sts:AssumeRole'],
  AliyunVPCFullAccess: ['vpc:*'],
  ReadOnlyAccess: ['*:Describe*', '*:Get*', '*:List*', '*:Query*'],
};

export const SYSTEM_POLICY_NAMES: readonly string[] = Object.keys(ALLOWED_ACTIONS);

/**
 * The document of a system policy, or undefined when the local cloud has no policy of that name.
 *
 * Assumption: the action lists follow what each name says; the service's own texts are longer and change.
 */
export function systemPolicyDocument(name: string): string | undefined {
  const actions = Object.hasOwn(ALLOWED_ACTIONS, name) ? ALLOWED_ACTIONS[name] : undefined;
  return actions && JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
}
