import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { providerSchema, PROVIDER_ADDRESS } from '../lib/provider-schema/schema';

/**
 * What stacks demand of the provider: the current argument names of `alicloud_ram_role` exist since 1.252.0, and no
 * version is pinned.
 */
const VERSION_CONSTRAINT = '~> 1.252';

const TABLES = path.resolve(__dirname, '../lib/provider-schema');
const BINDINGS = path.join(TABLES, 'gen');
const HASH_FILE = '.inputs.sha256';

/** Hash of all that the bindings are made from: the tables, this script, and the generator's version. */
function inputsHash(): string {
  const hash = createHash('sha256');
  const tables = fs.readdirSync(TABLES).filter((file) => file.endsWith('.ts'));
  const generator = require.resolve('@cdktf/provider-generator/package.json');
  for (const file of [...tables.sort().map((table) => path.join(TABLES, table)), __filename, generator]) {
    hash.update(fs.readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

async function generate(target: string): Promise<void> {
  // When it is loaded, @cdktf/commons runs `terraform version`, and reports over the network when that fails.
  process.env.CHECKPOINT_DISABLE = '1';
  process.env.TF_CLI_CONFIG_FILE = os.devNull;
  // Loading the generator takes longer than the check whether it is needed.
  const { CodeMaker } = await import('codemaker');
  const { ConstructsMakerProviderTarget, Language, TerraformProviderConstraint } = await import('@cdktf/commons');
  const { TerraformProviderGenerator } =
    await import('@cdktf/provider-generator/lib/get/generator/provider-generator.js');
  // Two versions of codemaker and of the schema type are the same in shape, not in name: hence the casts.
  const code = new CodeMaker();
  // Without `provider_versions` the bindings carry the constraint and no exact version.
  const schema = { format_version: '1.0', provider_schemas: { [PROVIDER_ADDRESS]: providerSchema() } };
  const generator = new TerraformProviderGenerator(code as never, schema as never);
  generator.generate(
    new ConstructsMakerProviderTarget(
      new TerraformProviderConstraint({ name: 'alicloud', source: 'aliyun/alicloud', version: VERSION_CONSTRAINT }),
      Language.TYPESCRIPT,
    ),
  );
  await generator.save(target);
}

/** Whichever class an app makes first tells when the app is of another line of cdktf. */
function withCheckedScope(text: string): string {
  const checked = text.replaceAll('super(scope, id, {', 'super(sameCdktf(scope), id, {');
  return checked === text ? text : `import { sameCdktf } from '../../cdktf-line';\n${checked}`;
}

/**
 * Blocks are made when somebody reads or sets them: cdktf takes a stack trace for each, which is a quarter of the time
 * of a synth where no resource has a block.
 */
function withLazyBlocks(text: string): string {
  const made = /private (_\w+) = (new ([\w.]+)\(this, .*?\));(\s+public get \w+\(\) {\s+return) this\.\1;/g;
  const names = [...text.matchAll(made)].map(([, name]) => name);
  const lazy = text.replace(made, 'private $1?: $3;$4 (this.$1 ??= $2);');
  return names.reduce((result, name) => {
    const block = `this.${name.slice(1)}.internalValue`;
    return result
      .replaceAll(
        `this.${name}.internalValue = config.`,
        `if (config.${name.slice(1)} !== undefined) ${block} = config.`,
      )
      .replaceAll(`this.${name}.internalValue = `, `${block} = `)
      .replaceAll(`this.${name}.internalValue`, `this.${name}?.internalValue`);
  }, lazy);
}

async function main(): Promise<void> {
  const hash = inputsHash();
  const hashFile = path.join(BINDINGS, HASH_FILE);
  if (fs.existsSync(hashFile) && fs.readFileSync(hashFile, 'utf8') === hash) {
    return;
  }
  const scratch = fs.mkdtempSync(path.join(TABLES, '.gen-'));
  try {
    await generate(scratch);
    const made = path.join(scratch, 'providers', 'alicloud');
    for (const entry of fs.readdirSync(made, { recursive: true, encoding: 'utf8' })) {
      // Indexes and readme files are of no use where each type has its own subpath.
      if (/(^|\/)README\.md$|^(lazy-)?index\.ts$/.test(entry)) {
        fs.rmSync(path.join(made, entry));
      } else if (entry.endsWith('.ts')) {
        // The generator writes for a compiler that is less strict than ours.
        const file = path.join(made, entry);
        fs.writeFileSync(file, `// @ts-nocheck\n${withLazyBlocks(withCheckedScope(fs.readFileSync(file, 'utf8')))}`);
      }
    }
    fs.writeFileSync(path.join(made, HASH_FILE), hash);
    fs.rmSync(BINDINGS, { recursive: true, force: true });
    fs.renameSync(made, BINDINGS);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
