import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, it } from 'vitest';
import * as constructs from '../../lib';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

it('API.md says what the code says of every entry point; `npm run api` brings it up to date', async () => {
  const file = path.join(scratchFolder(), 'API.md');
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/write-api.ts', file], { cwd: ROOT });
  expect(fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8')).toBe(fs.readFileSync(file, 'utf8'));
});

it('API.md has each of the entry points that the package exports', () => {
  const { exports } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const page = fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8');
  const documented = [...page.matchAll(/^# `(.+)`$/gm)].map(([, specifier]) => specifier);
  const code = Object.keys(exports).filter((subpath) => !/\.json$|\*/.test(subpath));
  expect(documented.sort()).toEqual(code.map((subpath) => `cdktf-alicloud-dla${subpath.slice(1)}`).sort());
});

/** What the examples take for granted. */
const GIVEN = `
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import * as constructs from 'cdktf-alicloud-dla';
import { LocalCloud, registryProviderConfig } from 'cdktf-alicloud-dla/local-cloud';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';
import { RamRole as RamRoleResource } from 'cdktf-alicloud-dla/provider-alicloud/ram-role';
import { RamUser as RamUserResource } from 'cdktf-alicloud-dla/provider-alicloud/ram-user';
import { missingCredentials, readChannels, runSmokeTest } from 'cdktf-alicloud-dla/smoke';
declare const app: App;
declare const stack: TerraformStack, accountStack: TerraformStack, formerStack: TerraformStack;
declare const logBucket: constructs.IOssBucket, instance: constructs.IMqInstance, region: string;
declare const assumeRolePolicyDocument: string;
`;

it('the examples of API.md compile', () => {
  const page = fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8');
  const examples = [...page.matchAll(/^#+ Examples?\n\n```ts\n(.*?)^```/gms)].map(([, code]) => code);
  expect(examples.length).toBeGreaterThan(20);
  const given = examples.map((code) => {
    const names = Object.keys(constructs).filter((name) => new RegExp(`(?<!\\.)\\b${name}\\b`).test(code));
    return `${GIVEN}import { ${names.join(', ')} } from 'cdktf-alicloud-dla';\nexport async function example() {\n${code}}\n`;
  });
  // Below the repository, where the package finds itself.
  const folder = scratchFolder(path.join(ROOT, 'dist'));
  const files = given.map((code, index) => {
    const file = path.join(folder, `example-${index}.ts`);
    fs.writeFileSync(file, code);
    return file;
  });
  const { options } = ts.convertCompilerOptionsFromJson(
    { target: 'ES2022', module: 'node16', strict: true, noEmit: true, esModuleInterop: true, skipLibCheck: true },
    ROOT,
  );
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(files, { ...options, types: ['node'] }));
  const said = diagnostics.map(({ file, start, messageText }) => {
    const line = file === undefined ? '' : file.text.slice(start).split('\n')[0];
    return `${ts.flattenDiagnosticMessageText(messageText, '\n')}: ${line}`;
  });
  expect(said).toEqual([]);
}, 120_000);
