import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, DataResource } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  DlaMnsNotification,
  DlaMqNotification,
  OpenAnalyticsMqRole,
  SmokeTest,
  type SmokeTestOptions,
} from '../../../lib/index';
import { scratchFolder } from '../../scratch';
import { messageOf, resource, resources, synth, synthApp, type Synthesized, testStack } from '../../synth';

const SMOKE = { smokeQuery: 'select * from oss_schema.oss_json' };

function smokeResource(options: SmokeTestOptions = {}) {
  const stack = testStack();
  new DlaMqNotification(stack, 'notification', SMOKE).smokeTest(options);
  return resource(stack, 'terraform_data');
}

function localExec(data: Record<string, unknown>) {
  return (data.provisioner as { 'local-exec': Record<string, unknown> }[])[0]['local-exec'];
}

describe('in a stack', () => {
  it('runs the smoke test of this package on the channel, without an absolute path', () => {
    const { command, environment, ...others } = localExec(smokeResource());
    expect(command).toBe(
      `node -e "require('cdktf-alicloud-dla/smoke').main(process.argv.slice(1))" -- --report dla-smoke-notification.json --settle 60s`,
    );
    expect(environment).toEqual({ DLA_SMOKE_CHANNELS: '${jsonencode(self.triggers_replace)}' });
    expect(others).toEqual({});
  });

  it('names this package by its path from a folder that does not find it, and by its name from one that does', () => {
    const [outside, inside] = [scratchFolder(), scratchFolder()];
    const installed = path.join(inside, 'node_modules/cdktf-alicloud-dla');
    fs.mkdirSync(installed, { recursive: true });
    fs.writeFileSync(path.join(installed, 'package.json'), '{"exports":{"./smoke":"./smoke.js"}}');
    fs.writeFileSync(path.join(installed, 'smoke.js'), '');
    const [far, near] = [outside, inside].map((folder) => {
      const app = new App({ outdir: path.join(folder, 'cdktf.out') });
      new DlaMqNotification(testStack('a', app), 'notification', SMOKE).smokeTest();
      app.synth();
      const file = path.join(app.outdir, 'stacks/a/cdk.tf.json');
      const { resource } = JSON.parse(fs.readFileSync(file, 'utf8')) as Synthesized;
      return localExec(Object.values(resource!.terraform_data)[0]) as {
        command: string;
        environment: Record<string, string>;
      };
    });
    expect(near.command).toContain("require('cdktf-alicloud-dla/smoke')");
    expect(Object.keys(near.environment)).toEqual(['DLA_SMOKE_CHANNELS']);
    expect(far.command).toContain('require(process.env.DLA_SMOKE_MODULE)');
    const module = path.resolve(fs.realpathSync(outside), 'cdktf.out/stacks/a', far.environment.DLA_SMOKE_MODULE);
    expect(require.resolve('cdktf-alicloud-dla/smoke')).toBe(module);
  });

  it('passes options on', () => {
    expect(
      localExec(smokeResource({ timeoutSeconds: 300, settleSeconds: 0, reportFile: '../reports/smoke.json' })).command,
    ).toContain('-- --report ../reports/smoke.json --settle 0s --timeout 300s');
  });

  it('refuses a report that another one of the stack writes', () => {
    const stack = testStack();
    const [a, b] = ['a', 'b'].map((id) => new DlaMqNotification(stack, id, SMOKE));
    a.smokeTest({ reportFile: 'reports/smoke.json' });
    b.smokeTest({ reportFile: 'reports/./smoke.json' });
    expect(messageOf(() => synth(stack))).toContain(
      'report reports/./smoke.json is already written by receipts/a/SmokeTest: give each smoke test a reportFile of its own',
    );
  });

  it('writes a report of its own for each channel, whatever characters their ids have', () => {
    const stack = testStack();
    for (const id of ['演示', '收据', 'a/b', 'a-b']) {
      new DlaMqNotification(stack, id, SMOKE).smokeTest();
    }
    const reports = resources(stack, 'terraform_data').map(
      (data) => /--report (\S+)/.exec(localExec(data).command as string)![1],
    );
    expect(new Set(reports).size).toBe(4);
    reports.forEach((report) => expect(report).toMatch(/^dla-smoke-[\w.-]+\.json$/));
  });

  it('hands over and is triggered by just what the output of the stack says about the channel', () => {
    const stack = testStack();
    const channel = new DlaMqNotification(stack, 'notification', SMOKE);
    channel.addChannel('orders', { ...SMOKE, smokePrepare: ['use oss_schema'] }).smokeTest();
    const all = synth(stack).output!.receipt_channels.value as Record<string, unknown>;
    expect(resource(stack, 'terraform_data').triggers_replace).toEqual({
      receipts: { receipt_channels: { 'notification/orders': all['notification/orders'] } },
    });
  });

  it('of another stack comes after the channel and names nothing that only the other stack knows', () => {
    const files = synthApp((app) => {
      const [home, later] = [testStack('home', app), testStack('later', app)];
      new SmokeTest(later, 'test', { channel: new DlaMqNotification(home, 'notification', SMOKE) });
      expect(later.dependencies).toEqual([home]);
    });
    const [data] = Object.values((JSON.parse(files.later) as Synthesized).resource!.terraform_data);
    expect(data).toMatchObject({ depends_on: [], lifecycle: { replace_triggered_by: [] } });
    expect(JSON.stringify(data.triggers_replace)).toContain('remote_state');
  });

  it('waits for the parts of the channel and runs again when one of them is changed', () => {
    const data = smokeResource();
    expect(data.depends_on).toEqual([
      'alicloud_ram_role.AliyunOpenAnalyticsAccessingMQRole_65F1DF0E',
      'alicloud_ram_role_policy_attachment.AliyunOpenAnalyticsAccessingMQRole_Attachment_5A555EB7',
      'alicloud_ons_topic.notification_Topic_EFFD5C97',
      'alicloud_ons_group.notification_Group_DC8CB0FD',
    ]);
    expect(data.lifecycle).toEqual({ replace_triggered_by: data.depends_on });
  });

  it('waits for what else it is told', () => {
    const stack = testStack();
    const objects = new DataResource(stack, 'objects');
    new DlaMqNotification(stack, 'notification', SMOKE).smokeTest({ dependsOn: [objects] });
    const smoke = synth(stack).resource!.terraform_data.notification_SmokeTest_1942F72D;
    expect(smoke.depends_on).toContain('terraform_data.objects');
  });

  it('tests a channel of MNS just so', () => {
    const stack = testStack();
    new DlaMnsNotification(stack, 'notification', SMOKE).smokeTest();
    expect(resource(stack, 'terraform_data').depends_on).toContain(
      'alicloud_message_service_queue.notification_Queue_2CEBE880',
    );
  });

  it('does not refer to resources of other stacks', () => {
    const account = testStack('account');
    const role = new OpenAnalyticsMqRole(account, 'role');
    const stack = testStack('receipts', account.node.root as never);
    new DlaMqNotification(stack, 'notification', { ...SMOKE, role }).smokeTest();
    expect(JSON.stringify(resource(stack, 'terraform_data'))).not.toContain('alicloud_ram_role');
  });

  it('keeps what looks like a template in SQL as it is', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'notification', {
      smokeQuery: "select '${x}', '%{y}' from t",
      smokePrepare: ["create schema s with dbproperties (location = 'oss://{bucket}/')"],
    }).smokeTest();
    const channels = { notification: { query: "select '$${x}', '%%{y}' from t" } };
    expect(synth(stack).output!.receipt_channels.value).toMatchObject(channels);
    expect(resource(stack, 'terraform_data').triggers_replace).toMatchObject({
      receipts: { receipt_channels: channels },
    });
  });

  it('keeps references in SQL', () => {
    const stack = testStack();
    const { bucketName } = new DlaMqNotification(stack, 'a').bucket;
    new DlaMqNotification(stack, 'b', { smokeQuery: `select '${bucketName}'` });
    const channels = synth(stack).output!.receipt_channels.value as Record<string, { query?: string }>;
    expect(channels.b.query).toBe("select '${alicloud_oss_bucket.a_Bucket_A1D38BA3.bucket}'");
  });
});

