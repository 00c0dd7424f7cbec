import { describe, expect, it } from 'vitest';
import {
  adviceOn,
  errorsOf,
  eventsOf,
  lossesLine,
  lossesOf,
  summaryOf,
  warningsOf,
} from '../../stacks/terraform-events';
import { failed, planned } from './fake-terraform';

const summary = (operation: string, changes: object) =>
  eventsOf(
    JSON.stringify({ type: 'change_summary', changes: { add: 0, change: 0, remove: 0, ...changes, operation } }),
  );

describe('what Terraform says', () => {
  it.each([
    ['plan', {}, 'No changes'],
    ['plan', { add: 1, import: 2 }, '2 to import, 1 to add, 0 to change, 0 to destroy'],
    ['apply', { add: 3, change: 1, remove: 2 }, '3 added, 1 changed, 2 destroyed'],
    ['apply', { import: 1 }, '1 imported, 0 added, 0 changed, 0 destroyed'],
  ])('of a %s with %j is %s', (operation, changes, text) => {
    expect(summaryOf(summary(operation, changes))).toBe(text);
  });

  it('is no event where it is something else', () => {
    expect(eventsOf('There are warnings\n{ half\n\n{"type":"version"}')).toEqual([{ type: 'version' }]);
    expect(summaryOf([])).toBe('No changes');
  });

  it('takes away what is replaced and what is deleted, and nothing else', () => {
    const lines = ['replace', 'delete', 'create', 'update', 'read', 'move'].map((action) =>
      planned(action, `a.${action}`),
    );
    const losses = lossesOf(eventsOf(lines.join('\n')));
    expect(losses).toEqual({ replaced: ['a.replace'], destroyed: ['a.delete'] });
    expect(lossesLine({ x: losses, y: { replaced: [], destroyed: ['a.b'] } })).toBe(
      'Replaced, with what is in them: x/a.replace. Destroyed: x/a.delete, y/a.b.',
    );
  });

  it('has errors with what they are about', () => {
    const events = eventsOf(
      [
        failed('cannot', 'why', 'a.b'),
        failed('a.b cannot', '', 'a.b'),
        failed('Resource precondition failed', 'own words'),
        '{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"old","detail":""}}',
      ].join('\n'),
    );
    expect(errorsOf(events)).toEqual(['cannot: why (a.b)', 'a.b cannot', 'own words']);
  });

  it('destroys no service: one that is open stays open', () => {
    expect(lossesOf(eventsOf(planned('delete', 'alicloud_message_service_service.mns')))).toEqual({
      replaced: [],
      destroyed: [],
    });
  });

  it('has the own words of a stack where Terraform wraps them', () => {
    const snippet = {
      context: 'data.alicloud_ram_roles.role_Existing_must_be_of_this_stack',
      code: '"count": "${length(names) == 0 ? 0 : role.role_id == \\"role A exists, and this stack did not make it\\" ? 1 : 0}"',
    };
    const events = eventsOf(
      [
        JSON.stringify({
          diagnostic: { severity: 'error', summary: 'Invalid count argument', detail: 'long', snippet },
        }),
        failed(
          'local-exec provisioner error',
          "Error running command 'x': exit status 1. Output: role B stays\n",
          'a.b',
        ),
      ].join('\n'),
    );
    expect(errorsOf(events)).toEqual(['role A exists, and this stack did not make it', 'role B stays']);
    expect(adviceOn(errorsOf(events))).toEqual([expect.stringContaining('role: adopt takes it over')]);
  });

  it('has warnings', () => {
    const warning = '{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"old","detail":"use b"}}';
    expect(warningsOf(eventsOf(`${warning}\n${failed('no')}`))).toEqual(['old: use b']);
  });

  it('brings advice where a role that is adopted is not there, or lacks its policy', () => {
    const advice = (type: string) =>
      adviceOn([`Cannot import non-existent remote object: importing to "${type}.x", none exists`]);
    expect(advice('alicloud_ram_role')).toEqual([expect.stringContaining('role: create')]);
    expect(advice('alicloud_ram_role_policy_attachment')).toHaveLength(1);
    expect(advice('alicloud_oss_bucket')).toEqual([]);
  });

  it.each([
    ['Error: ErrorCode=SignatureDoesNotMatch, ErrorMessage="no"', 'the keys are refused'],
    [
      'Error: Failed to get existing workspaces: oss: ErrorCode=NoSuchBucket, ErrorMessage="no"',
      'a bucket that exists',
    ],
    [
      'Error: Failed to get existing workspaces: oss: ErrorCode=AccessDenied, ErrorMessage="no"',
      'list, read and write',
    ],
    [
      'There are some problems with the CLI configuration:\n\nError: Failed to query available provider packages\n\nCould',
      'provider_installation',
    ],
    [
      'configuring Terraform Alibaba Cloud Provider: no valid credential sources for Terraform Alibaba Cloud Provider found.',
      'ALICLOUD_ACCESS_KEY',
    ],
  ])('brings advice on %s', (error, advice) => {
    expect(adviceOn([error])).toEqual([expect.stringContaining(advice)]);
    expect(adviceOn(['Error: ErrorCode=ServiceBusy'])).toEqual([]);
  });

  it('brings advice where a state in a bucket is damaged', () => {
    const error =
      'Error: Error refreshing state: 2 problems:\n\n- Unsupported state file format: The state file could not be';
    expect(adviceOn([error])).toEqual([expect.stringMatching(/^the state is damaged: put an earlier version .* back/)]);
    expect(adviceOn(['Error: Error refreshing state: timeout'])).toEqual([]);
  });

  it('brings advice where no instance can be made, and only there', () => {
    const advice = (address: string) => adviceOn(errorsOf(eventsOf(failed('refused', '', address))));
    expect(advice('alicloud_ons_instance.mq')).toEqual([expect.stringContaining('SMQ (formerly MNS) by channel: mns')]);
    expect(advice('alicloud_ons_topic.mq')).toEqual([]);
  });

  it.each([
    ['ONS_SERVICE_UNOPENED', 'alicloud_ons_instance.mq'],
    ['MNS_SERVICE_UNOPENED', 'alicloud_message_service_queue.mns'],
    ['UserDisable', 'alicloud_oss_bucket.data'],
  ])('brings advice where a service is not open: %s', (code, address) => {
    const errors = errorsOf(eventsOf(failed(`cannot create: ${code}: no`, '', address)));
    expect(adviceOn(errors)).toEqual([expect.stringContaining('name it under activate in the settings')]);
  });

  it('sends who lacks a permission to the policy of the deployer', () => {
    for (const error of [
      'NoPermission: no (alicloud_ons_instance.mq)',
      'ErrorCode=AccessDenied, no',
      'Forbidden.RAM',
    ]) {
      expect(adviceOn([error])).toEqual([expect.stringContaining('stacks/deployer-policy.json')]);
    }
  });
});
