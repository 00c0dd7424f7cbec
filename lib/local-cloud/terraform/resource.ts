import type { Table } from '../../provider-schema/table';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { SessionCredentials } from '../account/sts';
import { Refusal } from './diagnostics';
import type { Fields, Values } from './values';

/** What one provider configuration sees of the account. */
export interface Scope {
  readonly account: Account;
  readonly region: string;
  /** Set when the provider assumes a role. */
  readonly session?: SessionCredentials;
}

/** How one resource type of the provider is kept in the account. It holds no state of its own. */
export interface Resource {
  readonly table: Table;
  /** Two spellings of one argument: what is set under one appears under both. */
  readonly aliases?: readonly (readonly [current: string, old: string])[];
  /** Attributes that a change of an argument, or of blocks that are a set, makes anew. */
  readonly recomputed?: { readonly [argument: string]: readonly string[] };
  /** Returns the id. */
  create(scope: Scope, planned: Fields): string;
  /** What the account has; undefined, or an error with status 404, when it is gone. Empty text stands for nothing. */
  read(scope: Scope, id: string, state: Fields): Values | undefined;
  update?(scope: Scope, id: string, planned: Fields, prior: Fields): void;
  delete(scope: Scope, id: string, prior: Fields): void;
}

/** How one data source of the provider is read from the account. */
export interface DataSource {
  readonly table: Table;
  read(scope: Scope, config: Fields): Values;
}

/** The parts of an id like `INSTANCE:TOPIC`. */
export function splitId(id: string, form: string): string[] {
  const parts = id.split(':');
  if (parts.length !== form.split(':').length || parts.includes('')) {
    throw new Refusal('malformed id', `the id is ${JSON.stringify(id)}, expected ${form}`, ['id']);
  }
  return parts;
}

/** The result of a look-up, or undefined when the service says that there is no such thing. */
export function unlessGone<T>(lookUp: () => T): T | undefined {
  try {
    return lookUp();
  } catch (error) {
    if (error instanceof CloudError && error.httpStatus === 404) {
      return undefined;
    }
    throw error;
  }
}
