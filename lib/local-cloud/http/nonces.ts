import { createHash } from 'node:crypto';
import { CloudError } from '../account/cloud-error';

/** Assumption: a nonce may come again after 15 minutes, when a request that has it is refused for its time. */
const KEPT_MILLIS = 15 * 60 * 1000;
/** So many are kept; of more, the oldest are forgotten first. */
const MAX_KEPT = 200_000;

/** Random texts that make each signed request one of its kind: none is taken twice while its time is still good. */
export class Nonces {
  /** When each was used, the oldest first. */
  private readonly used = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @throws CloudError SignatureNonceUsed */
  public use(accessKeyId: string, nonce: string): void {
    const now = this.now();
    for (const [oldest, at] of this.used) {
      if (now - at <= KEPT_MILLIS && this.used.size < MAX_KEPT) {
        break;
      }
      this.used.delete(oldest);
    }
    // A hash, as a nonce may be long.
    const key = createHash('md5').update(`${accessKeyId}\0${nonce}`).digest('base64');
    if (this.used.has(key)) {
      throw new CloudError('SignatureNonceUsed', 'Specified signature nonce was used already.');
    }
    this.used.set(key, now);
  }
}
