import { str, typeTable } from './table';

/** Opens SMQ (formerly MNS) for the account. */
export const messageServiceService = typeTable({
  name: 'alicloud_message_service_service',
  attributes: {
    status: str({ computed: true }),
  },
  timeouts: { create: '5m', delete: '5m' },
  importable: true,
});
