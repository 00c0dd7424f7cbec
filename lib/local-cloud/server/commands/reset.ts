import { command } from '../../../cli/commands';
import { findCloud } from '../find-cloud';
import { WHICH } from './options';

export const reset = command({
  summary: 'empty the account of the running one, which stays who it is',
  options: { ...WHICH, init: { type: 'boolean', help: 'run the files of its --init again' } },
  run: async ({ values }) => {
    const { client } = await findCloud(values.state);
    await client.post(values.init ? 'reset?init=1' : 'reset');
    return 0;
  },
});
