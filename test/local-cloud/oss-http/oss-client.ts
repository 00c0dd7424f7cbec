import * as http from 'node:http';
import OSS from 'ali-oss';
import type { StartedHttpServer } from '../server/started-http-server';

export interface OssKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly stsToken?: string;
}

/** Resolves the hosts of buckets, which are names below localhost, to loopback. */
const agent = new http.Agent({
  lookup: (_hostname, options, callback) => {
    if (options.all) {
      (callback as unknown as (error: null, addresses: object[]) => void)(null, [{ address: '127.0.0.1', family: 4 }]);
    } else {
      callback(null, '127.0.0.1', 4);
    }
  },
});

/** Alibaba's own client, with buckets in the host or in the path. */
export function ossClient(
  { port, account }: StartedHttpServer,
  options: Partial<OSS.Options> & { sldEnable?: boolean } = {},
  key: OssKey = account.identity,
): OSS {
  return new OSS({
    accessKeyId: key.accessKeyId,
    accessKeySecret: key.accessKeySecret,
    stsToken: key.stsToken,
    region: 'oss-cn-hangzhou',
    endpoint: `http://localhost:${port}`,
    agent,
    retryMax: 0,
    ...options,
  } as OSS.Options);
}
