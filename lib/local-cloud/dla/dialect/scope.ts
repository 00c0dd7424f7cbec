import { SqlError } from '../sql-error';
import type { Aggregation } from './aggregation';
import type { Window } from './syntax';
import type { Value } from './value';

/** A column of a relation; its SQL is a name that no other column of the query has. */
export interface Column extends Value {
  readonly label: string;
  /** For look-ups, in lower case. */
  readonly name: string;
  /** Behind GROUP BY: its SQL before it. */
  readonly source?: string;
  /** What USING has merged with another one: it needs a qualifier. */
  readonly isMerged?: boolean;
  /** Neither a key of GROUP BY nor an aggregate. */
  readonly isUngrouped?: boolean;
}

export interface Relation {
  /** The names by which its columns can be qualified, in lower case. */
  readonly names?: readonly string[];
  readonly columns: readonly Column[];
}

export type Relations = readonly Relation[];

interface NamedQuery {
  readonly table: string;
  readonly columns: readonly Column[];
}

interface Level {
  readonly relations: Relations;
  /** Labels of the select list, which ORDER BY sees before the columns. */
  readonly outputs: ReadonlyMap<string, Value>;
  readonly windows: ReadonlyMap<string, Window>;
  readonly lambda: ReadonlyMap<string, Value>;
  /** Where aggregates can stand. */
  readonly aggregation?: Aggregation;
  readonly allowsWindows?: boolean;
}

const EMPTY: Level = { relations: [], outputs: new Map(), windows: new Map(), lambda: new Map() };

/** What can be named from a place of the query, from the inside out. */
export class Scope {
  private readonly queries = new Map<string, NamedQuery>();

  constructor(
    private readonly level: Level = EMPTY,
    private readonly parent?: Scope,
    public readonly lambdaDepth = 0,
  ) {}

  public inner(): Scope {
    return new Scope(EMPTY, this, this.lambdaDepth);
  }

  public with(level: Partial<Level>): Scope {
    const isLambda = level.lambda !== undefined;
    // The select list's labels and the columns are one level.
    const base = level.outputs ? this.level : EMPTY;
    const parent = level.outputs ? this.parent : this;
    return new Scope({ ...base, ...level }, parent, this.lambdaDepth + (isLambda ? 1 : 0));
  }

  /** Where aggregates can stand; not in a lambda. */
  public get aggregation(): Aggregation | undefined {
    return this.level.aggregation;
  }

  /** Whose keys can be named here, within lambdas, too. */
  public get grouping(): Aggregation | undefined {
    return this.level.lambda === EMPTY.lambda ? this.level.aggregation : this.parent?.grouping;
  }

  public get allowsWindows(): boolean {
    return this.level.allowsWindows === true;
  }

  /** What a subquery in FROM sees: the queries outside, and not what stands beside it. */
  public withoutRelations(): Scope {
    return new Scope(EMPTY, this.level.relations.length > 0 ? this.parent : this, this.lambdaDepth);
  }

  public addQuery(name: string, query: NamedQuery): void {
    this.queries.set(name.toLowerCase(), query);
  }

  public findQuery(name: string): NamedQuery | undefined {
    return this.queries.get(name.toLowerCase()) ?? this.parent?.findQuery(name);
  }

  public window(name: string): Window {
    const found = this.level.windows.get(name) ?? this.parent?.findWindow(name);
    if (!found) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `window ${name} is not defined`);
    }
    return found;
  }

  private findWindow(name: string): Window | undefined {
    return this.level.windows.get(name) ?? this.parent?.findWindow(name);
  }

  /** The columns that `*` or `name.*` stands for. */
  public star(of: string | undefined): readonly Column[] {
    const { relations } = this.level;
    if (of === undefined) {
      return relations.flatMap(({ columns }) => columns);
    }
    const found = relations.filter(({ names }) => names?.includes(of.toLowerCase()));
    if (found.length === 0) {
      throw new SqlError('ER_BAD_FIELD_ERROR', `the table ${of} is not in the FROM clause`);
    }
    return found.flatMap(({ columns }) => columns);
  }

  /**
   * What the longest possible part of a dotted name is, and how many of its words that takes.
   *
   * @throws SqlError ER_BAD_FIELD_ERROR for a column that is ambiguous or missing
   */
  public resolve(names: readonly string[]): { value: Value; used: number } {
    const lower = names.map((name) => name.toLowerCase());
    const found = this.find(lower);
    if (!found) {
      throw new SqlError('ER_BAD_FIELD_ERROR', `column '${names.join('.')}' cannot be resolved`);
    }
    return found;
  }

  /** What a dotted name stands for, in words that are the same before and behind GROUP BY. */
  public meaningOf(names: readonly string[]): string {
    const lower = names.map((name) => name.toLowerCase());
    const found = this.find(lower);
    const { sql, source = sql } = (found?.value ?? { sql: '' }) as Column;
    return [source, ...lower.slice(found?.used ?? 0)].join('.');
  }

  /** Whether a column is one of this query, not of one around it. */
  public owns(names: readonly string[]): boolean {
    return new Scope(this.level).find(names.map((name) => name.toLowerCase())) !== undefined;
  }

  /** What a dotted name stands for in a query around this one. */
  public findOuter(names: readonly string[]): { value: Value; used: number } | undefined {
    return this.parent?.find(names.map((name) => name.toLowerCase()));
  }

  private find(names: readonly string[]): { value: Value; used: number } | undefined {
    const { lambda, outputs, relations } = this.level;
    const bound = lambda.get(names[0]) ?? outputs.get(names[0]);
    if (bound) {
      return { value: bound, used: 1 };
    }
    for (const qualifiers of [2, 1]) {
      if (names.length > qualifiers) {
        const qualifier = names.slice(0, qualifiers).join('.');
        const value = this.only(
          relations
            .filter((relation) => relation.names?.includes(qualifier))
            .flatMap(({ columns }) => columns.filter(({ name }) => name === names[qualifiers])),
          names,
        );
        if (value) {
          return { value, used: qualifiers + 1 };
        }
      }
    }
    const value = this.only(
      relations.flatMap(({ columns }) => columns.filter(({ name, isMerged }) => name === names[0] && !isMerged)),
      names,
    );
    return value ? { value, used: 1 } : this.parent?.find(names);
  }

  private only(columns: readonly Column[], names: readonly string[]): Column | undefined {
    if (columns.length > 1) {
      throw new SqlError('ER_BAD_FIELD_ERROR', `column '${names.join('.')}' is ambiguous`);
    }
    return columns[0];
  }
}
