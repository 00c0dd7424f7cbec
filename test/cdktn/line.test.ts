import * as fs from 'node:fs';
import * as path from 'node:path';
import { App } from 'cdktf';
import { expect, it } from 'vitest';
import { DlaMqNotification } from '../../lib/index';
import { scratchFolder } from '../scratch';
import { testStack } from '../synth';

it('the tests, and the package, are on the line that is pinned', () => {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(__dirname, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const app = new App({ outdir: scratchFolder() });
  const stack = testStack('receipts', app);
  const channel = new DlaMqNotification(stack, 'n');
  expect(app.node.tryGetContext('cdktfVersion')).toBe(dependencies.cdktn);
  // Bindings of another copy of cdktf would know no such stack.
  expect(channel.resources.map(({ cdktfStack }) => cdktfStack)).toContain(stack);
});
