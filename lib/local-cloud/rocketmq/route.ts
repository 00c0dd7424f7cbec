import type { Answer } from './answer';
import type { RocketMqRequest } from './request';

/** One broker, which keeps its name: clients keep offsets by it. */
export const BROKER_NAME = 'local';
const READ_AND_WRITE = 6;

/**
 * Where a topic is.
 *
 * Assumption: the service tells routes to everybody, and checks access with what follows.
 */
export function route(request: RocketMqRequest): Answer {
  const { queueCount } = request.subject(request.text('topic'));
  return {
    body: Buffer.from(
      JSON.stringify({
        brokerDatas: [
          { cluster: 'DefaultCluster', brokerName: BROKER_NAME, brokerAddrs: { 0: request.connection.address } },
        ],
        queueDatas: [
          {
            brokerName: BROKER_NAME,
            readQueueNums: queueCount,
            writeQueueNums: queueCount,
            perm: READ_AND_WRITE,
            topicSysFlag: 0,
          },
        ],
        filterServerTable: {},
      }),
    ),
  };
}
