import type { Answer } from './answer';
import { ResponseCode } from './codes';
import { checkExpressionType } from './membership';
import { tagFilter, type TagFilter } from './members';
import { groupQueueOf, storeOffset } from './offsets';
import type { RocketMqRequest } from './request';
import { encodeStored } from './stored-message';

/** Bits of a pull's sysFlag. */
const COMMITS_OFFSET = 1;
const MAY_WAIT = 2;
const HAS_SUBSCRIPTION = 4;

/** What one answer carries at most, as brokers do; one message always fits. */
const MAX_MESSAGES = 32;
const MAX_BYTES = 256 << 10;
/** Messages that one look passes over at most because the group does not want them. */
const MAX_SKIPPED = 10_000;
const MAX_WAIT_MS = 60_000;

/** Messages of a queue from an offset on; without any the request is held until there are, where it allows that. */
export function pull(request: RocketMqRequest): Answer | undefined {
  const sysFlag = request.integer('sysFlag', 0);
  if (sysFlag & COMMITS_OFFSET) {
    storeOffset(request, groupQueueOf(request).queue, request.integer('commitOffset', -1));
  }
  const answer = look(request);
  const waitMs = Math.min(request.integer('suspendTimeoutMillis', 0), MAX_WAIT_MS);
  if (answer.code !== ResponseCode.PULL_NOT_FOUND || !(sysFlag & MAY_WAIT) || waitMs <= 0) {
    return answer;
  }
  hold(request, waitMs);
  return undefined;
}

/** What there is now. The group and its rights are looked at each time: they may have changed since. */
function look(request: RocketMqRequest): Answer {
  const { queue, subject } = groupQueueOf(request);
  const { queueId } = queue;
  const { instanceId, name } = subject;
  const wants = filterOf(request);
  const maxMessages = Math.min(Math.max(request.integer('maxMsgNums', MAX_MESSAGES), 1), MAX_MESSAGES);
  const start = request.integer('queueOffset');
  const { messages } = request.context.account.ons;
  const length = messages.queueLength(instanceId, name, queueId);
  const moved = request.context.account.ons.offsets.movedTo(queue, start);
  if (moved !== undefined) {
    const remark = `the offset was reset to ${moved}`;
    return { code: ResponseCode.PULL_OFFSET_MOVED, remark, fields: offsets(moved, length) };
  }
  if (start < 0 || start > length) {
    const remark = `expected an offset from 0 to ${length}, got ${start}`;
    return { code: ResponseCode.PULL_OFFSET_MOVED, remark, fields: offsets(start < 0 ? 0 : length, length) };
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  let next = start;
  for (const message of messages.fromQueue(instanceId, name, queueId, start)) {
    if (wants(message.tag)) {
      const piece = encodeStored(message, request.connection.port);
      if (pieces.length === maxMessages || (pieces.length > 0 && bytes + piece.length > MAX_BYTES)) {
        break;
      }
      pieces.push(piece);
      bytes += piece.length;
    }
    next = message.queueOffset + 1;
    if (next - start >= MAX_SKIPPED) {
      break;
    }
  }
  const fields = offsets(next, length);
  if (pieces.length > 0) {
    return { fields, body: Buffer.concat(pieces) };
  }
  return next > start
    ? { code: ResponseCode.PULL_RETRY_IMMEDIATELY, remark: 'no message that the group wants', fields }
    : { code: ResponseCode.PULL_NOT_FOUND, remark: 'no new message', fields };
}

/**
 * What the group wants: told by the request, or by its last heartbeat. After a restart a pull comes before any
 * heartbeat: it gets all, and the client itself drops what it does not want.
 */
function filterOf(request: RocketMqRequest): TagFilter {
  const { fields } = request.frame;
  checkExpressionType(fields.get('expressionType'));
  if (request.integer('sysFlag', 0) & HAS_SUBSCRIPTION) {
    return tagFilter(fields.get('subscription') ?? '');
  }
  const [group, topic] = [request.text('consumerGroup'), request.text('topic')];
  return request.context.members.subscription(group, request.connection, topic) ?? (() => true);
}

/** Keeps a request until a message comes that the group wants, or its time is over, or its client leaves. */
function hold(request: RocketMqRequest, waitMs: number): void {
  const { instanceId, name } = request.subject(request.text('topic'));
  const timer = setTimeout(() => held.answer(() => look(request)), waitMs);
  const stopListening = request.context.account.ons.messages.onArrival(instanceId, name, () =>
    held.answer(() => {
      const answer = look(request);
      return answer.code === ResponseCode.PULL_NOT_FOUND ? undefined : answer;
    }),
  );
  const held = request.connection.hold(request, () => {
    clearTimeout(timer);
    stopListening();
  });
}

function offsets(nextBeginOffset: number, maxOffset: number): Answer['fields'] {
  return { suggestWhichBrokerId: 0, nextBeginOffset, minOffset: 0, maxOffset };
}
