import * as fs from 'node:fs';
import { UsageError } from '../lib/cli/command-line';
import { readCommandLine } from '../lib/cli/options';
import { PROVIDER_ADDRESS, providerSchema, type ProviderSchema } from '../lib/provider-schema/schema';
import { schemaDifferences } from '../lib/provider-schema/schema-differences';

const USAGE = `usage: npm run schema:check -- FILE

Compares the tables of lib/provider-schema with FILE, what terraform providers schema -json told of the real provider.

Exit codes: 0 no difference, 1 differences, which are listed, 2 usage

Example:
  terraform providers schema -json > schema.json && npm run schema:check -- schema.json`;

/** The file of the command line, or undefined where only help is wanted. */
function fileArgument(): string | undefined {
  const { values, words } = readCommandLine(process.argv.slice(2), { help: { type: 'boolean', short: 'h' } });
  if (values.help) {
    return undefined;
  }
  if (words.length !== 1) {
    throw new UsageError(`expected one file, got ${words.length} arguments\n${USAGE}`);
  }
  return words[0];
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
  const file = fileArgument();
  if (file === undefined) {
    console.log(USAGE);
    return 0;
  }
  const ours = providerSchema();
  const differences = schemaDifferences(ours, readSchema(file));
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
