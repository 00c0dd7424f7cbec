/** What a stored row looks like. A state from outside is held to it before anything of it is taken. */
export interface Shape<T = unknown> {
  /** Tells what is wrong, after the path to it; undefined: nothing. */
  readonly check: (value: unknown) => string | undefined;
  /** The value with other texts where it names the account; absent where it names it nowhere. */
  readonly rename?: Rename;
  /** Never there: holds the type, so that a shape and the interface that it stands for cannot drift apart. */
  readonly type?: (value: T) => T;
}

/** Whatever the value is: it has not been checked. */
type Rename = (value: unknown, name: (text: string) => string) => unknown;

/**
 * The key that a row stands under, by what the row tells, or a row that it refers to and `find` finds; what no row tells
 * is taken from `key`. Undefined: no key, as the row belongs to nothing.
 */
export type KeyOf<T> = (row: T, key: readonly string[], find: FindRow) => readonly string[] | undefined;
export type FindRow = (table: string, ...key: readonly string[]) => unknown;

/** A row that must be there, and say the right thing, for another one to stand for something. */
export interface Reference {
  readonly table: string;
  readonly key: readonly string[];
  /** @default - whatever it says */
  readonly says?: (row: unknown) => boolean;
}

/** The rows that a row stands for nothing without: its parents, and where it is written twice the other one. */
export type ReferencesOf<T> = (row: T, key: readonly string[]) => readonly Reference[];

export function reference(table: string, ...key: readonly string[]): Reference {
  return { table, key };
}

export const text: Shape<string> = basic('a string', (value) => typeof value === 'string');
export const number: Shape<number> = basic('a number', Number.isFinite);
export const flag: Shape<boolean> = basic('a boolean', (value) => typeof value === 'boolean');

/** A text that is, or holds, a name that is made of the account's id, such as an ARN or the id of an instance. */
export const naming: Shape<string> = {
  ...text,
  rename: (value, name) => (typeof value === 'string' ? name(value) : value),
};

/** One of some texts. */
export function oneOf<T extends string>(...values: readonly T[]): Shape<T> {
  return basic(values.join(' or '), (value) => (values as readonly unknown[]).includes(value));
}

/** What may be absent. */
export function optional<T>({ check, rename }: Shape<T>): Shape<T | undefined> {
  return { check: (value) => (value === undefined ? undefined : check(value)), rename };
}

/** What may be null. */
export function nullable<T>({ check, rename }: Shape<T>): Shape<T | null> {
  return { check: (value) => (value === null ? undefined : check(value)), rename };
}

export function list<T>({ check, rename }: Shape<T>): Shape<readonly T[]> {
  return {
    rename:
      rename && ((value, name) => (Array.isArray(value) ? value.map((item: unknown) => rename(item, name)) : value)),
    check: (value) =>
      Array.isArray(value)
        ? firstProblem(value.map((item, index) => [`[${index}]`, check(item)]))
        : `: expected a list, got ${kindOf(value)}`,
  };
}

/**
 * Values under names of the user's.
 *
 * @param own those under names of the cloud's own that name the account
 */
export function record<T>(
  { check }: Shape<T>,
  own: Readonly<Record<string, Shape<T>>> = {},
): Shape<Readonly<Record<string, T>>> {
  return {
    rename: renameFields(own as Readonly<Record<string, Shape>>),
    check: (value) =>
      isObject(value)
        ? firstProblem(Object.entries(value).map(([name, one]) => [`[${JSON.stringify(name)}]`, check(one)]))
        : `: expected an object, got ${kindOf(value)}`,
  };
}

/** These fields, each of its shape, and no others. */
export function object<T>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const known = new Map(Object.entries<Shape>(fields as Readonly<Record<string, Shape>>));
  return {
    rename: renameFields(Object.fromEntries(known)),
    check: (value) => {
      if (!isObject(value)) {
        return `: expected an object, got ${kindOf(value)}`;
      }
      const [unknown] = Object.entries(value).find(([name, one]) => one !== undefined && !known.has(name)) ?? [];
      if (unknown !== undefined) {
        return `[${JSON.stringify(unknown)}]: expected no such field`;
      }
      return firstProblem(
        Array.from(known, ([name, { check }]) => [
          `.${name}`,
          check(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined),
        ]),
      );
    },
  };
}

function basic<T>(expected: string, test: (value: unknown) => boolean): Shape<T> {
  return { check: (value) => (test(value) ? undefined : `: expected ${expected}, got ${kindOf(value)}`) };
}

function renameFields(fields: Readonly<Record<string, Shape>>): Rename | undefined {
  const renames = Object.entries(fields).flatMap(([field, { rename }]) => (rename ? [[field, rename] as const] : []));
  if (renames.length === 0) {
    return undefined;
  }
  return (value, name) => {
    if (!isObject(value)) {
      return value;
    }
    const present = renames.filter(([field]) => Object.hasOwn(value, field));
    const renamed = present.map(([field, rename]) => [field, rename((value as Record<string, unknown>)[field], name)]);
    return { ...value, ...(Object.fromEntries(renamed) as object) };
  };
}

function firstProblem(checked: readonly (readonly [path: string, problem: string | undefined])[]): string | undefined {
  const [path, problem] = checked.find(([, one]) => one !== undefined) ?? [];
  return problem === undefined ? undefined : `${path}${problem}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return value === null ? 'null' : 'nothing';
  }
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'an object'
      : JSON.stringify(value).slice(0, 100);
}
