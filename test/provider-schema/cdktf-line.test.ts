import { Construct } from 'constructs';
import { expect, it } from 'vitest';
import { DlaMqNotification, OssBucket, RamRole } from '../../lib/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { messageOf } from '../synth';

/** The root of an app of another copy of cdktf. */
function appOf(version: string): Construct {
  const root = new Construct(undefined as never, '');
  root.node.setContext('cdktfVersion', version);
  return root;
}

it.each<[string, (scope: Construct) => unknown]>([
  ['the provider', (scope) => new AlicloudProvider(scope, 'alicloud', {})],
  ['a bucket', (scope) => OssBucket.fromBucketName(scope, 'bucket', 'tables')],
  ['a channel', (scope) => new DlaMqNotification(scope, 'channel', { region: 'cn-hangzhou' })],
  ['a role', (scope) => RamRole.fromRoleName(scope, 'role', 'reader')],
])('an app of cdktn is told the command by %s, if it is made first', (_what, make) => {
  const message = 'run npm install cdktf@npm:cdktn@0.24.0';
  expect(messageOf(() => make(appOf('0.24.0')))).toContain(message);
  expect(messageOf(() => make(new Construct(appOf('0.24.0'), 'stack')))).toContain(message);
});

it('another copy of the same line will do', () => {
  expect(OssBucket.fromBucketName(appOf('0.21.3'), 'bucket', 'tables').bucketName).toBe('tables');
});
