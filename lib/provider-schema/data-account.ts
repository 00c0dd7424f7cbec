import { str } from './table';

/** The account behind the credentials. */
export const dataAccount = {
  name: 'alicloud_account',
  attributes: {
    id: str({ computed: true }),
  },
} as const;
