export { LocalCloud, type LocalCloudEndpoints, type LocalCloudOptions } from './local-cloud';
export { CloudError, LocalCloudError } from './account/cloud-error';
