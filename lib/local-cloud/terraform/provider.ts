import { provider } from '../../provider-schema/index';
import { REGIONS } from '../../cloud/regions';
import type { TypeSchema } from '../../provider-schema/table';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { carriesToken, type Principal, principalOf, principalOfSession } from '../account/principal';
import type { Change, Operation, ProviderCalls } from './calls';
import type { Codec } from './codec';
import { attributePath, diagnosticOf, errorAt, ProviderError, warningAt } from './diagnostics';
import { checkMayAssume, checkPermission } from './permissions';
import { planChange } from './plan';
import { undefinedIfNotFound, type DataSource, type Resource, type ProviderScope } from './resource';
import { accountDataSources } from './resources/account';
import { mnsResources } from './resources/mns';
import { onsDataSources, onsResources } from './resources/mq';
import { ossResources } from './resources/oss';
import { ramDataSources, ramResources } from './resources/ram';
import { wireSchemas } from './schema';
import { mergeState } from './state';
import { validateConfig } from './validate';
import { conform, AttributeValues, parseJson, type Values } from './values';
import type { RpcCall, Diagnostic, Requests } from './wire';

/** What the provider serves. A test holds it against the tables. */
export const RESOURCES = byName([...onsResources, ...ramResources, ...ossResources, ...mnsResources]);
export const DATA_SOURCES = byName([...onsDataSources, ...ramDataSources, ...accountDataSources]);
const SCHEMAS = wireSchemas();

function byName<T extends { readonly table: TypeSchema }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.table.name, one]));
}

/** Arguments by which the provider finds keys on the machine that it runs on. */
const OTHER_CREDENTIALS = ['profile', 'shared_credentials_file', 'ecs_role_name', 'credentials_uri'];

type Handlers = { [C in RpcCall]: (request: Requests[C]) => object | Promise<object> };

/** The provider as one connection of Terraform sees it: Terraform opens one for each provider configuration. */
export class Provider implements Handlers {
  private scope: ProviderScope | undefined;

  constructor(
    private readonly account: Account,
    private readonly defaultRegion: string,
    private readonly codec: Codec,
    private readonly calls: ProviderCalls,
  ) {}

  /** Answers a call. Whatever goes wrong becomes a diagnostic, never an exception. */
  public async answer<C extends RpcCall>(call: C, request: Requests[C]): Promise<object> {
    try {
      return await (this as Handlers)[call](request);
    } catch (error) {
      const { type_name: type = 'provider' } = request as { type_name?: string };
      return { diagnostics: [diagnosticOf(error, `${DOING[call]} ${type}`)] };
    }
  }

  public GetSchema(): object {
    return { ...SCHEMAS, server_capabilities: { get_provider_schema_optional: true } };
  }

  public PrepareProviderConfig({ config }: Requests['PrepareProviderConfig']): object {
    const values = this.existing(provider, config);
    const region = new AttributeValues(values).str('region');
    const diagnostics = validateConfig(provider, values);
    if (region !== undefined && !values.skip_region_validation && !REGIONS.includes(region)) {
      diagnostics.push(
        errorAt(['region'], 'invalid value for region', `region: expected one of ${REGIONS.join(', ')}, got ${region}`),
      );
    }
    for (const name of OTHER_CREDENTIALS.filter((one) => typeof values[one] === 'string')) {
      const detail = `${name} has no effect on the local cloud, which takes its own keys`;
      diagnostics.push(warningAt([name], 'credentials are not read', detail));
    }
    if (new AttributeValues(values).block('assume_role_with_oidc')) {
      const detail = 'the local cloud does not serve AssumeRoleWithOIDC';
      diagnostics.push(errorAt(['assume_role_with_oidc'], 'block is not available', detail));
    }
    return { prepared_config: config, diagnostics };
  }

  public Configure({ config }: Requests['Configure']): object {
    const fields = new AttributeValues(this.existing(provider, config));
    const caller = principalOfKeys(this.account, fields);
    const role = fields.block('assume_role');
    this.scope = {
      account: this.account,
      region: fields.str('region') ?? this.defaultRegion,
      principal: role ? sessionOf(this.account, caller, role) : caller,
    };
    return {};
  }

  public ValidateResourceTypeConfig({ type_name, config }: Requests['ValidateResourceTypeConfig']): object {
    const { table } = resourceOf(type_name);
    return { diagnostics: validateConfig(table, this.existing(table, config)) };
  }

