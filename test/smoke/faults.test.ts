import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runSmokeTest, type SmokeReport, type SmokeTestOptions } from '../../lib/smoke';
import * as fs from 'node:fs';
import Ajv from 'ajv';
import {
  type Act,
  after,
  fail,
  FaultServer,
  GOOD_TASK,
  greet,
  hang,
  hangUp,
  mistypedRows,
  noRow,
  ok,
  PASSWORD,
  raw,
  reset,
  rows,
  running,
  type Script,
  submitted,
  task,
  TASK_ID,
  USER,
} from './fault-server';
import { eventually } from '../eventually';

interface Fault {
  readonly name: string;
  readonly script: Script;
  readonly options?: Partial<SmokeTestOptions>;
  /** Outcome and reason code. */
  readonly end: string;
  readonly reason?: RegExp;
  /** Queries submitted. */
  readonly queries?: number;
  /** What else must be true. */
  readonly also?: (report: SmokeReport, server: FaultServer) => void;
}

const OK = 'pass receipt-proved';
const SHORT = { timeoutMillis: 1_000 };
const GONE = { connectTimeoutMillis: 300 };
const GRACE = { graceMillis: 300 };
const pending = (): Act => task({ mq_status: 'NULL', mq_message_id: 'NULL' });
const NO_ROLE = task({ mq_error_msg: 'no role' });
const columns = Object.keys(GOOD_TASK);
const values = Object.values(GOOD_TASK);
/** Sends the start of an answer byte by byte, slower than anyone waits. */
const drip =
  (...bytes: readonly number[]): Act =>
  (peer) => {
    let sent = 0;
    const timer = setInterval(() => peer.stream.write(Buffer.from(bytes.slice(sent, ++sent))), 70);
    peer.stream.on('close', () => clearInterval(timer));
  };
