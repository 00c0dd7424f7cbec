import type { ReferenceMetadata } from '../cloud/named-reference';

/** Attributes of a resource. */
export type Values = Readonly<Record<string, unknown>>;

/** A synthesised stack, as far as it tells where things are and what it refers to. */
export interface SynthesizedStack extends ReferenceMetadata {
  readonly provider?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Values & { readonly provider?: string }>>>>;
  readonly variable?: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** What a plan does with a resource. */
export interface ResourceChange {
  readonly address: string;
  /** Where the state has it, if it is moved. */
  readonly previous_address?: string;
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
  };
}

/** What `terraform show -json` tells of a plan. */
export interface PlanDocument {
  readonly variables?: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly resource_changes?: readonly ResourceChange[];
}

/** What `terraform state pull` tells. */
export interface StateDocument {
  readonly outputs?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly resources?: readonly RecordedResource[];
}

/** A resource in a state, with all that was made of it. */
export interface RecordedResource {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  /** E.g. `provider["registry.terraform.io/aliyun/alicloud"].alias`. @default - not known */
  readonly provider?: string;
  readonly module?: string;
  readonly instances?: readonly { readonly index_key?: string | number; readonly attributes?: Values }[];
}

/** A stack, what its plan would do, and what it has. */
export interface ComparedStack {
  readonly name: string;
  /** Terraform on it, as people type it. */
  readonly command: string;
  readonly configuration: SynthesizedStack;
  readonly plan: PlanDocument;
  readonly state: StateDocument;
}
