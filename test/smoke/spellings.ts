const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const inUnits = (text: string, pattern: RegExp): string =>
  text.replace(pattern, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const strictUrl = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/** How servers in several languages repeat what they were sent: the spellings of a secret that are masked. */
export const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'URL of JavaScript': encodeURIComponent,
  'URL as a whole': encodeURI,
  'URL of Python': strictUrl,
  'URL with small digits': (text) => strictUrl(text).replace(/%../g, (code) => code.toLowerCase()),
  'URL of a form': (text) => new URLSearchParams([['', text]]).toString().slice(1),
  JSON: json,
  'JSON of Go': (text) => inUnits(json(text), /[<>&]/g),
  'JSON of PHP': (text) => json(text).replaceAll('/', '\\/'),
  // eslint-disable-next-line no-control-regex -- all but ASCII
  'JSON in ASCII': (text) => inUnits(json(text), /[^\x00-\x7f]/g),
  'JSON of .NET': (text) => inUnits(json(text).replaceAll('\\"', '"'), /["'+<>&]/g),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  'hexadecimal in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  Base64: base64,
  'Base64 without padding': (text) => base64(text).replace(/=+$/, ''),
  'Base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
  'Base64 in a URL': (text) => encodeURIComponent(base64(text)),
  'Base64 behind a user': (text) => base64(`smoke_tester:${text}`),
  'Base64 behind a key': (text) => base64(`LTAI-key-id:${text}`),
};

/** Spellings that are left as they are: a filter for all of them would itself be what breaks. */
export const NOT_MASKED: Readonly<Record<string, (text: string) => string>> = {
  'HTML with digits': (text) => text.replace(/[^a-z0-9]/giu, (mark) => `&#${mark.codePointAt(0)};`),
  'JSON in JSON': (text) => json(json(text)),
  'URL in a URL': (text) => encodeURIComponent(strictUrl(text)),
  'Base64 twice': (text) => base64(base64(text)),
  'UTF-16': (text) => [...text].join('\0'),
  'hexadecimal with colons': (text) =>
    Buffer.from(text)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
  'another case': (text) => text.toUpperCase(),
};
