import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { type ChannelReport, type SmokeReport, type TaskReport } from '../../lib/smoke';
import { worstOf } from '../../lib/smoke/report';
import { toGitHubSummary, toJson, toJUnit, toText } from '../../lib/smoke/report-formats';

const TASK: TaskReport = {
  id: 'q1',
  status: 'SUCCESS',
  row_count: 4,
  scanned_data_bytes: '18446744073709551615',
  result_file: null,
  mq_status: 'SUCCESS',
  mq_error_msg: null,
  mq_message_id: 'A1',
  mq_total_time: 307,
};

const attempt = (changes: Partial<ChannelReport['attempts'][0]> = {}): ChannelReport['attempts'][0] => ({
  outcome: 'pass',
  code: 'receipt-proved',
  reason: 'the receipt was sent: mq_message_id A1',
  elapsedMillis: 1_234,
  polls: 3,
  observations: [],
  task: TASK,
  ...changes,
});

const channel = (changes: Partial<ChannelReport> = {}): ChannelReport => ({
  channel: 'stack/one',
  kind: 'mq',
  region: 'cn-hangzhou',
  server: '127.0.0.1:10000',
  outcome: 'pass',
  code: 'receipt-proved',
  reason: 'the receipt was sent: mq_message_id A1',
  step: 'check',
  elapsedMillis: 1_500,
  lastError: null,
  attempts: [attempt()],
  diagnosis: null,
  ...changes,
});

const report = (...channels: readonly ChannelReport[]): SmokeReport => ({
  version: 1,
  outcome: worstOf(channels.map(({ outcome }) => outcome)),
  exitCode: 0,
  startedAt: '2026-11-23T00:00:00.000Z',
  elapsedMillis: 2_345,
  channels,
});

const FAILED = channel({
  channel: 'stack/two',
  outcome: 'fail',
  code: 'receipt-failed',
  reason: 'the receipt was not sent: no | <role>\n"x" & *y*',
  attempts: [
    attempt({ outcome: 'fail', code: 'receipt-failed', reason: 'no role' }),
    attempt({
      outcome: 'fail',
      code: 'receipt-failed',
      reason: 'still none',
      task: { ...TASK, id: 'q2', mq_status: null, mq_error_msg: 'no role' },
    }),
  ],
  diagnosis: [
    { check: 'role', state: 'fault', detail: 'absent', fix: 'make it' },
    { check: 'topic', state: 'ok', detail: 'it is', fix: null },
    { check: 'group', state: 'unknown', detail: 'not checked: no', fix: null },
    { check: 'queue', state: 'fault', detail: 'odd', fix: null },
  ],
});
const LOST = channel({
  channel: 'stack/three',
  outcome: 'timeout',
  code: 'deadline',
  reason: 'not known',
  attempts: [],
});

describe('the text', () => {
  it('shows table, cause, queries and diagnosis of each channel', () => {
    expect(toText(report(FAILED, LOST))).toBe(
      [
        'FAIL  stack/two  (1.5s)',
        '  task id             q2',
        '  status              SUCCESS',
        '  row_count           4',
        '  scanned_data_bytes  18446744073709551615',
        '  result file         NULL',
        '  mq_status           NULL',
        '  mq_message_id       A1',
        '  mq_total_time       307',
        '  cause: the receipt was not sent: no | <role> "x" & *y* [receipt-failed]',
        '  query 1: q1 fail after 1.2s, no role',
        '  query 2: q2 fail after 1.2s, still none',
        '  diagnosis:',
        '    ✗ role: absent',
        '      fix: make it',
        '    ✓ topic: it is',
        '    ? group: not checked: no',
        '    ✗ queue: odd',
        '',
        'TIMEOUT  stack/three  (1.5s)',
        '  cause: not known [deadline]',
        '',
      ].join('\n'),
    );
  });

  it('tells no cause and no list of queries for a pass with one query', () => {
    expect(toText(report(channel()))).not.toMatch(/cause|query 1|diagnosis/);
  });

  it('lists the only query when the channel ended in another way', () => {
    const one = attempt({ outcome: 'fail', reason: 'no role' });
    const text = toText(report(channel({ outcome: 'timeout', reason: 'not known', attempts: [one] })));
    expect(text).toContain('\n  query 1: q1 fail after 1.2s, no role\n');
  });

  it('lets no foreign text move the cursor or break a line', () => {
    const evil = '\u001b[2J\u009b1A\r\nPASS\u0000';
    const attempts = [attempt({ task: { ...TASK, id: evil, status: evil }, reason: evil }), attempt({ reason: evil })];
    const diagnosis = [{ check: evil, state: 'fault' as const, detail: evil, fix: evil }];
    const text = toText(report(channel({ outcome: 'fail', reason: evil, attempts, diagnosis })));
    // eslint-disable-next-line no-control-regex -- these are the ones that must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(text).not.toMatch(/^PASS/m);
  });
});

