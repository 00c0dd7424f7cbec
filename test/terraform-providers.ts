import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe } from 'vitest';
import { type LocalCloud, type ProviderSource, registryProviderConfig } from '../lib/local-cloud';

/** A way in which Terraform reaches the local cloud. */
export interface TestedProvider {
  readonly provider: ProviderSource;
  /** Variables for Terraform, beside those of the local cloud. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The provider that the local cloud serves, to a Terraform without the machine's own configuration. */
export const SERVED: TestedProvider = { provider: 'local', environment: { TF_CLI_CONFIG_FILE: os.devNull } };

/** Executable of the real provider; with it the whole deployments run a second time. */
const REAL_PROVIDER = process.env.REAL_PROVIDER;
/** Limit for whole deployments on a busy machine, in milliseconds. */
const TIMEOUT = 120_000;

/** Whole deployments, through the provider that the local cloud serves and, where it is installed, the real one. */
export function withEachProvider(name: string, body: (tested: TestedProvider) => void): void {
  describe(name, { timeout: TIMEOUT }, () => body(SERVED));
  describe.skipIf(REAL_PROVIDER === undefined)(
    `${name}, through the real provider (skipped where REAL_PROVIDER does not name its executable)`,
    { timeout: TIMEOUT },
    () => body({ provider: 'registry', environment: { TF_CLI_CONFIG_FILE: mirrorOf(REAL_PROVIDER) } }),
  );
}

/** A configuration of Terraform that installs the executable, and nothing from anywhere else. */
function mirrorOf(executable: string | undefined): string | undefined {
  if (executable === undefined) {
    return undefined;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'provider-mirror-'));
  const version = /_v(\d+\.\d+\.\d+)/.exec(path.basename(executable))?.[1] ?? '1.286.0';
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  for (const registry of ['registry.terraform.io', 'registry.opentofu.org']) {
    const platform = path.join(folder, registry, 'aliyun/alicloud', version, `${process.platform}_${architecture}`);
    fs.mkdirSync(platform, { recursive: true });
    // Linked after a look: a link to nothing would be told as a provider that no registry has.
    fs.symlinkSync(fs.realpathSync(executable), path.join(platform, `terraform-provider-alicloud_v${version}`));
  }
  const file = path.join(folder, 'terraform.rc');
  fs.writeFileSync(
    file,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(folder)}\n  }\n}\n`,
  );
  return file;
}

/** Gives every alicloud provider in a synthesised stack what the real one needs to work with a local cloud. */
export function pointProviders(stackFile: string, { endpoints }: LocalCloud): void {
  const stack = JSON.parse(fs.readFileSync(stackFile, 'utf8')) as { provider: { alicloud: { region: string }[] } };
  for (const provider of stack.provider.alicloud) {
    for (const [name, value] of Object.entries(registryProviderConfig(endpoints.environment, provider.region))) {
      Object.assign(provider, { [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]: value as unknown });
    }
  }
  fs.writeFileSync(stackFile, JSON.stringify(stack));
}
