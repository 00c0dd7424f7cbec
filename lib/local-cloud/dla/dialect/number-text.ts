/** Numbers as Java writes them, which is how Presto casts them to text. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  }
  return javaText(value, wholeDigits(value, 53) ?? String(Math.abs(value)));
}

/**
 * The digits of a whole number beyond the ones that its bits tell apart: Java (to version 18) writes all of them but
 * for those that are surely meaningless.
 */
function wholeDigits(value: number, significantBits: number): string | undefined {
  const whole = Math.abs(value);
  if (!Number.isInteger(whole) || whole < 2 ** significantBits || whole >= 2 ** 63) {
    return undefined;
  }
  const number = BigInt(whole);
  const bits = number.toString(2).length - 1 - significantBits - 1;
  const unit = 10n ** BigInt(Math.floor(Math.max(0, bits) * Math.log10(2)));
  return String(((number + unit / 2n) / unit) * unit);
}

/** The fewest digits that tell the float apart from its neighbours. */
export function realText(value: number): string {
  if (!Number.isFinite(value)) {
    return doubleText(value);
  }
  const whole = wholeDigits(value, 24);
  if (whole !== undefined) {
    return javaText(value, whole);
  }
  for (let precision = 1; precision <= 9; precision += 1) {
    const text = halfEven(Math.abs(value), precision);
    if (Math.fround(Number(text)) === Math.abs(value)) {
      return javaText(value, String(Number(text)));
    }
  }
  return doubleText(value);
}

function halfEven(value: number, precision: number): string {
  const text = value.toPrecision(precision);
  const longer = value.toPrecision(precision + 1);
  // JavaScript rounds the half up.
  return Number(longer) === value && /[02468]\.?5$/.test(longer) ? longer.replace(/\.?5$/, '') : text;
}

function javaText(value: number, shortest: string): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) {
    return `${sign}0.0`;
  }
  if (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e7) {
    // Without an exponent in JavaScript, too.
    return `${sign}${shortest}${shortest.includes('.') ? '' : '.0'}`;
  }
  const [, whole, fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(shortest)!;
  const all = (whole + fraction).replace(/^0+/, '');
  const leading = (whole + fraction).length - all.length;
  const digits = all.replace(/0+$/, '') || '0';
  // The value is 0.DIGITS times ten to this.
  const point = whole.length - leading + Number(exponent);
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${point - 1}`;
}

/** A decimal's digits without its point, and how many of them stand behind it. */
function unscaled(text: string): { value: bigint; scale: number } {
  const [whole, fraction = ''] = text.split('.');
  return { value: BigInt(whole + fraction), scale: fraction.length };
}

function scaledText(value: bigint, scale: number): string {
  if (scale <= 0) {
    return String(value * 10n ** BigInt(-scale));
  }
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  const isNegative = numerator < 0n !== denominator < 0n;
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  const rounded = (2n * n + d) / (2n * d);
  return isNegative ? -rounded : rounded;
}

/** The quotient of two decimals with as many digits behind the point, rounded half up. */
export function divideDecimals(a: string, b: string, scale: number): string | undefined {
  const [x, y] = [unscaled(a), unscaled(b)];
  if (y.value === 0n) {
    return undefined;
  }
  const shift = scale - x.scale + y.scale;
  const numerator = shift >= 0 ? x.value * 10n ** BigInt(shift) : x.value;
  const denominator = shift >= 0 ? y.value : y.value * 10n ** BigInt(-shift);
  return scaledText(halfUp(numerator, denominator), scale);
}

/** `1.5e+3` as `1500`. */
export function withoutExponent(text: string): string {
  const match = /^(-?)(\d+)\.?(\d*)e([+-]?\d+)$/i.exec(text);
  if (!match) {
    return text;
  }
  const [, sign, whole, fraction, exponent] = match;
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).padStart(1 + whole.length + fraction.length - Math.min(point, 1), '0');
  const at = Math.max(point, 1);
  const padded = digits.padEnd(at, '0');
  return `${sign}${padded.slice(0, at)}${padded.length > at ? `.${padded.slice(at)}` : ''}`;
}

export function roundDecimal(text: string, digits: number, isTruncated = false): string {
  const { value, scale } = unscaled(text);
  if (digits >= scale) {
    return text;
  }
  if (scale - digits > 60) {
    return '0';
  }
  const unit = 10n ** BigInt(scale - digits);
  return scaledText((isTruncated ? value / unit : halfUp(value, unit)) * unit, scale);
}
