import { fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';

export const URLS: Functions = {
  url: fn('ss:s', urlPart),
  url_parameter: fn('ss:s', (text: string, name: string) => {
    const query = urlPart(text, 'raw query');
    for (const pair of query?.split('&') ?? []) {
      const [key, ...value] = pair.split('=');
      if (key === name) {
        return decoded(value.join('='));
      }
    }
    return null;
  }),
  url_encode: fn('s:s', (text: string) =>
    encodeURIComponent(text)
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  ),
  url_decode: fn('s:s', (text: string) => decoded(text) ?? fail(`'${text}' is not encoded as part of a URL`)),
};

/** A name whose last part begins with a letter, or an address. */
const HOST =
  /^((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?\.?|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]*\])$/i;

/** The parts of a URL as java.net.URI splits it. */
function urlPart(text: string, part: string): string | null {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(text);
  if (!match || /[\s"<>\\^`{|}]|%(?![\da-f]{2})/i.test(text) || decoded(text) === null) {
    return null;
  }
  const [, scheme, authority, path, query, fragment] = match;
  if (scheme === undefined && authority === undefined && /^[^/]*:/.test(path)) {
    return null;
  }
  const host = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority ?? '');
  switch (part) {
    case 'protocol':
      return scheme ?? '';
    case 'host':
      return host && HOST.test(host[1]) ? host[1] : '';
    case 'port':
      return host?.[2] ?? null;
    case 'path':
      return authority === undefined && scheme !== undefined && !path.startsWith('/') ? '' : decodeURIComponent(path);
    case 'query':
      return decodeURIComponent(query ?? '');
    case 'raw query':
      return query ?? '';
    default:
      return decodeURIComponent(fragment ?? '');
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
