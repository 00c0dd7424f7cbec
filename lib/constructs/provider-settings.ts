import { type TerraformProvider, TerraformStack, Token } from 'cdktf';
import type { IConstruct } from 'constructs';
import { parseRoleArn } from '../cloud/arn';
import { withReferences } from './references';

/** Arguments of the provider that say where credentials come from, under the names that its bindings give what was set. */
const CREDENTIALS = [
  'accessKeyInput',
  'profileInput',
  'sharedCredentialsFileInput',
  'credentialsUriInput',
  'ecsRoleNameInput',
  'assumeRoleInput',
  'assumeRoleWithOidcInput',
];

const defaults = new WeakMap<TerraformStack, TerraformProvider>();

/**
 * Region that the provider of a construct is set to.
 *
 * @returns undefined where no provider is in the stack yet, or where its region comes from the environment
 */
export function regionOf(scope: IConstruct, provider?: TerraformProvider): string | undefined {
  return argumentsOf(scope, provider).regionInput as string | undefined;
}

/**
 * Text that is the same for all providers that work in one account, as far as their arguments tell. Two accounts are
 * told apart by `account_id` or the account of the role that is assumed, or else by any argument that says where
 * credentials come from.
 */
export function accountOf(scope: IConstruct, provider?: TerraformProvider): string {
  const set = argumentsOf(scope, provider);
  const accountId = set.accountIdInput ?? assumedAccount(set);
  if (accountId !== undefined) {
    return JSON.stringify(withReferences(scope, accountId));
  }
  const given = CREDENTIALS.filter((name) => set[name] !== undefined).map((name) => [name, set[name]]);
  return given.length === 0 ? '' : JSON.stringify(withReferences(scope, given));
}

/**
 * Id of the account that a provider works in.
 *
 * @returns undefined where it does not say, or says it by a reference
 */
export function accountIdOf(scope: IConstruct, provider?: TerraformProvider): string | undefined {
  const set = argumentsOf(scope, provider);
  const accountId = set.accountIdInput ?? assumedAccount(set);
  return typeof accountId === 'string' && !Token.isUnresolved(accountId) ? accountId : undefined;
}

function assumedAccount({ assumeRoleInput, assumeRoleWithOidcInput }: Arguments): string | undefined {
  const blocks = [assumeRoleInput, assumeRoleWithOidcInput];
  // A single block in this package's bindings, a list in those of a team whose provider schema allows several.
  const [block] = blocks.flat().filter((one) => one !== undefined) as { roleArn?: string }[];
  return parseRoleArn(block?.roleArn ?? '')?.accountId;
}

/** The provider of a part of something: the one it is given, else the other's, if that is one of its stack. */
export function providerOn(
  whole: IConstruct & { readonly provider?: TerraformProvider },
  part: IConstruct,
  given: TerraformProvider | undefined,
): TerraformProvider | undefined {
  return given ?? (TerraformStack.of(whole) === TerraformStack.of(part) ? whole.provider : undefined);
}

type Arguments = Readonly<Record<string, unknown>>;

/** What a provider was given. Any class of bindings will do, for a team may bring its own: cdktf makes them all alike. */
function argumentsOf(scope: IConstruct, given: TerraformProvider | undefined): Arguments {
  const provider = given ?? defaultProvider(TerraformStack.of(scope));
  return (provider ?? {}) as Arguments;
}

function defaultProvider(stack: TerraformStack): TerraformProvider | undefined {
  const found =
    defaults.get(stack) ??
    stack.allProviders().find((one) => one.terraformResourceType === 'alicloud' && one.alias === undefined);
  if (found) {
    defaults.set(stack, found);
  }
  return found;
}
