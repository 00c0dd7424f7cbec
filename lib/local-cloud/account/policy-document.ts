import { CloudError } from './cloud-error';

interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
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

/** A RAM policy or trust document, parsed and checked. Evaluation: a matching Deny wins, then a matching Allow. */
export class PolicyDocument {
  private constructor(private readonly statements: readonly Statement[]) {}

  /** @throws CloudError MalformedPolicyDocument */
  static parse(text: string): PolicyDocument {
    if (text.length > MAX_LENGTH) {
      throw malformed(`it has ${text.length} characters, allowed are up to ${MAX_LENGTH}`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw malformed('it is not JSON');
    }
    const document = objectOf(value, 'it');
    if (document.Version !== '1') {
      throw malformed(`Version is ${JSON.stringify(document.Version)}, allowed is "1"`);
    }
    const statements = document.Statement;
    if (!Array.isArray(statements) || statements.length === 0) {
      throw malformed('Statement must be a list that is not empty');
    }
    return new PolicyDocument(statements.map(statementOf));
  }

  /** Whether the document lets `action` be done on `resource`. */
  decide(action: string, resource: string, context: RequestContext = {}): 'Allow' | 'Deny' | 'None' {
    return decision(
      this.statements.filter(
        (statement) => anyMatches(statement.actions, action, true) && anyMatches(statement.resources, resource, false),
      ),
      context,
    );
  }

  /** The same for one of several names of a principal, in a policy that says whom each statement is about. */
  decideFor(names: readonly string[], action: string, resource: string, context: RequestContext = {}) {
    return decision(
      this.statements.filter(
        ({ principals, actions, resources }) =>
          names.some((name) => anyMatches(principals, name, false)) &&
          anyMatches(actions, action, true) &&
          anyMatches(resources, resource, false),
      ),
      context,
    );
  }

  /** Whether a service, e.g. `openanalytics.aliyuncs.com`, may assume the role that carries this trust document. */
  trustsService(service: string): boolean {
    return (
      decision(
        this.statements.filter(
          ({ actions, services }) => anyMatches(actions, 'sts:AssumeRole', true) && anyMatches(services, service, true),
        ),
        {},
      ) === 'Allow'
    );
  }

  /** Whether principals of an account may assume the role that carries this trust document. */
  trustsAccount(accountId: string): boolean {
    const names = [accountId, `acs:ram::${accountId}:root`];
    return (
      decision(
        this.statements.filter(
          ({ actions, accounts }) =>
            anyMatches(actions, 'sts:AssumeRole', true) && accounts.some((account) => names.includes(account)),
        ),
        {},
      ) === 'Allow'
    );
  }
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

/** `*` stands for any characters, `?` for one. */
function anyMatches(patterns: readonly string[], value: string, ignoreCase: boolean): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/\?/g, '.');
    return new RegExp(`^${source}$`, ignoreCase ? 'is' : 's').test(value);
  });
}

function statementOf(value: unknown, index: number): Statement {
  const at = `Statement[${index}]`;
  const statement = objectOf(value, at);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw malformed(`${at}.Effect is ${JSON.stringify(statement.Effect)}, allowed are "Allow" and "Deny"`);
  }
  const plain = typeof statement.Principal === 'string' || Array.isArray(statement.Principal);
  const principal = plain || statement.Principal === undefined ? {} : objectOf(statement.Principal, `${at}.Principal`);
  const actions = stringsOf(statement.Action, `${at}.Action`);
  if (actions.length === 0) {
    throw malformed(`${at}.Action is missing`);
  }
  return {
    effect: statement.Effect,
    actions,
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
      values: stringsOf(values, `${at}.${operator}.${key}`),
    })),
  );
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
