import { SqlError } from '../sql-error';
import { BIGINT, asDecimal, commonType, decimal, display, duckdbType, isInteger, isNumeric } from './types';
import type { Type } from './types';
import { coerce, fail, local, typed, instantOf } from './value';
import type { Value } from './value';

/**
 * `+ - * / %` by the rules of Presto.
 *
 * @throws SqlError for types that have no such operator
 */
export function arithmetic(op: string, left: Value, right: Value): Value {
  const value = numbers(op, left, right) ?? times(op, left, right);
  if (!value) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `cannot apply operator: ${display(left.type)} ${op} ${display(right.type)}`,
    );
  }
  return value;
}

export function negative(value: Value): Value {
  if (/^\d+$/.test(value.sql)) {
    return { ...value, sql: `(-${value.sql})` };
  }
  return typed(`(-${value.sql})`, value.type);
}

function numbers(op: string, left: Value, right: Value): Value | undefined {
  const [a, b] = [left, right].map((value, at) =>
    value.type.kind === 'unknown' && isNumeric([right, left][at].type) ? coerce(value, [right, left][at].type) : value,
  );
  if (a.type.kind === 'unknown' && b.type.kind === 'unknown') {
    return numbers(op, coerce(a, BIGINT), coerce(b, BIGINT));
  }
  if (!isNumeric(a.type) || !isNumeric(b.type)) {
    return undefined;
  }
  const common = commonType(a.type, b.type)!;
  if (common.kind === 'decimal') {
    return decimals(op, a, b);
  }
  const [x, y] = [coerce(a, common).sql, coerce(b, common).sql];
  if (isInteger(common) && (op === '/' || op === '%')) {
    const isZero = `${y} = 0 AND ${x} IS NOT NULL THEN ${fail('Division by zero')}`;
    return typed(
      op === '/'
        ? `CASE WHEN ${isZero} ELSE ${x} // ${y} END`
        : // Of the smallest integer, DuckDB cannot tell the remainder of -1.
          `CASE WHEN ${isZero} WHEN ${y} = -1 THEN ${x} * 0 ELSE ${x} % ${y} END`,
      common,
    );
  }
  if (op === '%') {
    return typed(`CASE WHEN ${y} = 0 THEN CAST('nan' AS ${duckdbType(common)}) ELSE ${x} % ${y} END`, common);
  }
  return typed(`(${x} ${op} ${y})`, common);
}

function decimals(op: string, left: Value, right: Value): Value {
  const [a, b] = [asDecimal(left.type), asDecimal(right.type)];
  const [x, y] = [coerce(left, decimal(a.precision, a.scale)).sql, coerce(right, decimal(b.precision, b.scale)).sql];
  const scale = Math.max(a.scale, b.scale);
  switch (op) {
    case '+':
    case '-': {
      const type = decimal(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale);
      const sql = duckdbType(type);
      return typed(`CAST(CAST(${x} AS ${sql}) ${op} CAST(${y} AS ${sql}) AS ${sql})`, type);
    }
    case '*': {
      if (a.scale + b.scale > 38) {
        throw new SqlError('ER_WRONG_ARGUMENTS', 'a product of decimals has at most 38 digits behind the point');
      }
      const type = decimal(a.precision + b.precision, a.scale + b.scale);
      return typed(`CAST(${x} * ${y} AS ${duckdbType(type)})`, type);
    }
    case '/': {
      const type = decimal(a.precision + b.scale + Math.max(b.scale - a.scale, 0), scale);
      return typed(divided(x, y, type), type);
    }
    default: {
      const digits = Math.min(b.precision - b.scale, a.precision - a.scale) + scale;
      const type = decimal(digits, scale);
      const wide = duckdbType(decimal(38, scale));
      return typed(
        `CASE WHEN ${y} = 0 AND ${x} IS NOT NULL THEN ${fail('Division by zero')} ELSE CAST(CAST(${x} AS ${wide}) % CAST(${y} AS ${wide}) AS ${duckdbType(type)}) END`,
        type,
      );
    }
  }
}

