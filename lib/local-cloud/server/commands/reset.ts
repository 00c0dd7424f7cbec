import { command } from '../../../cli/commands';
import { findCloud } from '../find-cloud';
import { WHICH } from './options';

/** How long all files of --init may take. */
const INIT_MILLIS = 30 * 60_000;

export const reset = command({
  summary: 'empty the account of the running one, which stays who it is',
  details: `Id, keys and addresses stay. What Terraform has in its state is gone from the account: remove that state, too.

Example:
  alicloud-local reset --init`,
  options: { ...WHICH, init: { type: 'boolean', help: 'run the files of its --init again' } },
  run: async ({ values }) => {
    const { client } = await findCloud(values.state);
    await (values.init ? client.post('reset?init=1', INIT_MILLIS) : client.post('reset'));
    return 0;
  },
});
