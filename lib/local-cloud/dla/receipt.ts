import { mqResourceArn, queueMessagesArn } from '../../cloud/arn';
import { DLA_ROLES, DLA_SERVICE, type DlaRole } from '../../cloud/dla-roles';
import { parseMqEndpoint } from '../../cloud/mq-endpoint';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { StoredQueryTask } from '../account/dla-catalog';
import { internalError } from '../account/internal-error';
import { parsePolicy } from '../account/policy';
import { taskRow } from './task-row';

/** What becomes of a receipt, in the words of `show query_task`. */
export type ReceiptOutcome = Pick<StoredQueryTask, 'mqStatus' | 'mqErrorMsg' | 'mqMessageId' | 'mqTotalTime'>;

/** Something that a receipt needs is not there, or not as it must be. */
class ReceiptError extends Error {}

/** One way of sending receipts; each function throws a ReceiptError or CloudError that tells what is missing. */
interface ReceiptTransport {
  readonly service: 'ons' | 'mns';
  readonly role: DlaRole;
  /** Finds where the message goes, and the RAM name of that. */
  readonly locate: () => string;
  /** What must be there besides the permission. */
  readonly check: () => void;
  /** Returns the message's id. */
  readonly send: (body: string) => string;
}

/**
 * Sends the receipt of a task that has ended, if everything that the real one needs is there; otherwise the outcome
 * names the first thing that is missing.
 *
 * Assumption: a receipt is sent however the task ended; its body is the task as JSON and its key the task's id; a
 * receipt that cannot be sent has mq_status FAILED; mq_total_time is in milliseconds. The order of the checks and the
 * names of the permissions are assumed too.
 */
export function sendReceipt(account: Account, task: StoredQueryTask): ReceiptOutcome {
  const started = performance.now();
  const outcome = (mqStatus: string, mqErrorMsg: string | null, mqMessageId: string | null): ReceiptOutcome => ({
    mqStatus,
    mqErrorMsg,
    mqMessageId,
    mqTotalTime: Math.ceil(performance.now() - started),
  });
  try {
    const transport = task.mqQueue === null ? mqTransport(account, task) : mnsTransport(account, task);
    account.activation.require('oss');
    checkTrust(account, transport);
    account.activation.require(transport.service);
    const resource = transport.locate();
    const { roleName, sendAction } = transport.role;
    if (!account.ram.allows('role', roleName, sendAction, resource)) {
      throw new ReceiptError(`the policies of the role ${roleName} do not allow ${sendAction} on ${resource}`);
    }
    transport.check();
    return outcome('SUCCESS', null, transport.send(bodyOf(task)));
  } catch (error) {
    const reason =
      error instanceof ReceiptError || error instanceof CloudError
        ? error.message
        : internalError(`sending the receipt of ${task.id}`, error);
    return outcome('FAILED', reason, null);
  }
}

function checkTrust(account: Account, { role: { roleName } }: ReceiptTransport): void {
  const role = account.ram.getRole(roleName);
  if (!parsePolicy(role.assumeRolePolicyDocument).trustsService(DLA_SERVICE)) {
    throw new ReceiptError(
      `the trust policy of the role ${roleName} does not let ${DLA_SERVICE} assume it (sts:AssumeRole)`,
    );
  }
}

function mqTransport(account: Account, task: StoredQueryTask): ReceiptTransport {
  const { region } = task;
  const [topic, groupId] = [task.mqTopic ?? '', task.mqProducerId ?? ''];
  let instanceId = '';
  return {
    service: 'ons',
    role: DLA_ROLES.mq,
    locate: () => {
      instanceId = instanceOf(account, region, task.mqEndpoint ?? '');
      return mqResourceArn(instanceId, topic, account.identity.accountId);
    },
    check: () => {
      account.ons.getTopic(region, instanceId, topic);
      const { groupType } = account.ons.getGroup(region, instanceId, groupId);
      if (groupType !== 'tcp') {
        throw new ReceiptError(`the group ${groupId} is of type ${groupType}, a TCP endpoint needs one of type tcp`);
      }
    },
    send: (body) =>
      account.ons.sendMessage(region, { instanceId, topic, producerId: groupId, key: task.id, body }).msgId,
  };
}

function instanceOf(account: Account, region: string, endpoint: string): string {
  const parsed = parseMqEndpoint(endpoint);
  if (parsed?.protocol === 'http') {
    throw new ReceiptError(`the endpoint ${endpoint} is an HTTP endpoint, a TCP endpoint of the instance is needed`);
  }
  if (parsed?.instanceId === undefined || !parsed.hasScheme) {
    throw new ReceiptError(`the endpoint ${endpoint} is not a TCP endpoint of an MQ instance`);
  }
  if (parsed.region !== region) {
    throw new ReceiptError(`the endpoint ${endpoint} is in ${parsed.region}, DLA is in ${region}`);
  }
  return account.ons.getInstance(region, parsed.instanceId).instanceId;
}

function mnsTransport(account: Account, task: StoredQueryTask): ReceiptTransport {
  const { region } = task;
  const queue = task.mqQueue ?? '';
  return {
    service: 'mns',
    role: DLA_ROLES.mns,
    locate: () => queueMessagesArn(region, queue, account.identity.accountId),
    check: () => void account.mns.getQueue(region, queue),
    send: (body) => account.mns.sendMessage(region, queue, body).messageId,
  };
}

function bodyOf(task: StoredQueryTask): string {
  const details = Object.entries(taskRow(task)).filter(([column]) => !column.startsWith('mq_'));
  return JSON.stringify(Object.fromEntries(details));
}
