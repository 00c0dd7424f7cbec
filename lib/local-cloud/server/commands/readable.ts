import { asCalled } from '../../../cli/as-called';
import type { LocalCloudEndpoints } from '../local-cloud-options';

/** What `start` tells on a terminal. */
export function readableStart(
  endpoints: LocalCloudEndpoints,
  state: string | undefined,
  inBackground: boolean,
): string {
  const command = asCalled('alicloud-local');
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
  const next = [
    [`eval "$(${command} env)"`, 'variables for Terraform, cdktf, SDKs and dla-smoke'],
    [`${command} logs -f`, 'what is called'],
    [`${command} --help`, 'all commands'],
  ];
  const nextWidth = Math.max(...next.map(([one]) => one.length));
  return `
${lines.join('\n')}

${inBackground ? 'To go on' : 'In another terminal'}:
${next.map(([one, what]) => `  ${one.padEnd(nextWidth)}    ${what}`).join('\n')}

${inBackground ? '' : 'Ctrl-C or '}${command} stop ends it.
`;
}
