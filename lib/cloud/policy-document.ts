import { BlockList, isIP, isIPv6 } from 'node:net';
import { MAX_BUCKET_POLICY_LENGTH, MAX_POLICY_LENGTH } from './limits';
import { anyWildcardFits, wildcardFits } from './wildcard';

/** A policy or trust document that RAM would not take; the message tells why. */
export class MalformedPolicyError extends Error {
  constructor(reason: string) {
    super(`the policy document is malformed: ${reason}`);
    this.name = 'MalformedPolicyError';
  }
}

/** What policies say about a request. */
export type Decision = 'Allow' | 'Deny' | 'None';

/**
 * What a condition counts for that cannot be judged by what is known of the request: `against` access, as a server
 * counts it, or `for` it. Where the two decisions differ, the policy decides by such a condition.
 */
export type Doubt = 'against' | 'for';

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** Whether the statement is about every action but these. */
  readonly others: boolean;
  readonly resources: readonly string[];
  /** Whether the statement is about every resource but these. */
  readonly otherResources: boolean;
  readonly services: readonly string[];
  readonly accounts: readonly string[];
  /** Of a bucket policy, whose principals are a plain list. */
  readonly principals: readonly string[];
  /** Whether the statement is about everybody but these. */
  readonly otherPrincipals: boolean;
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** What is known about a request when a policy is evaluated, e.g. `acs:SecureTransport`. */
export type RequestContext = Readonly<Record<string, string>>;

