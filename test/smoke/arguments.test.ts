import { expect, it } from 'vitest';
import { parseArguments } from '../../lib/smoke/arguments';

const NOTHING = { channels: [], format: 'text' };
const NOTHING_TO_TEST = { tls: false, resubmit: false, checkResultFile: false };

it.each([
  [[], {}, {}],
  [['--tls'], {}, { tls: true }],
  [['--ca', 'ca.pem'], { caFile: 'ca.pem' }, { tls: true }],
  [['--format', 'text'], {}, {}],
  [['--format=json'], { format: 'json' }, {}],
  [['--resubmit', '--check-result-file'], {}, { resubmit: true, checkResultFile: true }],
  [['--diagnose'], {}, { diagnose: true }],
  [['--no-diagnose'], {}, { diagnose: false }],
  [['--expect-rows', '0'], {}, { expectRows: 0 }],
  [['--expect-rows', '9007199254740991'], {}, { expectRows: 9_007_199_254_740_991 }],
  [['--expect-rows-at-least', '12'], {}, { expectRowsAtLeast: 12 }],
  [['--parallel', '99', '--port', '65535'], {}, { parallel: 99, port: 65_535 }],
  [
    ['--timeout', '1m', '--connect-timeout', '2s', '--interval', '10ms', '--grace', '4s', '--settle', '5s'],
    {},
    { timeoutMillis: 60_000, connectTimeoutMillis: 2_000, intervalMillis: 10, graceMillis: 4_000, settleMillis: 5_000 },
  ],
  [['--queue', 'q', '--region', 'r'], { queue: 'q', region: 'r' }, {}],
  [['--topic', 't', '--group', 'g', '--endpoint', 'e'], { topic: 't', group: 'g', endpoint: 'e' }, {}],
  [
    ['--host', 'h', '--report', 'a', '--junit', 'b', '--query', 'c'],
    { report: 'a', junit: 'b' },
    { host: 'h', query: 'c' },
  ],
  [['--outputs', 'o', '--channel', 'a', '--channel', 'b'], { outputs: 'o', channels: ['a', 'b'] }, {}],
  [['--outputs', '-'], { outputs: '-' }, {}],
  [['--prepare', 'a', '--prepare', 'b'], {}, { prepare: ['a', 'b'] }],
  [['--query=-- a comment'], {}, { query: '-- a comment' }],
])('%j', (argv, own, test) => {
  expect(parseArguments(argv)).toEqual({ ...NOTHING, ...own, test: { ...NOTHING_TO_TEST, ...test } });
});

it.each([
  [['--help'], 'help'],
  [['-h', '--version'], 'help'],
  [['--version'], 'version'],
])('%j is %s', (argv, what) => {
  expect(parseArguments(argv)).toBe(what);
});

it.each([
  ['--expect-rows', '9007199254740992', 'expected a whole number from 0 to 9007199254740991'],
  ['--parallel', '100', 'expected a whole number from 1 to 99'],
])('%s refuses %s', (option, value, message) => {
  expect(() => parseArguments([option, value])).toThrow(`${option}: ${message}, got "${value}"`);
});

it.each([
  ['--rep', '; did you mean --report?'],
  ['--reports', '; did you mean --report?'],
  ['--re', '; --help lists them'],
  ['--reprot', '; did you mean --report?'],
  ['--frobnicate', '; --help lists them'],
])('answers %s with a suggestion, where one is near', (option, suggestion) => {
  expect(() => parseArguments([option])).toThrow(`there is no option ${option}${suggestion}`);
});

it('knows no short form but that of --help', () => {
  expect(() => parseArguments(['-p'])).toThrow('there is no option -p; --help lists them');
});

it.each([
  [['--report', '--no-diagnose'], '--report', ' --no-diagnose'],
  [['--report', '--timeout=5s'], '--report', ' --timeout'],
  [['--channel', 'a', '--channel', '--tls'], '--channel', ' --tls'],
  [['--junit', '-h'], '--junit', ''],
  [['--query', '--hunter2'], '--query', ''],
])('%j does not take an option for a value', (argv, option, next) => {
  expect(() => parseArguments(argv)).toThrow(
    `${option} needs a value, and an option${next} follows; a value that begins so is written ${option}=VALUE`,
  );
});

it('refuses to look without a pause', () => {
  const expected = 'expected a duration such as 500ms, 5s, 10m or 1h, from 10ms up to 24h';
  expect(() => parseArguments(['--interval', '0s'])).toThrow(`--interval: ${expected}, got "0s"`);
  expect(() => parseArguments(['--interval', '9ms'])).toThrow(`--interval: ${expected}, got "9ms"`);
});
