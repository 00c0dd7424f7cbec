const NEWLINE = 10;

/** A message as it travels between a worker and the process that started it: a line of JSON. */
export function lineOf(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

/** Puts messages together from what arrives, in whatever pieces. */
export class LineReader {
  private pieces: Buffer[] = [];

  /** The messages that the bytes complete. */
  public read(chunk: Buffer): unknown[] {
    const messages: unknown[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.pieces.push(chunk.subarray(start, end));
      messages.push(
        JSON.parse(this.pieces.length === 1 ? this.pieces[0].toString() : Buffer.concat(this.pieces).toString()),
      );
      this.pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) {
      // A copy: whoever reads may use the buffer again.
      this.pieces.push(Buffer.from(chunk.subarray(start)));
    }
    return messages;
  }
}