/** DuckDB divides decimals as doubles; here no digit is lost. */
export function divided(x: string, y: string, type: Type): string {
  const { scale } = asDecimal(type);
  return `CAST(js_divide(CAST(${x} AS VARCHAR), CAST(${y} AS VARCHAR), ${scale}) AS ${duckdbType(type)})`;
}

function times(op: string, left: Value, right: Value): Value | undefined {
  const [a, b] = [left.type.kind, right.type.kind];
  const isInterval = (kind: string): boolean => kind.startsWith('interval');
  if (isInterval(a) && a === b && (op === '+' || op === '-')) {
    return typed(`(${left.sql} ${op} ${right.sql})`, left.type);
  }
  if (isInterval(a) && isNumeric(right.type) && (op === '*' || op === '/')) {
    return scaled(op, left, right);
  }
  if (isInterval(b) && isNumeric(left.type) && op === '*') {
    return scaled(op, right, left);
  }
  if (isInterval(b) && (op === '+' || op === '-')) {
    return moved(left, op === '-' ? negative(right) : right);
  }
  if (isInterval(a) && op === '+') {
    return moved(right, left);
  }
  if (op !== '-') {
    return undefined;
  }
  const common = commonType(left.type, right.type);
  switch (common?.kind) {
    case 'date':
      return typed(`(date_diff('day', ${right.sql}, ${left.sql}) * 86400000)`, { kind: 'interval day' });
    case 'timestamp':
    case 'timestamptz':
      return typed(`(epoch_ms(${coerce(left, common).sql}) - epoch_ms(${coerce(right, common).sql}))`, {
        kind: 'interval day',
      });
    case 'time':
      return typed(`((epoch_us(${left.sql}) - epoch_us(${right.sql})) // 1000)`, { kind: 'interval day' });
    default:
      return undefined;
  }
}

function scaled(op: string, interval: Value, factor: Value): Value {
  const type = duckdbType(interval.type);
  const number = coerce(factor, isInteger(factor.type) ? BIGINT : { kind: 'double' }).sql;
  if (op === '/') {
    const by = isInteger(factor.type) ? '//' : '/';
    const zero = isInteger(factor.type) ? `WHEN ${number} = 0 THEN ${fail('Division by zero')} ` : '';
    return typed(
      `CASE ${zero}WHEN true THEN CAST(trunc(${interval.sql} ${by} ${number}) AS ${type}) END`,
      interval.type,
    );
  }
  return typed(`CAST(trunc(${interval.sql} * ${number}) AS ${type})`, interval.type);
}

/** A time moved by an interval. */
function moved(time: Value, interval: Value): Value | undefined {
  const isMonths = interval.type.kind === 'interval year';
  const step = isMonths ? `to_months(${interval.sql})` : `to_milliseconds(${interval.sql})`;
  switch (time.type.kind) {
    case 'unknown':
      return coerce(time, { kind: 'timestamp' });
    case 'date':
      if (isMonths) {
        return typed(`CAST(${time.sql} + ${step} AS DATE)`, time.type);
      }
      return typed(
        `CASE WHEN ${interval.sql} % 86400000 <> 0 THEN ${fail('Cannot add hour, minutes or seconds to a date')} ` +
          `ELSE CAST(${time.sql} + to_days(CAST(${interval.sql} // 86400000 AS INTEGER)) AS DATE) END`,
        time.type,
      );
    case 'timestamp':
      return typed(`(${time.sql} + ${step})`, time.type);
    case 'timestamptz':
      return isMonths
        ? typed(instantOf(`${local(time).sql} + ${step}`, time.type.zone), time.type)
        : typed(`(${time.sql} + ${step})`, time.type);
    case 'time':
      return isMonths
        ? undefined
        : typed(`CAST(CAST('2000-01-01' AS DATE) + ${time.sql} + ${step} AS TIME)`, time.type);
    default:
      return undefined;
  }
}
