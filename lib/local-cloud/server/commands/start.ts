import { UsageError } from '../../../cli/command-line';
import { command } from '../../../cli/commands';
import { DEFAULT_PORTS, LocalCloud } from '../local-cloud';
import { preload } from '../preload';
import { register } from '../registered-clouds';
import { ownLog, removeTemporaryLog, startInBackground } from './background';
import { PORTS_HELP, START_OPTIONS, startOptions } from './options';
import { readableStart } from './readable';
import { stopCloud } from './stop-cloud';

/** The container's image sets it: nothing on a machine that people work on is served to others. */
const CONTAINER_VARIABLE = 'ALICLOUD_LOCAL_CONTAINER';

export const start = command({
  summary: 'run a local cloud until it is stopped',
  details: `On a terminal it prints what to open and how to go on; elsewhere, and with --json, one line of JSON with every
address and credential. The last line is "Ready.". All else goes to standard error.

${PORTS_HELP}

Examples:
  alicloud-local start
  alicloud-local start --background --state .cloud && eval "$(alicloud-local env --state .cloud)"`,
  options: {
    ...START_OPTIONS,
    json: { type: 'boolean', help: 'print the line of JSON on a terminal, too' },
    background: { type: 'boolean', help: 'return when it is ready, and let it run until alicloud-local stop' },
    log: {
      type: 'string',
      value: 'FILE',
      help: 'with --background, what it writes goes there\n(default: a file in the temporary folder, which start prints and stop removes)',
    },
    host: {
      type: 'string',
      value: 'ADDRESS',
      help: '0.0.0.0 in a container, whose ports are published (default: 127.0.0.1)',
    },
    'until-eof': {
      type: 'boolean',
      help: 'stop when standard input ends: for a test runner that starts it through\na pipe, and may be killed',
    },
  },
  run: async ({ values }) => {
    const options = startOptions(values);
    if (values.host !== undefined && values.host !== '127.0.0.1' && !process.env[CONTAINER_VARIABLE]) {
      throw new UsageError(
        `--host: expected 127.0.0.1, got ${values.host}; others are for a container, see container/`,
      );
    }
    if (values.log !== undefined && !values.background) {
      throw new UsageError('--log: expected --background beside it');
    }
    if (values.background) {
      const foreground = (['until-eof', 'host'] as const).find((name) => values[name] !== undefined);
      if (foreground) {
        throw new UsageError(`--${foreground}: expected a start that is not in the background`);
      }
      return startInBackground(values);
    }
    const told = new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve).once('SIGINT', resolve).once('SIGHUP', resolve);
      if (values['until-eof']) {
        process.stdin.once('end', resolve).once('error', resolve).resume();
      }
    });
    const abort = new AbortController();
    void told.then(() => abort.abort());
    const cloud = await LocalCloud.start({
      ...options,
      defaultPorts: true,
      log: ownLog(),
      outlivesParent: true,
      host: values.host,
      signal: abort.signal,
    });
    const unregister = register(cloud.state);
    tellPorts(cloud, options);
    const isReadable = process.stdout.isTTY && !values.json;
    const text = isReadable
      ? readableStart(cloud.endpoints, options.state, false)
      : `${JSON.stringify(cloud.endpoints)}\n`;
    process.stdout.write(`${text}Ready.\n`);
    // What cannot be loaded is told to the client that needs it.
    preload().catch(() => undefined);
    await Promise.race([told, cloud.stopped]);
    unregister();
    await stopCloud(cloud);
    removeTemporaryLog();
    return 0;
  },
});

/** Says where a usual port was taken. */
function tellPorts(cloud: LocalCloud, given: ReturnType<typeof startOptions>): void {
  const { http, dla, rocketmq } = cloud.endpoints;
  const [firstDla] = Object.values(dla);
  for (const [what, address, usual, wanted] of [
    ['HTTP', http, DEFAULT_PORTS.http, given.httpPort],
    ['DLA', firstDla, DEFAULT_PORTS.dla, given.dlaPort],
    ['RocketMQ', rocketmq, DEFAULT_PORTS.rocketmq, given.rocketmqPort],
  ] as const) {
    if (wanted === undefined && !address.endsWith(`:${usual}`)) {
      process.stderr.write(`alicloud-local: port ${usual} is taken, ${what} is at ${address}\n`);
    }
  }
}
