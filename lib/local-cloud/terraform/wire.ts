/**
 * Terraform's plugin protocol, version 5, as far as this provider speaks it: messages, field numbers and calls, in the
 * JSON form that protobuf libraries read. Names keep their underscores, as on the wire's description.
 */

type MessageFields = { [name: string]: [type: string, id: number] };

/** `[]type` repeats, `{}type` is a map with text keys. */
function message(fields: MessageFields, nested: object = {}): object {
  const entry = ([name, [type, id]]: [string, [string, number]]) => {
    if (type.startsWith('[]')) {
      return [name, { rule: 'repeated', type: type.slice(2), id }];
    }
    return [name, type.startsWith('{}') ? { keyType: 'string', type: type.slice(2), id } : { type, id }];
  };
  return { fields: Object.fromEntries(Object.entries(fields).map(entry)) as Record<string, object>, nested };
}

function call(request: MessageFields, response: MessageFields): object {
  return message({}, { Request: message(request), Response: message(response) });
}

const messages = {
  DynamicValue: message({ msgpack: ['bytes', 1], json: ['bytes', 2] }),
  Diagnostic: message({
    severity: ['int32', 1],
    summary: ['string', 2],
    detail: ['string', 3],
    attribute: ['AttributePath', 4],
  }),
  AttributePath: message(
    { steps: ['[]Step', 1] },
    {
      Step: {
        // One of the three, so that an element's position 0 is still written.
        oneofs: { selector: { oneof: ['attribute_name', 'element_key_string', 'element_key_int'] } },
        fields: {
          attribute_name: { type: 'string', id: 1 },
          element_key_string: { type: 'string', id: 2 },
          element_key_int: { type: 'int64', id: 3 },
        },
      },
    },
  ),
  RawState: message({ json: ['bytes', 1], flatmap: ['{}string', 2] }),
  Schema: message(
    { version: ['int64', 1], block: ['Block', 2] },
    {
      Block: message({ version: ['int64', 1], attributes: ['[]Attribute', 2], block_types: ['[]NestedBlock', 3] }),
      Attribute: message({
        name: ['string', 1],
        type: ['bytes', 2],
        required: ['bool', 4],
        optional: ['bool', 5],
        computed: ['bool', 6],
        sensitive: ['bool', 7],
        deprecated: ['bool', 9],
      }),
      NestedBlock: message({
        type_name: ['string', 1],
        block: ['Block', 2],
        nesting: ['int32', 3],
        min_items: ['int64', 4],
        max_items: ['int64', 5],
      }),
    },
  ),
  ServerCapabilities: message({ plan_destroy: ['bool', 1], get_provider_schema_optional: ['bool', 2] }),
  ImportedResource: message({ type_name: ['string', 1], state: ['DynamicValue', 2], private: ['bytes', 3] }),
  GetSchema: call(
    {},
    {
      provider: ['Schema', 1],
      resource_schemas: ['{}Schema', 2],
      data_source_schemas: ['{}Schema', 3],
      diagnostics: ['[]Diagnostic', 4],
      server_capabilities: ['ServerCapabilities', 6],
    },
  ),
  PrepareProviderConfig: call(
    { config: ['DynamicValue', 1] },
    { prepared_config: ['DynamicValue', 1], diagnostics: ['[]Diagnostic', 2] },
  ),
  Configure: call(
    { terraform_version: ['string', 1], config: ['DynamicValue', 2] },
    { diagnostics: ['[]Diagnostic', 1] },
  ),
  ValidateResourceTypeConfig: call(
    { type_name: ['string', 1], config: ['DynamicValue', 2] },
    { diagnostics: ['[]Diagnostic', 1] },
  ),
  ValidateDataSourceConfig: call(
    { type_name: ['string', 1], config: ['DynamicValue', 2] },
    { diagnostics: ['[]Diagnostic', 1] },
  ),
  UpgradeResourceState: call(
    { type_name: ['string', 1], version: ['int64', 2], raw_state: ['RawState', 3] },
    { upgraded_state: ['DynamicValue', 1], diagnostics: ['[]Diagnostic', 2] },
  ),
  ReadResource: call(
    { type_name: ['string', 1], current_state: ['DynamicValue', 2], private: ['bytes', 3] },
    { new_state: ['DynamicValue', 1], diagnostics: ['[]Diagnostic', 2], private: ['bytes', 3] },
  ),
  PlanResourceChange: call(
    {
      type_name: ['string', 1],
      prior_state: ['DynamicValue', 2],
      proposed_new_state: ['DynamicValue', 3],
      config: ['DynamicValue', 4],
      prior_private: ['bytes', 5],
    },
    {
      planned_state: ['DynamicValue', 1],
      requires_replace: ['[]AttributePath', 2],
      planned_private: ['bytes', 3],
      diagnostics: ['[]Diagnostic', 4],
      legacy_type_system: ['bool', 5],
    },
  ),
  ApplyResourceChange: call(
    {
      type_name: ['string', 1],
      prior_state: ['DynamicValue', 2],
      planned_state: ['DynamicValue', 3],
      config: ['DynamicValue', 4],
      planned_private: ['bytes', 5],
    },
    {
      new_state: ['DynamicValue', 1],
      private: ['bytes', 2],
      diagnostics: ['[]Diagnostic', 3],
      legacy_type_system: ['bool', 4],
    },
  ),
  ImportResourceState: call(
    { type_name: ['string', 1], id: ['string', 2] },
    { imported_resources: ['[]ImportedResource', 1], diagnostics: ['[]Diagnostic', 2] },
  ),
  ReadDataSource: call(
    { type_name: ['string', 1], config: ['DynamicValue', 2] },
    { state: ['DynamicValue', 1], diagnostics: ['[]Diagnostic', 2] },
  ),
  Stop: call({}, { Error: ['string', 1] }),
};

