import { escapeMarkup } from '../http/xml';

/** Markup that is safe to send. Only `html` and `verbatim` make it, so that no text of a user reaches a page unescaped. */
export class Markup {
  constructor(public readonly text: string) {}
}

export type Value = Markup | string | number | false | null | undefined | readonly Value[];

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((all, part, index) => all + render(values[index - 1]) + part));
}

/** Our own script or style, byte for byte what its hash in the policy says. */
export function verbatim(element: 'script' | 'style', text: string): Markup {
  return new Markup(`<${element}>${text}</${element}>`);
}

function render(value: Value): string {
  if (value instanceof Markup) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return value.map(render).join('');
  }
  return value === null || value === undefined || value === false ? '' : escapeMarkup(String(value));
}
