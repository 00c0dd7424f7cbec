/** The known word that was probably meant: one that begins alike, or that differs by a slip or two; undefined for none. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length < 3 || word.length > 100) {
    return undefined;
  }
  const wanted = word.toLowerCase();
  const slips = word.length < 6 ? 1 : 2;
  const [best] = known
    .map((one) => ({ one, distance: distanceOf(wanted, one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= slips || one.startsWith(wanted) || wanted.startsWith(one))
    .sort((a, b) => a.distance - b.distance);
  return best?.one;
}

/** Ends a sentence with what was probably meant; empty where nothing comes near. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
}

/** How many characters to add, drop, change or swap with the next one. */
function distanceOf(a: string, b: string): number {
  const rows = [[...Array(b.length + 1).keys()]];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
      }
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
