import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { isOlder } from './versions';

const LEAST_TERRAFORM = '1.5.0';

/** What is missing on this machine for a deployment, as one line, or undefined when all is there. */
export function missingRequirement(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const binary = terraformBinary(environment);
  const { stdout, stderr, error } = spawnSync(binary, ['version', '-json'], {
    encoding: 'utf8',
    // What Terraform thinks of arguments in a variable it tells better itself.
    env: { ...environment, CHECKPOINT_DISABLE: '1', TF_CLI_ARGS: '', TF_LOG: '' },
  });
  if (error) {
    const why = whyNotRun(binary, (error as NodeJS.ErrnoException).code);
    return (
      `${binary} ${why}: expected terraform ${LEAST_TERRAFORM} or newer, ` +
      'or opentofu with TERRAFORM_BINARY_NAME=tofu'
    );
  }
  const version = /"terraform_version":\s*"([^"]+)"/.exec(stdout)?.[1];
  if (version === undefined) {
    const said = (stderr || stdout).trim().split('\n')[0];
    return `${binary} does not tell its version: expected terraform ${LEAST_TERRAFORM} or newer, got ${JSON.stringify(said)}`;
  }
  if (isOlder(version, LEAST_TERRAFORM)) {
    return `expected ${binary} ${LEAST_TERRAFORM} or newer, got ${version}`;
  }
  return undefined;
}

function whyNotRun(binary: string, code: string | undefined): string {
  if (code !== 'ENOENT') {
    return `cannot be run (${code})`;
  }
  return binary.includes('/') ? 'does not exist' : 'is not on PATH';
}

/** Terraform, or what cdktf-cli is told to run in its place. */
export function terraformBinary(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.TERRAFORM_BINARY_NAME || 'terraform';
}

/** What is wrong where stacks that are worked on at once would share the folder of Terraform's data; undefined for nothing. */
export function sharedDataFolder({ TF_DATA_DIR: folder = '' }: NodeJS.ProcessEnv): string | undefined {
  return path.isAbsolute(folder)
    ? `TF_DATA_DIR: expected none or a relative folder, as each stack needs one of its own, got ${JSON.stringify(folder)}`
    : undefined;
}
