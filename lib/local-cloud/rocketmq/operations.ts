import type { Answer } from './answer';
import { RequestCode } from './codes';
import { checkClientConfig, consumerList, heartbeat, lockQueues, unlockQueues, unregister } from './membership';
import { commitOffset, earliestTime, maxOffset, minOffset, queryOffset, searchOffset } from './offsets';
import { pull } from './pull';
import { queryMessage, viewMessage } from './queries';
import type { RocketMqRequest } from './request';
import { route } from './route';
import { send, sendBack } from './send';
import { endTransaction } from './transactions';

/** What a request is answered with; nothing when the answer comes later. */
export type Operation = (request: RocketMqRequest) => Answer | undefined;

/** Everything that is served, by the code of the request. */
export const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [RequestCode.SEND_MESSAGE, send],
  [RequestCode.PULL_MESSAGE, pull],
  [RequestCode.QUERY_CONSUMER_OFFSET, queryOffset],
  [RequestCode.UPDATE_CONSUMER_OFFSET, commitOffset],
  [RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, searchOffset],
  [RequestCode.GET_MAX_OFFSET, maxOffset],
  [RequestCode.GET_MIN_OFFSET, minOffset],
  [RequestCode.GET_EARLIEST_MSG_STORETIME, earliestTime],
  [RequestCode.QUERY_MESSAGE, queryMessage],
  [RequestCode.VIEW_MESSAGE_BY_ID, viewMessage],
  [RequestCode.HEART_BEAT, heartbeat],
  [RequestCode.UNREGISTER_CLIENT, unregister],
  [RequestCode.CONSUMER_SEND_MSG_BACK, sendBack],
  [RequestCode.END_TRANSACTION, endTransaction],
  [RequestCode.GET_CONSUMER_LIST_BY_GROUP, consumerList],
  [RequestCode.LOCK_BATCH_MQ, lockQueues],
  [RequestCode.UNLOCK_BATCH_MQ, unlockQueues],
  [RequestCode.CHECK_CLIENT_CONFIG, checkClientConfig],
  [RequestCode.GET_ROUTEINFO_BY_TOPIC, route],
  [RequestCode.SEND_MESSAGE_V2, send],
  [RequestCode.SEND_BATCH_MESSAGE, send],
  [RequestCode.LITE_PULL_MESSAGE, pull],
]);
