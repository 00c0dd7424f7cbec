import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './run-node';

const MANIFEST = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
  typesVersions: { '*': Record<string, string[]> };
};

describe('the entries of the package', () => {
  it('are told to compilers that know no exports, too', () => {
    const subpaths = Object.entries(MANIFEST.exports).flatMap(([name, entry]) =>
      typeof entry === 'string' || name === '.' ? [] : [[name.slice('./'.length), [entry.types]]],
    );
    expect(MANIFEST.typesVersions['*']).toEqual(Object.fromEntries(subpaths));
  });

  it('give the hint to a program that has neither cdktf nor a server', () => {
    const script = `
      const { ReceiptHint, parseReceiptHint } = require('cdktf-alicloud-dla/receipt-hint');
      const hint = ReceiptHint.mns({ queue: 'receipts' });
      const others = Object.keys(require.cache).filter((file) => !file.includes('${path.sep}cloud${path.sep}'));
      console.log(JSON.stringify([String(hint), parseReceiptHint(String(hint)), others]));`;
    const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: ROOT });
    expect(JSON.parse(output)).toEqual([
      '/*+ run_async=true, mq-notify-by=mns, mq-queue=receipts */',
      { runAsync: true, receipt: { kind: 'mns', queue: 'receipts' } },
      [],
    ]);
  });
});
