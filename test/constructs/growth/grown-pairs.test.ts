import type { App, TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { trustPolicy } from '../../../lib/cloud/dla-roles';
import * as lib from '../../../lib/index';
import { DlaMnsNotification, DlaMqNotification, MqInstance, OpenAnalyticsMnsRole } from '../../../lib/index';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { testStack } from '../../synth';
import { type Build, deployedBy01, type GrowingApp, openWithReader } from './growing-app';
import { build as build01 } from './version-0.1/app';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';

/** Deploys, and tells what was destroyed or replaced. */
async function lossesOf(growing: GrowingApp, build: Build): Promise<string[]> {
  const { runs } = await growing.deploy(build);
  const all = Object.values(runs);
  expect(all.flatMap(({ errors }) => errors)).toEqual([]);
  return all.flatMap(({ changes }) => changes).filter((change) => /: (delete|replace)$/.test(change));
}

describe.skipIf(!hasTerraform)('an app that goes on', { timeout: 120_000 }, () => {
  const today = (app: App) => {
    build01(
      app,
      lib,
      (stack) => new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' }),
      (role) => ({ role }),
    );
    const alpha = app.node.findChild('alpha') as TerraformStack;
    return {
      alpha,
      mq: alpha.node.findChild('mq') as DlaMqNotification,
      mns: alpha.node.findChild('queue') as DlaMnsNotification,
    };
  };

  it.each<[string, Build]>([
    [
      'a stack after the others',
      (app) => void new DlaMnsNotification(testStack('gamma', app), 'n', { role: today(app).mns.role }),
    ],
    [
      'a stack before the others',
      (app) => {
        const aaa = testStack('aaa', app);
        new DlaMnsNotification(aaa, 'n', { role: today(app).mns.role });
      },
    ],
    [
      'a stack taken out',
      (app) => {
        today(app);
        app.node.tryRemoveChild('beta');
      },
    ],
    [
      'channels added',
      (app) => {
        const { alpha, mq } = today(app);
        mq.addChannel('bills');
        new DlaMnsNotification(alpha, 'more');
      },
    ],
  ])('from version 0.1 with %s: nothing is destroyed', async (_name, second) => {
    const growing = await deployedBy01();
    const before = growing.made;
    expect(await growing.conflicts(second)).toEqual([]);
    expect(await lossesOf(growing, second)).toEqual([]);
    expect(growing.made).toEqual(expect.arrayContaining(before));
  });

  it('from an instance that it made to a given one and back loses its own, and never the given one', async () => {
    const growing = await openWithReader();
    const own: Build = (app) => void new DlaMqNotification(testStack('alpha', app), 'n');
    const { instanceId } = growing.account.ons.createInstance('cn-hangzhou', { instanceName: 'given' });
    const given: Build = (app) => {
      const stack = testStack('alpha', app);
      new DlaMqNotification(stack, 'n', { instance: MqInstance.fromInstanceId(stack, 'given', instanceId) });
    };
    expect(await lossesOf(growing, own)).toEqual([]);
    for (const build of [given, own]) {
      expect(await growing.conflicts(build)).toEqual([]);
      await lossesOf(growing, build);
      expect(growing.made).toContain('instance given');
      expect(growing.made.filter((one) => one.startsWith('topic'))).toHaveLength(1);
    }
  });

  it('leaves alone what ignore_changes names', async () => {
    const growing = await openWithReader();
    const tagged =
      (team: string): Build =>
      (app) => {
        const { queue } = new DlaMnsNotification(testStack('alpha', app), 'n', { queueProps: { tags: { team } } });
        queue.resource!.lifecycle = { ignoreChanges: ['tags'] };
      };
    await lossesOf(growing, tagged('one'));
    const { runs } = await growing.deploy(tagged('two'));
    expect(runs.alpha).toMatchObject({ errors: [], changes: [] });
  });

  it('adopts a role that another app adopted, too, and loses it by neither', async () => {
    const growing = await openWithReader();
    const roleName = OpenAnalyticsMnsRole.ROLE_NAME;
    growing.account.ram.createRole({ roleName, assumeRolePolicyDocument: trustPolicy(undefined) });
    growing.account.ram.attachPolicy('role', roleName, 'System', 'AliyunMNSFullAccess');
    const adopted =
      (id: string): Build =>
      (app) => {
        const stack = testStack(id, app);
        new DlaMnsNotification(stack, 'n', { role: new OpenAnalyticsMnsRole(stack, 'role', { adopt: true }) });
      };
    for (const id of ['one', 'two', 'one', 'two']) {
      expect(await lossesOf(growing, adopted(id))).toEqual([]);
    }
    // Refers to it from now on.
    const { runs } = await growing.deploy((app) => {
      const stack = testStack('one', app);
      new DlaMnsNotification(stack, 'n', { role: OpenAnalyticsMnsRole.fromRoleName(stack, 'role') });
    });
    expect(runs.one.errors.join().replace(/\s+/g, ' ')).toContain(`role ${roleName} is not destroyed`);
    expect(growing.made).toContain(`role ${roleName}`);
    const forgotten = await growing.deploy((app) => void OpenAnalyticsMnsRole.forget(testStack('one', app), 'role'));
    expect(forgotten.runs.one.errors).toEqual([]);
    expect(growing.made).toContain(`role ${roleName}`);
    expect(growing.account.ram.listAttachedPolicies('role', roleName)).toHaveLength(1);
  });
});
