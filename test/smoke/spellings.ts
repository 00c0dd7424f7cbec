const replaced = (pattern: RegExp, spell: (code: string, character: string) => string) => (text: string) =>
  text.replace(pattern, (character) => spell(character.codePointAt(0)!.toString(16), character));

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const python = (text: string): string =>
  replaced(/[!'()*]/g, (code) => `%${code.toUpperCase()}`)(encodeURIComponent(text));
const entities: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' };

/** How servers in several languages repeat what they were sent. */
export const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'as an address of JavaScript': encodeURIComponent,
  'as an address of Python': python,
  'as an address with small digits': (text) => python(text).replace(/%../g, (code) => code.toLowerCase()),
  'as an address in an address': (text) => encodeURIComponent(python(text)),
  'as a form': (text) => new URLSearchParams([['', text]]).toString().slice(1),
  'as JSON': json,
  'as JSON in JSON': (text) => json(json(text)),
  'as JSON of Go': (text) => replaced(/[<>&]/g, (code) => `\\u00${code}`)(json(text)),
  'as JSON of PHP': (text) => json(text).replaceAll('/', '\\/'),
  // eslint-disable-next-line no-control-regex -- all but ASCII
  'as JSON in ASCII': (text) => json(text).replace(/[^\x00-\x7f]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`),
  'as bytes of Python': (text) => [...Buffer.from(text)].map((byte) => `\\x${hex(byte, 2)}`).join(''),
  'as HTML': (text) => text.replace(/[&<>"]/g, (mark) => `&${entities[mark]};`).replaceAll("'", '&#39;'),
  'as HTML with digits': replaced(/[^a-z0-9]/giu, (code) => `&#x${code.toUpperCase()};`),
  'as SQL': (text) => text.replaceAll("'", "''"),
  'as SQL of MySQL': (text) => text.replace(/[\\'"]/g, '\\$&'),
  'as CSV': (text) => text.replaceAll('"', '""'),
  'in hexadecimal digits': (text) => Buffer.from(text).toString('hex'),
  'in Base64': base64,
  'in Base64 without padding': (text) => base64(text).replace(/=+$/, ''),
  'in Base64 for addresses': (text) => Buffer.from(text).toString('base64url'),
  'in Base64 in an address': (text) => encodeURIComponent(base64(text)),
  'in Base64 behind a user': (text) => base64(`smoke_tester:${text}`),
  'in Base64 behind a key': (text) => base64(`LTAI-key-id:${text}`),
  'in lines': (text) => `${text.slice(0, 4)}\r\n${text.slice(4)}`,
  'in lines of JSON': (text) => json(`${text.slice(0, 4)}\r\n${text.slice(4)}`),
  'in UTF-16 of JSON': (text) => json([...text].join('\0')),
  'in UTF-16': (text) => [...text].join('\0'),
};

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}
