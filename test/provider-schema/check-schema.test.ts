import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_ADDRESS, providerSchema, type ProviderSchema } from '../../lib/provider-schema/schema';

const ROOT = path.join(__dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'check-schema-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function check(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', path.join(ROOT, 'scripts/check-schema.ts'), ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, { cwd: ROOT }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

function schemaFile(name: string, schemas: { [address: string]: ProviderSchema }): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, JSON.stringify({ format_version: '1.0', provider_schemas: schemas }));
  return file;
}

describe.concurrent('schema:check', () => {
  it('exits 0 with one line when nothing differs', async () => {
    const result = await check(schemaFile('equal.json', { 'registry.opentofu.org/aliyun/alicloud': providerSchema() }));
    expect(result).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+ types and the provider compared: 0 differences\n$/),
      stderr: '',
    });
  });

  it('exits 1 and prints each difference', async () => {
    const schema = providerSchema();
    const resource_schemas = { ...schema.resource_schemas, alicloud_ons_group: undefined as never };
    const result = await check(schemaFile('differs.json', { [PROVIDER_ADDRESS]: { ...schema, resource_schemas } }));
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('resource.alicloud_ons_group: the provider does not have this type\n');
    expect(result.stdout).toContain(': 1 differences');
  });

  it('exits 2 without a file', async () => {
    const result = await check();
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('expected one file, got 0 arguments');
    expect(result.stderr).toContain('usage: npm run schema:check -- FILE');
  });

  it('exits 2 when the file is not JSON', async () => {
    const file = path.join(folder, 'text.json');
    fs.writeFileSync(file, 'terraform {}');
    const result = await check(file);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/cannot read .*text\.json as JSON/);
    expect(result.stderr).not.toContain('    at ');
  });

  it('exits 2 when the file holds another provider', async () => {
    const result = await check(schemaFile('other.json', { 'registry.terraform.io/hashicorp/aws': providerSchema() }));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`holds registry.terraform.io/hashicorp/aws, expected ${PROVIDER_ADDRESS}`);
  });
});
