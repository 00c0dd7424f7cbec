import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { terraformBinary } from './requirements';

/**
 * Why Terraform refuses to work on the state of a synthesised stack with the credentials at hand, as `StateOwner` lays
 * down, or undefined. Nothing is changed.
 *
 * @param folder the stack's folder below `cdktf.out`
 */
export function stateRefusal(folder: string, env: NodeJS.ProcessEnv): string | undefined {
  const terraform = (...args: string[]) =>
    spawnSync(terraformBinary(env), [`-chdir=${folder}`, ...args], { encoding: 'utf8', maxBuffer: 1 << 28, env });

  let init = terraform('init', '-input=false', '-no-color');
  if (init.status !== 0) {
    // The lock file may be of an earlier release, with another version of the provider.
    init = terraform('init', '-input=false', '-no-color', '-upgrade');
  }
  if (init.status !== 0) {
    return `terraform init failed: ${(init.stderr || String(init.error)).trim()}`;
  }
  const { resource } = JSON.parse(fs.readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8')) as {
    resource: { terraform_data: Record<string, unknown> };
  };
  const owner = Object.keys(resource.terraform_data).find((name) => name.startsWith('state-owner_'))!;
  const plan = terraform('plan', '-json', '-input=false', '-lock=false', `-target=terraform_data.${owner}`);
  return plan.status === 0 ? undefined : errorsOf(plan.stdout) || plan.stderr.trim();
}

function errorsOf(lines: string): string {
  return lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map(
      (line) => (JSON.parse(line) as { diagnostic?: { severity: string; summary: string; detail: string } }).diagnostic,
    )
    .filter((diagnostic) => diagnostic?.severity === 'error')
    .map((diagnostic) => diagnostic!.detail || diagnostic!.summary)
    .join('; ');
}
