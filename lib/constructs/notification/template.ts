/**
 * Text as it stands, for a place where Terraform reads templates: `${` and `%{` of SQL stay text, while references that
 * cdktf put in stay references. A value that cdktf asks for later stays as it is.
 */
export function literal(text: string): string {
  return typeof text === 'string' ? text.replace(/\$\{(?!TfToken\[)/g, '$$$${').replace(/%\{/g, '%%{') : text;
}

/** Each text of a list as it stands. */
export function literals(texts: readonly string[]): string[] {
  return Array.isArray(texts) ? (texts as string[]).map(literal) : (texts as string[]);
}
