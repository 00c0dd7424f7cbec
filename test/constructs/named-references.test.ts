import { type App, TerraformStack, TerraformVariable } from 'cdktf';
import { expect, it } from 'vitest';
import type { SynthesizedStack } from '../../lib/check-plan/documents';
import { DlaMnsNotification, MnsQueue, MqInstance, OpenAnalyticsMnsRole, OssBucket } from '../../lib/index';
import { synthApp, testStack } from '../synth';

/** What each stack of an app makes, and the names that it refers to. */
function synthesized(build: (app: App) => void) {
  return Object.fromEntries(
    Object.entries(synthApp(build)).map(([id, text]) => {
      const { resource, '//': told } = JSON.parse(text) as SynthesizedStack;
      return [id, { resource, names: Object.values(told?.references ?? {}).map(({ name }) => name) }];
    }),
  );
}

it('names that only Terraform knows are told where they are made of variables, for a plan has these', () => {
  const { alpha, beta } = synthesized((app) => {
    const [one, other] = [testStack('alpha', app), testStack('beta', app)];
    const team = new TerraformVariable(one, 'team', { type: 'string' }).stringValue;
    OssBucket.fromBucketName(one, 'variable', `${team}-data`);
    MnsQueue.fromQueueName(one, 'known', 'receipts');
    // What a stack makes is not known to its plan, and that of another stack would become an output of it.
    MqInstance.fromInstanceId(one, 'made', new MqInstance(one, 'instance').instanceId);
    OssBucket.fromBucketName(other, 'other', new OssBucket(one, 'data').bucketName);
    OssBucket.fromBucketName(other, 'variable-of-another', `${team}-data`);
  });
  expect(alpha.names.sort()).toEqual(['${var.team}-data', 'receipts']);
  expect(beta.names).toEqual([]);
});

it('a stack without a provider of alicloud refers to things, and asks Terraform for none', () => {
  const { reports } = synthesized((app) => {
    const stack = new TerraformStack(app, 'reports');
    OpenAnalyticsMnsRole.fromRoleName(stack, 'role');
    DlaMnsNotification.fromOutputs(stack, 'n', {
      ...{ kind: 'mns', region: 'cn-hangzhou', roleName: OpenAnalyticsMnsRole.ROLE_NAME },
      ...{ queue: 'receipts', bucket: 'data-of-a-team' },
    });
  });
  expect(reports.resource).toBeUndefined();
  expect(reports.names).toHaveLength(4);
});
