import type { ActivatedService } from '../account/activation';
import { CloudError } from '../account/cloud-error';
import { decimalId } from '../account/ids';
import { action, type Api, type ActionCall } from './action';
import { integer, optionalText, text } from './parameters';

/** Calls that open a service for the account, or tell that it is open, each under its own product. */
export const activationApis: readonly Api[] = [
  {
    product: 'oss-open',
    version: '2019-04-22',
    policyPrefixes: ['oss'],
    actions: { OpenOssService: action({}, (_values, call) => openService(call, 'oss', 'ORDER.OPEND')) },
  },
  {
    product: 'bssopenapi',
    version: '2017-12-14',
    policyPrefixes: ['bss', 'bssapi'],
    actions: {
      QueryAvailableInstances: action(
        { ProductCode: optionalText, SubscriptionType: optionalText, PageNum: integer, PageSize: integer },
        (values, { account, region }) => {
          const openService = values.ProductCode === 'mns' && account.activation.isActive('mns');
          const instances = openService
            ? [
                {
                  ProductCode: 'mns',
                  ProductType: '',
                  SubscriptionType: 'PayAsYouGo',
                  InstanceID: `mns-${account.identity.accountId}`,
                  Status: 'Normal',
                  Region: region,
                  OwnerId: Number(account.identity.accountId),
                },
              ]
            : [];
          const { PageNum = 1, PageSize = 20 } = values;
          return bssResult({ TotalCount: instances.length, PageNum, PageSize, InstanceList: instances });
        },
      ),
      CreateInstance: action({ ProductCode: text, SubscriptionType: text }, ({ ProductCode }, call) => {
        if (ProductCode !== 'mns') {
          throw new CloudError(
            'InvalidParameter.ProductCode',
            `ProductCode is ${JSON.stringify(ProductCode)}, only mns can be opened by CreateInstance here`,
          );
        }
        // The provider takes any error for a failure, and orders again what is open.
        call.account.activation.activate('mns');
        return bssResult({ OrderId: decimalId(15), InstanceId: `mns-${call.account.identity.accountId}` });
      }),
    },
  },
];

function bssResult(data: object) {
  return { Code: 'Success', Message: 'Successful!', Success: true, Data: data };
}

/** Opens a service, or refuses with the service's own code when it is open already. */
export function openService(
  { account }: ActionCall,
  service: ActivatedService,
  openAlready: string,
): { OrderId: string } {
  if (!account.activation.activate(service)) {
    throw new CloudError(openAlready, 'The service has already been opened.');
  }
  return { OrderId: decimalId(15) };
}
