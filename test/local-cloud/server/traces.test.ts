import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import OpenApiUtil from '@alicloud/openapi-util';
import signUtils from 'ali-oss/lib/common/signUtils';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { HttpServerOptions } from '../../../lib/local-cloud/server/http-server';
import { rawRequest, type RawResponse } from './raw-request';
import { startHttpServer, type StartedHttpServer } from './started-http-server';

/** One line of a trace: a request of the real provider, and an answer that satisfied it. */
interface TracedExchange {
  readonly service: string;
  readonly version: string | null;
  readonly action: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly request_body: string | null;
  readonly request_headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly response_body: unknown;
  readonly response_headers: Readonly<Record<string, string>>;
}

const FOLDER = process.env.ALICLOUD_TRACES;
const TRACED_ACCOUNT = '1234567890123456';

/** Ids and times, which differ from account to account: only their kind is compared. */
const VARIABLE = new Set(
  (
    'RequestId HostId Message Recommend CreateDate UpdateDate AttachDate CreateTime UpdateTime CreationDate ' +
    'LastModifyTime LastModified RoleId PrincipalId UserId Arn IdentityType OrderId ResourceGroupId InstanceId QueueUrl'
  ).split(' '),
);
const HEADERS = [
  'Content-Type',
  'ETag',
  'Content-MD5',
  'Content-Length',
  'Location',
  'x-oss-hash-crc64ecma',
  'x-oss-object-type',
  'x-oss-storage-class',
  'x-oss-server-side-encryption',
];

const parser = new XMLParser({ parseTagValue: false, ignoreDeclaration: true, isArray: (name) => name === 'Bucket' });

/** Sends traced requests to a server, with the ids that the server gave out in place of the traced ones. */
class Replay {
  private readonly ids: [traced: string, ours: string][];

  constructor(private readonly server: StartedHttpServer) {
    this.ids = [[TRACED_ACCOUNT, server.account.identity.accountId]];
  }

