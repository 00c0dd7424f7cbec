import { inspect } from 'node:util';
import { TerraformProvider, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { didYouMean, nearest } from '../cli/nearest';
import { MAX_TAGS } from '../cloud/limits';
import { TAG_KEY, TAG_VALUE } from '../cloud/names';
import { REGIONS } from '../cloud/regions';
import { expectedInstead, type Rule, suggestionFor } from '../cloud/rule';

/** One thing that is wrong with what a construct was given. */
export interface PropertyError {
  /** Name of the property, e.g. `topicName` or `topicProps.topicName`. */
  readonly property: string;
  /** What was received, as text. */
  readonly received: string;
  /** What is allowed, as text. */
  readonly allowed: string;
  /**
   * A value that is allowed and near the one received.
   *
   * @default - none is plain
   */
  readonly suggestion?: string;
}

/** @deprecated use {@link PropertyError} */
export type Fault = PropertyError;

/** A construct was given something that is not allowed. Its message lists every error. */
export class ConstructError extends Error {
  constructor(
    /** Path of the construct in the app. */
    public readonly path: string,
    /** What is wrong, one entry a property. */
    public readonly errors: readonly PropertyError[],
  ) {
    super(`${path} is not valid:\n${errors.map((error) => `  - ${errorText(error)}`).join('\n')}`);
    this.name = 'ConstructError';
  }

  /** @deprecated use {@link ConstructError.errors} */
  public get faults(): readonly PropertyError[] {
    return this.errors;
  }
}

/** One error as a line of text. */
export function errorText(error: PropertyError): string {
  return `${error.property}: expected ${error.allowed}, got ${error.received}${meant(error.suggestion)}`;
}

/**
 * Checks that a construct has no errors.
 *
 * @throws ConstructError that lists all of them
 */
export function assertValid(construct: IConstruct, ...errors: readonly (readonly PropertyError[])[]): void {
  const all = errors.flat();
  if (all.length > 0) {
    throw new ConstructError(construct.node.path, all);
  }
}

/**
 * What a construct is made of, in a form that its members can be read from.
 *
 * @param name of the argument
 * @throws ConstructError if it is not an object, or its `provider` is not a provider
 */
export function propsOf<T extends object>(scope: IConstruct, id: string, props: T, name = 'props'): T {
  const errors = [...required(name, props), ...checkObject(name, props)];
  const all =
    errors.length > 0 ? errors : checkProvider('provider', (props as { readonly provider?: unknown }).provider);
  if (all.length > 0) {
    throw new ConstructError(Construct.isConstruct(scope) ? `${scope.node.path}/${String(id)}` : String(id), all);
  }
  return props;
}

/** Checks what has members of its own. No value passes. */
export function checkObject(property: string, value: unknown): PropertyError[] {
  return value === undefined ||
    (typeof value === 'object' && value !== null && !Array.isArray(value) && !Construct.isConstruct(value))
    ? []
    : [{ property, received: valueText(value), allowed: 'an object' }];
}

/** Checks a provider. No value passes. */
export function checkProvider(property: string, provider: unknown): PropertyError[] {
  return provider === undefined || TerraformProvider.isTerraformProvider(provider)
    ? []
    : [
        {
          property,
          received: valueText(provider),
          allowed: 'a provider, e.g. new AlicloudProvider(stack, id, { region })',
        },
      ];
}

/** Checks a boolean. No value and unresolved tokens pass. */
export function checkBoolean(property: string, value: unknown): PropertyError[] {
  return value === undefined || typeof value === 'boolean' || isReference(value)
    ? []
    : [{ property, received: valueText(value), allowed: 'true or false' }];
}

/** A reference to a single value: one to a list is a list. */
function isReference(value: unknown): boolean {
  return Token.isUnresolved(value) && !Array.isArray(value);
}

/** Checks a value against its rule. No value and unresolved tokens pass. */
export function checkAttribute(property: string, value: unknown, rule: Rule): PropertyError[] {
  if (value === undefined || isReference(value)) {
    return [];
  }
  const allowed = expectedInstead(rule, value);
  if (allowed === undefined) {
    return [];
  }
  const suggestion = suggestionFor(rule, value);
  return [{ property, received: valueText(value), allowed, ...(suggestion !== undefined && { suggestion }) }];
}

/** Checks tags. A key that is a reference passes. */
export function checkTags(property: string, tags: { readonly [key: string]: string } | undefined): PropertyError[] {
  if (tags === undefined || (typeof tags === 'object' && isReference(tags))) {
    return [];
  }
  if (checkObject(property, tags).length > 0) {
    return [{ property, received: valueText(tags), allowed: 'an object of texts, e.g. { team: "data" }' }];
  }
  // cdktf leaves out what is undefined.
  const given = Object.entries(tags).filter(([, value]: [string, unknown]) => value !== undefined);
  return [
    ...(given.length > MAX_TAGS ? [{ property, received: String(given.length), allowed: `at most ${MAX_TAGS}` }] : []),
    ...given.flatMap(([key, value]) => [
      ...checkAttribute(`${property}, key`, key, TAG_KEY),
      ...checkTagValue(`${property}.${key}`, value),
    ]),
  ];
}

/** Terraform makes texts of numbers and booleans. */
function checkTagValue(property: string, value: unknown): PropertyError[] {
  return typeof value === 'number' || typeof value === 'boolean' || isReference(value)
    ? []
    : typeof value === 'string'
      ? checkAttribute(property, value, TAG_VALUE)
      : [{ property, received: valueText(value), allowed: 'text' }];
}

/** Checks a list, and with a function of its own each member. No value and unresolved tokens pass. */
export function checkList<T>(
  property: string,
  list: readonly T[] | undefined,
  checkMember: (member: T, property: string) => PropertyError[],
): PropertyError[] {
  if (list === undefined || Token.isUnresolved(list)) {
    return [];
  }
  if (!Array.isArray(list)) {
    return [{ property, received: valueText(list), allowed: 'a list' }];
  }
  return (list as readonly T[]).flatMap((member, index) => {
    const at = `${property}[${index}]`;
    const missing = required(at, member);
    return missing.length > 0 ? missing : checkMember(member, at);
  });
}

/**
 * A name, nothing at all or another construct where one of a kind is expected: callers without types are told how a name
 * becomes one.
 *
 * @param member that constructs of the kind have
 */
export function checkConstruct(
  property: string,
  construct: unknown,
  reference: string,
  member: string,
): PropertyError[] {
  return construct === undefined || (Construct.isConstruct(construct) && member in construct)
    ? []
    : [{ property, received: valueText(construct), allowed: `a construct, e.g. ${reference}` }];
}

/** Text that is not blank. No value and unresolved tokens pass. */
export function checkText(property: string, text: unknown, what: string): PropertyError[] {
  return text === undefined || isReference(text) || (typeof text === 'string' && text.trim() !== '')
    ? []
    : [{ property, received: valueText(text), allowed: what }];
}

/** What a caller without types, or with `process.env.NAME!`, left out. */
export function required(property: string, value: unknown): PropertyError[] {
  return value === undefined || value === null ? [{ property, received: String(value), allowed: 'a value' }] : [];
}

/** A value that decides what is made, so that a reference, which Terraform follows later, is of no use. */
export function requireKnownAtSynth(property: string, value: unknown): PropertyError[] {
  return Token.isUnresolved(value)
    ? [{ property, received: 'a reference of Terraform', allowed: 'a value that is known at synth' }]
    : [];
}

/** Something in another region than what it is for. */
export function regionErrors(
  property: string,
  region: string | undefined,
  needed: string | undefined,
  whose: string,
): PropertyError[] {
  return typeof region !== 'string' ||
    typeof needed !== 'string' ||
    Token.isUnresolved(region) ||
    Token.isUnresolved(needed) ||
    region === needed
    ? []
    : [
        {
          property,
          received: `one in ${regionText(region)}`,
          allowed: `one in ${whose} region, ${regionText(needed)}`,
        },
      ];
}

function regionText(region: string): string {
  return REGIONS.includes(region) ? region : `${region} (not a known region${meant(nearest(region, REGIONS))})`;
}

function meant(suggestion: string | undefined): string {
  return didYouMean(suggestion && valueText(suggestion));
}

/** Two properties that exclude each other. */
export function mutuallyExclusive(
  property: string,
  value: unknown,
  other: string,
  otherValue: unknown,
): PropertyError[] {
  return value === undefined || otherValue === undefined
    ? []
    : [{ property, received: `both ${property} and ${other}`, allowed: 'one of the two' }];
}

/** A value as an error shows it. */
export function valueText(value: unknown): string {
  if (Construct.isConstruct(value)) {
    return `the construct ${value.node.path}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
}
