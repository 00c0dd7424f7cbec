import { DLA_SERVICE } from '../../cloud/dla-roles';
import { wildcardFits } from '../../cloud/wildcard';
import { type Body, record, text } from './account';

/** Whether a trust policy lets DLA assume the role; undefined when a condition decides. */
export function trustsDla(document: string): boolean | undefined {
  return allowed(
    statementsOf(document).filter(
      (statement) =>
        isAbout(statement, 'sts:AssumeRole') && matches(record(statement.Principal).Service, DLA_SERVICE, true),
    ),
  );
}

/** The statements of a policy that are about an action on a resource. */
export function statementsAbout(document: string, action: string, resource: string): readonly Body[] {
  return statementsOf(document).filter(
    (statement) => isAbout(statement, action) && matches(statement.Resource, resource, false),
  );
}

/** A statement that allows whatever it is about. */
export const ALLOW: Body = { Effect: 'Allow' };

/** What statements that fit decide together, or undefined when that depends on a condition. */
export function allowed(statements: readonly Body[]): boolean | undefined {
  const has = (effect: string, conditional: boolean): boolean =>
    statements.some(
      ({ Effect, Condition }) => Effect === effect && Object.keys(record(Condition)).length > 0 === conditional,
    );
  if (has('Deny', false) || !(has('Allow', false) || has('Allow', true))) {
    return false;
  }
  return has('Deny', true) || !has('Allow', false) ? undefined : true;
}

/** The document may come from anywhere, so nothing in it is sure. */
function statementsOf(document: string): readonly Body[] {
  try {
    return many(record(JSON.parse(document)).Statement).map(record);
  } catch {
    return [];
  }
}

function isAbout({ Action, NotAction }: Body, action: string): boolean {
  return NotAction === undefined ? matches(Action, action, true) : !matches(NotAction, action, true);
}

function matches(patterns: unknown, value: string, ignoreCase: boolean): boolean {
  return many(patterns).some((pattern) => wildcardFits(text(pattern), value, ignoreCase));
}

function many(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
