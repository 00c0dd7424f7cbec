import type { ChildProcess } from 'node:child_process';
import * as os from 'node:os';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Somebody ended the script by a signal, Ctrl-C for one. */
export class Interrupted extends Error {
  constructor(private readonly signal: NodeJS.Signals) {
    super('interrupted');
  }

  /** As shells count it. */
  public get exitCode(): number {
    return 128 + os.constants.signals[this.signal];
  }
}

/**
 * Signals to a script, from its start until `end`. The programs that it watches get SIGINT for each of them: Terraform
 * then finishes what is under way and keeps its state, and gives up half-way at a second one.
 */
export class Interruption {
  private signal: NodeJS.Signals | undefined;
  private readonly children = new Set<ChildProcess>();
  private readonly controller = new AbortController();

  /** @param onSignal told of each signal that comes while a program is watched */
  constructor(private readonly onSignal: (isFirst: boolean) => void) {
    SIGNALS.forEach((signal) => process.on(signal, this.receive));
  }

  /** Aborted by the first signal. */
  public get abortSignal(): AbortSignal {
    return this.controller.signal;
  }

  /** @throws Interrupted after a signal */
  public check(): void {
    if (this.signal !== undefined) {
      throw new Interrupted(this.signal);
    }
  }

  /** Passes signals on to a program until it ends. */
  public watch(child: ChildProcess): void {
    this.children.add(child);
    child.once('close', () => this.children.delete(child));
  }

  /** From now on signals do what they do without this, and one that came is over. */
  public end(): void {
    this.signal = undefined;
    SIGNALS.forEach((signal) => process.off(signal, this.receive));
  }

  private readonly receive = (signal: NodeJS.Signals): void => {
    const isFirst = this.signal === undefined;
    this.signal ??= signal;
    this.controller.abort();
    if (this.children.size > 0) {
      this.onSignal(isFirst);
    }
    this.children.forEach((child) => child.kill('SIGINT'));
  };
}
