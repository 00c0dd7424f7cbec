import type { TypeSchema } from '../../provider-schema/table';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { Principal } from '../account/principal';
import { ProviderError } from './diagnostics';
import type { AttributeValues, Values } from './values';

/** What one provider configuration sees of the account. */
export interface ProviderScope {
  readonly account: Account;
  readonly region: string;
  /** Whose keys the provider has: the account's, or those of the role that it assumes. */
  readonly principal: Principal;
}

/** How one resource type of the provider is kept in the account. It holds no state of its own. */
export interface Resource {
  readonly table: TypeSchema;
  /** Two spellings of one argument: what is set under one appears under both. */
  readonly aliases?: readonly (readonly [current: string, old: string])[];
  /** Attributes that a change of an argument, or of blocks that are a set, makes anew. */
  readonly unknownOnChange?: { readonly [argument: string]: readonly string[] };
  /** Returns the id. */
  create(scope: ProviderScope, planned: AttributeValues): string | Promise<string>;
  /**
   * What the provider does once the resource is there and has its id: an error leaves it in the state, tainted.
   */
  complete?(scope: ProviderScope, id: string, planned: AttributeValues): void;
  /**
   * What the account has; undefined, or an error with status 404, when it is gone. Empty text stands for nothing. What
   * the provider does not read back is left out, and stays as it was.
   */
  read(scope: ProviderScope, id: string, state: AttributeValues): Values | undefined;
  update?(scope: ProviderScope, id: string, planned: AttributeValues, prior: AttributeValues): void | Promise<void>;
  delete(scope: ProviderScope, id: string, prior: AttributeValues): void | Promise<void>;
}

/** How one data source of the provider is read from the account. */
export interface DataSource {
  readonly table: TypeSchema;
  read(scope: ProviderScope, config: AttributeValues): Values;
}

/** The parts of an id like `INSTANCE:TOPIC`. */
export function splitId(id: string, form: string): string[] {
  const parts = id.split(':');
  if (parts.length !== form.split(':').length || parts.includes('')) {
    throw malformedId(id, form);
  }
  return parts;
}

/** An id of another form than the type's. */
export function malformedId(id: string, form: string): ProviderError {
  return new ProviderError('malformed id', `id: expected ${form}, got ${JSON.stringify(id)}`, ['id']);
}

/** @throws ProviderError where a data source is asked to write what it reads to a file */
export function checkNoOutputFile(config: AttributeValues): void {
  if (config.str('output_file') !== undefined) {
    throw new ProviderError(
      'argument is not available',
      'output_file is not written by the local cloud: use a Terraform output',
      ['output_file'],
    );
  }
}

/** The result of a look-up, or undefined when the service says that there is no such thing. */
export function undefinedIfNotFound<T>(lookUp: () => T): T | undefined {
  try {
    return lookUp();
  } catch (error) {
    if (error instanceof CloudError && error.httpStatus === 404) {
      return undefined;
    }
    throw error;
  }
}
