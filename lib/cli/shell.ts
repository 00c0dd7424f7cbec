/** A word as a shell reads it, in quotes where it needs them. */
export function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : inQuotes(word);
}

/** A text in quotes, in which a shell reads nothing but itself. */
export function inQuotes(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
