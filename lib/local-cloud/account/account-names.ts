import { MQ_HTTP_LABEL } from '../../cloud/mq-endpoint';
import { MQ_INSTANCE_PREFIX, RESULT_BUCKET_PREFIX } from '../../cloud/names';

/**
 * Puts another account's id into the names that the cloud makes of it: ARNs, ids of instances, hosts, the bucket of
 * results, and the id where it stands alone, as a principal of a policy does. What users made of it stays.
 */
export function accountRenamer(from: string, to: string): (text: string) => string {
  const names = new RegExp(
    [
      `(?<=\\b(?:acs|arn):[\\w*-]*:[\\w*-]*:)${from}(?=:)`,
      // Not the name of a queue, which stands behind that of its region.
      `(?<=(?<!\\w/)${MQ_INSTANCE_PREFIX})${from}(?=_)`,
      `(?<=${RESULT_BUCKET_PREFIX})${from}(?=-)`,
      `${from}(?=\\.(?:${MQ_HTTP_LABEL}|mns)\\.)`,
      `(?<=^|")${from}(?=$|")`,
    ].join('|'),
    'g',
  );
  return (text) => text.replace(names, to);
}