/** A handshake packet that goes on after the server's version. */
const GREETING = [74, 0, 0, 0, 10, 53, 46, 55, 0, 1, 0, 0, 0];
/** A result set of one column that goes on with the column's definition. */
const ANSWER = [1, 0, 0, 1, 1, 60, 0, 0, 2, 3];
// One row for each fault, as long as it must be.
// prettier-ignore
const FAULTS: readonly Fault[] = [
  // connection
  { name: 'reset once at connect', script: { connect: [reset(), greet()] }, end: OK },
  { name: 'reset at every connect', script: { connect: reset() }, options: GONE, end: 'fail unreachable', reason: /for 300ms: .*ECONNRESET/, queries: 0 },
  { name: 'closed once before the greeting', script: { connect: [hangUp(), greet()] }, end: OK },
  { name: 'host name unknown', script: {}, options: { host: 'nowhere.invalid' }, end: 'fail connection-failed', reason: /nowhere\.invalid:\d+: getaddrinfo (ENOTFOUND|EAI_AGAIN)/, queries: 0 },
  { name: 'no greeting', script: { connect: hang() }, options: SHORT, end: 'timeout deadline', reason: /after 1s, at the step connect; seen: the server did not answer in time/, queries: 0 },
  { name: 'half a greeting', script: { connect: raw(...GREETING) }, options: SHORT, end: 'timeout deadline', reason: /at the step connect/, queries: 0 },
  { name: 'a greeting that drips', script: { connect: drip(...GREETING) }, options: SHORT, end: 'timeout deadline', reason: /at the step connect/, queries: 0 },
  { name: 'a greeting of another protocol', script: { connect: raw(20, 0, 0, 0, ...Buffer.from('HTTP/1.1 400 Bad Req.')) }, end: 'fail connection-failed', reason: /cannot connect to 127\.0\.0\.1:\d+: .*not of the MySQL protocol/, queries: 0 },
  { name: 'password refused', script: {}, options: { env: { DLA_USER: USER, DLA_PASSWORD: 'wrong-password' } }, end: 'fail access-denied', reason: /refused the log-in \(DLA_USER, DLA_PASSWORD\)/, queries: 0, also: (_, server) => expect(server.connections).toBe(1) },
  { name: 'schema refused', script: { login: [{ code: 1044, message: 'no access' }] }, end: 'fail access-denied', queries: 0 },
  { name: 'too many connections once', script: { login: [{ code: 1040, message: 'Too many connections' }] }, end: OK, also: (report) => expect(report.channels[0].lastError).toMatch(/^ER_CON_COUNT_ERROR/) },
  { name: 'too many connections for good', script: { login: Array(99).fill({ code: 1040, message: 'Too many connections' }) }, options: GONE, end: 'fail unreachable', reason: /^127\.0\.0\.1:\d+ took no work for 300ms: ER_CON_COUNT_ERROR: Too many connections \(it answers, so host and port are right: look at its limits, or wait longer with --connect-timeout\)$/, queries: 0 },
  { name: 'the user has too many connections once', script: { login: [{ code: 1203, message: 'too many' }] }, end: OK },
  { name: 'the user has reached a limit once', script: { login: [{ code: 1226, message: 'limit' }] }, end: OK },
  { name: 'server restarting once', script: { login: [{ code: 1053, message: 'Server shutdown in progress' }] }, end: OK },
  { name: 'a log-in error that is not listed', script: { login: [{ code: 1130, message: 'Host is not allowed' }] }, end: 'fail connection-failed', reason: /ER_HOST_NOT_PRIVILEGED: Host is not allowed/, queries: 0, also: (_, server) => expect(server.connections).toBe(1) },
  { name: 'TLS wanted, not offered', script: {}, options: { tls: true }, end: 'fail connection-failed', reason: /does not support secure connection/, queries: 0 },
  { name: 'password asked for in clear text', script: { connect: greet(raw(22, 0, 0, 2, 0xfe, ...Buffer.from('mysql_clear_password\0'))) }, end: 'fail connection-failed', reason: /mysql_clear_password/, queries: 0 },

  // prepare
  { name: 'prepare refused', script: { prepare: fail(1064, 'syntax error') }, options: { prepare: ['create it'] }, end: 'fail prepare-failed', reason: /^statement 1 of prepare failed: ER_PARSE_ERROR: syntax error$/, queries: 0 },
  { name: 'second prepare refused', script: { prepare: [ok(), fail(1064, 'syntax error')] }, options: { prepare: ['one', 'two'] }, end: 'fail prepare-failed', reason: /^statement 2 /, queries: 0 },
  { name: 'gone in prepare, then back', script: { prepare: [ok(), hangUp(), ok()] }, options: { prepare: ['one', 'two'] }, end: OK, also: (_, server) => expect(server.statements.slice(0, 4)).toEqual(['one', 'two', 'one', 'two']) },
  { name: 'prepare without an answer', script: { prepare: hang() }, options: { ...SHORT, prepare: ['one'] }, end: 'timeout deadline', reason: /at the step prepare/, queries: 0 },
  { name: 'prepare answers with rows', script: { prepare: rows(['a'], ['1']) }, options: { prepare: ['one'] }, end: OK },

  // submit
  { name: 'query refused', script: { submit: fail(1146, 'no such table') }, end: 'fail submit-failed', reason: /^the query was refused: ER_NO_SUCH_TABLE: no such table$/ },
  { name: 'hint ignored, rows come', script: { submit: rows(['a', 'b'], ['1', '2']) }, end: 'fail not-asynchronous', reason: /expected a column ASYNC_TASK_ID, got the columns a, b: the server ignored the hint/ },
  { name: 'hint ignored, no result set comes', script: { submit: ok() }, end: 'fail not-asynchronous', reason: /expected a column ASYNC_TASK_ID, got no result set/ },
  { name: 'no task id', script: { submit: rows(['ASYNC_TASK_ID']) }, end: 'fail not-asynchronous', reason: /expected one row of ASYNC_TASK_ID, got 0/ },
  { name: 'two task ids', script: { submit: rows(['ASYNC_TASK_ID'], ['q1'], ['q2']) }, end: 'fail not-asynchronous', reason: /expected one row of ASYNC_TASK_ID, got 2/ },
  { name: 'task id NULL', script: { submit: rows(['ASYNC_TASK_ID'], [null]) }, end: 'fail not-asynchronous', reason: /expected a usable id in ASYNC_TASK_ID, got NULL/ },
  { name: 'task id with quotes', script: { submit: submitted("q1' or '1'='1"), poll: task({ id: "q1' or '1'='1" }) }, end: OK, also: (_, server) => expect(server.statements.at(-1)).toBe("show query_task where id = 'q1'' or ''1''=''1'") },
  { name: 'task id with a backslash', script: { submit: submitted("q1\\' or 1=1 -- ") }, end: 'fail not-asynchronous', reason: /expected a usable id in ASYNC_TASK_ID, got / },
  { name: 'task id with a control character', script: { submit: submitted('q1\u001b[2J') }, end: 'fail not-asynchronous', reason: /expected a usable id in ASYNC_TASK_ID, got / },
  { name: 'task id without end', script: { submit: submitted('q'.repeat(10_000)) }, end: 'fail not-asynchronous', reason: /expected a usable id in ASYNC_TASK_ID, got / },
  { name: 'task id column in lower case', script: { submit: rows(['async_task_id'], [TASK_ID]) }, end: OK },
  { name: 'gone before the task id', script: { submit: hangUp() }, end: 'fail connection-lost-after-submit', reason: /may be running, and is not submitted twice without --resubmit/, queries: 1 },
  { name: 'reset before the task id', script: { submit: reset() }, end: 'fail connection-lost-after-submit', queries: 1 },
  { name: 'gone before the task id, resubmit', script: { submit: [hangUp(), submitted()] }, options: { resubmit: true }, end: OK, queries: 2 },
  ...([[1203, 'ER_TOO_MANY_USER_CONNECTIONS'], [1226, 'ER_USER_LIMIT_REACHED'], [1040, 'ER_CON_COUNT_ERROR']] as const).flatMap(([number, code]): Fault[] => [
    { name: `${code} for the query`, script: { submit: [fail(number, 'too many'), submitted()] }, end: 'fail submit-failed', reason: new RegExp(`^the query was refused: ${code}: too many$`), queries: 1 },
    { name: `${code} for the query, resubmit`, script: { submit: [fail(number, 'too many'), submitted()] }, options: { resubmit: true }, end: OK, queries: 2 },
    { name: `${code} for every look`, script: { poll: fail(number, 'too many') }, options: GONE, end: 'fail unreachable', reason: new RegExp(` took no work for 300ms: ${code}: too many \\(it answers`) },
    { name: `${code} for a look`, script: { poll: [fail(number, 'too many'), task()] }, end: OK, queries: 1 },
  ]),
  { name: 'server shuts down instead of giving the task id', script: { submit: fail(1053, 'shutdown') }, end: 'fail connection-lost-after-submit', reason: /ER_SERVER_SHUTDOWN: shutdown\): it may be running/, queries: 1 },
  { name: 'no answer to the query', script: { submit: hang() }, options: SHORT, end: 'timeout deadline', reason: /at the step submit/, queries: 1 },
  { name: 'half an answer to the query', script: { submit: raw(5, 0, 0, 1, 1) }, options: SHORT, end: 'timeout deadline', reason: /at the step submit/, queries: 1 },
  { name: 'server asks for a local file', script: { submit: raw(12, 0, 0, 1, 0xfb, ...Buffer.from('/etc/passwd')) }, options: SHORT, end: 'timeout deadline', also: (report) => expect(JSON.stringify(report)).not.toContain('root:') },

  // a right that the user lacks, which is not the log-in
  ...([[1044, 'ER_DBACCESS_DENIED_ERROR'], [1045, 'ER_ACCESS_DENIED_ERROR']] as const).flatMap(([number, code]): Fault[] => [
    { name: `${code} for prepare`, script: { prepare: fail(number, 'no right') }, options: { prepare: ['one'] }, end: 'fail prepare-failed', reason: new RegExp(`^statement 1 of prepare failed: ${code}: no right$`), queries: 0 },
    { name: `${code} for the query`, script: { submit: fail(number, 'no right') }, end: 'fail submit-failed', reason: new RegExp(`^the query was refused: ${code}: no right$`) },
    { name: `${code} for a look`, script: { poll: fail(number, 'no right') }, end: 'fail poll-failed', reason: new RegExp(`^show query_task failed: ${code}: no right$`) },
  ]),

  // poll: the verdict
  { name: 'query runs on', script: { poll: running() }, options: SHORT, end: 'timeout deadline', reason: /^not known after 1s, at the step wait; seen: status RUNNING, mq_status NULL \(\d+ ×\)/ },
  { name: 'query fails', script: { poll: [running(), task({ status: 'FAILURE', message: 'no such file' })] }, end: 'fail query-failed', reason: /^the query failed: no such file$/ },
  { name: 'query cancelled', script: { poll: task({ status: 'CANCELLED', message: 'by the user' }) }, end: 'fail query-cancelled', reason: /^the query was cancelled: by the user$/ },
  { name: 'query fails without a message', script: { poll: task({ status: 'FAILURE', message: undefined }) }, end: 'fail query-failed', reason: /DLA gives no message/ },
  { name: 'no receipt', script: { poll: pending() }, options: GRACE, end: 'fail no-receipt', reason: /mq_status stays NULL, for [\d.]+ms$/ },
  { name: 'receipt after a while', script: { poll: [running(), pending(), task()] }, end: OK },
  { name: 'receipt failed', script: { poll: task({ mq_status: 'FAILED', mq_error_msg: 'role is missing', mq_message_id: null }) }, end: 'fail receipt-failed', reason: /^the receipt was not sent: role is missing$/ },
  { name: 'receipt succeeded with an error', script: { poll: task({ mq_error_msg: 'topic is missing' }) }, end: 'fail receipt-failed', reason: /topic is missing/ },
  { name: 'receipt failed before the query ended', script: { poll: [running(), task({ status: 'RUNNING', mq_status: 'NULL', mq_error_msg: 'role is missing' })] }, end: 'fail receipt-failed', reason: /^the receipt was not sent: role is missing$/ },
  { name: 'no mq_error_msg, receipt sent', script: { poll: [task({ status: 'RUNNING', mq_status: 'NULL', mq_error_msg: undefined }), task({ mq_error_msg: undefined })] }, end: OK },
  { name: 'no mq_error_msg, no receipt', script: { poll: task({ mq_status: 'NULL', mq_error_msg: undefined }) }, options: GRACE, end: 'fail no-receipt' },
  { name: 'mq_error_msg, no mq_status', script: { poll: task({ mq_status: undefined }) }, end: 'fail no-receipt-columns' },
  { name: 'unknown status for good', script: { poll: task({ status: 'QUEUED' }) }, options: GRACE, end: 'fail unknown-status', reason: /expected status RUNNING, SUCCESS, FAILURE or CANCELLED, got "QUEUED", for [\d.]+ms$/ },
  { name: 'unknown status for a while', script: { poll: [task({ status: 'QUEUED', mq_status: 'NULL' }), running(), task()] }, end: OK },
  { name: 'unknown mq_status for good', script: { poll: task({ mq_status: 'SENDING' }) }, options: GRACE, end: 'fail unknown-receipt-status', reason: /no receipt: expected mq_status SUCCESS or NULL, got "SENDING"/ },
  { name: 'unknown mq_status for a while', script: { poll: [task({ mq_status: 'SENDING' }), task()] }, end: OK },
  { name: 'no mq columns', script: { poll: task({ mq_status: undefined, mq_error_msg: undefined }) }, end: 'fail no-receipt-columns', reason: /this endpoint does not know receipts/ },
  { name: 'no status', script: { poll: task({ status: null }) }, options: GRACE, end: 'fail unknown-status', reason: /expected status .*, got NULL/ },
  { name: 'no row yet', script: { poll: [noRow(), noRow(), task()] }, end: OK },
  { name: 'never a row', script: { poll: noRow() }, options: GRACE, end: 'fail task-never-appeared', reason: /just accepted, for [\d.]+ms$/ },
  { name: 'row vanishes', script: { poll: [running(), noRow()] }, options: GRACE, end: 'fail task-vanished', reason: /showed before, for [\d.]+ms$/ },
  { name: 'row vanishes for a moment', script: { poll: [running(), noRow(), task()] }, end: OK },
  { name: 'no result set', script: { poll: ok() }, options: GRACE, end: 'fail task-never-appeared' },
  { name: 'words in other case, NULL as text', script: { poll: task({ status: 'success', mq_status: 'Success', mq_error_msg: 'null' }) }, end: OK },
  { name: 'columns in other order and case', script: { poll: rows([...columns].reverse().map((name) => name.toUpperCase()), [...values].reverse()) }, end: OK, also: (report) => expect(report.channels[0].attempts[0].task).toMatchObject({ row_count: 4, mq_message_id: GOOD_TASK.mq_message_id }) },
  { name: 'two rows for the task', script: { poll: rows(columns, values, values) }, end: 'fail ambiguous-task', reason: /^2 rows answer for one query task$/ },
  { name: 'two rows, one of another task', script: { poll: rows(columns, ['q-other', 'FAILURE', ...values.slice(2)], values) }, end: OK },
  { name: 'only the row of another task', script: { poll: task({ id: 'q-other' }) }, options: GRACE, end: 'fail task-never-appeared' },
  { name: 'columns of 2018', script: { poll: task({ id: undefined, mq_total_time: undefined, scanned_data_bytes: undefined }) }, end: OK, also: (report) => expect(report.channels[0].attempts[0].task.mq_total_time).toBeNull() },
  { name: 'counts larger than a double holds', script: { poll: task({ row_count: '18446744073709551615' }) }, end: OK, also: (report) => expect(report.channels[0].attempts[0].task.row_count).toBe('18446744073709551615') },
  { name: 'a count that is none', script: { poll: task({ row_count: 'many' }) }, end: OK, also: (report) => expect(report.channels[0].attempts[0].task.row_count).toBe('many') },
  ...[1, 3, 5, 7, 8, 10, 12, 245, 252].map((type): Fault => ({ name: `columns declared as type ${type}`, script: { poll: mistypedRows(type, columns, [...values]) }, end: OK })),
  { name: 'more rows of other tasks than are kept', script: { poll: rows(columns, ...Array<string[]>(150).fill(['q-other', ...values.slice(1)]), values) }, end: 'fail ambiguous-task', reason: /^show query_task answers with more than 100 rows: the server ignored its condition$/ },
  { name: 'ten thousand rows', script: { poll: rows(columns, ...Array<string[]>(10_000).fill([...values])) }, end: 'fail ambiguous-task' },

  // an answer that is none
  ...([
    ['prepare', 'prepare-failed', 'statement 1 of prepare failed'],
    ['submit', 'submit-failed', 'the query was refused'],
    ['poll', 'poll-failed', 'show query_task failed'],
  ] as const).flatMap(([step, code, what]) => ([[[1, 0, 0, 1, 1, 1, 0, 0, 2, 0], 'Should not reach here: undefined'], [[1, 0, 0, 1, 0xff], 'ERR_OUT_OF_RANGE: ']] as [number[], string][]).map(([bytes, said]): Fault => ({ name: `nonsense at ${step} (${said})`, script: { [step]: raw(...bytes) }, options: { prepare: ['one'] }, end: `fail ${code}`, reason: new RegExp(`^${what}: the answer is not of the MySQL protocol: ${said}`), queries: step === 'prepare' ? 0 : 1 }))),

  // poll: the connection
  { name: 'gone while polling', script: { poll: [running(), hangUp(), task()] }, end: OK, queries: 1, also: (_, server) => expect(new Set(server.statements.slice(1)).size).toBe(1) },
  { name: 'reset while polling', script: { poll: [running(), reset(), task()] }, end: OK, queries: 1 },
  { name: 'reset within the rows', script: { poll: [(peer) => { raw(...ANSWER)(peer, ''); setTimeout(() => peer.stream.resetAndDestroy(), 20); }, task()] }, end: OK, queries: 1 },
  { name: 'gone for good while polling', script: { connect: [greet(), reset()], poll: hangUp() }, options: GONE, end: 'fail unreachable', reason: /could not be reached for 300ms: .*ECONNRESET/, queries: 1, also: (report) => expect(report.channels[0].attempts[0].observations).not.toEqual([]) },
  { name: 'password changed while polling', script: { login: [undefined, { code: 1045, message: 'Access denied' }], poll: hangUp() }, end: 'fail access-denied', queries: 1 },
  { name: 'show query_task refused', script: { poll: fail(1064, 'no such statement') }, end: 'fail poll-failed', reason: /^show query_task failed: ER_PARSE_ERROR: no such statement$/ },
  { name: 'no answer while polling', script: { poll: [running(), hang()] }, options: SHORT, end: 'timeout deadline', reason: /the server did not answer in time/, queries: 1 },
  { name: 'half an answer while polling', script: { poll: raw(1, 0, 0, 1) }, options: SHORT, end: 'timeout deadline', queries: 1 },
  { name: 'an answer that drips while polling', script: { poll: drip(...ANSWER) }, options: SHORT, end: 'timeout deadline', queries: 1 },
  { name: 'an answer after the deadline', script: { poll: after(1_800, task()) }, options: SHORT, end: 'timeout deadline', queries: 1 },
  { name: 'a slow answer before the deadline', script: { poll: after(300, task()) }, end: OK },

  // settling
  { name: 'a receipt that fails is not tried again', script: { poll: [task({ mq_error_msg: 'no role' }), task()] }, end: 'fail receipt-failed', queries: 1 },
  { name: 'a new role settles', script: { poll: [task({ mq_error_msg: 'no role' }), task()] }, options: { settleMillis: 5_000 }, end: OK, queries: 2, also: (report) => expect(report.channels[0].attempts.map((attempt) => attempt.code)).toEqual(['receipt-failed', 'receipt-proved']) },
  { name: 'a new role does not settle', script: { poll: task({ mq_error_msg: 'no role' }) }, options: { settleMillis: 600 }, end: 'fail receipt-failed', reason: /^the receipt was not sent: no role$/, queries: 2, also: (report) => expect(report.channels[0].attempts).toHaveLength(2) },
  { name: 'a failed query is not tried again while settling', script: { poll: task({ status: 'FAILURE' }) }, options: { settleMillis: 5_000 }, end: 'fail query-failed', queries: 1 },
  { name: 'settling ends with the deadline', script: { poll: task({ mq_error_msg: 'no role' }) }, options: { settleMillis: 60_000, timeoutMillis: 900 }, end: 'fail receipt-failed', queries: 1 },
  ...([
    ['the next query has no answer', { submit: [submitted(), hang()] }, 'timeout deadline', 'not known after 1.3s, at the step submit'],
    ['the next query runs on', { poll: [NO_ROLE, running()] }, 'timeout deadline', 'not known after 1.3s, at the step wait; seen: .*'],
    ['the server goes away', { login: [undefined, { code: 1130, message: 'not allowed' }] }, 'fail connection-failed', 'cannot connect to .*: ER_HOST_NOT_PRIVILEGED: not allowed'],
    ['the receipt fails otherwise', { poll: [NO_ROLE, task({ mq_error_msg: 'no topic' })] }, 'fail receipt-failed', 'the receipt was not sent: no topic'],
  ] as const).map(([name, script, end, reason]): Fault => ({ name: `${name}, after a receipt that failed`, script: { poll: NO_ROLE, ...script }, options: { settleMillis: 600, timeoutMillis: 1_300 }, end, reason: new RegExp(`^${reason}; the query before failed: no role$`), queries: name === 'the server goes away' ? 1 : 2 })),
];

