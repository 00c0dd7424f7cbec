import type { MessageRequest } from './message-protocol';
import { numberIn } from './query-number';

const MAX_WAIT_SECONDS = 30;
/** Less than that, by what a busy machine may be late: `@alicloud/mns` gives up after 30 seconds without an answer, however long it asks to wait. */
const LONGEST_WAIT_MILLIS = 29_000;

/**
 * What `find` gives, asked again at each arrival until there is some or the time that the request may wait is over.
 * What a client that has left would take, nobody would get: nothing is looked for any more then.
 *
 * @param find must not wait
 * @param onArrival calls its listener when there may be something; returns what ends that
 */
export async function waitFor<T>(
  { account, exchange, cameAt }: MessageRequest,
  defaultSeconds: number,
  find: () => T[],
  onArrival: (listener: () => void) => () => void,
): Promise<T[]> {
  const { socket } = exchange;
  const seconds = numberIn(exchange.query, 'waitseconds', 0, MAX_WAIT_SECONDS) ?? defaultSeconds;
  const found = socket.writable ? find() : [];
  if (found.length > 0 || seconds === 0 || !socket.writable) {
    return found;
  }
  const { lifetime } = account;
  const ended = new AbortController();
  try {
    return await new Promise<T[]>((resolve, reject) => {
      const { signal } = ended;
      const giveUp = () => resolve([]);
      // A latency among the faults is part of it: clients give up a second after the time that they ask for.
      const timer = setTimeout(
        giveUp,
        Math.max(0, Math.min(1000 * seconds, LONGEST_WAIT_MILLIS) - (performance.now() - cameAt)),
      );
      const look = (): void => {
        try {
          const arrived = signal.aborted || !socket.writable ? [] : find();
          if (arrived.length > 0) {
            ended.abort();
            resolve(arrived);
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      // That the client has left may have come together with what arrived: it is read before.
      const stopListening = onArrival(() => setImmediate(look));
      socket.once('close', giveUp);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        stopListening();
        socket.off('close', giveUp);
      });
      lifetime.addEventListener('abort', () => reject(lifetime.reason as Error), { signal });
    });
  } finally {
    ended.abort();
  }
}
