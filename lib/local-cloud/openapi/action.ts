import type { Account } from '../account/account';
import type { Faults } from '../http/faults';
import type { Principal } from '../account/principal';
import { type Parameters, type ParameterTable, type ValuesOf, valuesOf } from './parameters';

/** One call, after its signature has been accepted. */
export interface ActionCall {
  readonly account: Account;
  readonly principal: Principal;
  readonly region: string;
  readonly faults: Faults;
}

/** What an action answers, without the request id. */
export type Result = Readonly<Record<string, unknown>>;

export interface Action {
  /**
   * Part of the resource's name in RAM after the account, e.g. `role/name`; `*` where an action has none. Null for an
   * action that needs no permission.
   */
  readonly resource: ((parameters: Parameters, caller: Principal) => string) | null;
  readonly run: (parameters: Parameters, call: ActionCall) => Result;
}

/** One product's API in one version. */
export interface Api {
  /** As in endpoints, the request log and fault settings, e.g. `ram`. */
  readonly product: string;
  readonly version: string;
  /** Prefixes of the product's actions in RAM policies. */
  readonly policyPrefixes: readonly string[];
  /** Another name that policies have for an action. @default - none */
  readonly policyName?: (action: string) => string;
  readonly actions: Readonly<Record<string, Action>>;
}

/** An action: its parameters, what it does, and what RAM calls the thing that it does it to. */
export function action<P extends ParameterTable>(
  parameters: P,
  run: (values: ValuesOf<P>, call: ActionCall) => Result | void,
  resource: Action['resource'] = () => '*',
): Action {
  return { resource, run: (given, call) => run(valuesOf(parameters, given), call) ?? {} };
}