  public ValidateDataSourceConfig({ type_name, config }: Requests['ValidateDataSourceConfig']): object {
    const { table } = dataSourceOf(type_name);
    return { diagnostics: validateConfig(table, this.existing(table, config)) };
  }

  public UpgradeResourceState({ type_name, raw_state }: Requests['UpgradeResourceState']): object {
    const { table } = resourceOf(type_name);
    const raw = parseJson(Buffer.from(raw_state.json).toString());
    return { upgraded_state: this.codec.encode(table, conform(table, raw)) };
  }

  public async ReadResource({ type_name, current_state, private: kept }: Requests['ReadResource']): Promise<object> {
    const resource = resourceOf(type_name);
    const state = this.existing(resource.table, current_state);
    return { new_state: this.codec.encode(resource.table, await this.read(resource, state)), private: kept };
  }

  public PlanResourceChange(request: Requests['PlanResourceChange']): object {
    const resource = resourceOf(request.type_name);
    const prior = this.codec.decode(resource.table, request.prior_state);
    const config = this.codec.decode(resource.table, request.config);
    if (!config) {
      return { planned_state: request.proposed_new_state, planned_private: request.prior_private };
    }
    const { planned, requiresReplace } = planChange(resource, config, prior);
    return {
      planned_state: this.codec.encode(resource.table, planned),
      requires_replace: requiresReplace.map(attributePath),
      planned_private: request.prior_private,
      // Defaults, and documents that are kept as they were, are allowed to the older kind of provider only.
      legacy_type_system: true,
    };
  }

  public async ApplyResourceChange(request: Requests['ApplyResourceChange']): Promise<object> {
    const resource = resourceOf(request.type_name);
    const { table } = resource;
    const prior = this.codec.decode(table, request.prior_state);
    const planned = this.codec.decode(table, request.planned_state);
    const kept = { private: request.planned_private, legacy_type_system: true };
    const doing = !planned ? 'delete' : prior ? 'update' : 'create';
    const failed = (error: unknown): { diagnostics: Diagnostic[] } => ({
      diagnostics: [diagnosticOf(error, `cannot ${doing} ${request.type_name}`)],
    });
    let made: Values | null;
    try {
      made = await this.change(resource, prior, planned);
    } catch (error) {
      // What was there before is still there; the next refresh tells how much of the change was made.
      return { new_state: request.prior_state, ...failed(error), ...kept };
    }
    try {
      if (doing === 'create') {
        await this.complete(resource, made!);
      }
      return { new_state: this.codec.encode(table, made && (await this.read(resource, made))), ...kept };
    } catch (error) {
      // It is made, though nobody could complete or read it: Terraform takes what is new for tainted.
      return { new_state: this.codec.encode(table, mergeState(table, made!, {})), ...failed(error), ...kept };
    }
  }

  public ImportResourceState({ type_name, id }: Requests['ImportResourceState']): object {
    const { table } = resourceOf(type_name);
    if (!table.importable) {
      throw new ProviderError('import is not supported', `the provider cannot import ${type_name}`);
    }
    return { imported_resources: [{ type_name, state: this.codec.encode(table, conform(table, { id })) }] };
  }

  public async ReadDataSource({ type_name, config }: Requests['ReadDataSource']): Promise<object> {
    const { table, read } = dataSourceOf(type_name);
    const values = this.existing(table, config);
    const found = await this.run(table, 'read', { values }, (scope) => read(scope, new AttributeValues(values)));
    const state = { ...values, ...found };
    return { state: this.codec.encode(table, state) };
  }

  public Stop(): object {
    // A change itself is made in one step: only a wait can be interrupted.
    this.calls.stop();
    return {};
  }

  /** What the resource is after a change, as far as the plan tells; null when it is gone. */
  private async change(resource: Resource, prior: Values | null, planned: Values | null): Promise<Values | null> {
    const { table } = resource;
    if (!planned) {
      const fields = new AttributeValues(prior ?? {});
      await this.run(table, 'delete', { values: fields.values }, (scope) =>
        undefinedIfNotFound(() => resource.delete(scope, fields.str('id')!, fields)),
      );
      return null;
    }
    const fields = new AttributeValues(planned);
    if (prior) {
      const { id } = prior;
      await this.run(table, 'update', { values: { ...planned, id }, prior }, (scope) =>
        resource.update?.(scope, id as string, fields, new AttributeValues(prior)),
      );
      return { ...planned, id };
    }
    return {
      ...planned,
      id: await this.run(table, 'create', { values: planned }, (scope) => resource.create(scope, fields)),
    };
  }

