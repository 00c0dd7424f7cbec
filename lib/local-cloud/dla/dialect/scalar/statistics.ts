import { fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';

export const STATISTICS: Functions = {
  normal_cdf: fn('ddd:d', (mean: number, deviation: number, value: number) =>
    deviation > 0 ? normalCdf((value - mean) / deviation) : fail('standardDeviation must be > 0'),
  ),
  width_bucket: fn('dddi:i', widthBucket),
  skewness: fn('D:d', (values: (number | null)[]) => {
    const { n, moments } = momentsOf(values);
    return n < 3 ? null : (Math.sqrt(n) * moments[3]) / moments[2] ** 1.5;
  }),
  kurtosis: fn('D:d', (values: (number | null)[]) => {
    const { n, moments } = momentsOf(values);
    return n < 4
      ? null
      : ((n - 1) * n * (n + 1) * moments[4]) / ((n - 2) * (n - 3) * moments[2] ** 2) -
          (3 * (n - 1) ** 2) / ((n - 2) * (n - 3));
  }),
  entropy: fn('D:d', (values: (number | null)[]) => {
    const counts = values.filter((value): value is number => value !== null && value > 0);
    const sum = counts.reduce((total, value) => total + value, 0);
    return sum === 0 ? 0 : counts.reduce((total, value) => total - (value / sum) * Math.log2(value / sum), 0);
  }),
  weighted_place: fn('Id:i', (weights: bigint[], percentile: number) => {
    const wanted = percentile * Number(weights.reduce((sum, weight) => sum + weight, 0n));
    let sum = 0;
    const at = weights.findIndex((weight) => {
      sum += Number(weight);
      return sum > wanted;
    });
    return BigInt(at < 0 ? weights.length : at + 1);
  }),
};

function normalCdf(x: number): number {
  // Abramowitz and Stegun are not exact enough here: the series converges quickly where it matters.
  if (Math.abs(x) > 38) {
    return x > 0 ? 1 : 0;
  }
  let sum = x;
  let term = x;
  for (let i = 1; i < 500 && Math.abs(term) > 1e-18 * Math.abs(sum); i += 1) {
    term *= (x * x) / (2 * i + 1);
    sum += term;
  }
  return 0.5 + (sum / Math.sqrt(2 * Math.PI)) * Math.exp((-x * x) / 2);
}

function widthBucket(value: number, low: number, high: number, count: bigint): bigint {
  if (count <= 0n) {
    return fail('bucketCount must be greater than 0');
  }
  if (![value, low, high].every((bound) => !Number.isNaN(bound)) || !Number.isFinite(low) || !Number.isFinite(high)) {
    return fail('an operand is not finite');
  }
  if (low === high) {
    return fail('bounds cannot equal each other');
  }
  const [from, to] = [Math.min(low, high), Math.max(low, high)];
  const bucket =
    value < from
      ? 0n
      : value >= to
        ? count + 1n
        : BigInt(Math.floor((Number(count) * (value - from)) / (to - from))) + 1n;
  return low > high ? count + 1n - bucket : bucket;
}

function momentsOf(values: readonly (number | null)[]): { n: number; moments: number[] } {
  const known = values.filter((value): value is number => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const moments = [0, 1, 2, 3, 4].map((power) => known.reduce((sum, value) => sum + (value - mean) ** power, 0));
  return { n: known.length, moments };
}
