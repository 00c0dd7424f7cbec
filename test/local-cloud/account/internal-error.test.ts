import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CloudError } from '../../../lib/local-cloud/account/cloud-error';
import { sendReceipt } from '../../../lib/local-cloud/dla/receipt';
import { diagnosticOf } from '../../../lib/local-cloud/terraform/diagnostics';

let told: string;
beforeEach(() => {
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** An account in which the first question fails so. */
const failing = (error: Error) =>
  ({
    activation: {
      require: () => {
        throw error;
      },
    },
  }) as never;
const TASK = { id: 'q1', mqQueue: 'receipts', region: 'cn-hangzhou' } as never;

describe('an error of ours', () => {
  const error = new TypeError("Cannot read '/home/me/state'");

  it('is no reason that a receipt failed for: the client gets no path, the developer the stack', () => {
    expect(sendReceipt(failing(error), TASK).mqErrorMsg).toBe(
      'internal error of the local cloud (TypeError): sending the receipt of q1; standard error has the stack',
    );
    expect(told).toContain(error.stack);
  });

  it('is told to Terraform as one of the local cloud', () => {
    expect(diagnosticOf(error, 'cannot create alicloud_ram_role')).toMatchObject({
      summary: 'cannot create alicloud_ram_role: the local cloud failed',
      detail: expect.not.stringContaining('/home/me'),
    });
    expect(told).toContain(error.stack);
  });
});

it('what a service refuses is told as it is, and nothing is logged', () => {
  const error = new CloudError('MNS_SERVICE_UNOPENED', 'MNS is not activated');
  expect(sendReceipt(failing(error), TASK)).toMatchObject({ mqStatus: 'FAILED', mqErrorMsg: 'MNS is not activated' });
  expect(told).toBe('');
});
