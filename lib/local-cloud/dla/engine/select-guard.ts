import { SqlError } from '../sql-error';
import type { TableName } from '../statement';

/** A node of the tree that DuckDB's own parser makes of a statement (`json_serialize_sql`). */
type Node = Readonly<Record<string, unknown>>;

/** Names of common table expressions that can be seen from a place, folded. */
type TableScope = ReadonlySet<string>;

/** Functions that tell about the engine or the machine, wait, or run SQL of their own. */
export const REFUSED_FUNCTIONS =
  /^(current_(setting|query|query_id|connection_id|transaction_id|schema|schemas|database|catalog|role)|session_user|getvariable|getenv|setseed|nextval|currval|write_log|sleep_ms|stats|txid_current|in_search_path|version|(col|obj|shobj)_description|format_pg_type|map_to_pg_oid|get_block_size|json_(de)?serialize_sql|parse_duckdb_log_message|pg_(?!typeof$|size_pretty$)\w+|has_\w+_privilege|inet_\w+|duckdb_\w+|pragma_\w+)$/i;

/** In what DuckDB says of an expression that is too deep for it. */
export const EXPRESSION_DEPTH = 'Max expression depth limit';

/** DuckDB's binder needs exponential time for lambdas within lambdas. */
const MAX_LAMBDA_DEPTH = 4;

/**
 * Admits one SELECT over named tables and nothing else, by the tree of DuckDB's own parser: no other statement, no
 * table functions, files, settings or system tables. Returns each table that it names, once.
 *
 * @throws SqlError for everything that is not allowed
 */
export function checkSelect(serialized: string): TableName[] {
  const tree = JSON.parse(serialized) as {
    error: boolean;
    error_type?: string;
    error_message?: string;
    statements?: { node: Node }[];
  };
  if (tree.error_message?.includes(EXPRESSION_DEPTH)) {
    throw new Error(tree.error_message);
  }
  if (tree.error || !tree.statements) {
    throw tree.error_type === 'parser'
      ? new SqlError('ER_PARSE_ERROR', tree.error_message ?? 'the statement cannot be parsed')
      : new SqlError('ER_NOT_SUPPORTED_YET', 'only a plain SELECT is supported here');
  }
  if (tree.statements.length !== 1) {
    throw new SqlError('ER_PARSE_ERROR', `${tree.statements.length} statements were sent, expected one`);
  }
  const admission = new SelectGuard();
  admission.query(tree.statements[0].node, new Set());
  return [...admission.tables.values()];
}

class SelectGuard {
  public readonly tables = new Map<string, TableName>();
  private lambdas = 0;

  public query(node: Node, outer: TableScope): void {
    const scope = new Set(outer);
    const { map = [] } = (node.cte_map ?? {}) as { map?: { key: string; value: Node }[] };
    for (const { key, value } of map) {
      // A common table expression sees those before it, and itself only when it is recursive.
      this.any(value, new Set(scope));
      scope.add(key.toLowerCase());
    }
    const others: Node = { ...node, cte_map: undefined, from_table: undefined };
    switch (node.type) {
      case 'SELECT_NODE':
        this.from(node.from_table as Node, scope);
        this.any(Object.values(others), scope);
        return;
      case 'SET_OPERATION_NODE':
        this.any(Object.values(others), scope);
        return;
      case 'RECURSIVE_CTE_NODE': {
        this.any(Object.values({ ...others, right: undefined }), scope);
        this.any(node.right, new Set([...scope, String(node.cte_name).toLowerCase()]));
        return;
      }
      default:
        throw refusal(`a query of the kind ${String(node.type)}`);
    }
  }

  private from(node: Node, scope: TableScope): void {
    switch (node.type) {
      case 'EMPTY':
      case 'EXPRESSION_LIST':
      case 'SUBQUERY':
        this.any(node, scope);
        return;
      case 'JOIN': {
        this.from(node.left as Node, scope);
        this.from(node.right as Node, scope);
        this.any({ ...node, left: undefined, right: undefined }, scope);
        return;
      }
      case 'BASE_TABLE':
        this.table(node, scope);
        return;
      case 'TABLE_FUNCTION': {
        const { function_name: name } = node.function as Node;
        if (String(name).toLowerCase() !== 'unnest') {
          throw refusal(`the table function ${String(name)}`);
        }
        this.any(node, scope);
        return;
      }
      default:
        throw refusal(`a table of the kind ${String(node.type)}`);
    }
  }

  private table(node: Node, scope: TableScope): void {
    const schema = String(node.schema_name ?? '');
    const name = String(node.table_name);
    if (node.catalog_name) {
      throw refusal(`the table ${String(node.catalog_name)}.${schema}.${name}`);
    }
    if (schema !== '' || !scope.has(name.toLowerCase())) {
      this.tables.set(`${schema}\0${name}`.toLowerCase(), schema === '' ? { name } : { schema, name });
    }
    this.any(node.at_clause, scope);
  }

  /** Everything that is neither a query nor a place of tables: looks for those further down. */
  private any(value: unknown, scope: TableScope): void {
    if (Array.isArray(value)) {
      value.forEach((item) => this.any(item, scope));
    } else if (typeof value === 'object' && value !== null) {
      this.node(value as Node, scope);
    }
  }

  private node(node: Node, scope: TableScope): void {
    if ('cte_map' in node || 'from_table' in node) {
      this.query(node, scope);
      return;
    }
    if (node.class === 'FUNCTION' && REFUSED_FUNCTIONS.test(String(node.function_name))) {
      throw refusal(`the function ${String(node.function_name)}`);
    }
    const lambda = node.class === 'LAMBDA' ? 1 : 0;
    this.lambdas += lambda;
    if (this.lambdas > MAX_LAMBDA_DEPTH) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        `more than ${MAX_LAMBDA_DEPTH} lambdas within each other are not supported here`,
      );
    }
    this.any(Object.values(node), scope);
    this.lambdas -= lambda;
  }
}

function refusal(what: string): SqlError {
  return new SqlError(
    'ER_TABLEACCESS_DENIED_ERROR',
    `${what} is not allowed: a query reads tables of its schemas only`,
  );
}
