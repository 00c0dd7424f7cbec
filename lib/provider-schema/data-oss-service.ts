import { str, typeTable } from './table';

/** Whether OSS is open; opens it when asked to. */
export const dataOssService = typeTable({
  name: 'alicloud_oss_service',
  attributes: {
    enable: str({ optional: true, default: 'Off', allowed: ['On', 'Off'] }),
    status: str({ computed: true }),
  },
});
