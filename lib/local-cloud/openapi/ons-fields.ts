import { CloudError } from '../account/cloud-error';
import type { Result } from './action';

/** An answer of MQ's API, each of which has a field that nobody fills. */
export function withHelpUrl(result: Result = {}): Result {
  return { HelpUrl: '', ...result };
}

export function invalid(message: string): CloudError {
  return new CloudError('BIZ_FIELD_CHECK_INVALID', message);
}
