/**
 * The name of an action of MQ in the permissions' table, which policies may use beside the name in the API.
 * Assumption: `mq:DeleteTopic` is documented, the others are named alike.
 */
export function mqPolicyName(action: string): string {
  return action
    .replace(/^Ons(Instance|Topic|Group)(Create|Delete|Update|List)$/, '$2$1')
    .replace(/^OnsInstanceBaseInfo$/, 'QueryInstanceBaseInfo')
    .replace(/^OnsInstanceInServiceList$/, 'ListInstance')
    .replace(/^OnsConsumer(Accumulate|Status)$/, 'QueryConsumer$1')
    .replace(/^OnsConsumerResetOffset$/, 'ResetConsumerOffset');
}

/** Prefixes of MQ's actions in policies. */
export const MQ_POLICY_PREFIXES = ['mq', 'ons'] as const;
