export { CloudError, LocalCloudError } from './account/cloud-error';
export type { FaultOptions } from './http/faults';
export { LocalCloud, type LocalCloudEndpoints, type LocalCloudOptions, type ProviderSource } from './local-cloud';
export { registryProviderConfig } from './registry-provider';