  private async complete({ table, complete }: Resource, made: Values): Promise<void> {
    if (complete) {
      // A bucket is private, unless its argument says something else.
      const change = { values: made, prior: { acl: 'private' } };
      await this.run(table, 'complete', change, (scope) =>
        complete(scope, made.id as string, new AttributeValues(made)),
      );
    }
  }

  private async read(resource: Resource, state: Values): Promise<Values | null> {
    const fields = new AttributeValues(state);
    const actual = await this.run(resource.table, 'read', { values: state }, (scope) =>
      undefinedIfNotFound(() => resource.read(scope, fields.str('id') ?? '', fields)),
    );
    return actual ? mergeState(resource.table, state, actual) : null;
  }

  /** Does it as the provider would, with the permissions of its keys. */
  private run<T>(
    table: TypeSchema,
    operation: Operation,
    change: Change,
    work: (scope: ProviderScope) => T | Promise<T>,
  ): Promise<T> {
    const scope = this.configured();
    return this.calls.run(table, operation, change, () => {
      checkPermission(scope, table.name, operation, change);
      return work(scope);
    });
  }

  private configured(): ProviderScope {
    if (!this.scope) {
      throw new ProviderError('provider is not configured', 'the provider was called before its configuration');
    }
    return this.scope;
  }

  private existing(table: TypeSchema, value: Requests['ReadResource']['current_state']): Values {
    const values = this.codec.decode(table, value);
    if (!values) {
      throw new ProviderError('malformed value', 'the value: expected an object, got null');
    }
    return values;
  }
}

/**
 * Whose keys a configuration has. Without any the provider takes those of Terraform's environment, which nobody tells the
 * local cloud: it takes them for the account's own.
 */
function principalOfKeys(account: Account, fields: AttributeValues): Principal {
  const [accessKeyId, secret] = [fields.str('access_key'), fields.str('secret_key')];
  if (accessKeyId === undefined) {
    return { kind: 'account', secret: account.identity.accessKeySecret };
  }
  const principal = principalOf(account, accessKeyId);
  if (!principal || principal === 'inactive') {
    throw new CloudError(
      'InvalidAccessKeyId.NotFound',
      `the access key ${accessKeyId} is not one of this account`,
      404,
    );
  }
  if (secret !== principal.secret || !carriesToken(principal, fields.str('security_token'))) {
    throw new CloudError('SignatureDoesNotMatch', `the secret of the access key ${accessKeyId} is another one`);
  }
  return principal;
}

/** Assumption: the session is named `terraform` when the configuration names none. */
function sessionOf(account: Account, caller: Principal, role: AttributeValues): Principal {
  const roleArn = role.str('role_arn') ?? '';
  checkMayAssume(account, caller, roleArn);
  return principalOfSession(
    account.sts.assumeRole(roleArn, role.str('session_name') ?? 'terraform', {
      durationSeconds: role.num('session_expiration'),
      policy: role.str('policy'),
      externalId: role.str('external_id') || undefined,
      caller,
    }),
  );
}

/** What a call was about, for errors. */
const DOING: { [C in RpcCall]: string } = {
  GetSchema: 'cannot describe',
  PrepareProviderConfig: 'cannot validate',
  Configure: 'cannot configure',
  ValidateResourceTypeConfig: 'cannot validate',
  ValidateDataSourceConfig: 'cannot validate',
  UpgradeResourceState: 'cannot upgrade',
  ReadResource: 'cannot read',
  PlanResourceChange: 'cannot plan',
  ApplyResourceChange: 'cannot change',
  ImportResourceState: 'cannot import',
  ReadDataSource: 'cannot read',
  Stop: 'cannot stop',
};

function resourceOf(type: string): Resource {
  const resource = RESOURCES.get(type);
  if (!resource) {
    throw unknownType('resource', type, RESOURCES);
  }
  return resource;
}

function dataSourceOf(type: string): DataSource {
  const dataSource = DATA_SOURCES.get(type);
  if (!dataSource) {
    throw unknownType('data source', type, DATA_SOURCES);
  }
  return dataSource;
}

function unknownType(kind: string, type: string, served: ReadonlyMap<string, unknown>): ProviderError {
  const known = [...served.keys()].join(', ');
  return new ProviderError(`unknown ${kind} type`, `the local cloud does not have ${type}, it has ${known}`);
}
