import type { AnsweredRequest } from './rocketmq-server';

/** A client asks again every few seconds: the same refusal is told this often only. */
const AGAIN_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** Tells of refused requests, which most clients keep to themselves, or to a log that nobody looks into. */
export function refusalNotices(tell: (notice: string) => void): (request: AnsweredRequest) => void {
  const toldAt = new Map<string, number>();
  return ({ action, resource, code, message }) => {
    const notice = `${action}${resource === '' ? '' : ` ${resource}`} was refused: ${message}`;
    const now = Date.now();
    if (code === '' || now - (toldAt.get(notice) ?? -Infinity) < AGAIN_MS) {
      return;
    }
    if (toldAt.size >= MAX_REMEMBERED) {
      toldAt.clear();
    }
    toldAt.set(notice, now);
    tell(notice);
  };
}
