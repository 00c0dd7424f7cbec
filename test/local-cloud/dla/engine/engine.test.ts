import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import type * as engines from '../../../../lib/local-cloud/dla/engine/engine';
import { scratchFolder } from '../../../scratch';

it('without DuckDB a query is refused with the name of the package that is missing', async () => {
  const elsewhere = scratchFolder();
  fs.cpSync(path.resolve('dist/lib'), path.join(elsewhere, 'lib'), { recursive: true });
  const file = path.join(elsewhere, 'lib/local-cloud/dla/engine/engine.js');
  const { Engine } = createRequire(file)(file) as typeof engines;
  const engine = new Engine(scratchFolder());
  await expect(engine.validateSelect('select 1')).rejects.toMatchObject({
    code: 'ER_UNKNOWN_ERROR',
    message: expect.stringContaining('npm install --save-dev @duckdb/node-api'),
  });
  await engine.close();
});
