import { html, type Markup, type Value } from './markup';

/** Rows of one table; a way on is shown where there are more. */
export const MAX_ROWS = 100;
/** Characters of a text that a page shows. */
const MAX_TEXT = 64 * 1024;

/** A column; those that begin with `#` hold numbers. */
export function table(label: string, columns: readonly string[], rows: readonly (readonly Value[])[]): Markup {
  if (rows.length === 0) {
    return html`<p>None yet.</p>`;
  }
  const classes = columns.map((column) => (column.startsWith('#') ? 'number' : ''));
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map(
            (column, index) => html`<th scope="col" class="${classes[index]}">${column.replace(/^#/, '')}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, index) => html`<td class="${classes[index]}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Fields of one thing, those without a value left out. */
export function fields(label: string, pairs: readonly (readonly [string, Value])[]): Markup {
  return table(
    label,
    ['Field', 'Value'],
    pairs.filter(([, value]) => value !== null && value !== undefined && value !== ''),
  );
}

/** The part of a list that a page shows, and the ways to the others. */
export function paged<T>(
  all: readonly T[],
  query: URLSearchParams,
  link: (from: number) => string,
): { readonly shown: readonly T[]; readonly ways: Markup } {
  const { from, ways } = range(all.length, query, link);
  return { shown: all.slice(from, from + MAX_ROWS), ways };
}

/** Where the part begins that a page shows of so many rows. */
export function range(
  count: number,
  query: URLSearchParams,
  link: (from: number) => string,
): { readonly from: number; readonly ways: Markup } {
  const asked = Number(query.get('from') ?? 0);
  const from = Number.isInteger(asked) && asked > 0 && asked < count ? asked : 0;
  const end = Math.min(from + MAX_ROWS, count);
  const ways = html`<p>
    ${count > MAX_ROWS && html`${from + 1} to ${end} of ${count}.`}
    ${from > 0 && html`<a href="${link(Math.max(from - MAX_ROWS, 0))}">Newer</a>`}
    ${end < count && html`<a href="${link(end)}">Older</a>`}
  </p>`;
  return { from, ways };
}

/** A state in words, coloured by what it means. */
export function state(words: string | null | undefined): Markup {
  const text = words ?? '';
  const kind = /SUCCESS|^2\d\d$|done|running$/.test(text) ? 'ok' : /FAIL|CANCEL|^[45]\d\d$/.test(text) ? 'bad' : 'busy';
  return html`<span class="${kind}">${text}</span>`;
}

export function time(at: number | string): Markup {
  const iso = typeof at === 'string' ? at : new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}

export function duration(milliseconds: number): string {
  return milliseconds < 10_000
    ? `${(milliseconds / 1000).toFixed(milliseconds < 1000 ? 3 : 1)} s`
    : `${Math.round(milliseconds / 1000)} s`;
}

export function size(bytes: number): string {
  const [unit, divisor] = bytes < 1e3 ? ['B', 1] : bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${divisor === 1 ? bytes : (bytes / divisor).toFixed(1)} ${unit}`;
}

/** A text as it is, or laid out if it is JSON. */
export function formatted(text: string): Markup {
  try {
    const value: unknown = JSON.parse(text);
    return asIs(typeof value === 'object' ? JSON.stringify(value, null, 2) : text);
  } catch {
    // It is no JSON.
    return asIs(text);
  }
}

/** The beginning of a text, which a keyboard can scroll. */
export function asIs(text: string): Markup {
  return html`<pre tabindex="0">${text.slice(0, MAX_TEXT)}</pre>
    ${text.length > MAX_TEXT && html`<p>The first ${MAX_TEXT} of ${text.length} characters.</p>`}`;
}
