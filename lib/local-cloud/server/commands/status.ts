import { command } from '../../../cli/commands';
import { formatDuration } from '../../../cli/durations';
import { findCloud } from '../find-cloud';
import { WHICH } from './options';

export const status = command({
  summary: 'tell where the running one is, and how it is',
  details: `Examples:
  alicloud-local status
  alicloud-local status --state .cloud --json`,
  options: { ...WHICH, json: { type: 'boolean', help: 'as the health page tells it' } },
  run: async ({ values }) => {
    const { client, health } = await findCloud(values.state);
    if (values.json) {
      process.stdout.write(`${JSON.stringify(health, null, 2)}\n`);
      return 0;
    }
    const { http, dla, rocketmq } = await client.endpoints();
    const rows = [
      ['Console', `http://${http}/`],
      ...Object.entries(dla).map(([region, address]) => ['DLA', `${address} (${region})`]),
      ['RocketMQ', rocketmq],
      ['Account', health.accountId],
      ...Object.entries(health.services).map(([name, state]) => [name, state]),
      ['State', health.state],
      ['Log', health.log],
      ...(health.init ?? []).map(({ file, status: state, message }) => [
        'Init',
        `${file} ${state}${message === undefined ? '' : `: ${message}`}`,
      ]),
      ['Version', health.version],
      ['Running for', health.startedAt && formatDuration(Date.now() - Date.parse(health.startedAt))],
    ];
    for (const [name, value] of rows) {
      if (value !== undefined) {
        process.stdout.write(`${name!.padEnd(12)}${value}\n`);
      }
    }
    return 0;
  },
});
