import type { Rule } from '../cloud/rule';

/** Type of a value, written as Terraform writes it in a schema. */
export type ValueType =
  | 'string'
  | 'number'
  | 'bool'
  | readonly ['list' | 'set' | 'map', ValueType]
  | readonly ['object', { readonly [name: string]: ValueType }];

/** What the provider knows about an argument, beyond its type. */
export interface AttributeOptions extends Omit<Rule, 'type'> {
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  /** A change makes Terraform replace the resource. */
  readonly forceNew?: boolean;
  readonly default?: string | number | boolean;
  /** The value is a day, `YYYY-MM-DD`. */
  readonly date?: boolean;
  /** The value is a regular expression. */
  readonly regex?: boolean;
  /** The value is a JSON object. */
  readonly json?: boolean;
  /** Two values that mean the same are no difference: the same JSON object, or the same instant. */
  readonly equivalence?: 'json' | 'instant';
  /** A difference counts only while other arguments have these values. */
  readonly comparedIf?: { readonly [name: string]: string };
  readonly conflictsWith?: readonly string[];
  readonly requiredWith?: readonly string[];
}

/** An argument or attribute of a type. */
export interface Attribute extends AttributeOptions {
  readonly type: ValueType;
}

/** A nested block of a type. */
export interface Block {
  readonly nesting: 'list' | 'set';
  readonly minItems?: number;
  readonly maxItems?: number;
  /** The provider fills the block in where the configuration has none. */
  readonly computed?: boolean;
  readonly deprecated?: boolean;
  readonly conflictsWith?: readonly string[];
  readonly attributes: { readonly [name: string]: Attribute };
  readonly blocks?: { readonly [name: string]: Block };
}

/** The default time limits of a resource, in Terraform's spelling (`6m`). */
export interface Timeouts {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
}

/** One type of the provider, or the provider's own configuration. */
export interface TypeSchema {
  /** Terraform's name of the type, e.g. `alicloud_ons_topic`. */
  readonly name: string;
  readonly attributes: { readonly [name: string]: Attribute };
  readonly blocks?: { readonly [name: string]: Block };
  readonly timeouts?: Timeouts;
  /** The resource can be imported by its id. */
  readonly importable?: boolean;
}

/** An attribute that holds text. */
export function str<const F extends AttributeOptions>(facts: F): F & { readonly type: 'string' } {
  return { ...facts, type: 'string' };
}

/** An attribute that holds a number. */
export function num<const F extends AttributeOptions>(facts: F): F & { readonly type: 'number' } {
  return { ...facts, type: 'number' };
}

/** An attribute that holds true or false. */
export function bool<const F extends AttributeOptions>(facts: F): F & { readonly type: 'bool' } {
  return { ...facts, type: 'bool' };
}

/** An attribute that holds several texts in order. */
export function strings<const F extends AttributeOptions>(
  facts: F,
): F & { readonly type: readonly ['list', 'string'] } {
  return { ...facts, type: ['list', 'string'] };
}

/** An attribute that holds several texts without order. */
export function stringSet<const F extends AttributeOptions>(
  facts: F,
): F & { readonly type: readonly ['set', 'string'] } {
  return { ...facts, type: ['set', 'string'] };
}

/** An attribute that maps names to texts. */
export function stringMap<const F extends AttributeOptions>(
  facts: F,
): F & { readonly type: readonly ['map', 'string'] } {
  return { ...facts, type: ['map', 'string'] };
}

/** An attribute that holds several objects in order. */
export function objects<const F extends AttributeOptions, const T extends { readonly [name: string]: ValueType }>(
  facts: F,
  members: T,
): F & { readonly type: readonly ['list', readonly ['object', T]] } {
  return { ...facts, type: ['list', ['object', members]] };
}

/** Completes the table of a resource or data source with the `id` that each one has. */
export function typeTable<const T extends TypeSchema>(table: T) {
  return { ...table, attributes: { ...table.attributes, id: str({ optional: true, computed: true }) } };
}
