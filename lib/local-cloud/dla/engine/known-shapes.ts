import type { ValidatedQuery } from './types';

/** Shapes that are kept. */
const KEPT = 200;

/** A value that something is compared with, or anything else in quotes. */
const COMPARED_OR_QUOTED = /([<>=]\s*)(?:-?\d{1,18}(?![\w.])|'(?:[^']|'')*')|"(?:[^"]|"")*"|'(?:[^']|'')*'/g;

/**
 * What was found of statements, for those that differ from them in nothing but values that something is compared with:
 * whatever these are, the statement reads the same tables. Clients send the same few with other values all the time.
 */
export class KnownShapes {
  private readonly shapes = new Map<string, Omit<ValidatedQuery, 'sql'>>();

  /** @param sql - with standard quotes */
  public validate(sql: string, validateSelect: (sql: string) => ValidatedQuery): ValidatedQuery {
    // A NUL outside of quotes was refused before.
    const shape = sql.replace(COMPARED_OR_QUOTED, (found, before?: string) =>
      before === undefined ? found : `${before}\0`,
    );
    const known = this.shapes.get(shape);
    if (known) {
      return { ...known, sql };
    }
    const validated = validateSelect(sql);
    if (this.shapes.size === KEPT) {
      this.shapes.clear();
    }
    this.shapes.set(shape, validated);
    return validated;
  }
}
