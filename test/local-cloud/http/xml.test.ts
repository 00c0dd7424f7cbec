import { expect, it } from 'vitest';
import { readXml } from '../../../lib/local-cloud/http/xml';

it('takes CDATA sections for the text that they hold, another opening in them too', async () => {
  const document = '<a><b><![CDATA[1 < 2 <![CDATA[ & ]]>, <![CDATA[<c>]]></b></a>';
  expect(await readXml(document, 'a')).toEqual({ b: '1 < 2 <![CDATA[ & , <c>' });
});

it.each([
  ['<a><![CDATA[x</a>', 'not closed'],
  [`<a>${'<![CDATA['.repeat(100_000)}</a>`, 'not closed'],
  [`<a>${'<![CDATA['.repeat(1_000_000)}</a>`, 'up to 1048576 characters'],
])('refuses at once %.20s…, however long', { timeout: 5_000 }, async (document, message) => {
  await expect(readXml(document, 'a')).rejects.toThrow(message);
});
