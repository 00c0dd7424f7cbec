import { randomInt } from 'node:crypto';
import { dataAccount, dataCallerIdentity, dataOnsService, dataOssService } from '../../../provider-schema/index';
import type { TypeSchema } from '../../../provider-schema/table';
import type { ActivatedService } from '../../account/activation';
import type { DataSource } from '../resource';

const ownAccount: DataSource = {
  table: dataAccount,
  read: ({ account }) => ({ id: account.identity.accountId }),
};

const callerIdentity: DataSource = {
  table: dataCallerIdentity,
  read: ({ account, principal }) => {
    const { accountId, arn, identityType, principalId } = account.sts.callerIdentity(principal);
    return { id: principalId, account_id: accountId, arn, identity_type: identityType };
  },
};

/** Whether a service is open; with `enable = "On"` reading opens it, which Terraform does at plan already. */
function service(table: TypeSchema, name: ActivatedService, label: string): DataSource {
  return {
    table,
    read: ({ account }, config) => {
      const enable = config.str('enable') ?? 'Off';
      if (enable === 'Off') {
        return { enable, id: `${label}ServiceHasNotBeenOpened`, status: '' };
      }
      // The first call answers with the number of an order, later ones say that the service is open.
      const opened = account.activation.activate(name);
      return { enable, id: opened ? String(randomInt(2 ** 47)) : `${label}ServiceHasBeenOpened`, status: 'Opened' };
    },
  };
}

export const accountDataSources: readonly DataSource[] = [
  ownAccount,
  callerIdentity,
  service(dataOnsService, 'ons', 'Ons'),
  service(dataOssService, 'oss', 'Oss'),
];
