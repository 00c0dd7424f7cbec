import { connect } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A connection that takes only so many bytes as were allowed for the next answer: what gathers the packets of an answer
 * keeps all of them, and a server must not be able to fill the memory. Under TLS the bytes are those of TLS.
 */
export class BoundedSocket extends Duplex {
  private allowed = 0;
  private left = 0;
  private readonly socket;

  constructor(host: string, port: number) {
    super({ emitClose: false });
    this.socket = connect({ host, port, noDelay: true })
      .on('data', (chunk: Buffer) => {
        this.left -= chunk.length;
        if (this.left < 0) {
          const message = `expected an answer of at most ${this.allowed} bytes, got more`;
          this.destroy(Object.assign(new Error(message), { code: 'ANSWER_TOO_LARGE' }));
        } else if (!this.push(chunk)) {
          this.socket.pause();
        }
      })
      .on('end', () => this.push(null))
      .on('error', (error) => this.destroy(error))
      .on('close', () => this.destroy());
  }

  /** How many bytes may come from now on. */
  public allow(bytes: number): void {
    this.allowed = this.left = bytes;
  }

  public override _read(): void {
    this.socket.resume();
  }

  public override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  public override _final(done: () => void): void {
    this.socket.end(done);
  }

  public override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
    // Not before TLS, which may lie above, has told its own error: that is the cause.
    setImmediate(() => this.emit('close'));
  }
}