const validate = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(fs.readFileSync('schema/smoke-report.schema.json', 'utf8')) as object,
);

async function run(script: Script, options: Partial<SmokeTestOptions> = {}): Promise<[SmokeReport, FaultServer]> {
  const server = await FaultServer.start(script);
  try {
    const report = await runSmokeTest({
      channels: [
        {
          name: 'stack/channel',
          outputs: {
            kind: 'mq',
            region: 'cn-hangzhou',
            roleName: 'AliyunOpenAnalyticsAccessingMQRole',
            topic: 'a_topic',
            producerId: 'GID_a',
            endpoint: 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080',
            query: 'select 1',
          },
        },
      ],
      env: { DLA_USER: USER, DLA_PASSWORD: PASSWORD },
      host: '127.0.0.1',
      port: server.port,
      timeoutMillis: 20_000,
      ...options,
    });
    // Nothing stays open at the client's side.
    await eventually(() => expect(server.open).toBe(0));
    return [report, server];
  } finally {
    await server.stop();
  }
}

describe.concurrent('a fault', () => {
  it.each(FAULTS)('$name → $end', async ({ script, options, end, reason, queries = 1, also }) => {
    // What the machine keeps from the process is not the smoke test's.
    const stalls = monitorEventLoopDelay({ resolution: 10 });
    stalls.enable();
    const [report, server] = await run(script, options);
    stalls.disable();
    const channel = report.channels[0];
    expect(`${channel.outcome} ${channel.code}`).toBe(end);
    expect(report.exitCode).toBe({ pass: 0, fail: 1, timeout: 3, interrupted: 130 }[channel.outcome]);
    expect(channel.reason).toMatch(reason ?? /./);
    expect(channel.reason).not.toContain('\n');
    const deadline = options?.timeoutMillis ?? 20_000;
    expect(channel.elapsedMillis).toBeLessThan(deadline + 1_000 + (3 * stalls.max) / 1e6);
    expect(server.count('submit')).toBe(queries);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    also?.(report, server);
  });
});