/** A RAM policy or trust document, parsed and checked. Evaluation: a matching Deny wins, then a matching Allow. */
export class PolicyDocument {
  /** @throws MalformedPolicyError */
  public static parse(text: string, maxLength = MAX_POLICY_LENGTH): PolicyDocument {
    if (text.length > maxLength) {
      throw new MalformedPolicyError(`expected up to ${maxLength} characters, got ${text.length}`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new MalformedPolicyError('expected JSON');
    }
    const document = objectOf(value, 'the document');
    if (document.Version !== '1') {
      throw new MalformedPolicyError(`expected the Version "1", got ${JSON.stringify(document.Version) ?? 'none'}`);
    }
    const statements = document.Statement;
    if (!Array.isArray(statements) || statements.length === 0) {
      throw new MalformedPolicyError('Statement: expected a list that is not empty');
    }
    return new PolicyDocument(statements.map(statementOf));
  }

  /**
   * Permissions for users, groups, roles or a session. Source: RAM, policy structure and syntax.
   *
   * @throws MalformedPolicyError, also for what would be read and never have an effect
   */
  public static ofPermissions(text: string): PolicyDocument {
    return checked(text, PolicyDocument.parse(text), PERMISSION_FORMS);
  }

  /**
   * Whom a role trusts. Source: RAM, trust policies.
   *
   * @throws MalformedPolicyError, also for what would be read and never have an effect
   */
  public static ofTrust(text: string): PolicyDocument {
    const document = checked(text, PolicyDocument.parse(text), TRUST_FORMS, ['Principal']);
    statementsOf(text).forEach(({ Principal }, index) => checkTrusted(Principal, `Statement[${index}].Principal`));
    return document;
  }

  /** The policy of a bucket, which may be longer. @throws MalformedPolicyError */
  public static ofBucket(text: string): PolicyDocument {
    return PolicyDocument.parse(text, MAX_BUCKET_POLICY_LENGTH);
  }

  /**
   * The policy of a bucket that is set now.
   *
   * @throws MalformedPolicyError, also for what would be read and never have an effect
   */
  public static forBucket(text: string, bucket: string): PolicyDocument {
    const document = checked(text, PolicyDocument.ofBucket(text), BUCKET_FORMS);
    document.statements.forEach(({ resources, otherResources }, index) => {
      const other = otherResources ? undefined : resources.find((one) => !isOfBucket(one, bucket));
      if (other !== undefined) {
        throw new MalformedPolicyError(
          `Statement[${index}].Resource: expected "acs:oss:*:*:${bucket}" or what is in it, got ${JSON.stringify(other)}`,
        );
      }
    });
    return document;
  }

  /** A document that the account has already, read as far as it can be: what is not understood says nothing. */
  public static ofAccount(text: string): PolicyDocument {
    try {
      const { Statement } = objectOf(JSON.parse(text), 'the document');
      return new PolicyDocument(
        [Statement].flat().flatMap((statement, index) => {
          try {
            return [statementOf(statement, index)];
          } catch {
            return [];
          }
        }),
      );
    } catch {
      return new PolicyDocument([]);
    }
  }

  private constructor(private readonly statements: readonly Statement[]) {}

  /** Whether the document lets `action` be done on `resource`. */
  public decide(action: string, resource: string, context: RequestContext = {}): Decision {
    return decideTogether([this], action, resource, context);
  }

  /** The same for one of several names of a principal, in a policy that says whom each statement is about. */
  public decideFor(names: readonly string[], action: string, resource: string, context: RequestContext = {}): Decision {
    return decision(
      this.about(action, resource).filter(
        ({ principals, otherPrincipals }) =>
          names.some((name) => anyWildcardFits(principals, name, false)) !== otherPrincipals,
      ),
      context,
      'against',
    );
  }

  /** Whether a bucket's policy allows public access, as OSS tells it. */
  public get isPublic(): boolean {
    return this.statements.some(isPublic);
  }

  /** What counts of a bucket's policy while public access is blocked. */
  public get withoutPublic(): PolicyDocument {
    return new PolicyDocument(this.statements.filter((statement) => !isPublic(statement)));
  }

  /** Whether a service, e.g. `ecs.aliyuncs.com`, may assume the role that carries this trust document. */
  public trustsService(service: string, doubt: Doubt = 'against'): boolean {
    return this.trusts(({ services }) => anyWildcardFits(services, service, true), doubt);
  }

  /** Whether somebody of one of these names, e.g. the ARN of an account or user, may assume the role. */
  public trustsPrincipal(names: readonly string[], context: RequestContext = {}): boolean {
    return this.trusts((statement) => isPrincipalOf(statement, names), 'against', context);
  }

  /** Whether a statement is about somebody of one of these names, whatever its conditions are. */
  public names(names: readonly string[]): boolean {
    return this.statements.some((statement) => isPrincipalOf(statement, names));
  }

  /** The statements about an action and a resource. */
  public about(action: string, resource: string): readonly Statement[] {
    return this.statements.filter(
      (statement) =>
        isAbout(statement, action) &&
        anyWildcardFits(statement.resources, resource, false) !== statement.otherResources,
    );
  }

  private trusts(isNamed: (statement: Statement) => boolean, doubt: Doubt, context: RequestContext = {}): boolean {
    const matching = this.statements.filter((statement) => isAbout(statement, 'sts:AssumeRole') && isNamed(statement));
    return decision(matching, context, doubt) === 'Allow';
  }
}

/** Whether several documents, all of one role or user, together let `action` be done on `resource`. */
export function decideTogether(
  documents: readonly PolicyDocument[],
  action: string,
  resource: string,
  context: RequestContext = {},
  doubt: Doubt = 'against',
): Decision {
  return decision(
    documents.flatMap((document) => document.about(action, resource)),
    context,
    doubt,
  );
}

/** What narrows a statement to known callers, where it is compared with plain values. */
const CALLER_KEYS: readonly string[] = ['acs:SourceVpc', 'acs:SourceVpcId', 'acs:AccessId', 'acs:SourceIp'];

/**
 * Whether a statement gives something to everybody. Source: OSS, block public access.
 *
 * Assumption: negative operators narrow nothing, nor does an address with the prefix length 0.
 */
function isPublic({ effect, principals, otherPrincipals, conditions }: Statement): boolean {
  const isForAll = otherPrincipals ? !principals.includes('*') : principals.some((name) => name.includes('*'));
  const isNarrowed = conditions.some(
    ({ operator, key, values }) =>
      CALLER_KEYS.includes(key) && !operator.includes('Not') && !values.some((value) => /\*|\/0+$/.test(value)),
  );
  return effect === 'Allow' && isForAll && !isNarrowed;
}

function isPrincipalOf({ accounts }: Statement, names: readonly string[]): boolean {
  const known = names.map((name) => name.toLowerCase());
  return accounts.some((one) => known.includes(one.toLowerCase()));
}

function isAbout({ actions, others }: Statement, action: string): boolean {
  return anyWildcardFits(actions, action, true) !== others;
}

function decision(matching: readonly Statement[], context: RequestContext, doubt: Doubt): Decision {
  const applies = (effect: Decision): boolean => {
    // Against access a condition that cannot be judged counts for a Deny and against an Allow; otherwise the reverse.
    const unknown = (effect === 'Deny') === (doubt === 'against');
    return matching.some((one) => one.effect === effect && one.conditions.every((c) => holds(c, context, unknown)));
  };
  return applies('Deny') ? 'Deny' : applies('Allow') ? 'Allow' : 'None';
}

function holds({ operator, key, values }: Condition, context: RequestContext, unknown: boolean): boolean {
  const actual = Object.hasOwn(context, key) ? context[key] : undefined;
  const positive = operator.replace('Not', '');
  if (actual === undefined || !Object.hasOwn(COMPARISONS, positive)) {
    return unknown;
  }
  const results = values.map((value) => COMPARISONS[positive](value, actual));
  return results.includes(undefined) ? unknown : results.includes(true) === (positive === operator);
}

/** Compares with one value of a condition; undefined when that value, or the request's, is not of the kind. */
type Comparison = (value: string, actual: string) => boolean | undefined;

/** Source: RAM, policy elements, condition operators; each of text and of addresses has a negative with `Not` in it. */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: (value, actual) => actual === value,
  StringEqualsIgnoreCase: (value, actual) => actual.toLowerCase() === value.toLowerCase(),
  StringLike: (value, actual) => wildcardFits(value, actual, false),
  Bool: (value, actual) => (/^(true|false)$/i.test(value) ? actual === value.toLowerCase() : undefined),
  IpAddress: isInRange,
  // Assumption: the addresses at the ends of a range are in it for both.
  IpAddressIncludeBorder: isInRange,
  ...ordered('Numeric', (text) => (text.trim() === '' ? NaN : Number(text))),
  ...ordered('Date', Date.parse),
};

