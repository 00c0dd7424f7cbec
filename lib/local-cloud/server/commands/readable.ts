import type { LocalCloudEndpoints } from '../local-cloud-options';

/** What `start` tells on a terminal. */
export function readableStart(endpoints: LocalCloudEndpoints, state: string | undefined): string {
  const { http, dla, dlaUser, dlaPassword, rocketmq } = endpoints;
  const rows = [
    ['Console', `http://${http}/`],
    ['HTTP', `http://${http}`, 'OSS, RAM, STS, MQ, SMQ (formerly MNS); TLS on the same port'],
    ...Object.entries(dla).map(([region, address]) => [
      'DLA',
      address,
      `${region}; user ${dlaUser}, password ${dlaPassword}`,
    ]),
    ['RocketMQ', rocketmq, 'name server of MQ for its TCP clients'],
    ['Access key', endpoints.accessKeyId, `secret ${endpoints.accessKeySecret}; account ${endpoints.accountId}`],
    [
      'State',
      state ?? 'a scratch folder, removed at the end',
      ...(state === undefined ? ['--state DIR keeps it'] : []),
    ],
  ];
  const width = Math.max(...rows.map(([, value]) => value.length));
  const lines = rows.map(
    ([name, value, note = '']) => `  ${name.padEnd(11)}${note === '' ? value : `${value.padEnd(width)}  ${note}`}`,
  );
  return `
${lines.join('\n')}

In another terminal:
  eval "$(alicloud-local env)"    variables for Terraform, cdktf, SDKs and dla-smoke
  alicloud-local logs -f          what is called
  alicloud-local --help           all commands

Ctrl-C or alicloud-local stop ends it.
`;
}
