/** Functions that take no more time and memory than their arguments are long. */
const LIGHT_FUNCTIONS =
  /^([-+/%]|!?~~\*?|(i|not_i|not_)?like_escape|lower|upper|length|coalesce|nullif|ifnull|abs|round|now|current_(date|time|timestamp)|date|count(_star)?|max|min|sum)$/i;

const LIGHT_CLASSES = [
  'CONSTANT',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CAST',
  'BETWEEN',
  'OPERATOR',
  'CASE',
  'STAR',
];

const LIGHT_SOURCES = ['EMPTY', 'BASE_TABLE', 'SUBQUERY', 'EXPRESSION_LIST'];

/** Whether a parse tree is of a query that does next to nothing for each row of its one table. */
export function isLight(tree: string): boolean {
  return lightNode(JSON.parse(tree));
}

function lightNode(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.every(lightNode);
  }
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  const node = value as Readonly<Record<string, unknown>>;
  if ('cte_map' in node && (node.type !== 'SELECT_NODE' || !lightSource(node))) {
    return false;
  }
  if (typeof node.class === 'string' && !LIGHT_CLASSES.includes(node.class)) {
    const light = node.class === 'FUNCTION' && LIGHT_FUNCTIONS.test(String(node.function_name));
    if (!light) {
      return false;
    }
  }
  return Object.values(node).every(lightNode);
}

function lightSource({ cte_map: map, from_table: from }: Readonly<Record<string, unknown>>): boolean {
  const { map: entries = [] } = (map ?? {}) as { map?: unknown[] };
  return entries.length === 0 && LIGHT_SOURCES.includes(String((from as { type?: string })?.type));
}
