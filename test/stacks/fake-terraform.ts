import * as fs from 'node:fs';
import * as path from 'node:path';
import { scratchFolder } from '../scratch';

/** What a Terraform says that changes something, by verb, as lines of its `-json`. */
const SUMMARY = (operation: string, changes: object) =>
  JSON.stringify({ type: 'change_summary', changes: { add: 0, change: 0, remove: 0, ...changes, operation } });

/** A line that Terraform plans to do something with a resource. */
export const planned = (action: string, addr: string) =>
  JSON.stringify({ type: 'planned_change', change: { resource: { addr }, action } });

/** A line with an error. */
export const failed = (summary: string, detail = '', address?: string) =>
  JSON.stringify({ type: 'diagnostic', diagnostic: { severity: 'error', summary, detail, address } });

/** Lines of shell that say lines of Terraform. */
export const says = (...lines: readonly string[]) => lines.map((line) => `echo '${line}'`).join('\n');

const DEFAULTS: Readonly<Record<string, string>> = {
  version: `echo '{ "terraform_version": "1.11.4" }'`,
  plan: `${says(SUMMARY('plan', { add: 1 }))}\nexit 2`,
  apply: says(SUMMARY('apply', { add: 1 })),
  output: 'echo "{}"',
  show: '[ "$2" = -json ] && echo "{}" || echo "the plan of $stack"',
  state: '[ "$2" = pull ] && echo "{}" || { echo alicloud_ram_role.role; echo data.alicloud_ons_instances.all; }',
};

/** A project folder with settings, and a program in the place of Terraform that does what a test says. */
export class FakeTerraform {
  public readonly folder = scratchFolder();
  public readonly program = path.join(this.folder, 'terraform');
  public readonly env: NodeJS.ProcessEnv;

  constructor() {
    fs.writeFileSync(
      this.program,
      `#!/bin/sh
case $1 in -chdir=*) stack=\${1##*/}; shift;; esac
echo "$stack $*" >> '${this.folder}/calls'
for name in "$stack.$1" "$1"; do
  [ -f "${this.folder}/$name.sh" ] && { . "${this.folder}/$name.sh"; break; }
done
exit 0
`,
      { mode: 0o755 },
    );
    Object.entries(DEFAULTS).forEach(([verb, script]) => this.on(verb, script));
    fs.writeFileSync(
      path.join(this.folder, 'settings.yaml'),
      'region: cn-hangzhou\nenvironments: { dev: { smoke: off } }\n',
    );
    this.env = { ...process.env, TERRAFORM_BINARY_NAME: this.program };
  }

  /** Lets it do something else for a verb of all stacks, or of one (`account.plan`). */
  public on(verb: string, script: string): void {
    fs.writeFileSync(path.join(this.folder, `${verb}.sh`), `${script}\n`);
  }

  /** What it was asked for: stack and verb. */
  public calls(verb?: string): string[] {
    const lines = fs.readFileSync(path.join(this.folder, 'calls'), 'utf8').trim().split('\n');
    const calls = lines.map((line) => line.split(' ', 2).join(' '));
    return verb === undefined ? calls : calls.filter((call) => call.endsWith(` ${verb}`));
  }

  public file(name: string): string {
    return path.join(this.folder, name);
  }
}
