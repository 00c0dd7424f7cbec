/** RAM's name of a resource; `*` for every region, account or resource. */
export function arn(product: string, region: string, accountId: string, resource: string): string {
  return `acs:${product}:${region}:${accountId}:${resource}`;
}

/** An MQ instance. Source: RAM policies of RocketMQ 4.x. */
export function mqInstanceArn(instanceId: string, accountId = '*', region = '*'): string {
  return arn('mq', region, accountId, instanceId);
}

/** A topic or group on an MQ instance. */
export function mqResourceArn(instanceId: string, name: string, accountId = '*', region = '*'): string {
  return mqInstanceArn(`${instanceId}%${name}`, accountId, region);
}

/** The messages of an SMQ (formerly MNS) queue. Source: RAM policies of SMQ, table of actions and resources. */
export function queueMessagesArn(region: string, queueName: string, accountId = '*'): string {
  return arn('mns', region, accountId, `/queues/${queueName}/messages`);
}

/** What subscriptions call an SMQ (formerly MNS) queue. Source: Subscribe. */
export function queueEndpoint(accountId: string, region: string, queueName: string): string {
  return arn('mns', region, accountId, `queues/${queueName}`);
}

/** The queue that such an endpoint names; undefined when it names no queue. */
export function parseQueueEndpoint(
  text: string,
): { readonly region: string; readonly accountId: string; readonly queueName: string } | undefined {
  const [, region, accountId, queueName] = /^acs:mns:([\w-]+):([\w-]+):\/?queues\/([\w-]+)$/.exec(text) ?? [];
  return region === undefined ? undefined : { region, accountId, queueName };
}

/** Whether a resource is one of SMQ (formerly MNS). */
export function isMnsArn(resource: string): boolean {
  return resource.startsWith('acs:mns:');
}

/** Whether a resource is a key of Key Management Service. */
export function isKmsArn(resource: string): boolean {
  return resource.startsWith('acs:kms:');
}

/** Whether a resource is a group of an MQ instance. */
export function isMqGroupArn(resource: string): boolean {
  return /^acs:mq:.*%GID[-_]/.test(resource);
}

/** A bucket, or objects in it (`bucket/*`). */
export function ossArn(path: string, accountId = '*', region = '*'): string {
  return arn('oss', region, accountId, path);
}

/** A key of Key Management Service. */
export function kmsKeyArn(keyId: string): string {
  return arn('kms', '*', '*', `key/${keyId}`);
}

/** A role. Source: RAM writes the name in lower case there. */
export function roleArn(accountId: string, roleName: string): string {
  return arn('ram', '', accountId, `role/${roleName.toLowerCase()}`);
}

/** The account and role that an ARN names; undefined when it names no role. */
export function parseRoleArn(text: string): { readonly accountId: string; readonly roleName: string } | undefined {
  const [, accountId, roleName] = /^acs:ram::(\d+):role\/([\w.-]+)$/.exec(text) ?? [];
  return accountId === undefined ? undefined : { accountId, roleName: roleName };
}

/** A user. */
export function userArn(accountId: string, userName: string): string {
  return arn('ram', '', accountId, `user/${userName}`);
}

/** A system policy, which belongs to no account. */
export function systemPolicyArn(policyName: string): string {
  return arn('ram', '', 'system', `policy/${policyName}`);
}

/** The account itself. */
export function accountArn(accountId: string): string {
  return arn('ram', '', accountId, 'root');
}

/** A session of a role. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return arn('ram', '', accountId, `assumed-role/${roleName}/${sessionName}`);
}
