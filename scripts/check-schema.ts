import * as fs from 'node:fs';
import { UsageError } from '../lib/cli/command-line';
import { readCommandLine } from '../lib/cli/options';
import { PROVIDER_ADDRESS, providerSchema, type ProviderSchema } from '../lib/provider-schema/schema';
import { schemaDifferences } from '../lib/provider-schema/schema-differences';

const USAGE = 'usage: npm run schema:check -- FILE, where FILE holds the output of `terraform providers schema -json`';

function fileArgument(): string {
  const { words } = readCommandLine(process.argv.slice(2), {});
  if (words.length === 1) {
    return words[0];
  }
  throw new UsageError(`expected one file, received ${words.length} arguments\n${USAGE}`);
}

function readSchema(file: string): ProviderSchema {
  let document: { provider_schemas?: { [address: string]: ProviderSchema } } | null;
  try {
    document = JSON.parse(fs.readFileSync(file, 'utf8')) as typeof document;
  } catch (error) {
    throw new UsageError(`cannot read ${file} as JSON: ${(error as Error).message}\n${USAGE}`);
  }
  const found = document?.provider_schemas ?? {};
  // OpenTofu knows the same provider under its own registry's name.
  const address = Object.keys(found).find((name) => name.endsWith('/aliyun/alicloud'));
  if (!address) {
    const addresses = Object.keys(found).join(', ') || 'no provider';
    throw new UsageError(`${file} holds ${addresses}, expected ${PROVIDER_ADDRESS}\n${USAGE}`);
  }
  return found[address];
}

function main(): number {
  const ours = providerSchema();
  const differences = schemaDifferences(ours, readSchema(fileArgument()));
  for (const difference of differences) {
    console.log(difference);
  }
  const types = Object.keys(ours.resource_schemas).length + Object.keys(ours.data_source_schemas).length;
  console.log(`${types} types and the provider compared: ${differences.length} differences`);
  return differences.length > 0 ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof UsageError)) {
    throw error;
  }
  console.error(`schema:check: ${error.message}`);
  process.exitCode = 2;
}
