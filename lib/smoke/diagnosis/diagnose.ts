import { MNS_CHANNEL } from '../../cloud/receipt-channel';
import { withTimeLimit } from '../http';
import type { DiagnosisItem } from '../report';
import { Account, type DiagnosisRequest } from './account';
import { keysAreValid, ossIsActivated, roleExists, roleMaySend, roleTrustsDla } from './checks-common';
import { mnsIsActivated, queueExists } from './checks-mns';
import {
  endpointBelongsToInstance,
  groupExists,
  instanceIsInRegion,
  messageIsOnTopic,
  mqIsActivated,
  topicExists,
} from './checks-mq';
import { queriedTablesAndBuckets } from './checks-query';

const COMMON = [keysAreValid, ossIsActivated, roleExists, roleTrustsDla, roleMaySend];
const MQ = [mqIsActivated, instanceIsInRegion, endpointBelongsToInstance, topicExists, groupExists, messageIsOnTopic];
const MNS = [mnsIsActivated, queueExists];

/**
 * Looks at each step of the product page in the account with read-only calls, and tells what fixes each fault.
 * Never rejects: what could not be checked is said in the list.
 */
export function diagnose(request: DiagnosisRequest): Promise<readonly DiagnosisItem[]> {
  return withTimeLimit(request.millis, request.signal, async (signal) => {
    const account = new Account(request, signal);
    const checks = [...COMMON, ...(request.outputs.kind === MNS_CHANNEL ? MNS : MQ)];
    const [ofQuery, ...items] = await Promise.all([
      queriedTablesAndBuckets(account),
      ...checks.map((check) => check(account)),
    ]);
    return [...items, ...ofQuery];
  });
}