it('writes JSON that reads as the report', () => {
  expect(JSON.parse(toJson(report(FAILED)))).toEqual(report(FAILED));
  expect(toJson(report(FAILED))).toMatch(/^\{\n {2}"version": 1,[^]*\}\n$/);
});

describe('JUnit', () => {
  const parse = (text: string) => {
    expect(XMLValidator.validate(text)).toBe(true);
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name === 'testcase',
      processEntities: true,
      htmlEntities: true,
    });
    return parser.parse(text).testsuites.testsuite as Record<string, unknown> & { testcase: Record<string, never>[] };
  };

  it('has a case for each channel', () => {
    const suite = parse(toJUnit(report(channel(), FAILED, LOST, { ...LOST, outcome: 'interrupted' })));
    expect(suite).toMatchObject({
      name: 'dla-smoke',
      tests: '4',
      failures: '1',
      errors: '2',
      time: '2.345',
      timestamp: '2026-11-23T00:00:00.000Z',
    });
    expect(suite.testcase.map(({ name, time }) => `${String(name)} ${String(time)}`)).toEqual([
      'stack/one 1.500',
      'stack/two 1.500',
      'stack/three 1.500',
      'stack/three 1.500',
    ]);
    expect(suite.testcase[0]).toEqual({ classname: 'dla-smoke', name: 'stack/one', time: '1.500' });
    expect(suite.testcase[1].failure).toMatchObject({
      type: 'receipt-failed',
      message: 'the receipt was not sent: no | <role>\n"x" & *y*',
    });
    expect(suite.testcase[1].failure['#text']).toContain('✗ role: absent');
    expect(suite.testcase[2].error).toMatchObject({ type: 'deadline', message: 'not known' });
  });

  it('stays XML whatever comes', () => {
    const evil = '\u0000\u0008]]>\u000b\u001f\ud800x\udc00\ufffe\uffff &amp; \'" 😀';
    const { testcase } = parse(toJUnit(report(channel({ channel: evil, outcome: 'fail', reason: evil }))));
    expect(testcase[0].name).toBe('\ufffd\ufffd]]>\ufffd\ufffd\ufffdx\ufffd\ufffd\ufffd &amp; \'" 😀');
  });
});

describe('the summary of GitHub', () => {
  it('has a row for each channel and a line for each fault', () => {
    expect(toGitHubSummary(report(channel(), FAILED, LOST))).toBe(
      [
        '### DLA smoke test: timeout',
        '',
        '| channel | outcome | cause | task | message | mq_error_msg |',
        '| --- | --- | --- | --- | --- | --- |',
        '| stack/one | pass | the receipt was sent: mq&#95;message&#95;id A1 | q1 | A1 | – |',
        '| stack/two | fail | the receipt was not sent: no &#124; &#60;role&#62; "x" &#38; &#42;y&#42; | q2 | A1 | no role |',
        '| stack/three | timeout | not known | – | – | – |',
        '',
        '- stack/two: role: absent – make it',
        '- stack/two: queue: odd – ',
        '',
      ].join('\n'),
    );
  });

  it('has no list without faults', () => {
    expect(toGitHubSummary(report(channel()))).toMatch(/\| A1 \| – \|\n$/);
  });
});

it.each([
  [[], 'pass'],
  [['pass', 'pass'], 'pass'],
  [['pass', 'fail', 'pass'], 'fail'],
  [['timeout', 'fail'], 'timeout'],
  [['fail', 'interrupted', 'timeout'], 'interrupted'],
] as const)('the worst of %j is %s', (outcomes, worst) => {
  expect(worstOf(outcomes)).toBe(worst);
});
