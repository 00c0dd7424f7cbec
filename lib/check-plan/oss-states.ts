import type { CloudCredentials, Environment } from '../smoke/environment';
import { withTimeLimit } from '../smoke/http';
import { askOss } from '../smoke/oss';

/** Time to look through the states in a bucket. */
const LOOK_MILLIS = 20_000;
/** Most that OSS lists at once. */
const MAX_STATES = 1000;

/** A bucket with states, and how it is reached. */
export interface StateBucket {
  readonly bucket: string;
  readonly region: string;
  /** @default - as Terraform's own backend finds OSS */
  readonly endpoint?: string;
  readonly credentials: CloudCredentials;
  readonly env: Environment;
}

/** Reads states in a bucket. */
export interface OssStates {
  /**
   * Keys that begin with a text.
   *
   * @throws Error when not all of them are known
   */
  list(prefix: string): Promise<string[]>;
  /**
   * @returns undefined where there is none
   * @throws Error when it cannot be read
   */
  read(key: string): Promise<string | undefined>;
}

/** Looks into a bucket with states, for a limited time. */
export function lookIntoBucket<T>(
  { bucket, region, credentials, endpoint, env }: StateBucket,
  outer: AbortSignal,
  look: (states: OssStates, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = endpoint || env.ALICLOUD_OSS_ENDPOINT || env.OSS_ENDPOINT;
  return withTimeLimit(LOOK_MILLIS, outer, async (signal) => {
    const ask = async (key: string, parameters?: Readonly<Record<string, string>>) => {
      const { status, code, body } = await askOss({
        ...{ method: 'GET', region, bucket, key, parameters, credentials },
        ...{ env: { ...env, OSS_ENDPOINT: given }, signal },
      });
      if (status === 404 && code === 'NoSuchKey') {
        return undefined;
      }
      if (status !== 200) {
        throw new Error(`OSS answered ${status} ${code ?? ''}`.trimEnd());
      }
      return body;
    };
    const list = async (prefix: string) => {
      const listed = (await ask('', { prefix, 'encoding-type': 'url', 'max-keys': String(MAX_STATES) }))!;
      if (/<IsTruncated>\s*true/.test(listed)) {
        throw new Error(`expected at most ${MAX_STATES} states, got more`);
      }
      return [...listed.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) =>
        decodeURIComponent(key.replaceAll('+', '%20')),
      );
    };
    return look({ list, read: (key) => ask(key) }, signal);
  });
}
