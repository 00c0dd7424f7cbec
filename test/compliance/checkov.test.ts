import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { synthesisedExamples } from '../examples-synthesised';
import { scratchFolder } from '../scratch';
import { checkov, unmet } from './checkov';

/** checkov's rules for what the package makes, without those that `checkov.yaml` gives a reason for. */
const RULES = ['CKV_ALI_1', 'CKV_ALI_6', 'CKV_ALI_10', 'CKV_ALI_12'];

let plain: Record<string, object>;
let withBaseline: Record<string, object>;

beforeAll(async () => {
  plain = await synthesisedExamples();
  withBaseline = await synthesisedExamples({ kmsKeyId: 'key-of-the-team', detachFullAccess: true });
});

/** A folder with stacks where checkov looks for them. */
function folderOf(stacks: Record<string, object>): string {
  const folder = scratchFolder();
  for (const [name, stack] of Object.entries(stacks)) {
    fs.mkdirSync(path.join(folder, name));
    fs.writeFileSync(path.join(folder, name, 'cdk.tf.json'), JSON.stringify(stack, null, 2));
  }
  return folder;
}

/** What is wrong with each stack. */
async function wrong(stacks: Record<string, object>): Promise<string[]> {
  const checks = await checkov(folderOf(stacks));
  return Object.keys(stacks).flatMap((name) => unmet(checks, `/${name}/cdk.tf.json`, RULES));
}

describe('checkov', () => {
  it('passes every example that the baseline is brought to', async () => {
    expect(Object.keys(withBaseline).length).toBeGreaterThanOrEqual(6);
    expect(await wrong(withBaseline)).toEqual([]);
  });

  it('names what the same examples do not have by themselves', async () => {
    expect((await wrong({ minimal: plain.minimal })).map((line) => line.split(' fails ')[1]).sort()).toEqual([
      'CKV_ALI_10',
      'CKV_ALI_12',
      'CKV_ALI_6',
    ]);
  });
});

describe('a run that proves nothing fails', () => {
  it('on a folder without a stack', async () => {
    await expect(checkov(scratchFolder())).rejects.toThrow('got none');
  });

  it('on a stack whose rules were not evaluated, as with required_version', async () => {
    const { terraform, ...rest } = withBaseline.minimal as { terraform: object };
    const silent = { ...rest, terraform: { ...terraform, required_version: '>= 1.5' } };
    const said = await wrong({ minimal: silent }).catch((error: Error) => [error.message]);
    expect(said).not.toEqual([]);
  });

  it('on a file that is no JSON', async () => {
    const folder = folderOf({ minimal: withBaseline.minimal, broken: {} });
    fs.writeFileSync(path.join(folder, 'broken/cdk.tf.json'), '{ "resource": ');
    const said = await checkov(folder).then(
      (checks) => unmet(checks, '/broken/cdk.tf.json', RULES),
      (error: Error) => [error.message],
    );
    expect(said).not.toEqual([]);
  });
});
