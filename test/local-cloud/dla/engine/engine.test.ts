import nodeFs, * as fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import type * as engines from '../../../../lib/local-cloud/dla/engine/engine';
import { Engine } from '../../../../lib/local-cloud/dla/engine/engine';
import { scratchFolder } from '../../../scratch';

it('without DuckDB a query is refused with the name of the package that is missing', async () => {
  const elsewhere = scratchFolder();
  for (const part of ['package.json', 'dist/lib']) {
    fs.cpSync(path.resolve(part), path.join(elsewhere, part), { recursive: true });
  }
  const file = path.join(elsewhere, 'dist/lib/local-cloud/dla/engine/engine.js');
  const { Engine: Elsewhere } = createRequire(file)(file) as typeof engines;
  const engine = new Elsewhere(scratchFolder());
  const query = await engine.validateSelect('select 1');
  const input = { catalog: () => ({ tables: [], views: [] }), signal: new AbortController().signal };
  const told = {
    code: 'ER_UNKNOWN_ERROR',
    message: expect.stringContaining('npm install --save-dev @duckdb/node-api'),
  };
  await expect(engine.read(query, input, { rows: 1, length: 1 })).rejects.toMatchObject(told);
  // As an asynchronous query does, whose task ends with the message.
  await expect(engine.write(query, input, { options: 'FORMAT csv' }, () => {})).rejects.toMatchObject(told);
  await engine.close();
});

it('describes a query over views, which may be long ones, in a process of its own', async () => {
  const engine = new Engine(path.join(scratchFolder(), 'dla-scratch'));
  const columns = [{ name: 'one', type: 'INTEGER' }];
  const plain = await engine.validateSelect('select 1 one');
  expect(await engine.describe(plain, { catalog: () => ({ tables: [], views: [] }) })).toEqual(columns);
  expect(engine.pids).toEqual([]);
  const views = [{ schema: 'lake', name: 'ones', columns: ['one'], sql: 'select 1' }];
  const viewing = await engine.validateSelect('select * from lake.ones');
  expect(await engine.describe(viewing, { catalog: () => ({ tables: [], views }) })).toEqual(columns);
  expect(engine.pids).toHaveLength(1);
  await engine.close();
});

it('starts where workers of a killed process still write into the folder', async () => {
  const folder = path.join(scratchFolder(), 'dla-scratch');
  const { rmSync } = nodeFs;
  nodeFs.rmSync = (file, options) => {
    if (file === folder) {
      throw Object.assign(new Error('ENOTEMPTY: directory not empty'), { code: 'ENOTEMPTY' });
    }
    rmSync(file, options);
  };
  syncBuiltinESMExports();
  let engine: Engine;
  try {
    engine = new Engine(folder);
  } finally {
    nodeFs.rmSync = rmSync;
    syncBuiltinESMExports();
  }
  await engine.close();
  expect(fs.existsSync(folder)).toBe(false);
});
