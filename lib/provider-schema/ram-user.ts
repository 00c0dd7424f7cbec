import { bool, str, typeTable } from './table';

/** A RAM user. */
export const ramUser = typeTable({
  name: 'alicloud_ram_user',
  attributes: {
    comments: str({ optional: true, length: [0, 128] }),
    display_name: str({ optional: true }),
    email: str({ optional: true }),
    force: bool({ optional: true }),
    mobile: str({ optional: true }),
    name: str({ required: true }),
  },
  timeouts: { create: '3m', update: '3m', delete: '3m' },
  importable: true,
});
