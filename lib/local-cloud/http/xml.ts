import type { XMLParser } from 'fast-xml-parser';
import { CloudError } from '../account/cloud-error';

/** What an element holds: text, or child elements by name, a list for those that repeat. */
export type XmlNode = string | { readonly [name: string]: XmlNode | XmlNode[] };

/** Characters that XML cannot hold. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const MAX_DEPTH = 16;
/** Of a document, in characters, where its protocol allows no more. */
const MAX_LENGTH = 1 << 20;
/** Texts from here on take the parser seconds: it gets their numbers instead. */
const LONG_TEXT_LENGTH = 10_000;

let parser: XMLParser | undefined;
/** Of the document that is being parsed. */
let longTexts: string[] = [];

/**
 * Child elements of a document's root.
 *
 * @throws CloudError MalformedXML, also for a document type, a wrong root and what goes beyond the limits
 */
export async function readXml(
  body: Buffer | string,
  root: string,
  maxLength = MAX_LENGTH,
): Promise<Exclude<XmlNode, string>> {
  const given = String(body);
  if (given.length > maxLength) {
    throw notAllowed(maxLength);
  }
  const text = withoutSections(given);
  // Entities of one's own are the way to make a small document large.
  if (text.length > maxLength || /<!(DOCTYPE|ENTITY)/i.test(text)) {
    throw notAllowed(maxLength);
  }
  parser ??= await newParser();
  let document: unknown;
  try {
    document = parser.parse(withoutLongTexts(text), true);
  } catch (error) {
    throw malformed((error as Error).message);
  } finally {
    longTexts = [];
  }
  const node = Object.hasOwn(document as object, root) ? (document as Record<string, XmlNode>)[root] : undefined;
  if (node === undefined) {
    throw malformed(`the root element ${root} is missing`);
  }
  return typeof node === 'string' ? {} : node;
}

function notAllowed(maxLength: number): CloudError {
  return malformed(`a document of up to ${maxLength} characters without a document type is allowed`);
}

/** CDATA sections as the text that they stand for. */
function withoutSections(text: string): string {
  let [result, from] = ['', 0];
  for (let start = text.indexOf('<![CDATA['); start >= 0; start = text.indexOf('<![CDATA[', from)) {
    const end = text.indexOf(']]>', start);
    if (end < 0) {
      throw malformed('a CDATA section is not closed');
    }
    result += text.slice(from, start) + escapeSpecials(text.slice(start + '<![CDATA['.length, end));
    from = end + ']]>'.length;
  }
  return result + text.slice(from);
}

async function newParser(): Promise<XMLParser> {
  const xml = await import('fast-xml-parser');
  return new xml.XMLParser({
    ignoreAttributes: true,
    ignoreDeclaration: true,
    removeNSPrefix: true,
    parseTagValue: false,
    trimValues: false,
    maxNestedTags: MAX_DEPTH,
    processEntities: false,
    tagValueProcessor: (_name, value) => decodeEntities(longTextOf(value) ?? value),
  });
}

function withoutLongTexts(text: string): string {
  return text
    .split('<')
    .map((piece) => {
      const start = piece.indexOf('>') + 1;
      return start > 0 && piece.length - start > LONG_TEXT_LENGTH
        ? `${piece.slice(0, start)}\0${longTexts.push(piece.slice(start))}\0`
        : piece;
    })
    .join('<');
}

function longTextOf(value: string): string | undefined {
  const [, number] = /^\0(\d+)\0$/.exec(value) ?? [];
  return number === undefined ? undefined : longTexts[Number(number) - 1];
}

/** Text whose entities stand for characters; one that XML does not know stays. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) {
    return text;
  }
  return (
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replace(/&#(?:(\d{1,7})|x([\da-f]{1,6}));/gi, (whole, decimal?: string, hex?: string) => {
        const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
        const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
        return code === 0x26 ? '&amp;' : isCharacter ? String.fromCodePoint(code) : whole;
      })
      // The last, so that what it gives is not read once more.
      .replaceAll('&amp;', '&')
  );
}

/** Text of a child element; undefined when it is absent. */
export function xmlText(node: XmlNode | undefined, name: string): string | undefined {
  const child = childrenOf(node, name).at(0);
  return child === undefined ? undefined : typeof child === 'string' ? child.trim() : '';
}

/** A child element that has elements of its own; undefined when it is absent or has none. */
export function elementOf(node: XmlNode | undefined, name: string): Exclude<XmlNode, string> | undefined {
  const child = childrenOf(node, name).at(0);
  return typeof child === 'string' ? undefined : child;
}

/** Every child element of a name, however many there are. */
export function childrenOf(node: XmlNode | undefined, name: string): XmlNode[] {
  if (node === undefined || typeof node === 'string' || !Object.hasOwn(node, name)) {
    return [];
  }
  const child = node[name];
  return Array.isArray(child) ? child : [child];
}

/**
 * A document, from values as JSON has them; a list repeats its element, undefined leaves it out.
 *
 * @param namespace the elements' own; clients that bind to it do not know them without
 */
export function writeXml(root: string, value: unknown, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, value, attribute)}`;
}

function element(name: string, value: unknown, attribute = ''): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (Array.isArray(value)) {
    return value.map((one) => element(name, one)).join('');
  }
  const content =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([child, one]) => element(child, one))
          .join('')
      : // Characters that XML cannot hold are sent as they are, as the services do: another key would be no better.
        escapeSpecials(String(value));
  return `<${name}${attribute}>${content}</${name}>`;
}

/** Whether XML can hold a text. */
export function isXmlText(text: string): boolean {
  return !NOT_XML.test(text);
}

/** Text that means itself in XML and in HTML; what XML cannot hold is left out. */
export function escapeMarkup(text: string): string {
  return escapeSpecials(text.replaceAll(new RegExp(NOT_XML, 'gu'), ''));
}

function escapeSpecials(text: string): string {
  return text
    .replaceAll('&', '&#38;')
    .replaceAll('<', '&#60;')
    .replaceAll('>', '&#62;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
    .replaceAll('\r', '&#13;');
}

function malformed(reason: string): CloudError {
  return new CloudError('MalformedXML', `The XML you provided was not well-formed: ${reason}`);
}
