import { type App, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  DlaMnsNotification,
  type DlaMnsNotificationProps,
  type IOpenAnalyticsMnsRole,
  OpenAnalyticsMnsRole,
} from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { testStack } from '../../synth';
import { type Build, grown } from './growing-app';

const ROLE = `role ${OpenAnalyticsMnsRole.ROLE_NAME}`;

/** A stack with a channel. */
const inStack =
  (propsOf: (stack: TerraformStack) => DlaMnsNotificationProps): Build =>
  (app) => {
    const stack = testStack('alpha', app);
    new DlaMnsNotification(stack, 'n', propsOf(stack));
  };

/** A role that stands at an id of its own. */
const own = inStack((stack) => ({ role: new OpenAnalyticsMnsRole(stack, 'A') }));

/** The owner has lost its channels, and another stack has the role. */
const taken =
  (roleOf: (beta: TerraformStack) => IOpenAnalyticsMnsRole | undefined, adopt = false): Build =>
  (app) => {
    testStack('alpha', app);
    const beta = testStack('beta', app);
    new DlaMnsNotification(beta, 'n', { role: roleOf(beta), ...(adopt && { roleProps: { adopt } }) });
  };
const shared: Build = (app) => {
  const { role } = new DlaMnsNotification(testStack('alpha', app), 'n');
  new DlaMnsNotification(testStack('beta', app), 'n', { role });
};

const OTHER = { region: 'cn-hangzhou', accountId: '1000000000000002' };

/** A stack that works in two accounts, of which the default provider's is not that of the role. */
function ofTwoAccounts(app: App): { stack: TerraformStack; provider: AlicloudProvider } {
  const stack = testStack('alpha', app);
  return { stack, provider: new AlicloudProvider(stack, 'other', { ...OTHER, alias: 'other' }) };
}

const madeByAlias: Build = (app) => {
  const { stack, provider } = ofTwoAccounts(app);
  new DlaMnsNotification(stack, 'n', { provider });
};
const takenInOtherAccount: Build = (app) => {
  ofTwoAccounts(app);
  const beta = new TerraformStack(app, 'beta');
  new AlicloudProvider(beta, 'alicloud', OTHER);
  new DlaMnsNotification(beta, 'n');
};

describe.skipIf(!hasTerraform)(
  'a role of the app is not destroyed, with the line to write',
  { timeout: 120_000 },
  () => {
    it.each<[string, Build, Build]>([
      [
        'referred to under another id',
        own,
        inStack((stack) => ({ role: OpenAnalyticsMnsRole.fromRoleName(stack, 'B') })),
      ],
      [
        'adopted under another id',
        own,
        inStack((stack) => ({ role: new OpenAnalyticsMnsRole(stack, 'B', { adopt: true }) })),
      ],
      ['adopted unasked', own, inStack(() => ({ roleProps: { adopt: true } }))],
      [
        'made unasked, then adopted',
        inStack(() => ({})),
        inStack((stack) => ({ role: new OpenAnalyticsMnsRole(stack, 'B', { adopt: true }) })),
      ],
      [
        'referred to from a construct of another name',
        inStack((stack) => ({ role: new OpenAnalyticsMnsRole(new Construct(stack, 'one'), 'role') })),
        inStack((stack) => ({ role: OpenAnalyticsMnsRole.fromRoleName(new Construct(stack, 'two'), 'role') })),
      ],
      ['referred to by another stack', shared, taken((beta) => OpenAnalyticsMnsRole.fromRoleName(beta, 'role'))],
      ['adopted by another stack', shared, taken(() => undefined, true)],
      ['made by another stack', shared, taken(() => undefined)],
      ['made by another stack in the account of an aliased provider', madeByAlias, takenInOtherAccount],
    ])('%s', async (_name, first, second) => {
      const growing = await grown(first);
      const { runs } = await growing.deploy(second);
      const message = runs.alpha.errors.join().replace(/\s+/g, ' ');
      expect(message).toContain(`${ROLE} is not destroyed`);
      expect(message).toMatch(/terraform state rm alicloud_ram_role\.\w+ alicloud_ram_role_policy_attachment\.\w+/);
      expect(growing.made).toContain(ROLE);
      expect(growing.account.ram.listAttachedPolicies('role', OpenAnalyticsMnsRole.ROLE_NAME)).toHaveLength(1);
    });

    it('and goes on after that line', async () => {
      const growing = await grown(own);
      const second = inStack((stack) => ({ role: OpenAnalyticsMnsRole.fromRoleName(stack, 'B') }));
      const { runs } = await growing.deploy(second);
      const [, addresses] = /state rm ((?:\w+\.\w+ ?)+)/.exec(runs.alpha.errors.join().replace(/\s+/g, ' '))!;
      expect((await growing.workspace('alpha').run('state', 'rm', ...addresses.trim().split(' '))).code).toBe(0);
      const after = await growing.deploy(second);
      expect(after.runs.alpha.errors).toEqual([]);
      expect(growing.made).toContain(ROLE);
    });

    it('and goes with the last that refers to it', async () => {
      const growing = await grown(own);
      const { runs } = await growing.deploy((app) => void testStack('alpha', app));
      expect(runs.alpha.errors).toEqual([]);
      expect(growing.made).not.toContain(ROLE);
    });

    it('moves by moveFromId, and goes with its stack', async () => {
      const growing = await grown(own);
      const { runs } = await growing.deploy(
        inStack((stack) => {
          const role = new OpenAnalyticsMnsRole(stack, 'B');
          role.resource.moveFromId('alicloud_ram_role.A_CCC8ACD5');
          role.resources[1].moveFromId('alicloud_ram_role_policy_attachment.A_Attachment_92BDAC71');
          return { role };
        }),
      );
      expect(runs.alpha.errors).toEqual([]);
      expect(growing.made).toContain(ROLE);
      expect((await growing.workspace('alpha').destroy()).errors).toEqual([]);
      expect(growing.made).not.toContain(ROLE);
    });
  },
);