/** Source: RAM, condition operators. */
const OPERATORS: readonly string[] = [
  ...Object.keys(COMPARISONS),
  ...['StringNotEquals', 'StringNotEqualsIgnoreCase', 'StringNotLike', 'NumericNotEquals', 'DateNotEquals'],
  ...['NotIpAddress', 'NotIpAddressIncludeBorder'],
];

/** Something of each kind that values are compared with; a number is also read as a date. */
const COMPARABLE = ['0', '127.0.0.1'];

function checkCondition({ operator, key, values }: Condition, at: string): void {
  if (!OPERATORS.includes(operator)) {
    throw new MalformedPolicyError(`${at}: expected one of ${OPERATORS.join(', ')}, got ${operator}`);
  }
  const compare = COMPARISONS[operator.replace('Not', '')];
  const wrong = values.find((value) => COMPARABLE.every((one) => compare(value, one) === undefined));
  if (wrong !== undefined || values.length === 0) {
    throw new MalformedPolicyError(
      `${at}.${operator}.${key}: expected values to compare with, got ${JSON.stringify(wrong) ?? 'none'}`,
    );
  }
}

function ordered(kind: string, parse: (text: string) => number): Record<string, Comparison> {
  const comparison =
    (compare: (actual: number, value: number) => boolean): Comparison =>
    (value, actual) => {
      const [a, b] = [parse(actual), parse(value)];
      return Number.isNaN(a) || Number.isNaN(b) ? undefined : compare(a, b);
    };
  return {
    [`${kind}Equals`]: comparison((actual, value) => actual === value),
    [`${kind}LessThan`]: comparison((actual, value) => actual < value),
    [`${kind}LessThanEquals`]: comparison((actual, value) => actual <= value),
    [`${kind}GreaterThan`]: comparison((actual, value) => actual > value),
    [`${kind}GreaterThanEquals`]: comparison((actual, value) => actual >= value),
  };
}

