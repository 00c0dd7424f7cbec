import { SqlError } from '../sql-error';
import type { Expr, FrameBound, Window } from './syntax';
import { commonType, display, isInteger, isNumeric } from './types';
import type { Type } from './types';
import { coerce, failWith } from './value';
import type { Value } from './value';

const TIMES: readonly string[] = ['date', 'time', 'timestamp', 'timestamptz'];

/** In the order in which they can begin and end a frame. */
const PLACES: readonly FrameBound['kind'][] = [
  'unbounded preceding',
  'preceding',
  'current row',
  'following',
  'unbounded following',
];

/** The type in which a window with the frame is sorted: that of the steps, too, where it is wider. */
export function rangeType(
  { unit, start, end }: NonNullable<Window['frame']>,
  key: Type,
  compile: (expr: Expr) => Value,
): Type {
  const offsets = [start, end].flatMap((bound) => (bound?.offset ? [compile(bound.offset).type] : []));
  return unit === 'range' ? offsets.reduce((type, offset) => commonType(type, offset) ?? type, key) : key;
}

/**
 * The frame of a window.
 *
 * @throws SqlError for bounds that make no frame, and for offsets that do not fit what the window is sorted by
 */
export function frameSql(
  { unit, start, end }: NonNullable<Window['frame']>,
  order: readonly Value[],
  compile: (expr: Expr) => Value,
): string {
  const last = end ?? { kind: 'current row' as const };
  if (start.kind === 'unbounded following' || last.kind === 'unbounded preceding') {
    throw bad(
      `a window frame cannot ${start.kind === 'unbounded following' ? 'start' : 'end'} with ${(start.kind === 'unbounded following' ? start : last).kind.toUpperCase()}`,
    );
  }
  if (PLACES.indexOf(start.kind) > PLACES.indexOf(last.kind)) {
    throw bad(`a window frame that starts with ${start.kind.toUpperCase()} cannot end with ${last.kind.toUpperCase()}`);
  }
  if (unit === 'groups' && order.length === 0) {
    throw bad('a window frame of the type GROUPS requires ORDER BY');
  }
  const bound = ({ kind, offset }: FrameBound): string =>
    offset ? `${offsetSql(unit, compile(offset), order)} ${kind.toUpperCase()}` : kind.toUpperCase();
  const from = bound(start);
  return end ? `${unit.toUpperCase()} BETWEEN ${from} AND ${bound(end)}` : `${unit.toUpperCase()} ${from}`;
}

function offsetSql(unit: string, offset: Value, order: readonly Value[]): string {
  if (unit !== 'range') {
    if (!isInteger(offset.type)) {
      throw bad(
        `the offset of a window frame of the type ${unit.toUpperCase()} is a whole number, got ${display(offset.type)}`,
      );
    }
    return positive(offset.sql);
  }
  if (order.length !== 1) {
    throw bad('a window frame of the type RANGE with an offset requires exactly one column in ORDER BY');
  }
  const [{ type }] = order;
  if (isNumeric(type) && isNumeric(offset.type)) {
    return positive(coerce(offset, commonType(type, offset.type)!).sql);
  }
  if (TIMES.includes(type.kind) && offset.type.kind.startsWith('interval')) {
    const sql = positive(offset.sql);
    return offset.type.kind === 'interval year' ? `to_months(${sql})` : `to_milliseconds(${sql})`;
  }
  throw bad(
    `a window frame of the type RANGE over ${display(type)} cannot have an offset of the type ${display(offset.type)}`,
  );
}

function positive(sql: string): string {
  if (/^\d+$/.test(sql)) {
    return sql;
  }
  const failed = failWith(`'Window frame offset value must not be negative or null'`);
  return `CASE WHEN ${sql} IS NULL OR ${sql} < 0 THEN ${failed} ELSE ${sql} END`;
}

function bad(message: string): SqlError {
  return new SqlError('ER_WRONG_ARGUMENTS', message);
}
