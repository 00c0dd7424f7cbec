#!/usr/bin/env node
import { nodeTooOld } from '../cli/versions';
import { main, SIGNAL_EXIT_CODES } from './main';
import { USAGE_EXIT_CODE } from './report';

/** What standard output may take to be read after a signal; whoever reads it may be what is stuck. */
const FLUSH_MILLIS = 1_000;

void run().finally(() => {
  const signal = Object.entries(SIGNAL_EXIT_CODES).find(([, code]) => code === process.exitCode)?.[0];
  process.stdout.write('', () => setImmediate(() => end(signal)));
  if (signal !== undefined) {
    setTimeout(() => end(signal), FLUSH_MILLIS).unref();
  }
});

async function run(): Promise<void> {
  const tooOld = nodeTooOld();
  if (tooOld === undefined) {
    await main();
  } else {
    process.stderr.write(`${tooOld}\n`);
    process.exitCode = USAGE_EXIT_CODE;
  }
}

/** Ends the process, whatever is under way. */
function end(signal: string | undefined): void {
  // The look-up of a host name cannot be cancelled, and an exit waits for it; the signal itself, no longer handled, does not.
  if (signal !== undefined && process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')) {
    process.kill(process.pid, signal);
  }
  process.exit();
}
