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
  /** Whether it came by HTTPS. */
  readonly secure: boolean;
}

/** What an action answers, without the request id. */
export type Result = Readonly<Record<string, unknown>>;

export interface Action {
  /** Names of its parameters. */
  readonly parameters: readonly string[];
  /**
   * What the caller needs permission on: the part of the ARN after the account, e.g. `role/name`, or a whole ARN; `*`
   * where an action has no resource. Null for an action that needs no permission.
   */
  readonly resource: ((parameters: Parameters, caller: Principal) => string | readonly string[]) | null;
  readonly run: (parameters: Parameters, call: ActionCall) => Result | Promise<Result>;
  /** Whether all that it ever says is that it is not served. @default false */
  readonly isRefused?: boolean;
}

/** One product's API in one version. */
export interface Api {
  /** As in endpoints, the request log and fault settings, e.g. `ram`. */
  readonly product: string;
  readonly version: string;
  /** Prefixes of the product's actions in RAM policies. */
  readonly policyPrefixes: readonly string[];
  /** Whether the resources are those of RAM, which knows no regions. @default false */
  readonly ofRam?: boolean;
  /** Another name that policies have for an action. @default - none */
  readonly policyName?: (action: string) => string;
  readonly actions: Readonly<Record<string, Action>>;
}

/** Names of what an API serves. */
export function servedActions({ actions }: Api): string[] {
  return Object.keys(actions).filter((name) => !actions[name].isRefused);
}

/** An action: its parameters, what it does, and what RAM calls the thing that it does it to. */
export function action<P extends ParameterTable>(
  parameters: P,
  run: (values: ValuesOf<P>, call: ActionCall) => Result | void | Promise<Result | void>,
  resource: Action['resource'] = () => '*',
): Action {
  return {
    resource,
    parameters: Object.keys(parameters),
    run: async (given, call) => (await run(valuesOf(parameters, given), call)) ?? {},
  };
}
