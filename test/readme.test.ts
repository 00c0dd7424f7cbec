import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { terraformBinary } from '../lib/cli/requirements';
import { parseSettings } from '../stacks/settings';
import { adviceOn } from '../stacks/terraform-events';
import { synthesisedExamples } from './examples-synthesised';
import { hasTerraform } from './local-cloud/terraform/workspace';
import { ROOT } from './run-node';
import { scratchFolder } from './scratch';

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const FILES = ['README.md', 'README.zh-CN.md'];

/** All fenced blocks of a page: what stands beside the fence, and the code without comments of commands. */
const fenced = (text: string) =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, body]) => ({
    language,
    code: body.replace(/(?:^| +)# .*$/gm, '').trim(),
  }));

const blocks = (text: string, language: string) =>
  fenced(text)
    .filter((block) => block.language === language)
    .map(({ code }) => code);

/** A diagram without what is translated in it: the texts of nodes and arrows. */
const withoutLabels = (code: string) => code.replace(/\[[^\]]*\]|-- [^-]+ -->/g, '…');

describe.each(FILES)('%s', (file) => {
  const text = read(file);

  it('shows the code of an example that a test deploys', () => {
    const [code] = blocks(text, 'ts');
    expect(read('examples/minimal/main.ts')).toContain(code);
  });

  it('shows the baseline as an example that a test deploys has it', () => {
    const [code] = blocks(text, 'ts').filter((block) => block.includes('Baseline.apply'));
    expect(read('examples/baseline/main.ts')).toContain(code);
  });

  it('lists what the construct makes', async () => {
    const stack = (await synthesisedExamples()).minimal as Record<'resource' | 'data' | 'output', object>;
    const rows = [...text.matchAll(/^\| (.*?) \| .* \|$/gm)].map(([, cell]) => cell);
    const listed = rows.flatMap((cell) => {
      const [first, ...more] = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      const base = first?.replace(/_(bucket|instance|instances)$/, (end) => (end === '_bucket' ? end : ''));
      return first ? [first, ...more.map((end) => `${end === '_ram_roles' ? 'data.alicloud' : base}${end}`)] : [];
    });
    expect(listed.sort()).toEqual(
      [
        ...Object.keys(stack.resource),
        ...Object.keys(stack.data).map((type) => `data.${type}`),
        ...Object.keys(stack.output),
      ].sort(),
    );
  });

  it('shows settings that are valid', () => {
    for (const block of blocks(text, 'yaml')) {
      expect(parseSettings(`region: cn-hangzhou\n${block}`, file).environments).not.toEqual({});
    }
  });

  it('shows a mirror from which Terraform downloads the provider', (ctx) => {
    const binary = terraformBinary();
    ctx.skip(
      !hasTerraform || binary.includes('tofu'),
      'there is no terraform, or opentofu, which has another registry',
    );
    const [mirror] = blocks(text, 'hcl');
    expect(mirror).toContain('"https://mirrors.aliyun.com/terraform/"');
    const folder = scratchFolder();
    const file = path.join(folder, 'cli.tfrc');
    // Nothing listens there: the error names where Terraform looked.
    fs.writeFileSync(file, mirror.replace('https://mirrors.aliyun.com/terraform/', 'https://127.0.0.1:1/mirror/'));
    const configuration =
      'terraform {\n  required_providers {\n    alicloud = { source = "aliyun/alicloud" }\n  }\n}\n';
    fs.writeFileSync(path.join(folder, 'main.tf'), configuration);
    const { status, stdout, stderr } = spawnSync(binary, [`-chdir=${folder}`, 'init', '-no-color'], {
      encoding: 'utf8',
      env: {
        ...process.env,
        TF_CLI_CONFIG_FILE: file,
        TF_PLUGIN_CACHE_DIR: '',
        TF_REGISTRY_DISCOVERY_RETRY: '0',
        HTTPS_PROXY: '',
        https_proxy: '',
      },
    });
    expect({ status, said: stdout + stderr }).toEqual({
      status: 1,
      said: expect.stringContaining('https://127.0.0.1:1/mirror/registry.terraform.io/aliyun/alicloud'),
    });
    expect(adviceOn([stderr])).toEqual([expect.stringContaining('a mirror')]);
  });

  it('names the terminal of cdktf-cli that this package installs itself', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    const [overrides] = blocks(text, 'json');
    const name = '@cdktf/node-pty-prebuilt-multiarch';
    expect(JSON.parse(overrides)).toEqual({ overrides: { [name]: devDependencies[name] } });
  });
});

it('both READMEs are in step', () => {
  const [english, chinese] = FILES.map(read);
  const shape = (text: string) => text.split('\n').flatMap((line) => /^(#+|\||- \*\*|```)/.exec(line)?.[0] ?? []);
  expect(shape(chinese)).toEqual(shape(english));
  const codeOf = (text: string) =>
    fenced(text).map(({ language, code }) => [language, language === 'mermaid' ? withoutLabels(code) : code]);
  expect(codeOf(chinese)).toEqual(codeOf(english));
});
