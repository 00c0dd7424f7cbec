import { provider } from '../../provider-schema/index';
import { REGIONS } from '../../cloud/regions';
import type { TypeSchema } from '../../provider-schema/table';
import type { Account } from '../account/account';
import { principalOfSession } from '../account/principal';
import type { Codec } from './codec';
import { attributePath, diagnosticOf, errorAt, ProviderError } from './diagnostics';
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

type Handlers = { [C in RpcCall]: (request: Requests[C]) => object };

/** The provider as one connection of Terraform sees it: Terraform opens one for each provider configuration. */
export class Provider implements Handlers {
  private scope: ProviderScope | undefined;

  constructor(
    private readonly account: Account,
    private readonly defaultRegion: string,
    private readonly codec: Codec,
  ) {}

  /** Answers a call. Whatever goes wrong becomes a diagnostic, never an exception. */
  public answer<C extends RpcCall>(call: C, request: Requests[C]): object {
    try {
      return (this as Handlers)[call](request);
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
    return { prepared_config: config, diagnostics };
  }

  public Configure({ config }: Requests['Configure']): object {
    const fields = new AttributeValues(this.existing(provider, config));
    const role = fields.block('assume_role');
    this.scope = {
      account: this.account,
      region: fields.str('region') ?? this.defaultRegion,
      // Assumption: the session is named `terraform` when the configuration names none.
      principal: role
        ? principalOfSession(
            this.account.sts.assumeRole(role.str('role_arn') ?? '', role.str('session_name') ?? 'terraform', {
              durationSeconds: role.num('session_expiration'),
              policy: role.str('policy'),
            }),
          )
        : { kind: 'account', secret: this.account.identity.accessKeySecret },
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

  public ReadResource({ type_name, current_state, private: kept }: Requests['ReadResource']): object {
    const resource = resourceOf(type_name);
    const state = this.existing(resource.table, current_state);
    return { new_state: this.codec.encode(resource.table, this.read(resource, state)), private: kept };
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

  public ApplyResourceChange(request: Requests['ApplyResourceChange']): object {
    const resource = resourceOf(request.type_name);
    const { table } = resource;
    const prior = this.codec.decode(table, request.prior_state);
    const planned = this.codec.decode(table, request.planned_state);
    const kept = { private: request.planned_private, legacy_type_system: true };
    const doing = !planned ? 'delete' : prior ? 'update' : 'create';
    try {
      return { new_state: this.codec.encode(table, this.apply(resource, prior, planned)), ...kept };
    } catch (error) {
      // What was there before is still there; the next refresh tells how much of the change was made.
      const diagnostics: Diagnostic[] = [diagnosticOf(error, `cannot ${doing} ${request.type_name}`)];
      return { new_state: request.prior_state, diagnostics, ...kept };
    }
  }

  public ImportResourceState({ type_name, id }: Requests['ImportResourceState']): object {
    const { table } = resourceOf(type_name);
    if (!table.importable) {
      throw new ProviderError('import is not supported', `the provider cannot import ${type_name}`);
    }
    return { imported_resources: [{ type_name, state: this.codec.encode(table, conform(table, { id })) }] };
  }

  public ReadDataSource({ type_name, config }: Requests['ReadDataSource']): object {
    const { table, read } = dataSourceOf(type_name);
    const values = this.existing(table, config);
    const state = { ...values, ...read(this.configured(), new AttributeValues(values)) };
    return { state: this.codec.encode(table, state) };
  }

  public Stop(): object {
    // Every change is made in one step, so there is never one to interrupt.
    return {};
  }

  private apply(resource: Resource, prior: Values | null, planned: Values | null): Values | null {
    const scope = this.configured();
    if (!planned) {
      const fields = new AttributeValues(prior ?? {});
      undefinedIfNotFound(() => resource.delete(scope, fields.str('id')!, fields));
      return null;
    }
    let { id } = planned;
    if (prior) {
      id = prior.id;
      resource.update?.(scope, id as string, new AttributeValues(planned), new AttributeValues(prior));
    } else {
      id = resource.create(scope, new AttributeValues(planned));
    }
    return this.read(resource, { ...planned, id });
  }

  private read(resource: Resource, state: Values): Values | null {
    const fields = new AttributeValues(state);
    const actual = undefinedIfNotFound(() => resource.read(this.configured(), fields.str('id') ?? '', fields));
    return actual ? mergeState(resource.table, state, actual) : null;
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
      throw new ProviderError('malformed value', 'the value is null, expected an object');
    }
    return values;
  }
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
