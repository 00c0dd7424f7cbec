import { Token } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { Attribute } from '../provider-schema/table';

/** One thing that is wrong with what a construct was given. */
export interface Fault {
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

/** A construct was given something that is not allowed. Its message lists every fault. */
export class ConstructError extends Error {
  constructor(
    /** Path of the construct in the app. */
    public readonly path: string,
    public readonly faults: readonly Fault[],
  ) {
    super(`${path} is not valid:\n${faults.map((fault) => `  - ${describe(fault)}`).join('\n')}`);
    this.name = 'ConstructError';
  }
}

/** One fault as a line of text. */
export function describe(fault: Fault): string {
  const suggestion = fault.suggestion === undefined ? '' : `; did you mean ${show(fault.suggestion)}?`;
  return `${fault.property}: got ${fault.received}, allowed is ${fault.allowed}${suggestion}`;
}

/**
 * Refuses a construct that has faults.
 *
 * @throws ConstructError that lists all of them
 */
export function refuse(construct: IConstruct, ...faults: readonly (readonly Fault[])[]): void {
  const all = faults.flat();
  if (all.length > 0) {
    throw new ConstructError(construct.node.path, all);
  }
}

/**
 * Holds a value against what the provider allows for an attribute. No value and unresolved tokens pass.
 *
 * @param suggest makes a value that was probably meant; it is offered only if it is allowed itself
 */
export function limit(
  property: string,
  value: unknown,
  attribute: Attribute,
  suggest: (text: string) => string = (text) => text,
): Fault[] {
  if (value === undefined || Token.isUnresolved(value) || isAllowed(value, attribute)) {
    return [];
  }
  const suggestion = typeof value === 'string' ? suggest(nearest(value, attribute)) : undefined;
  const helpful = suggestion !== undefined && isAllowed(suggestion, attribute);
  return [
    {
      property,
      received: show(value),
      allowed: allowedText(attribute, value),
      ...(helpful ? { suggestion } : undefined),
    },
  ];
}

/** What a caller without types, or with `process.env.NAME!`, left out. */
export function missing(property: string, value: unknown): Fault[] {
  return value === undefined || value === null ? [{ property, received: String(value), allowed: 'a value' }] : [];
}

/** A value that decides what is made, so that a reference, which Terraform follows later, is of no use. */
export function undecided(property: string, value: unknown): Fault[] {
  return Token.isUnresolved(value)
    ? [{ property, received: 'a reference of Terraform', allowed: 'a value that is known at synth' }]
    : [];
}

/** Something in another region than what it is for. */
export function regionFaults(
  property: string,
  region: string | undefined,
  needed: string | undefined,
  whose: string,
): Fault[] {
  return region === undefined ||
    needed === undefined ||
    Token.isUnresolved(region) ||
    Token.isUnresolved(needed) ||
    region === needed
    ? []
    : [{ property, received: `one in ${region}`, allowed: `one in ${whose} region, ${needed}` }];
}

/** Two properties that exclude each other. */
export function conflict(property: string, value: unknown, other: string, otherValue: unknown): Fault[] {
  return value === undefined || otherValue === undefined
    ? []
    : [{ property, received: `both ${property} and ${other}`, allowed: 'one of the two' }];
}

/** A value as an error shows it. */
export function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function isAllowed(value: unknown, { type, allowed, length, range, pattern, prefixes }: Attribute): boolean {
  if (type === 'number') {
    if (!Number.isInteger(value)) {
      return false;
    }
  } else if (typeof value !== type) {
    return false;
  }
  const text = String(value);
  // The provider counts bytes.
  const bytes = Buffer.byteLength(text);
  return (
    (allowed === undefined || allowed.includes(value as string | number)) &&
    (length === undefined || (bytes >= length[0] && bytes <= length[1])) &&
    (range === undefined || (Number(value) >= range[0] && Number(value) <= range[1])) &&
    (pattern === undefined || pattern.test(text)) &&
    (prefixes === undefined || prefixes.some((prefix) => text.startsWith(prefix)))
  );
}

/** The allowed value that differs only in case, else the text itself. */
function nearest(text: string, { allowed }: Attribute): string {
  return String(allowed?.find((one) => String(one).toLowerCase() === text.toLowerCase()) ?? text);
}

function allowedText({ type, allowed, length, range, pattern, prefixes }: Attribute, value: unknown): string {
  const unit = Buffer.byteLength(String(value)) > String(value).length ? 'bytes in UTF-8' : 'characters';
  const parts = [
    ...(allowed ? [`one of ${allowed.map(show).join(', ')}`] : []),
    ...(length ? [`text of ${length[0]} to ${length[1]} ${unit}`] : []),
    ...(range
      ? [`a whole number ${range[1] === Infinity ? `from ${range[0]}` : `from ${range[0]} to ${range[1]}`}`]
      : []),
    ...(pattern ? [`text that matches ${String(pattern)}`] : []),
    ...(prefixes ? [`text that starts with ${prefixes.map(show).join(' or ')}`] : []),
  ];
  return parts.join(' and ') || (type === 'number' ? 'a whole number' : type === 'string' ? 'text' : String(type));
}
