import { createInterface } from 'node:readline/promises';
import { UsageError } from '../lib/cli/command-line';
import type { Interruption } from '../lib/cli/interruption';

/** @throws UsageError where a question could not be seen or answered */
export function checkCanAsk(): void {
  const others = [
    ...(process.stdin.isTTY ? [] : ['standard input']),
    ...(process.stdout.isTTY ? [] : ['standard output']),
  ];
  if (others.length > 0) {
    throw new UsageError(
      'expected a terminal to ask on, or --auto-approve to change without a question: ' +
        `${others.join(' and ')} ${others.length > 1 ? 'are' : 'is'} not a terminal; nothing was changed`,
    );
  }
}

/**
 * Asks on the terminal.
 *
 * @throws Interrupted at Ctrl-C
 */
export async function ask(question: string, interruption: Interruption): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // The terminal is in raw mode, where Ctrl-C is a key and no signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // Its end (Ctrl-D) leaves the question unanswered for ever.
  const end = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = terminal.question(`${question} Only "yes" is taken: `, { signal: interruption.abortSignal });
    return (await Promise.race([answer, end])).trim() === 'yes';
  } catch (error) {
    interruption.check();
    throw error;
  } finally {
    terminal.close();
  }
}
