import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { Missing, pythonCommand } from '../runtimes';

const MODULES = ['oss2', 'aliyunsdkcore', 'alibabacloud_ram20150501', 'alibabacloud_sts20150401'];

it("gives a user's key in Alibaba's clients for Python what policies allow, and nothing more", async ({ skip }) => {
  const [file, ...args] = await pythonCommand(path.join(__dirname, 'ram-client.py'), MODULES).catch((error: Error) => {
    skip(error instanceof Missing, error.message);
    throw error;
  });
  const cloud = await LocalCloud.start();
  try {
    cloud.account.oss.createBucket('cn-hangzhou', { name: 'lake' });
    const { stdout } = await promisify(execFile)(file, args, {
      env: { ...process.env, ...cloud.endpoints.environment },
    });
    const lines = stdout.trim().split('\n');
    expect(Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, unknown]))).toEqual({
      'whoami http': 'RAMUser',
      'whoami https': 'RAMUser',
      'list users': 'NoPermission',
      'list users in a group HTTP': ['analyst'],
      'list users in a group HTTPS': ['analyst'],
      'list mine http': ['mine/a'],
      'list mine https': ['mine/a'],
      'list all http': 'AccessDenied',
      'list all https': 'AccessDenied',
      'get mine http': 'AccessDenied',
      'get mine https': 'a',
      'get theirs http': 'AccessDenied',
      'get theirs https': 'AccessDenied',
      'assume without permission': 'NoPermission',
      'whoami session': ['AssumedRoleUser', true, false],
      inactive: ['InvalidAccessKeyId.Inactive', 'InvalidAccessKeyId'],
    });
  } finally {
    await cloud.stop();
  }
});