/** Whether an address is in a range like `10.0.0.0/8`, or is the one that is named. */
function isInRange(range: string, address: string): boolean | undefined {
  const [base, prefix] = range.split('/', 2);
  const [family, bits] = isIPv6(base) ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  if (!isIP(base) || !isIP(address) || !(length <= bits)) {
    return undefined;
  }
  const list = new BlockList();
  list.addSubnet(base, length, family);
  return isIP(base) === isIP(address) && list.check(address, family);
}

function statementOf(value: unknown, index: number): Statement {
  const at = `Statement[${index}]`;
  const statement = objectOf(value, at);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw new MalformedPolicyError(
      `${at}.Effect: expected "Allow" or "Deny", got ${JSON.stringify(statement.Effect) ?? 'none'}`,
    );
  }
  const plain = typeof statement.Principal === 'string' || Array.isArray(statement.Principal);
  const principal = plain || statement.Principal === undefined ? {} : objectOf(statement.Principal, `${at}.Principal`);
  const others = statement.NotAction !== undefined;
  const actions = others
    ? stringsOf(statement.NotAction, `${at}.NotAction`)
    : stringsOf(statement.Action, `${at}.Action`);
  if (actions.length === 0 || (others && statement.Action !== undefined)) {
    throw new MalformedPolicyError(`${at}: expected either Action or NotAction`);
  }
  const otherResources = statement.NotResource !== undefined;
  if (otherResources && statement.Resource !== undefined) {
    throw new MalformedPolicyError(`${at}: expected either Resource or NotResource`);
  }
  return {
    effect: statement.Effect,
    actions,
    others,
    resources: otherResources
      ? stringsOf(statement.NotResource, `${at}.NotResource`)
      : stringsOf(statement.Resource, `${at}.Resource`),
    otherResources,
    services: stringsOf(principal.Service, `${at}.Principal.Service`),
    accounts: stringsOf(principal.RAM, `${at}.Principal.RAM`),
    principals: plain
      ? stringsOf(statement.Principal, `${at}.Principal`)
      : stringsOf(statement.NotPrincipal, `${at}.NotPrincipal`),
    otherPrincipals: statement.NotPrincipal !== undefined,
    conditions: conditionsOf(statement.Condition, `${at}.Condition`),
  };
}

/** Forms of the values of an element, or of its opposite with `Not`, one of which must be there unless it is optional. */
type Forms = readonly (readonly [element: string, pattern: RegExp, expected: string, optional?: 'optional'])[];

const PERMISSION_FORMS: Forms = [
  ['Action', /^(\*|[^:\s]+:\S+)$/, '"service:action" or "*"'],
  ['Resource', /^(\*|acs:\S.*)$/s, '"acs:…" or "*"'],
];
/** Source: OSS, bucket policies: principals are a plain list. */
const BUCKET_FORMS: Forms = [
  // Source: tests of OSS's SDKs for Python, whose policies name none. Assumption: they are about nobody.
  ['Principal', /\S/, 'ids of accounts, users or sessions, or "*"', 'optional'],
  ['Action', /^(\*|oss:\S+)$/, '"oss:…" or "*"'],
  ['Resource', /^(\*|acs:oss:.*)$/s, '"acs:oss:…" or "*"'],
];

/** A trust document tells an action and, apart from these forms, whom it trusts. */
const TRUST_FORMS: Forms = [['Action', /^(\*|sts:\S+)$/i, '"sts:AssumeRole"']];
/** Whom a trust document can name, by the kind. Source: RAM, trust policies. */
const TRUSTED: Readonly<Record<string, readonly [pattern: RegExp, expected: string]>> = {
  RAM: [/^(\*|\d+|acs:ram::\S+)$/, 'ids or ARNs of accounts, users or roles'],
  Service: [/^\S+\.aliyuncs\.com$/i, 'services such as fc.aliyuncs.com'],
  Federated: [/^acs:ram::\S+$/, 'ARNs of identity providers'],
};