  public async run(file: string): Promise<number> {
    const lines = fs.readFileSync(path.join(FOLDER!, file), 'utf8').trim().split('\n');
    for (const [index, line] of lines.entries()) {
      const traced = JSON.parse(this.ours(line)) as TracedExchange;
      if (traced.action === 'DeleteBucket') {
        this.forgetVersions(traced.path.replace(/\//g, ''));
      }
      const response = traced.service === 'oss' ? await this.sendOss(traced) : await this.sendRpc(traced);
      const label = `${file}:${index + 1} ${traced.action}`;
      expect({ label, status: response.status, body: response.text }).toMatchObject({ label, status: traced.status });
      this.compare(label, traced, response);
      this.learn(line, response);
    }
    return lines.length;
  }

  /** The server behind the traces kept no versions; OSS keeps them, and a bucket with them is not empty. */
  private forgetVersions(bucket: string): void {
    const { oss } = this.server.account;
    for (const { key, versionId } of oss.objectVersions(bucket)) {
      oss.deleteObject(bucket, key, versionId);
    }
  }

  private ours(text: string): string {
    // The longest first: an instance's id holds the account's.
    const ordered = [...this.ids].sort(([a], [b]) => b.length - a.length);
    return ordered.reduce((all, [traced, ours]) => all.replaceAll(traced, ours), text);
  }

  /** Remembers the id of an instance that was made. */
  private learn(line: string, response: RawResponse): void {
    const { action, response_body: body } = JSON.parse(line) as TracedExchange;
    if (action === 'OnsInstanceCreate') {
      const { Data } = body as { Data: { InstanceId: string } };
      const { Data: ours } = JSON.parse(response.text) as { Data: { InstanceId: string } };
      this.ids.push([Data.InstanceId, ours.InstanceId]);
      this.ids.push([this.ours(Data.InstanceId), ours.InstanceId]);
    }
  }

  private async sendRpc(traced: TracedExchange): Promise<RawResponse> {
    const { accessKeyId, accessKeySecret } = this.server.account.identity;
    const body = new URLSearchParams(traced.form).toString();
    const { host, headers } = this.hostOf(traced);
    const hash = createHash('sha256').update(body).digest('hex');
    const signed: Record<string, string> = {
      ...headers,
      host,
      'x-acs-date': `${new Date().toISOString().slice(0, 19)}Z`,
      'x-acs-content-sha256': hash,
    };
    const request = { method: traced.method, pathname: traced.path, query: traced.query, headers: signed };
    signed.Authorization = OpenApiUtil.getAuthorization(
      request as Parameters<typeof OpenApiUtil.getAuthorization>[0],
      'ACS3-HMAC-SHA256',
      hash,
      accessKeyId,
      accessKeySecret,
    );
    return this.send(traced, signed, body);
  }

  private async sendOss(traced: TracedExchange): Promise<RawResponse> {
    const { accessKeyId, accessKeySecret } = this.server.account.identity;
    const { host, headers } = this.hostOf(traced);
    const bucket = /^(.+)\.127\.0\.0\.1/.exec(host)?.[1];
    const signed: Record<string, string> = { ...headers, host, 'x-oss-date': new Date().toUTCString() };
    const subresources = Object.fromEntries(Object.entries(traced.query).filter(([, value]) => value === ''));
    signed.authorization = signUtils.authorization(
      accessKeyId,
      accessKeySecret,
      signUtils.buildCanonicalString(
        traced.method,
        (bucket === undefined ? '' : `/${bucket}`) + decodeURIComponent(traced.path),
        { headers: signed, parameters: subresources },
      ),
    );
    return this.send(traced, signed, traced.request_body ?? '');
  }

  private hostOf(traced: TracedExchange): { host: string; headers: Record<string, string> } {
    const host = traced.request_headers.host.replace(/127\.0\.0\.1:\d+$/, this.server.endpoint);
    return { host, headers: { ...traced.request_headers } };
  }

  private send(traced: TracedExchange, headers: Record<string, string>, body: string): Promise<RawResponse> {
    const query = new URLSearchParams(traced.query).toString();
    const target = `${traced.path}${query === '' ? '' : `?${query}`}`;
    const proxied = headers.host.endsWith('.aliyuncs.com');
    return rawRequest(this.server.port, {
      method: traced.method,
      target: proxied ? `http://${headers.host}${target}` : target,
      headers,
      body,
    });
  }

  private compare(label: string, traced: TracedExchange, response: RawResponse): void {
    for (const name of HEADERS) {
      const expected = traced.response_headers[name];
      if (expected !== undefined) {
        expect({ label, [name]: response.headers[name.toLowerCase()] }).toEqual({ label, [name]: expected });
      }
    }
    if ('x-oss-version-id' in traced.response_headers) {
      expect(response.headers['x-oss-version-id'], label).toMatch(/^CAEQ/);
    }
    if (typeof traced.response_body === 'object') {
      compareValues(label, traced.response_body, JSON.parse(response.text));
    } else if (String(traced.response_body).startsWith('<?xml')) {
      compareValues(label, parser.parse(String(traced.response_body)), parser.parse(response.text));
    } else if (response.text !== '') {
      expect({ label, text: response.text }).toEqual({ label, text: traced.response_body });
    }
    const error = traced.response_headers['x-oss-err'];
    if (error !== undefined) {
      const decoded = (text: string) => parser.parse(Buffer.from(text, 'base64').toString()) as unknown;
      compareValues(label, decoded(error), decoded(String(response.headers['x-oss-err'])));
    }
  }
}

/** Everything that was traced must be there and mean the same; more may be there. */
function compareValues(at: string, traced: unknown, ours: unknown): void {
  const name = at.split('.').at(-1)!;
  if (Array.isArray(traced)) {
    expect({ at, length: (ours as unknown[])?.length }).toEqual({ at, length: traced.length });
    traced.forEach((value, index) => compareValues(`${at}.${index}`, value, (ours as unknown[])[index]));
  } else if (typeof traced === 'object' && traced !== null) {
    expect({ at, type: typeof ours }).toEqual({ at, type: 'object' });
    for (const [key, value] of Object.entries(traced)) {
      compareValues(`${at}.${key}`, value, (ours as Record<string, unknown>)[key]);
    }
  } else {
    const variable = VARIABLE.has(name);
    expect({ at, value: variable ? typeof ours : ours }).toEqual({ at, value: variable ? typeof traced : traced });
  }
}

const TRUST =
  '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["openanalytics.aliyuncs.com"]}}],"Version":"1"}';

const SCENARIOS: {
  readonly files: readonly string[];
  readonly options?: Partial<HttpServerOptions>;
  readonly before?: (server: StartedHttpServer) => void;
}[] = [
  { files: ['full_create_serial.jsonl', 'full_refresh_serial.jsonl', 'full_destroy_serial.jsonl'] },
  { files: ['mns_create.jsonl'] },
  {
    files: ['services_first.jsonl', 'services_already.jsonl'],
    before: ({ account }) => {
      account.activation.deactivate('oss');
      account.activation.deactivate('ons');
    },
  },
  {
    files: ['errors_role_exists.jsonl'],
    before: ({ account }) =>
      void account.ram.createRole({
        roleName: 'AliyunOpenAnalyticsAccessingMQRole',
        assumeRolePolicyDocument: TRUST,
      }),
  },
  {
    files: ['errors_throttle_once.jsonl'],
    options: {
      faults: {
        errors: [
          { action: 'ram.CreateRole', code: 'Throttling.User' },
          { action: 'ons.OnsTopicCreate', code: 'Throttling.User' },
        ],
      },
    },
  },
  { files: ['errors_topic_slow.jsonl'], options: { faults: { topicReads: 3 } } },
];

describe('traces of the real provider', () => {
  it.for(SCENARIOS)('$files', async ({ files, options, before }, context) => {
    if (FOLDER === undefined) {
      context.skip('ALICLOUD_TRACES does not name the folder of the traces');
      return;
    }
    const server = await startHttpServer(options);
    try {
      before?.(server);
      const replay = new Replay(server);
      for (const file of files) {
        expect(await replay.run(file)).toBeGreaterThan(0);
      }
    } finally {
      await server.stop();
    }
  });
});
