/** A type as written in a cast: its name in lower case, and what stands in its brackets. */
export interface TypeName {
  readonly name: string;
  readonly lengths: readonly number[];
  readonly of: readonly { readonly name?: string; readonly type: TypeName }[];
}

export interface SortItem {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface FrameBound {
  readonly kind: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following';
  readonly offset?: Expr;
}

export interface Window {
  readonly name?: string;
  readonly partition: readonly Expr[];
  readonly order: readonly SortItem[];
  readonly frame?: { readonly unit: string; readonly start: FrameBound; readonly end?: FrameBound };
}

export interface Call {
  readonly is: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
  readonly star?: boolean;
  readonly distinct?: boolean;
  readonly order?: readonly SortItem[];
  readonly filter?: Expr;
  readonly nulls?: 'ignore' | 'respect';
  readonly over?: Window;
}

export type Expr =
  | { readonly is: 'null' }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'bytes'; readonly hex: string }
  | { readonly is: 'typed'; readonly type: TypeName; readonly text: string }
  | {
      readonly is: 'interval';
      readonly negative: boolean;
      readonly text: string;
      readonly from: string;
      readonly to?: string;
    }
  | { readonly is: 'column'; readonly names: readonly string[] }
  | Call
  | { readonly is: 'lambda'; readonly params: readonly string[]; readonly body: Expr }
  | { readonly is: 'unary'; readonly op: '-' | '+' | 'not'; readonly of: Expr }
  | { readonly is: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly is: 'logical'; readonly op: 'and' | 'or'; readonly items: readonly Expr[] }
  | { readonly is: 'compare'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | {
      readonly is: 'quantified';
      readonly op: string;
      readonly quantifier: 'any' | 'all';
      readonly left: Expr;
      readonly query: Query;
    }
  | {
      readonly is: 'between';
      readonly negated: boolean;
      readonly of: Expr;
      readonly low: Expr;
      readonly high: Expr;
    }
  | { readonly is: 'in'; readonly negated: boolean; readonly of: Expr; readonly list: readonly Expr[] | Query }
  | {
      readonly is: 'like';
      readonly negated: boolean;
      readonly of: Expr;
      readonly pattern: Expr;
      readonly escape?: Expr;
    }
  | { readonly is: 'isnull'; readonly negated: boolean; readonly of: Expr }
  /** `IS TRUE`, `IS FALSE`, `IS UNKNOWN`. */
  | { readonly is: 'truth'; readonly negated: boolean; readonly of: Expr; readonly value?: boolean }
  | { readonly is: 'distinct'; readonly negated: boolean; readonly left: Expr; readonly right: Expr }
  | { readonly is: 'exists'; readonly query: Query }
  | { readonly is: 'subquery'; readonly query: Query }
  | {
      readonly is: 'case';
      readonly of?: Expr;
      readonly whens: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise?: Expr;
    }
  | { readonly is: 'cast'; readonly safe: boolean; readonly of: Expr; readonly type: TypeName }
  | { readonly is: 'extract'; readonly field: string; readonly of: Expr }
  | { readonly is: 'zone'; readonly of: Expr; readonly zone: Expr }
  | { readonly is: 'subscript'; readonly of: Expr; readonly index: Expr }
  | { readonly is: 'field'; readonly of: Expr; readonly name: string }
  | { readonly is: 'array'; readonly items: readonly Expr[] }
  | { readonly is: 'row'; readonly items: readonly Expr[] };

export interface SelectItem {
  /** `*`, or `name.*` when a name is there. */
  readonly star?: { readonly of?: string };
  readonly expr?: Expr;
  readonly alias?: string;
}

export type GroupItem =
  | { readonly kind: 'simple'; readonly items: readonly Expr[] }
  | { readonly kind: 'rollup' | 'cube'; readonly items: readonly Expr[] }
  | { readonly kind: 'sets'; readonly sets: readonly (readonly Expr[])[] };

export interface Select {
  readonly is: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from?: Relation;
  readonly where?: Expr;
  readonly group?: readonly GroupItem[];
  readonly groupDistinct?: boolean;
  readonly having?: Expr;
  readonly windows: ReadonlyMap<string, Window>;
}

export type QueryBody =
  | Select
  | { readonly is: 'values'; readonly rows: readonly Expr[] }
  | { readonly is: 'table'; readonly name: readonly string[] }
  | {
      readonly is: 'set';
      readonly op: string;
      readonly all: boolean;
      readonly left: QueryBody;
      readonly right: QueryBody;
    }
  | { readonly is: 'query'; readonly query: Query };

export interface Query {
  readonly with: readonly { readonly name: string; readonly columns?: readonly string[]; readonly query: Query }[];
  readonly recursive: boolean;
  readonly body: QueryBody;
  readonly order: readonly SortItem[];
  readonly offset?: number;
  readonly limit?: number;
}

export type Relation =
  | { readonly is: 'table'; readonly name: readonly string[]; readonly alias?: Alias }
  | { readonly is: 'subquery'; readonly query: Query; readonly lateral: boolean; readonly alias?: Alias }
  | { readonly is: 'unnest'; readonly args: readonly Expr[]; readonly ordinality: boolean; readonly alias?: Alias }
  | { readonly is: 'function'; readonly name: string }
  | {
      readonly is: 'join';
      readonly kind: 'inner' | 'left' | 'right' | 'full' | 'cross';
      readonly left: Relation;
      readonly right: Relation;
      readonly on?: Expr;
      readonly using?: readonly string[];
    }
  | { readonly is: 'sample'; readonly of: Relation; readonly percentage: number };

export interface Alias {
  readonly name: string;
  readonly columns?: readonly string[];
}