it('says that nothing listens', async () => {
  const socket = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => socket.once('listening', resolve));
  const { port } = socket.address() as { port: number };
  await new Promise((resolve) => socket.close(resolve));
  const [report] = await run({}, { ...GONE, port });
  expect(report.channels[0]).toMatchObject({ outcome: 'fail', code: 'unreachable', step: 'connect' });
  expect(report.channels[0].reason).toBe(
    `127.0.0.1:${port} could not be reached for 300ms: connect ECONNREFUSED 127.0.0.1:${port} ` +
      "(are host and port right, and does DLA's allow-list let this machine in?)",
  );
});

describe('a wall clock that jumps', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([-86_400_000, 86_400_000])('by %d ms moves no deadline', async (jump) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const [report] = await run({
      poll: [
        (peer, sql) => {
          vi.setSystemTime(Date.now() + jump);
          running()(peer, sql);
        },
        task(),
      ],
    });
    expect(report.outcome).toBe('pass');
    expect(report.elapsedMillis).toBeLessThan(10_000);
  });
});

describe.concurrent('an abort', () => {
  it.each([
    ['connect', { connect: hang() }],
    ['prepare', { prepare: hang() }],
    ['submit', { submit: hang() }],
    ['wait', { poll: hang() }],
    ['wait', { poll: running() }],
    ['submit', { poll: task({ mq_error_msg: 'no role' }) }],
  ] as [string, Script][])('at the step %s ends the test at once', async (step, script) => {
    const abort = new AbortController();
    // Counted from the last that the server is asked for before it, so that a busy machine is at that step, too.
    const at = Object.fromEntries(
      Object.entries(script as Record<string, Act>).map(([kind, act]): [string, Act] => [
        kind,
        (...args) => {
          setTimeout(() => abort.abort(), 300);
          act(...args);
        },
      ]),
    );
    const [report] = await run(at, { signal: abort.signal, prepare: ['one'], settleMillis: 60_000 });
    expect(report).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    expect(report.channels[0]).toMatchObject({ code: 'interrupted', step });
    const before = step === 'submit' && 'poll' in script ? '; the query before failed: no role' : '';
    expect(report.channels[0].reason).toBe(`interrupted at the step ${step}${before}`);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  });
});

it('is over at once when it was aborted before it began', async () => {
  const [report, server] = await run({}, { signal: AbortSignal.abort() });
  expect(report.outcome).toBe('interrupted');
  expect(server.connections).toBe(0);
});