/** Every call of the service, each with its messages `CALL.Request` and `CALL.Response`. */
export const CALLS = [
  'GetSchema',
  'PrepareProviderConfig',
  'Configure',
  'ValidateResourceTypeConfig',
  'ValidateDataSourceConfig',
  'UpgradeResourceState',
  'ReadResource',
  'PlanResourceChange',
  'ApplyResourceChange',
  'ImportResourceState',
  'ReadDataSource',
  'Stop',
] as const satisfies readonly (keyof typeof messages)[];

export type RpcCall = (typeof CALLS)[number];

/** Full name of the service. */
export const SERVICE = 'tfplugin5.Provider';

export const PROTOCOL = {
  nested: {
    tfplugin5: {
      nested: {
        ...messages,
        Provider: {
          methods: Object.fromEntries(
            CALLS.map((name) => [name, { requestType: `${name}.Request`, responseType: `${name}.Response` }]),
          ),
        },
      },
    },
  },
};

/** A value of Terraform's type system; `json` is used in no call that this provider answers. */
export interface DynamicValue {
  readonly msgpack: Uint8Array;
}

export interface AttributePath {
  readonly steps: readonly ({ attribute_name: string } | { element_key_int: number })[];
}

export interface Diagnostic {
  /** 1 error, 2 warning. */
  readonly severity: 1 | 2;
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: AttributePath;
}

/** The requests, with those fields that are read. */
export interface Requests {
  GetSchema: object;
  PrepareProviderConfig: { config: DynamicValue };
  Configure: { config: DynamicValue };
  ValidateResourceTypeConfig: { type_name: string; config: DynamicValue };
  ValidateDataSourceConfig: { type_name: string; config: DynamicValue };
  UpgradeResourceState: { type_name: string; raw_state: { json: Uint8Array } };
  ReadResource: { type_name: string; current_state: DynamicValue; private: Uint8Array };
  PlanResourceChange: {
    type_name: string;
    prior_state: DynamicValue;
    proposed_new_state: DynamicValue;
    config: DynamicValue;
    prior_private: Uint8Array;
  };
  ApplyResourceChange: {
    type_name: string;
    prior_state: DynamicValue;
    planned_state: DynamicValue;
    planned_private: Uint8Array;
  };
  ImportResourceState: { type_name: string; id: string };
  ReadDataSource: { type_name: string; config: DynamicValue };
  Stop: object;
}
