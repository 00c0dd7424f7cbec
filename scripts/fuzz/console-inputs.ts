import * as fc from 'fast-check';
import { PAGES } from '../../lib/local-cloud/console/console';
import { word } from './hostile-inputs';
import { request } from './request';
import { BATCH, type Fuzzer, type FuzzTarget, MARKUP, REGION, THERE } from './target';

/** One step through the console: a link of the page that is shown, or a page with other parameters. */
interface Step {
  readonly link: number;
  readonly page: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

const some = (...values: readonly string[]) => fc.constantFrom(...values);

function step({ instanceId }: FuzzTarget): fc.Arbitrary<Step> {
  const known = (...values: readonly string[]) =>
    fc.oneof({ weight: 4, arbitrary: some(...values) }, { weight: 1, arbitrary: word });
  return fc.record({
    link: fc.nat(),
    page: fc.option(known(...Object.keys(PAGES), 'download', ''), { freq: 2 }),
    parameters: fc.record(
      {
        q: known('fuzz', 'a', ''),
        name: known(THERE.bucket, THERE.queue, THERE.topic),
        bucket: known(THERE.bucket),
        key: known('orders/a.csv'),
        prefix: known('orders/', ''),
        marker: known('a'),
        instance: known(instanceId),
        region: known(REGION),
        id: known('none'),
        status: known('SUCCESS'),
        from: known('0', '1', '-1', '1e9'),
        text: known('ram'),
        failed: some('1'),
        live: some('1'),
      },
      { requiredKeys: [] },
    ),
  });
}

/** Goes through the console as a reader does: each page is there, or said not to be, and none has markup of a user's. */
function consoleProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(fc.array(step(target), { minLength: BATCH, maxLength: BATCH }), async (steps) => {
    let links: readonly string[] = ['/'];
    for (const { link, page, parameters } of steps) {
      const address =
        page === null ? links[link % links.length] : `/?${new URLSearchParams({ ...parameters, page }).toString()}`;
      const { status, type, text } = await request(target.httpPort, 'GET', address);
      if (status >= 500 || (type.includes('html') && text.includes(MARKUP))) {
        throw new Error(`${status} to ${address}: ${text.slice(0, 500)}`);
      }
      const found = [...text.matchAll(/href="(\/\?[^"]+)"/g)].map(([, one]) => one.replaceAll('&amp;', '&'));
      links = found.length > 0 ? found : ['/'];
    }
  });
}

export const CONSOLE_FUZZERS: readonly Fuzzer[] = [{ name: 'console', share: 3, property: consoleProperty }];
