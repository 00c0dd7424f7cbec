import { type ReceiptChannelOutputs } from '../cloud/receipt-channel';
import { type ChannelTestSettings } from './channel-test';
import { cloudCredentials, type Environment, NO_CLOUD_CREDENTIALS } from './environment';
import { type ReasonCode } from './failure';
import { type SmokeTestOptions } from './options';
import { type ChannelReport, type DiagnosisItem, messageCheck } from './report';
import { type Target } from './targets';

/** A pass stays one only if the diagnosis does not find that the message is missing. Its other faults are information. */
export function confirmed(report: ChannelReport, { topic }: ReceiptChannelOutputs, wanted: boolean): ChannelReport {
  if (report.outcome !== 'pass' || !wanted) {
    return report;
  }
  if (report.diagnosis === null) {
    return { ...report, outcome: 'interrupted', code: 'interrupted', reason: 'interrupted at the step diagnose' };
  }
  const messageId = messageIdOf(report);
  const missing = report.diagnosis.some(
    ({ check, state }) => check === messageCheck(messageId, topic) && state === 'fault',
  );
  return missing
    ? {
        ...report,
        outcome: 'fail',
        code: 'message-missing',
        reason: `DLA reports the receipt as sent, but message ${messageId} is not on topic ${topic}`,
      }
    : report;
}

function messageIdOf(report: ChannelReport): string | undefined {
  return report.attempts.at(-1)?.task.mq_message_id ?? undefined;
}

/** Longest time for the calls of a diagnosis, and how far beyond the channel's deadline they may go. */
const DIAGNOSIS_MILLIS = 10_000;
const BEYOND_DEADLINE_MILLIS = 1_000;

type DiagnosisLimit = Pick<ChannelTestSettings, 'clock' | 'signal' | 'onProgress'> & {
  readonly deadline: number;
  readonly env: Environment;
};

/** Where DLA could not run the statements, they may name what is not there. */
const STATEMENTS_FAILED: readonly ReasonCode[] = ['prepare-failed', 'submit-failed', 'query-failed'];

/** Null when it was interrupted. */
export async function diagnosisOf(
  report: ChannelReport,
  { outputs, server, prepare, query }: Target,
  options: SmokeTestOptions,
  { clock, deadline, env, signal, onProgress }: DiagnosisLimit,
): Promise<readonly DiagnosisItem[] | null> {
  if (options.diagnose === undefined && cloudCredentials(env) === undefined) {
    const detail = `not checked: ${NO_CLOUD_CREDENTIALS}`;
    return [{ check: 'the set-up in the account', state: 'unknown', detail, fix: null }];
  }
  onProgress({
    channel: report.channel,
    step: 'diagnose',
    elapsedMillis: report.elapsedMillis,
    text: 'looking at each step of the set-up in the account',
  });
  // Only now: most runs pass, and must not pay for what the diagnosis loads.
  const { diagnose } = await import('./diagnosis/diagnose.js');
  const messageId = messageIdOf(report);
  const millis = Math.min(DIAGNOSIS_MILLIS, Math.max(0, deadline + BEYOND_DEADLINE_MILLIS - clock.now()));
  const failed = STATEMENTS_FAILED.includes(report.code) ? { server, statements: [...prepare, query] } : undefined;
  const items = await diagnose({ outputs, messageId, failed, env, millis, signal });
  return signal.aborted ? null : items;
}
