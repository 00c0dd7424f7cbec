import { DefaultTokenResolver, StringConcat, type TerraformProvider, TerraformStack, Tokenization } from 'cdktf';
import type { Construct, IConstruct } from 'constructs';
import type { Attribute } from './provider-alicloud/table';

/** Arguments of the provider that decide whose account it works in. */
const ACCOUNT_ARGUMENTS = [
  'account_id',
  'access_key',
  'profile',
  'shared_credentials_file',
  'credentials_uri',
  'ecs_role_name',
  'assume_role',
  'assume_role_with_oidc',
];

/** Form of a region's id. New regions appear, so it is not held against a list. */
export const REGION: Attribute = { type: 'string', pattern: /^[a-z]+(-[a-z0-9]+)+$/ };

const defaults = new WeakMap<TerraformStack, TerraformProvider>();

/**
 * Region that the provider of a construct is set to.
 *
 * @returns undefined where no provider is in the stack yet, or where its region comes from the environment
 */
export function regionOf(scope: IConstruct, provider?: TerraformProvider): string | undefined {
  return settingsOf(scope, provider).region as string | undefined;
}

/**
 * Text that is the same for all providers that work in one account, as far as their arguments tell. Two accounts are
 * told apart by `account_id`, or else by any argument that says where credentials come from.
 */
export function accountOf(scope: IConstruct, provider?: TerraformProvider): string {
  const settings = settingsOf(scope, provider);
  const names = settings.account_id === undefined ? ACCOUNT_ARGUMENTS : ['account_id'];
  const values = Tokenization.resolve(
    names.map((name) => settings[name] ?? null),
    { scope: scope as Construct, resolver: new DefaultTokenResolver(new StringConcat()), preparing: false },
  );
  return JSON.stringify(values);
}

/** Any class of bindings will do: a team may bring its own. */
function settingsOf(scope: IConstruct, given?: TerraformProvider): Record<string, unknown> {
  const provider = given ?? defaultProvider(TerraformStack.of(scope));
  if (!provider) {
    return {};
  }
  return provider.toTerraform().provider[provider.terraformResourceType][0];
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
