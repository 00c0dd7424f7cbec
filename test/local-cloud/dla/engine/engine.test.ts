import { expect, it, vi } from 'vitest';
import { Engine } from '../../../../lib/local-cloud/dla/engine/engine';
import { scratchFolder } from '../../../scratch';

vi.mock('@duckdb/node-api', () => {
  throw new Error('not installed');
});

it('without DuckDB a query is refused with the name of the package that is missing', async () => {
  const engine = new Engine(scratchFolder());
  await expect(engine.validateSelect('select 1')).rejects.toMatchObject({
    code: 'ER_UNKNOWN_ERROR',
    message: expect.stringContaining('npm install --save-dev @duckdb/node-api'),
  });
  engine.close();
});
