import type { Account } from '../account/account';
import type { StoredQueryTask } from '../account/dla-catalog';
import { PolicyDocument } from '../account/policy-document';
import { taskRow } from './task-row';

const DLA_SERVICE = 'openanalytics.aliyuncs.com';

/** What becomes of a receipt, in the words of `show query_task`. */
export type ReceiptOutcome = Pick<StoredQueryTask, 'mqStatus' | 'mqErrorMsg' | 'mqMessageId' | 'mqTotalTime'>;

/** One way of sending receipts; each function throws an Error that tells what is missing. */
interface ReceiptTransport {
  readonly service: 'ons' | 'mns';
  readonly roleName: string;
  readonly action: string;
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
    if (!account.ram.allows('role', transport.roleName, transport.action, resource)) {
      throw new Error(`the policies of the role ${transport.roleName} do not allow ${transport.action} on ${resource}`);
    }
    transport.check();
    return outcome('SUCCESS', null, transport.send(bodyOf(task)));
  } catch (error) {
    return outcome('FAILED', (error as Error).message, null);
  }
}

function checkTrust(account: Account, { roleName }: ReceiptTransport): void {
  const role = account.ram.getRole(roleName);
  if (!PolicyDocument.parse(role.assumeRolePolicyDocument).trustsService(DLA_SERVICE)) {
    throw new Error(`the trust policy of the role ${roleName} does not let ${DLA_SERVICE} assume it (sts:AssumeRole)`);
  }
}

function mqTransport(account: Account, task: StoredQueryTask): ReceiptTransport {
  const { region } = task;
  const [topic, groupId] = [task.mqTopic ?? '', task.mqProducerId ?? ''];
  let instanceId = '';
  return {
    service: 'ons',
    roleName: 'AliyunOpenAnalyticsAccessingMQRole',
    action: 'mq:PUB',
    locate: () => {
      instanceId = instanceOf(account, region, task.mqEndpoint ?? '');
      return `acs:mq:*:${account.identity.accountId}:${instanceId}%${topic}`;
    },
    check: () => {
      account.ons.getTopic(region, instanceId, topic);
      const { groupType } = account.ons.getGroup(region, instanceId, groupId);
      if (groupType !== 'tcp') {
        throw new Error(`the group ${groupId} is of type ${groupType}, a TCP endpoint needs one of type tcp`);
      }
    },
    send: (body) =>
      account.ons.sendMessage(region, { instanceId, topic, producerId: groupId, key: task.id, body }).msgId,
  };
}

/** Hosts of TCP endpoints; Alibaba Cloud has written the private ones in more than one way. */
const TCP_HOST =
  /^https?:\/\/(MQ_INST_\w+)\.(?:([a-z0-9-]+)\.(?:mq-internal|mqinternal|mq-vpc)|mq\.([a-z0-9-]+))\.aliyuncs\.com(?::\d+)?\/?$/;

function instanceOf(account: Account, region: string, endpoint: string): string {
  if (/^https?:\/\/[^/]*\.mqrest\./.test(endpoint)) {
    throw new Error(`the endpoint ${endpoint} is an HTTP endpoint, a TCP endpoint of the instance is needed`);
  }
  const found = TCP_HOST.exec(endpoint);
  if (!found) {
    throw new Error(`the endpoint ${endpoint} is not a TCP endpoint of an MQ instance`);
  }
  const instanceId = found[1];
  const endpointRegion = found[2] ?? found[3];
  if (endpointRegion !== region) {
    throw new Error(`the endpoint ${endpoint} is in ${endpointRegion}, DLA is in ${region}`);
  }
  return account.ons.getInstance(region, instanceId).instanceId;
}

function mnsTransport(account: Account, task: StoredQueryTask): ReceiptTransport {
  const { region } = task;
  const queue = task.mqQueue ?? '';
  return {
    service: 'mns',
    roleName: 'AliyunOpenAnalyticsAccessingMNSRole',
    action: 'mns:SendMessage',
    locate: () => `acs:mns:${region}:${account.identity.accountId}:/queues/${queue}/messages`,
    check: () => void account.mns.getQueue(region, queue),
    send: (body) => account.mns.sendMessage(region, queue, body).messageId,
  };
}

function bodyOf(task: StoredQueryTask): string {
  const details = Object.entries(taskRow(task)).filter(([column]) => !column.startsWith('mq_'));
  return JSON.stringify(Object.fromEntries(details));
}
