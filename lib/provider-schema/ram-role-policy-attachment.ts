import { str, typeTable } from './table';

/** A policy that is attached to a RAM role. */
export const ramRolePolicyAttachment = typeTable({
  name: 'alicloud_ram_role_policy_attachment',
  attributes: {
    policy_name: str({ required: true, forceNew: true }),
    policy_type: str({ required: true, forceNew: true, allowed: ['System', 'Custom'] }),
    role_name: str({ required: true, forceNew: true }),
  },
  timeouts: { create: '5m', delete: '5m' },
  importable: true,
});