function isOfBucket(resource: string, bucket: string): boolean {
  const [, , , , name = '*'] = resource.split(':');
  return anyWildcardFits([name.split('/')[0]], bucket, false);
}

function statementsOf(text: string): Record<string, unknown>[] {
  return (JSON.parse(text) as { Statement: Record<string, unknown>[] }).Statement;
}

function checked(text: string, document: PolicyDocument, forms: Forms, others: readonly string[] = []): PolicyDocument {
  statementsOf(text).forEach((statement, index) => checkElements(statement, `Statement[${index}]`, forms, others));
  return document;
}

function checkTrusted(principal: unknown, at: string): void {
  const trusted = Object.entries(objectOf(principal, at));
  const unknown = trusted.find(([kind]) => !Object.hasOwn(TRUSTED, kind));
  if (unknown || trusted.length === 0) {
    throw new MalformedPolicyError(`${at}: expected ${Object.keys(TRUSTED).join(', ')}, got ${unknown?.[0] ?? 'none'}`);
  }
  for (const [kind, names] of trusted) {
    const values = stringsOf(names, `${at}.${kind}`);
    if (values.length === 0) {
      throw new MalformedPolicyError(`${at}.${kind}: expected ${TRUSTED[kind][1]}, got none`);
    }
    checkValues(values, `${at}.${kind}`, ...TRUSTED[kind]);
  }
}

function checkValues(values: readonly string[], at: string, pattern: RegExp, expected: string): void {
  const wrong = values.find((value) => !pattern.test(value));
  if (wrong !== undefined) {
    throw new MalformedPolicyError(`${at}: expected ${expected}, got ${JSON.stringify(wrong)}`);
  }
}

function checkElements(statement: Record<string, unknown>, at: string, forms: Forms, others: readonly string[]): void {
  const elements = ['Effect', ...forms.flatMap(([element]) => [element, `Not${element}`]), ...others, 'Condition'];
  const unknown = Object.keys(statement).find((name) => !elements.includes(name));
  if (unknown !== undefined) {
    throw new MalformedPolicyError(`${at}: expected ${elements.join(', ')}, got ${unknown}`);
  }
  for (const [element, pattern, expected, optional] of forms) {
    const [positive, negative] = [statement[element], statement[`Not${element}`]];
    if (optional && positive === undefined && negative === undefined) {
      continue;
    }
    const values = stringsOf(positive ?? negative, `${at}.${element}`);
    if (values.length === 0 || (positive !== undefined && negative !== undefined)) {
      throw new MalformedPolicyError(`${at}: expected either ${element} or Not${element}`);
    }
    checkValues(values, `${at}.${element}`, pattern, expected);
  }
  conditionsOf(statement.Condition, `${at}.Condition`).forEach((one) => checkCondition(one, `${at}.Condition`));
}

function conditionsOf(value: unknown, at: string): Condition[] {
  if (value === undefined) {
    return [];
  }
  return Object.entries(objectOf(value, at)).flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys, `${at}.${operator}`)).map(([key, values]) => ({
      operator,
      key,
      values: stringsOf(withTexts(values), `${at}.${operator}.${key}`),
    })),
  );
}

/** Conditions may compare with numbers. */
function withTexts(values: unknown): unknown[] {
  return [values].flat().map((value: unknown) => (typeof value === 'number' ? String(value) : value));
}

function objectOf(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedPolicyError(`${at}: expected an object`);
  }
  return value as Record<string, unknown>;
}

function stringsOf(value: unknown, at: string): string[] {
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return values.map((one) => {
    if (typeof one === 'boolean') {
      return String(one);
    }
    if (typeof one !== 'string') {
      throw new MalformedPolicyError(`${at}: expected text`);
    }
    return one;
  });
}
