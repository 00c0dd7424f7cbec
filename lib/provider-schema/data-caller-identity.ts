import { str, typeTable } from './table';

/** The account and identity behind the credentials. */
export const dataCallerIdentity = typeTable({
  name: 'alicloud_caller_identity',
  attributes: {
    account_id: str({ computed: true }),
    arn: str({ computed: true }),
    identity_type: str({ computed: true }),
  },
});
