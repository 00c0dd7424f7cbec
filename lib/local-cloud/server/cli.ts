#!/usr/bin/env node
import { runMain, watchOutput } from '../../cli/command-line';
import { runProgram } from '../../cli/commands';
import { ownVersion } from '../../cli/own-version';
import { env } from './commands/env';
import { logs } from './commands/logs';
import { reset } from './commands/reset';
import { run } from './commands/run';
import { snapshot } from './commands/snapshot';
import { start } from './commands/start';
import { status } from './commands/status';
import { stop } from './commands/stop';
import { wait } from './commands/wait';

const DETAILS = `The others find a running one by --state DIR, else by the address in ALICLOUD_LOCAL, else it is the only one that
runs; none or several is exit code 2, with the list.

Exit codes: 0 done, 1 failed, 2 usage, 3 timeout, 130 interrupted; \`run\`: those of its command.

Examples:
  alicloud-local start
  alicloud-local run -- pytest
  eval "$(alicloud-local env)" && terraform apply`;

// `start` goes on all the same; the others have nothing left to do.
watchOutput('alicloud-local', () => {
  if (process.argv[2] !== 'start') {
    process.exit();
  }
});
runMain((argv) => {
  // A promise that nobody awaits must not end the servers for everybody else when it fails.
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  });
  return runProgram(
    {
      name: 'alicloud-local',
      version: ownVersion(),
      summary: 'one account of Alibaba Cloud, on this machine only',
      commands: { start, env, run, status, wait, stop, reset, snapshot, logs },
      details: DETAILS,
    },
    argv,
  );
});
