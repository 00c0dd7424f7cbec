/**
 * Text as it stands, for a place where Terraform reads templates: `${` and `%{` of SQL stay text, while references that
 * cdktf put in stay references.
 */
export function literal(text: string): string {
  return text.replace(/\$\{(?!TfToken\[)/g, '$$$${').replace(/%\{/g, '%%{');
}
