import { REGIONS } from '../../cloud/regions';
import { parseOssLocation } from '../../cloud/oss-location';
import { html, type Markup } from './markup';
import type { Page, View } from './page';
import { table } from './parts';

export function tablesPage(view: View): Page {
  const { dla } = view.services.account;
  const schemas = REGIONS.flatMap((region) => dla.listSchemas(region));
  return {
    title: 'Schemas, tables and views of DLA',
    content: html`${schemas.length === 0 && html`<p>None yet: <code>CREATE SCHEMA</code> makes the first.</p>`}
    ${schemas.map(
      ({ name, region, location }) =>
        html`<h2>${name} (${region})</h2>
          <p>${locationLink(view, location)}</p>
          ${table(
            `Tables of ${name}`,
            ['Table', 'Format', 'Columns', 'Location'],
            [
              ...dla
                .listTables(region, name)
                .map((one) => [
                  one.name,
                  one.format,
                  columns([...one.columns, ...(one.partitionColumns ?? [])]),
                  locationLink(view, one.location),
                ]),
              ...dla.listViews(region, name).map((one) => [one.name, 'view', columns(one.columns), one.text]),
            ],
          )}`,
    )}`,
  };
}

function columns(all: readonly { readonly name: string; readonly type: string }[]): string {
  return all.map(({ name, type }) => `${name} ${type}`).join(', ');
}

function locationLink({ link }: View, location: string): Markup {
  const at = parseOssLocation(location);
  return html`${at ? html`<a href="${link('bucket', { name: at.bucket, prefix: at.key })}">${location}</a>` : location}`;
}
