import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** What is not met, and the rules that are given a reason. */
const CONFIG = path.join(__dirname, 'checkov.yaml');

/** What checkov said about one resource. */
export interface Check {
  readonly rule: string;
  readonly resource: string;
  /** File below the folder that was checked. */
  readonly file: string;
  readonly passed: boolean;
}

interface Report {
  readonly results: Record<'passed_checks' | 'failed_checks', readonly RawCheck[]> & {
    readonly parsing_errors: readonly string[];
  };
}

interface RawCheck {
  readonly check_id: string;
  readonly resource: string;
  readonly file_path: string;
}

/**
 * Runs checkov on all synthesised stacks below a folder.
 *
 * @throws Error if it is not installed, could not read a file, or checked nothing
 */
export async function checkov(folder: string): Promise<Check[]> {
  const args = ['--directory', folder, '--config-file', CONFIG, '--skip-download', '--soft-fail', '--output', 'json'];
  const { stdout } = await promisify(execFile)('checkov', args, { maxBuffer: 64 << 20 }).catch((error: Error) => {
    throw 'code' in error && error.code === 'ENOENT'
      ? new Error('checkov is not installed: pip install --requirement test/compliance/requirements.txt')
      : error;
  });
  const report = JSON.parse(stdout) as Partial<Report>;
  // Where it has found nothing to check it says so in a report of another form, and is content.
  if (!report.results) {
    throw new Error(`expected checks of ${folder}, got none`);
  }
  const { passed_checks: passed, failed_checks: failed, parsing_errors: unread } = report.results;
  if (unread.length > 0) {
    throw new Error(`checkov cannot read ${unread.join(', ')}`);
  }
  return [...passed.map((one) => checkOf(one, true)), ...failed.map((one) => checkOf(one, false))];
}

function checkOf({ check_id: rule, resource, file_path: file }: RawCheck, passed: boolean): Check {
  return { rule, resource, file, passed };
}

/**
 * Holds the checks of a stack against the rules that it has to meet.
 *
 * @returns what is wrong, empty if nothing is
 */
export function unmet(checks: readonly Check[], file: string, rules: readonly string[]): string[] {
  const own = checks.filter((check) => check.file === file);
  return [
    ...own.filter(({ passed }) => !passed).map(({ rule, resource }) => `${file}: ${resource} fails ${rule}`),
    ...rules
      .filter((rule) => !own.some((check) => check.rule === rule))
      .map((rule) => `${file}: ${rule} was not evaluated`),
  ];
}
