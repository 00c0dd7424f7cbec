import { describe, expect, it } from 'vitest';
import { type Column, type QueryTask } from '../../lib/smoke/query-task';
import { judge, summarise, VERDICTS } from '../../lib/smoke/verdict';

const task = (status: Column, mqStatus: Column, mqErrorMsg: Column, more: Partial<QueryTask> = {}): QueryTask => ({
  status,
  mqStatus,
  mqErrorMsg,
  message: null,
  rowCount: null,
  scannedDataBytes: null,
  resultFile: null,
  mqMessageId: null,
  mqTotalTime: null,
  ...more,
});

const NO = undefined;
// Every combination that a look can give, and what it means. `-` stands for an absent column.
// prettier-ignore
const EXPECTED: readonly [status: Column, mqStatus: Column, mqErrorMsg: Column, verdict: string][] = [
  ['RUNNING',   null,      null,  'wait deadline'],
  ['RUNNING',   'SUCCESS', null,  'wait deadline'],
  ['RUNNING',   'OTHER',   null,  'wait deadline'],
  ['RUNNING',   null,      'bad', 'fail receipt-failed'],
  ['RUNNING',   null,      NO,    'wait deadline'],
  ['RUNNING',   NO,        NO,    'fail no-receipt-columns'],
  ['RUNNING',   NO,        'bad', 'fail no-receipt-columns'],
  ['FAILURE',   null,      null,  'fail query-failed'],
  ['FAILURE',   'SUCCESS', null,  'fail query-failed'],
  ['FAILURE',   null,      'bad', 'fail query-failed'],
  ['FAILURE',   NO,        NO,    'fail query-failed'],
  ['CANCELLED', null,      null,  'fail query-cancelled'],
  ['CANCELLED', 'SUCCESS', null,  'fail query-cancelled'],
  ['CANCELLED', null,      'bad', 'fail query-cancelled'],
  ['CANCELLED', NO,        NO,    'fail query-cancelled'],
  ['SUCCESS',   'SUCCESS', null,  'pass receipt-proved'],
  ['SUCCESS',   'SUCCESS', NO,    'pass receipt-proved'],
  ['SUCCESS',   'SUCCESS', 'bad', 'fail receipt-failed'],
  ['SUCCESS',   null,      null,  'grace no-receipt'],
  ['SUCCESS',   null,      NO,    'grace no-receipt'],
  ['SUCCESS',   null,      'bad', 'fail receipt-failed'],
  ['SUCCESS',   'OTHER',   null,  'grace unknown-receipt-status'],
  ['SUCCESS',   'OTHER',   NO,    'grace unknown-receipt-status'],
  ['SUCCESS',   'OTHER',   'bad', 'fail receipt-failed'],
  ['SUCCESS',   'RUNNING', null,  'grace unknown-receipt-status'],
  ['SUCCESS',   NO,        NO,    'fail no-receipt-columns'],
  ['SUCCESS',   NO,        'bad', 'fail no-receipt-columns'],
  ['OTHER',     'SUCCESS', null,  'grace unknown-status'],
  ['OTHER',     null,      null,  'grace unknown-status'],
  ['OTHER',     null,      'bad', 'fail receipt-failed'],
  ['OTHER',     NO,        NO,    'fail no-receipt-columns'],
  [null,        'SUCCESS', null,  'grace unknown-status'],
  [NO,          'SUCCESS', null,  'grace unknown-status'],
  ['FAILED',    'SUCCESS', null,  'grace unknown-status'],
  ['success',   'Success', null,  'pass receipt-proved'],
  ['running',   null,      null,  'wait deadline'],
  ['Failure',   null,      null,  'fail query-failed'],
  ['cancelled', null,      null,  'fail query-cancelled'],
];

it.each(EXPECTED)('status %s, mq_status %s, mq_error_msg %s → %s', (status, mqStatus, mqErrorMsg, verdict) => {
  const { outcome, code } = judge(task(status, mqStatus, mqErrorMsg), true);
  expect(`${outcome} ${code}`).toBe(verdict);
});

it('passes in one case only', () => {
  expect(VERDICTS.filter(({ outcome }) => outcome === 'pass')).toHaveLength(1);
});

it('has no rule that another one hides', () => {
  const used = new Set([
    ...EXPECTED.map(([...columns]) => judge(task(columns[0], columns[1], columns[2]), true).code),
    judge(undefined, true).code,
    judge(undefined, false).code,
  ]);
  expect(used).toEqual(new Set(VERDICTS.map(({ code }) => code)));
});

describe('an absent row', () => {
  it('may come within the grace period after the submission', () => {
    expect(judge(undefined, false)).toEqual({
      outcome: 'grace',
      code: 'task-never-appeared',
      reason: 'show query_task does not know the task that the server just accepted',
    });
  });

  it('may come back within the grace period', () => {
    expect(judge(undefined, true)).toEqual({
      outcome: 'grace',
      code: 'task-vanished',
      reason: 'show query_task no longer knows the task that it showed before',
    });
  });
});

describe('the reason', () => {
  it.each([
    [task('FAILURE', null, null, { message: 'no file' }), 'the query failed: no file'],
    [task('FAILURE', null, null), 'the query failed: DLA gives no message'],
    [task('CANCELLED', null, null, { message: 'stop' }), 'the query was cancelled: stop'],
    [task('CANCELLED', null, null), 'the query was cancelled: DLA gives no message'],
    [task('SUCCESS', NO, NO), 'this endpoint does not know receipts: show query_task has no column mq_status'],
    [task('RUNNING', null, null), 'the query is running'],
    [task('SUCCESS', null, 'no role'), 'the receipt was not sent: no role'],
    [task('SUCCESS', 'SUCCESS', null, { mqMessageId: 'A1' }), 'the receipt was sent: mq_message_id A1'],
    [task('SUCCESS', 'SUCCESS', null), 'the receipt was sent: mq_message_id not told'],
    [task('SUCCESS', null, null), 'no receipt: the query succeeded, but mq_status stays NULL'],
    [task('SUCCESS', 'x"y', null), 'no receipt: expected mq_status SUCCESS or NULL, got "x"y"'],
    [task('ODD', null, null), 'expected status RUNNING, SUCCESS, FAILURE or CANCELLED, got "ODD"'],
    [task(NO, null, null), 'expected status RUNNING, SUCCESS, FAILURE or CANCELLED, got NULL'],
  ])('%#', (seen, reason) => {
    expect(judge(seen, true).reason).toBe(reason);
  });
});

it('sums a look up in a line', () => {
  expect(summarise(undefined)).toBe('no row');
  expect(summarise(task('RUNNING', null, null))).toBe('status RUNNING, mq_status NULL');
  expect(summarise(task(null, 'SENDING', null))).toBe('status NULL, mq_status SENDING');
});
