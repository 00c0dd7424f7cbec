/** A figure of a benchmark: how one side compares with the other in the same run, and the goal. A miss is exit code 1. */
export function report(name: string, ratio: number, goal: number): void {
  const reached = ratio <= goal;
  process.exitCode = reached ? process.exitCode : 1;
  process.stdout.write(`${reached ? 'ok  ' : 'MISS'}  ${name}: ${ratio.toFixed(2)} × (goal ≤ ${goal} ×)\n`);
}

/** How the median time of one side compares with the other's, run by turns so that both meet the same machine. */
export async function timeRatio(
  rounds: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, side] of [one, other].entries()) {
      const start = performance.now();
      await side();
      times[index].push(performance.now() - start);
    }
  }
  return median(times[0]) / median(times[1]);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
