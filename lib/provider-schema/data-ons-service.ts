import { str, typeTable } from './table';

/** Whether MQ is open; opens it when asked to. */
export const dataOnsService = typeTable({
  name: 'alicloud_ons_service',
  attributes: {
    enable: str({ optional: true, default: 'Off', allowed: ['On', 'Off'] }),
    status: str({ computed: true }),
  },
});
