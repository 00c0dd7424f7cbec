import { divideDecimals, doubleText, realText, roundDecimal } from '../number-text';
import { MAX_BIGINT, fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';

export const NUMBERS: Functions = {
  double_text: fn('d:s', doubleText),
  real_text: fn('f:s', realText),
  divide: fn(
    'ssi:s',
    (a: string, b: string, scale: bigint) => divideDecimals(a, b, Number(scale)) ?? fail('Division by zero'),
  ),
  round_decimal: fn('si:s', (text: string, digits: bigint) => roundDecimal(text, Number(digits))),
  truncate_decimal: fn('si:s', (text: string, digits: bigint) => roundDecimal(text, Number(digits), true)),
  round: fn('di:d', (value: number, digits: bigint) => roundDouble(value, Number(digits), false)),
  truncate: fn('di:d', (value: number, digits: bigint) => roundDouble(value, Number(digits), true)),
  ln: fn('d:d', Math.log),
  log2: fn('d:d', (value: number) => Math.log(value) / Math.log(2)),
  log10: fn('d:d', Math.log10),
  log: fn('dd:d', (base: number, value: number) => Math.log(value) / Math.log(base)),
  pow: fn('dd:d', (base: number, exponent: number) => base ** exponent),
  sqrt: fn('d:d', Math.sqrt),
  sign: fn('d:d', (value: number) => (Object.is(value, -0) ? 0 : Math.sign(value))),
  acos: fn('d:d', Math.acos),
  asin: fn('d:d', Math.asin),
  sin: fn('d:d', Math.sin),
  cos: fn('d:d', Math.cos),
  tan: fn('d:d', Math.tan),
  cot: fn('d:d', (value: number) => 1 / Math.tan(value)),
  from_base: fn('si:i', (text: string, radix: bigint) => fromBase(text, Number(radix))),
  to_base: fn('ii:s', (value: bigint, radix: bigint) =>
    radix < 2n || radix > 36n ? fail('Radix must be between 2 and 36') : value.toString(Number(radix)),
  ),
  radix: fn('ii:s', (value: bigint, radix: bigint) => BigInt.asUintN(64, value).toString(Number(radix)).toUpperCase()),
  left_shift: fn('iii:i', (value: bigint, shift: bigint, bits: bigint) =>
    shift < 0n ? fail('Shift must be non-negative') : shift >= bits ? 0n : BigInt.asIntN(Number(bits), value << shift),
  ),
  right_shift: fn('iii:i', (value: bigint, shift: bigint, bits: bigint) =>
    shift < 0n
      ? fail('Shift must be non-negative')
      : shift >= bits
        ? 0n
        : BigInt.asIntN(Number(bits), BigInt.asUintN(Number(bits), value) >> shift),
  ),
  right_shift_arithmetic: fn('iii:i', (value: bigint, shift: bigint) =>
    shift < 0n ? fail('Shift must be non-negative') : value >> (shift > 63n ? 63n : shift),
  ),
  bit_count: fn('ii:i', bitCount),
  combinations: fn('ii:s', combinations),
};

function roundDouble(value: number, digits: number, isTruncated: boolean): number {
  if (!Number.isFinite(value)) {
    return value;
  }
  const factor = 10 ** digits;
  const scaled = value * factor;
  if (!Number.isFinite(scaled)) {
    return value;
  }
  const rounded = isTruncated ? Math.trunc(scaled) : Math.sign(scaled) * Math.round(Math.abs(scaled));
  return rounded / factor;
}

function integer(value: bigint): bigint {
  return value > MAX_BIGINT || value < -MAX_BIGINT - 1n ? fail(`Value out of range: ${value}`) : value;
}

function fromBase(text: string, radix: number): bigint {
  if (radix < 2 || radix > 36) {
    return fail('Radix must be between 2 and 36');
  }
  const match = /^([+-]?)([0-9a-z]+)$/i.exec(text);
  const digits = match ? [...match[2].toLowerCase()].map((digit) => Number.parseInt(digit, 36)) : [];
  if (!match || digits.some((digit) => digit >= radix)) {
    return fail(`Not a valid base-${radix} number: ${text}`);
  }
  const value = digits.reduce((sum, digit) => sum * BigInt(radix) + BigInt(digit), 0n);
  return integer(match[1] === '-' ? -value : value);
}

function bitCount(value: bigint, bits: bigint): bigint {
  if (bits < 2n || bits > 64n) {
    return fail('Bits specified in bit_count must be between 2 and 64');
  }
  if (BigInt.asIntN(Number(bits), value) !== value) {
    return fail(
      `Number must be representable with the bits specified. ${value} cannot be represented with ${bits} bits`,
    );
  }
  return BigInt(BigInt.asUintN(Number(bits), value).toString(2).replaceAll('0', '').length);
}

function combinations(length: bigint, size: bigint): string {
  if (size < 0n || size > 5n) {
    return fail('combination size must not be negative and not exceed 5');
  }
  const found: number[][] = [];
  const extend = (chosen: number[], from: number): void => {
    if (chosen.length === Number(size)) {
      found.push(chosen);
      return found.length > 100_000 ? fail('combinations exceed max size of 100000') : undefined;
    }
    for (let at = from; at <= Number(length); at += 1) {
      extend([...chosen, at], at + 1);
    }
  };
  extend([], 1);
  return JSON.stringify(found);
}
