import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { App, TerraformStack } from 'cdktf';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { DlaMqNotification, MqInstance, OpenAnalyticsMqRole } from '../lib';
import * as packaged from '../lib/provider-schema/gen/provider/index';
import { ROOT } from './run-node';
import { scratchFolder } from './scratch';
import { synth } from './synth';

/** Bindings that a team made with `cdktf get` for itself: other classes, another version of the provider. */
function ownBindings(): typeof packaged {
  const folder = scratchFolder();
  const source = fs
    .readFileSync(path.join(ROOT, 'lib/provider-schema/gen/provider/index.ts'), 'utf8')
    // What the package adds to what the generator writes.
    .replace(/^import .*cdktf-line';$/m, '')
    .replaceAll('sameCdktf(scope)', 'scope');
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const file = path.join(folder, 'provider.js');
  fs.writeFileSync(file, outputText.replace(/providerVersionConstraint: '[^']+'/, "providerVersion: '1.286.0'"));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  return createRequire(file)(file) as typeof packaged;
}

function app({ AlicloudProvider }: typeof packaged) {
  const stack = new TerraformStack(new App(), 'team');
  new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });
  const provider = new AlicloudProvider(stack, 'other', { alias: 'other', region: 'cn-shanghai', accountId: '2' });
  new DlaMqNotification(stack, 'default').addChannel('orders');
  const role = OpenAnalyticsMqRole.fromRoleName(stack, 'role');
  const instance = MqInstance.fromInstanceId(stack, 'instance', 'MQ_INST_1_a', { provider });
  new DlaMqNotification(stack, 'alias', { provider, role, instance });
  const { terraform, ...others } = synth(stack);
  return { versions: terraform.required_providers, others };
}

it("a team's own bindings and provider give the same stack as the package's", () => {
  const own = ownBindings();
  expect(own.AlicloudProvider).not.toBe(packaged.AlicloudProvider);
  const [theirs, ours] = [app(own), app(packaged)];
  expect(theirs.others).toEqual(ours.others);
  expect(theirs.versions).toEqual({ alicloud: { source: 'aliyun/alicloud', version: '1.286.0' } });
  expect(ours.versions.alicloud.version).toMatch(/^~> 1\.\d+$/);
});
