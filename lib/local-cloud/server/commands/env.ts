import { UsageError } from '../../../cli/command-line';
import { command } from '../../../cli/commands';
import { inQuotes } from '../../../cli/shell';
import { unsetVariables } from '../environment';
import { findCloud } from '../find-cloud';
import { WHICH } from './options';

const FORMATS = {
  shell: (environment: Readonly<Record<string, string>>): string =>
    lines([
      `unset ${unsetVariables(process.env).join(' ')}`,
      ...Object.entries(environment).map(([name, value]) => `export ${name}=${inQuotes(value)}`),
    ]),
  fish: (environment: Readonly<Record<string, string>>): string =>
    lines([
      `set -e ${unsetVariables(process.env).join(' ')}`,
      ...Object.entries(environment).map(([name, value]) => `set -gx ${name} ${fishQuoted(value)}`),
    ]),
  json: (environment: Readonly<Record<string, string>>): string => `${JSON.stringify(environment, null, 2)}\n`,
  dotenv: (environment: Readonly<Record<string, string>>): string =>
    lines(Object.entries(environment).map(([name, value]) => `${name}=${dotenvQuoted(value)}`)),
};

export const env = command({
  summary: 'print the variables with which clients work against the running one',
  details: `In csh, tcsh and PowerShell use \`alicloud-local run\`.

Example:
  eval "$(alicloud-local env)"`,
  options: {
    ...WHICH,
    shell: { type: 'boolean', help: 'as commands of sh, bash and zsh (the default)' },
    fish: { type: 'boolean', help: 'as commands of fish, for `alicloud-local env --fish | source`' },
    json: { type: 'boolean', help: 'as a JSON object' },
    dotenv: { type: 'boolean', help: 'as lines of an .env file, also for $GITHUB_ENV' },
  },
  run: async ({ values }) => {
    const formats = (['shell', 'fish', 'json', 'dotenv'] as const).filter((name) => values[name]);
    if (formats.length > 1) {
      throw new UsageError(`expected one format, got ${formats.map((name) => `--${name}`).join(' and ')}`);
    }
    const { client } = await findCloud(values.state);
    const { environment } = await client.endpoints();
    process.stdout.write(FORMATS[formats[0] ?? 'shell'](environment));
    return 0;
  },
});

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

function fishQuoted(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * `.env` files know no escapes: the quotes must be others than those of the value, best single ones, in which nothing is special.
 * What needs none, as JSON, goes without: some readers, as GitHub's and that of `docker run --env-file`, take them for a part
 * of the value.
 */
function dotenvQuoted(value: string): string {
  const quote = ["'", '"', '`'].find((one) => !value.includes(one)) ?? "'";
  return /^(?!")[^\s#'$\\`]*$/.test(value) ? value : `${quote}${value}${quote}`;
}
