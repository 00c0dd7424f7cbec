import { canRedraw } from './terminal';

/** Longest time without a word, and how often that is looked at, in milliseconds. */
const SILENCE_MILLIS = 2500;
const TICK_MILLIS = 500;

/** Tells on standard error what a script is at, and on standard output what came of it. */
export class Progress {
  private readonly begun = Date.now();
  private lastWord = this.begun;
  private current = '';
  private isTransient = false;
  private readonly timer = setInterval(() => this.tick(), TICK_MILLIS);

  /** @param verbose whether all that Terraform says is told */
  constructor(private readonly verbose: boolean) {
    this.timer.unref();
    // Who reads may leave (`| head -1`): what is under way is still finished.
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', () => undefined);
    }
  }

  /** What is done from now on. */
  public step(text: string): void {
    this.current = text;
    this.write(process.stderr, `${text}\n`);
  }

  /** One thing of many that a program says while it works. */
  public detail(text: string): void {
    this.current = text;
    if (this.verbose) {
      this.write(process.stderr, `${text}\n`);
    }
  }

  /** What came of it, whole lines. */
  public result(text: string): void {
    this.write(process.stdout, text);
  }

  /** What went wrong, whole lines. */
  public problem(text: string): void {
    this.write(process.stderr, text);
  }

  /** Says nothing more by itself, while another program has the terminal. */
  public pause(): void {
    this.current = '';
    this.clear();
  }

  public end(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private tick(): void {
    if (this.current === '' || Date.now() - this.lastWord < SILENCE_MILLIS) {
      return;
    }
    const seconds = Math.round((Date.now() - this.begun) / 1000);
    const isTerminal = canRedraw(process.stdout) && canRedraw(process.stderr);
    const text = `  ${seconds} s: ${this.current}`;
    this.write(process.stderr, isTerminal ? text.slice(0, process.stderr.columns - 1) : `${text}\n`);
    this.isTransient = isTerminal;
  }

  private write(stream: NodeJS.WriteStream, text: string): void {
    this.clear();
    this.lastWord = Date.now();
    stream.write(text);
  }

  /** Takes a line away that only said that it still goes on. */
  private clear(): void {
    if (this.isTransient) {
      this.isTransient = false;
      process.stderr.write('\r\x1b[K');
    }
  }
}
