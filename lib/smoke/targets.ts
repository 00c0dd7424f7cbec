import { UsageError } from '../cli/command-line';
import { type ReceiptChannelOutputs } from '../cloud/receipt-channel';
import { type ChannelTarget } from './channel-test';
import { fillPlaceholders, hintOf, readChannel, type SmokeChannel } from './channels';
import { addressOf, dlaLogin, type Environment } from './environment';
import { type SmokeTestOptions } from './options';

/** A channel's test, with what its diagnosis needs. */
export interface Target extends ChannelTarget {
  readonly outputs: ReceiptChannelOutputs;
  /** Without its hint. */
  readonly query: string;
}

/** @throws UsageError when something is missing or wrong in a channel, the environment or an option */
export function targetsOf(options: SmokeTestOptions, env: Environment): Target[] {
  if (!Array.isArray(options.channels) || options.channels.length === 0) {
    throw new UsageError('no channel is selected');
  }
  return options.channels.map((given: SmokeChannel | null | undefined) => {
    const channel = readChannel(String(given?.name), given?.outputs, 'channels');
    const query = options.query ?? channel.outputs.query;
    if (query === undefined) {
      throw new UsageError(
        `channel ${channel.name} has no query: give one with --query, or set it where the channel is deployed`,
      );
    }
    const sql = fillPlaceholders(query, channel);
    // Checked before anything runs.
    hintOf(channel, 1);
    const { user, password, variables } = dlaLogin(channel.outputs.region, env);
    return {
      name: channel.name,
      outputs: channel.outputs,
      kind: channel.outputs.kind,
      region: channel.outputs.region,
      server: {
        ...addressOf(channel.outputs.region, options, env),
        user,
        password,
        tls: (options.tls ?? options.ca !== undefined) ? { ca: options.ca } : undefined,
      },
      prepare: (options.prepare ?? channel.outputs.prepare ?? []).map((sql) => fillPlaceholders(sql, channel)),
      loginVariables: variables,
      query: sql,
      statement: (maxRunningTimeSeconds: number) => hintOf(channel, maxRunningTimeSeconds).applyTo(sql),
    };
  });
}
