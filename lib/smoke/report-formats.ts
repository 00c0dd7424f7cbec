import { formatDuration } from '../cli/durations';
import { type ChannelReport, type DiagnosisItem, type SmokeReport } from './report';
import { printable } from './secrets';

const MARKS = { ok: '✓', fault: '✗', unknown: '?' } as const;

/** The report for people: a short table for each channel. */
export function toText(report: SmokeReport): string {
  return report.channels.map((channel) => channelText(channel)).join('\n');
}

function channelText(channel: ChannelReport): string {
  const lines = [
    `${channel.outcome.toUpperCase()}  ${printable(channel.channel)}  (${formatDuration(channel.elapsedMillis)})`,
  ];
  const rows = tableOf(channel);
  const width = Math.max(...rows.map(([name]) => name.length));
  lines.push(...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}`));
  if (channel.outcome !== 'pass') {
    lines.push(`  cause: ${printable(channel.reason)} [${channel.code}]`);
  }
  if (channel.attempts.length > 1 || channel.attempts.at(-1)?.reason !== channel.reason) {
    lines.push(
      ...channel.attempts.map(
        (attempt, index) =>
          `  query ${index + 1}: ${printable(attempt.task.id)} ${attempt.outcome} after ` +
          `${formatDuration(attempt.elapsedMillis)}, ${printable(attempt.reason)}`,
      ),
    );
  }
  if (channel.diagnosis) {
    lines.push('  diagnosis:', ...channel.diagnosis.flatMap(diagnosisText));
  }
  return `${lines.join('\n')}\n`;
}

function diagnosisText(item: DiagnosisItem): string[] {
  const lines = [`    ${MARKS[item.state]} ${printable(item.check)}: ${printable(item.detail)}`];
  return item.fix === null ? lines : [...lines, `      fix: ${printable(item.fix)}`];
}

/** What the last query gave; empty when none got a task id. */
function tableOf(channel: ChannelReport): [name: string, value: string][] {
  const task = channel.attempts.at(-1)?.task;
  if (task === undefined) {
    return [];
  }
  const rows: [string, number | string | null][] = [
    ['task id', task.id],
    ['status', task.status],
    ['row_count', task.row_count],
    ['scanned_data_bytes', task.scanned_data_bytes],
    ['result file', task.result_file],
    ['mq_status', task.mq_status],
    ['mq_message_id', task.mq_message_id],
    ['mq_total_time', task.mq_total_time],
  ];
  return rows.map(([name, value]) => [name, value === null ? 'NULL' : String(value)]);
}

/** The report for programs, as `schema/smoke-report.schema.json` describes it. */
export function toJson(report: SmokeReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** The report for test runners: one suite, one case for each channel. */
export function toJUnit(report: SmokeReport): string {
  const failures = report.channels.filter((channel) => channel.outcome === 'fail').length;
  const errors = report.channels.filter((channel) => channel.outcome !== 'fail' && channel.outcome !== 'pass').length;
  const cases = report.channels.map((channel) => {
    const open =
      `    <testcase classname="dla-smoke" name="${xml(channel.channel)}" ` +
      `time="${seconds(channel.elapsedMillis)}"`;
    if (channel.outcome === 'pass') {
      return `${open}/>`;
    }
    // JUnit's error is a test that could not give an answer.
    const element = channel.outcome === 'fail' ? 'failure' : 'error';
    return (
      `${open}>\n      <${element} type="${xml(channel.code)}" message="${xml(channel.reason)}">` +
      `${xml(channelText(channel))}</${element}>\n    </testcase>`
    );
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="dla-smoke" tests="${report.channels.length}" failures="${failures}" errors="${errors}" ` +
      `time="${seconds(report.elapsedMillis)}" timestamp="${report.startedAt}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** The report for the summary page of a GitHub Actions run, in Markdown. */
export function toGitHubSummary(report: SmokeReport): string {
  const rows = report.channels.map((channel) => {
    const task = channel.attempts.at(-1)?.task;
    const ofTask = [task?.id, task?.mq_message_id, task?.mq_error_msg].map((value) => value ?? '–');
    return `| ${[channel.channel, channel.outcome, channel.reason, ...ofTask].map(markdown).join(' | ')} |`;
  });
  const faults = report.channels.flatMap((channel) =>
    (channel.diagnosis ?? [])
      .filter((item) => item.state === 'fault')
      .map(
        (item) => `- ${markdown(`${channel.channel}: ${item.check}: ${item.detail}`)} – ${markdown(item.fix ?? '')}`,
      ),
  );
  return [
    `### DLA smoke test: ${report.outcome}`,
    '',
    '| channel | outcome | cause | task | message | mq_error_msg |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...(faults.length > 0 ? [...faults, ''] : []),
  ].join('\n');
}

function seconds(millis: number): string {
  return (millis / 1_000).toFixed(3);
}

/** Characters that XML 1.0 has no form for: most controls, lone halves of a pair, and two more. */
const NOT_XML =
  // eslint-disable-next-line no-control-regex -- these are the ones to be found
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function xml(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** Text that neither ends a table's cell nor is read as Markdown or HTML. */
function markdown(text: string): string {
  return printable(text).replace(/[\\`*_{}[\]()#+!|<>&~@]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
