import * as path from 'node:path';
import { UsageError } from '../../../cli/command-line';
import { command } from '../../../cli/commands';
import { runCommand } from '../../../cli/run-command';
import { commandEnvironment } from '../environment';
import { onState } from '../find-cloud';
import { LocalCloud } from '../local-cloud';
import { START_OPTIONS, startOptions } from './options';
import { stopCloud } from './stop-cloud';

export const run = command({
  runsCommand: true,
  summary: 'run a command against a local cloud of its own, then stop that',
  details: `The command gets the environment that \`alicloud-local env\` tells, and signals are passed on to it. Exit codes are its
own; 127 and 126 when it cannot be found or run. Ports that are not given are any free ones.

Where a local cloud runs on --state DIR already, the command works against that one, which goes on running.

Example:
  alicloud-local run --state .cloud -- terraform apply -auto-approve`,
  options: START_OPTIONS,
  run: async ({ values, command: [file, ...args] }) => {
    const options = startOptions(values);
    const running = options.state === undefined ? undefined : await onState(path.resolve(options.state));
    if (running) {
      const given = Object.keys(values).filter((name) => name !== 'state');
      if (given.length > 0) {
        throw new UsageError(
          `--${given[0]}: a local cloud runs on ${options.state} already, with options of its own: leave it out, or stop that`,
        );
      }
      return runCommand(file, args, commandEnvironment(process.env, await running.client.endpoints()));
    }
    const cloud = await LocalCloud.start(options);
    try {
      return await runCommand(file, args, commandEnvironment(process.env, cloud.endpoints));
    } finally {
      await stopCloud(cloud);
    }
  },
});
