const MAX_CHARACTERS = 200;

/** A text from outside, as an error repeats it: quoted, and cut where it is long. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text);
}
