import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingRequirement } from '../../lib/cli/requirements';
import { scratchFolder } from '../scratch';

/** An environment in which `terraform` is a program that says it has a version. */
function withTerraform(version: string): NodeJS.ProcessEnv {
  const folder = scratchFolder();
  const file = path.join(folder, 'terraform');
  fs.writeFileSync(file, `#!/bin/sh\necho '{ "terraform_version": "${version}" }'\n`, { mode: 0o755 });
  return { PATH: `${folder}:${process.env.PATH}` };
}

describe('missingRequirement', () => {
  it.each(['1.5.0', '1.5.7', '1.11.4', '2.0.0', '1.12.0-beta1'])('is content with terraform %s', (version) => {
    expect(missingRequirement(withTerraform(version))).toBeUndefined();
  });

  it.each(['1.4.7', '0.15.5'])('refuses terraform %s, naming what is needed', (version) => {
    expect(missingRequirement(withTerraform(version))).toBe(`expected terraform 1.5.0 or newer, got ${version}`);
  });

  it('refuses a program that is not terraform', () => {
    expect(missingRequirement({ ...process.env, TERRAFORM_BINARY_NAME: 'true' })).toBe(
      'true does not tell its version: expected terraform 1.5.0 or newer, got ""',
    );
  });

  it('passes on what a terraform that cannot run says', () => {
    const folder = scratchFolder();
    fs.writeFileSync(path.join(folder, 'terraform'), '#!/bin/sh\necho "out of luck" >&2\nexit 1\n', { mode: 0o755 });
    expect(missingRequirement({ PATH: `${folder}:${process.env.PATH}` })).toBe(
      'terraform does not tell its version: expected terraform 1.5.0 or newer, got "out of luck"',
    );
  });

  it('takes a name that is empty for none, and asks without arguments of the environment', () => {
    const environment = { ...withTerraform('1.5.0'), TERRAFORM_BINARY_NAME: '', TF_CLI_ARGS: '-bogus' };
    expect(missingRequirement(environment)).toBeUndefined();
  });

  it('says that a path leads nowhere', () => {
    expect(missingRequirement({ TERRAFORM_BINARY_NAME: '/no/tofu' })).toMatch(/^\/no\/tofu does not exist: expected/);
  });

  it('says that a file is no program', () => {
    const file = path.join(scratchFolder(), 'terraform');
    fs.writeFileSync(file, '', { mode: 0o644 });
    expect(missingRequirement({ TERRAFORM_BINARY_NAME: file })).toMatch(`${file} cannot be run (EACCES): expected`);
  });

  it('says how to go on without terraform', () => {
    expect(missingRequirement({ PATH: scratchFolder() })).toBe(
      'terraform is not on PATH: expected terraform 1.5.0 or newer, or opentofu with TERRAFORM_BINARY_NAME=tofu',
    );
  });
});
