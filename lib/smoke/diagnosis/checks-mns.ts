import type { DiagnosisItem } from '../report';
import { type Account, item, openService } from './account';

export async function mnsIsActivated(account: Account): Promise<DiagnosisItem> {
  const name = 'SMQ (formerly MNS) is activated';
  const queue = await account.queue();
  return 'unknown' in queue && queue.notOpen
    ? {
        check: name,
        state: 'fault',
        detail: queue.unknown,
        fix: openService('SMQ (formerly MNS)', 'mns', 'the resource alicloud_message_service_service'),
      }
    : item(name, queue, () => ({ detail: 'it is' }));
}

export function queueExists(account: Account): Promise<DiagnosisItem> {
  const { region, queue = '' } = account.outputs;
  return item(`queue ${queue} is in ${region}`, account.queue(), (found) =>
    found
      ? { detail: 'it is' }
      : {
          detail: 'there is no such queue',
          fix: `aliyun mns-open CreateQueue --region ${region} --QueueName ${queue}`,
        },
  );
}
