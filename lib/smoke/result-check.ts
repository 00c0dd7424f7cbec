import { UsageError } from '../cli/command-line';
import { parseOssLocation } from '../cloud/oss-location';
import { cloudCredentials, type Environment, NO_CLOUD_CREDENTIALS, serviceEndpoint } from './environment';
import { SmokeFailure } from './failure';
import { type QueryTask } from './query-task';

/** What the result must be like, beside the receipt. */
export interface ResultExpectations {
  /**
   * Exact `row_count`.
   *
   * @default - any
   */
  readonly expectRows?: number;
  /**
   * Least `row_count`.
   *
   * @default - any
   */
  readonly expectRowsAtLeast?: number;
  /**
   * Whether the result file must exist in OSS and not be empty. Needs the keys of the cloud account. Its rows are not
   * counted: DLA documents neither its header nor its quoting.
   *
   * @default false
   */
  readonly checkResultFile?: boolean;
}

/** Where the result file is looked for. */
export interface ResultAccess {
  readonly region: string;
  readonly env: Environment;
  readonly millis: number;
  readonly signal: AbortSignal;
}

/** Says before the test what cannot be checked after it. @throws UsageError */
export function checkExpectations(expectations: ResultExpectations, env: Environment): void {
  const { expectRows, expectRowsAtLeast, checkResultFile } = expectations;
  if (expectRows !== undefined && expectRowsAtLeast !== undefined) {
    throw new UsageError('expected one of expectRows and expectRowsAtLeast, got both');
  }
  if (checkResultFile) {
    if (cloudCredentials(env) === undefined) {
      throw new UsageError(
        `the result file cannot be checked: ${NO_CLOUD_CREDENTIALS} (--check-result-file reads it from OSS)`,
      );
    }
    serviceEndpoint('OSS', '-', env);
  }
}

/** @throws SmokeFailure when the result is not as expected, or the error of the network that kept it from being seen */
export async function checkResult(
  task: QueryTask,
  expectations: ResultExpectations,
  access: ResultAccess,
): Promise<void> {
  const { expectRows, expectRowsAtLeast } = expectations;
  if (expectRows !== undefined || expectRowsAtLeast !== undefined) {
    // Not as a number: a count may be larger than a double holds exactly.
    const rows = /^\d+$/.test(task.rowCount ?? '') ? BigInt(task.rowCount!) : undefined;
    const wanted = expectRows === undefined ? `at least ${expectRowsAtLeast}` : String(expectRows);
    const met =
      rows !== undefined && (expectRows === undefined ? rows >= expectRowsAtLeast! : rows === BigInt(expectRows));
    if (!met) {
      throw new SmokeFailure(
        'rows-not-expected',
        `the receipt was sent, but row_count differs: expected ${wanted}, got ${task.rowCount ?? 'NULL'}`,
      );
    }
  }
  if (expectations.checkResultFile) {
    await checkFile(task.resultFile ?? undefined, access);
  }
}

async function checkFile(url: string | undefined, access: ResultAccess): Promise<void> {
  const fail = (what: string): never => {
    throw new SmokeFailure('result-file', `the receipt was sent, but the result file ${what}`);
  };
  // Never built from parts: the bucket's name was seen in more than one form.
  const location = parseOssLocation(url ?? '');
  if (!location?.key) {
    return fail(`has no usable address: expected oss://bucket/key, got ${url === undefined ? 'none' : `"${url}"`}`);
  }
  const [{ askOss }, { withTimeLimit }] = await Promise.all([import('./oss.js'), import('./http.js')]);
  const { env, region } = access;
  const answer = await withTimeLimit(access.millis, access.signal, (signal) =>
    askOss({
      method: 'HEAD',
      region,
      ...location,
      credentials: cloudCredentials(env)!,
      env,
      signal,
    }),
  );
  if (answer.status >= 500 || answer.status === 429) {
    throw Object.assign(new Error(`OSS answered with ${answer.told}`), { code: 'UNAVAILABLE' });
  }
  if (answer.status !== 200) {
    fail(answer.status === 404 ? `${url} does not exist` : `${url} could not be checked: ${answer.told}`);
  }
  if (!answer.contentLength) {
    fail(answer.contentLength === 0 ? `${url} is empty` : `${url} was told without its length`);
  }
}
