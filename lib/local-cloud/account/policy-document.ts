import { wildcardFits } from '../../cloud/wildcard';
import { CloudError } from './cloud-error';

interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  /** Whether the statement is about every action but these. */
  readonly others: boolean;
  readonly resources: readonly string[];
  readonly services: readonly string[];
  readonly accounts: readonly string[];
  /** Of a bucket policy, whose principals are a plain list. */
  readonly principals: readonly string[];
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** What is known about a request when a policy is evaluated, e.g. `acs:SecureTransport`. */
export type RequestContext = Readonly<Record<string, string>>;

const MAX_LENGTH = 6144;
const MAX_BUCKET_POLICY_LENGTH = 16 * 1024;

/** A RAM policy or trust document, parsed and checked. Evaluation: a matching Deny wins, then a matching Allow. */
export class PolicyDocument {
  private constructor(private readonly statements: readonly Statement[]) {}

  /** @throws CloudError MalformedPolicyDocument */
  public static parse(text: string, maxLength = MAX_LENGTH): PolicyDocument {
    if (text.length > maxLength) {
      throw malformed(`it has ${text.length} characters, expected up to ${maxLength}`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw malformed('it is not JSON');
    }
    const document = objectOf(value, 'it');
    if (document.Version !== '1') {
      throw malformed(`Version: expected "1", got ${JSON.stringify(document.Version)}`);
    }
    const statements = document.Statement;
    if (!Array.isArray(statements) || statements.length === 0) {
      throw malformed('Statement must be a list that is not empty');
    }
    return new PolicyDocument(statements.map(statementOf));
  }

  /** The policy of a bucket, which may be longer. @throws CloudError MalformedPolicyDocument */
  public static ofBucket(text: string): PolicyDocument {
    return PolicyDocument.parse(text, MAX_BUCKET_POLICY_LENGTH);
  }

  /** Whether the document lets `action` be done on `resource`. */
  public decide(action: string, resource: string, context: RequestContext = {}): 'Allow' | 'Deny' | 'None' {
    return decision(
      this.statements.filter(
        (statement) => isAbout(statement, action) && anyMatches(statement.resources, resource, false),
      ),
      context,
    );
  }

  /** The same for one of several names of a principal, in a policy that says whom each statement is about. */
  public decideFor(names: readonly string[], action: string, resource: string, context: RequestContext = {}) {
    return decision(
      this.statements.filter(
        (statement) =>
          names.some((name) => anyMatches(statement.principals, name, false)) &&
          isAbout(statement, action) &&
          anyMatches(statement.resources, resource, false),
      ),
      context,
    );
  }

  /** Whether a service, e.g. `openanalytics.aliyuncs.com`, may assume the role that carries this trust document. */
  public trustsService(service: string): boolean {
    return (
      decision(
        this.statements.filter(
          (statement) => isAbout(statement, 'sts:AssumeRole') && anyMatches(statement.services, service, true),
        ),
        {},
      ) === 'Allow'
    );
  }

  /** Whether principals of an account may assume the role that carries this trust document. */
  public trustsAccount(accountId: string): boolean {
    const names = [accountId, `acs:ram::${accountId}:root`];
    return (
      decision(
        this.statements.filter(
          (statement) =>
            isAbout(statement, 'sts:AssumeRole') && statement.accounts.some((account) => names.includes(account)),
        ),
        {},
      ) === 'Allow'
    );
  }
}

function isAbout({ actions, others }: Statement, action: string): boolean {
  return anyMatches(actions, action, true) !== others;
}

function decision(matching: readonly Statement[], context: RequestContext): 'Allow' | 'Deny' | 'None' {
  // A condition that cannot be judged never widens access: it counts for a Deny and against an Allow.
  if (
    matching.some(({ effect, conditions }) => effect === 'Deny' && conditions.every((c) => holds(c, context, true)))
  ) {
    return 'Deny';
  }
  return matching.some(
    ({ effect, conditions }) => effect === 'Allow' && conditions.every((c) => holds(c, context, false)),
  )
    ? 'Allow'
    : 'None';
}

function holds({ operator, key, values }: Condition, context: RequestContext, unknown: boolean): boolean {
  const actual = context[key];
  if (actual === undefined) {
    return unknown;
  }
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return values.includes(actual);
    case 'StringNotEquals':
      return !values.includes(actual);
    case 'StringLike':
      return anyMatches(values, actual, false);
    case 'StringNotLike':
      return !anyMatches(values, actual, false);
    default:
      return unknown;
  }
}

function anyMatches(patterns: readonly string[], value: string, ignoreCase: boolean): boolean {
  return patterns.some((pattern) => wildcardFits(pattern, value, ignoreCase));
}

function statementOf(value: unknown, index: number): Statement {
  const at = `Statement[${index}]`;
  const statement = objectOf(value, at);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw malformed(`${at}.Effect: expected "Allow" or "Deny", got ${JSON.stringify(statement.Effect)}`);
  }
  const plain = typeof statement.Principal === 'string' || Array.isArray(statement.Principal);
  const principal = plain || statement.Principal === undefined ? {} : objectOf(statement.Principal, `${at}.Principal`);
  const others = statement.NotAction !== undefined;
  const actions = others
    ? stringsOf(statement.NotAction, `${at}.NotAction`)
    : stringsOf(statement.Action, `${at}.Action`);
  if (actions.length === 0 || (others && statement.Action !== undefined)) {
    throw malformed(`${at} needs either Action or NotAction`);
  }
  return {
    effect: statement.Effect,
    actions,
    others,
    resources: stringsOf(statement.Resource, `${at}.Resource`),
    services: stringsOf(principal.Service, `${at}.Principal.Service`),
    accounts: stringsOf(principal.RAM, `${at}.Principal.RAM`),
    principals: plain ? stringsOf(statement.Principal, `${at}.Principal`) : [],
    conditions: conditionsOf(statement.Condition, `${at}.Condition`),
  };
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
    throw malformed(`${at} must be an object`);
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
      throw malformed(`${at} must hold strings`);
    }
    return one;
  });
}

function malformed(reason: string): CloudError {
  return new CloudError('MalformedPolicyDocument', `the policy document is malformed: ${reason}`);
}
