/** What clients may leave unread. */
export interface UnreadLimits {
  /** As MySQL's `net_write_timeout`. */
  readonly millis: number;
  /** Bytes of the answers of all connections together. */
  readonly bytes: number;
}

const DEFAULT_LIMITS: UnreadLimits = { millis: 60_000, bytes: 256 << 20 };

interface UnreadAnswer {
  readonly bytes: number;
  readonly giveWay: () => void;
}

/** Answers that wait for their clients to read them. Where they are too many, the one that has waited longest gives way. */
export class UnreadAnswers {
  /** In the order in which they came. */
  private readonly answers = new Set<UnreadAnswer>();
  private bytes = 0;

  constructor(private readonly limits: UnreadLimits = DEFAULT_LIMITS) {}

  /**
   * Takes an answer in.
   *
   * @param giveWay - closes its connection
   * @returns what tells that it was read, or that its connection is closed
   */
  public add(bytes: number, giveWay: () => void): () => void {
    const answer = { bytes, giveWay };
    const timer = setTimeout(giveWay, this.limits.millis);
    const remove = (): void => {
      clearTimeout(timer);
      if (this.answers.delete(answer)) {
        this.bytes -= bytes;
      }
    };
    this.answers.add(answer);
    this.bytes += bytes;
    for (const other of this.answers) {
      // The newest stays, however long it is.
      if (this.bytes <= this.limits.bytes || other === answer) {
        break;
      }
      this.answers.delete(other);
      this.bytes -= other.bytes;
      other.giveWay();
    }
    return remove;
  }
}

/** Of this process. */
export const UNREAD_ANSWERS = new UnreadAnswers();
