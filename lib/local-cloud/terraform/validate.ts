import { expectedInstead } from '../../cloud/rule';
import type { Attribute } from '../../provider-schema/table';
import { errorAt, warningAt, type Path } from './diagnostics';
import { isRegex } from './name-regex';
import { AttributeValues, parseJson, UNKNOWN, type Container, type Value, type Values } from './values';
import { isDay } from '../../cloud/day';
import type { Diagnostic } from './wire';

/** Everything in a configuration that the provider's tables do not allow. Values that are not known yet are passed over. */
export function validateConfig(container: Container, config: Values, path: Path = []): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const [name, attribute] of Object.entries(container.attributes)) {
    const value = config[name];
    if (!isSet(value)) {
      continue;
    }
    const at = [...path, name];
    const allowed = violated(attribute, value);
    if (allowed !== undefined) {
      const received = attribute.sensitive ? 'a sensitive value' : JSON.stringify(value);
      diagnostics.push(errorAt(at, `invalid value for ${name}`, `${name}: expected ${allowed}, got ${received}`));
    }
    diagnostics.push(...relations(name, attribute, config, at));
  }
  for (const [name, block] of Object.entries(container.blocks ?? {})) {
    if (!isSet(config[name])) {
      continue;
    }
    const at = [...path, name];
    diagnostics.push(...relations(name, block, config, at));
    new AttributeValues(config).blocks(name).forEach(({ values }, index) => {
      // An element of a set has no position that Terraform could point to.
      const item = block.nesting === 'list' ? [...at, index] : at;
      diagnostics.push(...validateConfig(block, values, item));
    });
  }
  return [...diagnostics, ...timeoutErrors(config.timeouts ?? null, [...path, 'timeouts'])];
}

/** What is expected instead of this value, or undefined when the value is fine. */
function violated(attribute: Attribute, value: Value): string | undefined {
  const { date, regex, json } = attribute;
  const expected = expectedInstead(attribute, value);
  if (expected !== undefined || typeof value !== 'string') {
    return expected;
  }
  if (date && !isDay(value)) {
    return 'a day, YYYY-MM-DD';
  }
  if (regex && !isRegex(value)) {
    return 'a regular expression';
  }
  if (json && parseJson(value) === undefined) {
    return 'a JSON document';
  }
  return undefined;
}

type Relations = Pick<Attribute, 'deprecated' | 'conflictsWith' | 'requiredWith'>;

function relations(name: string, facts: Relations, config: Values, at: Path): Diagnostic[] {
  const { deprecated, conflictsWith = [], requiredWith = [] } = facts;
  const conflicts = conflictsWith.filter((other) => isSet(config[other]));
  const missing = requiredWith.filter((other) => config[other] === null);
  return [
    ...conflicts.map((other) => errorAt(at, 'conflicting arguments', `${name} and ${other} cannot both be set`)),
    ...missing.map((other) => errorAt(at, 'missing argument', `${name} is set, so ${other} must be set too`)),
    ...(deprecated ? [warningAt(at, 'argument is deprecated', `the provider will remove ${name}`)] : []),
  ];
}

function timeoutErrors(timeouts: Value, path: Path): Diagnostic[] {
  if (timeouts === null || timeouts === UNKNOWN) {
    return [];
  }
  return Object.entries(timeouts as Values)
    .filter(([, value]) => typeof value === 'string' && !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value))
    .map(([name, value]) =>
      errorAt(
        [...path, name],
        'invalid timeout',
        `${name}: expected a duration like "5m", got ${JSON.stringify(value)}`,
      ),
    );
}

function isSet(value: Value): boolean {
  return value !== null && value !== UNKNOWN && !(Array.isArray(value) && value.length === 0);
}
