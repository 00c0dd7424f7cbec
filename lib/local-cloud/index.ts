export { CloudError } from './account/cloud-error';
export type { FaultOptions } from './http/faults';
export { LocalAccount, type LocalMessage, type LocalService } from './server/local-account';
export {
  LocalCloud,
  type LocalCloudEndpoints,
  type LocalCloudOptions,
  type ProviderSource,
} from './server/local-cloud';
export { registryProviderConfig } from './server/registry-provider';
export { LocalCloudError } from './store/local-cloud-error';
