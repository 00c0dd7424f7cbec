import type { Query } from '../dialect/syntax';

/** Functions that take no more time and memory than their arguments are long. */
const LIGHT_FUNCTIONS =
  /^(lower|upper|lcase|ucase|length|coalesce|nullif|ifnull|nvl|if|abs|round|now|current_(date|time|timestamp|user)|database|schema|user|date|count|max|min|sum|avg|typeof)$/;

/** Kinds of expressions and relations that take more. */
const HEAVY = ['lambda', 'exists', 'quantified', 'unnest', 'join', 'set', 'function', 'array'];

/** Whether a query does next to nothing for each row of its one table. */
export function isLight(query: Query): boolean {
  return query.with.length === 0 && isLightNode(query);
}

function isLightNode(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.every(isLightNode);
  }
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  if (value instanceof Map) {
    return value.size === 0;
  }
  const { is, name, over } = value as { is?: string; name?: unknown; over?: unknown };
  if (is !== undefined && HEAVY.includes(is)) {
    return false;
  }
  if (is === 'call' && (over !== undefined || !LIGHT_FUNCTIONS.test(String(name)))) {
    return false;
  }
  return Object.values(value).every(isLightNode);
}