describe('errors', () => {
  it('refuses a channel without a query', () => {
    expect(messageOf(() => new DlaMqNotification(testStack(), 'notification').smokeTest())).toBe(
      `receipts/notification/SmokeTest is not valid:
  - channel: expected one with a smokeQuery, got receipts/notification without smokeQuery`,
    );
  });

  it('refuses a channel without a group', () => {
    const stack = testStack();
    const channel = new DlaMqNotification(stack, 'notification', SMOKE);
    const broken = Object.create(channel, {
      outputs: { value: { ...channel.outputs, producerId: undefined } },
    }) as DlaMqNotification;
    expect(messageOf(() => new SmokeTest(stack, 'smoke', { channel: broken }))).toContain(
      'channel: expected one with a group, got receipts/notification without a group',
    );
  });

  it('refuses options that are not allowed, all at once', () => {
    const message = messageOf(() =>
      smokeResource({ timeoutSeconds: 0, settleSeconds: -1, reportFile: 'a.json; rm -rf $HOME' }),
    );
    expect(message.split('\n').slice(1)).toEqual([
      '  - timeoutSeconds: expected a whole number from 1 to 86400, got 0',
      '  - settleSeconds: expected a whole number from 0 to 86400, got -1',
      '  - reportFile: expected text that matches /^[\\w.][\\w./-]*$/, got "a.json; rm -rf $HOME"',
    ]);
  });
});
