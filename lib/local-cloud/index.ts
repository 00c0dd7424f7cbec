export { CloudError } from './account/cloud-error';
export type { ErrorFault, FaultOptions, Faults } from './http/faults';
export type { LaterRequests, LoggedRequest, NumberedRequest, RequestLog } from './http/request-log';
export { LocalAccount, type LocalMessage, type LocalService } from './server/local-account';
export { LocalCloud, withLocalCloud } from './server/local-cloud';
export type { LocalCloudEndpoints, LocalCloudOptions, ProviderSource } from './server/local-cloud-options';
export { registryProviderConfig } from './server/registry-provider';
export { LocalCloudError } from './store/local-cloud-error';
