import { cloudCredentials, type Environment } from './environment';

/** Removes every secret of the environment from a text. */
export type Redact = (text: string) => string;

const MASK = '***';

/** A shorter text is found in every other word: masking it would tell more than it hides. */
const MIN_SECRET_LENGTH = 4;

/** A longer secret is looked for in parts: the regular expression of a whole token would overflow the stack. */
const MAX_PART_LENGTH = 64;

/** A filter for all text that comes from elsewhere, because a server may echo what it was sent. */
export function redactorOf(env: Environment): Redact {
  const cloud = cloudCredentials(env);
  const patterns = [env.DLA_PASSWORD, cloud?.accessKeyId, cloud?.accessKeySecret, cloud?.securityToken]
    .filter((secret) => secret !== undefined && secret.length >= MIN_SECRET_LENGTH)
    // A secret that contains another one must go first, or its rest would stay.
    .sort((a, b) => b!.length - a!.length)
    .flatMap((secret) => partsOf([...secret!]))
    .map((part) => new RegExp(patternsOf(part).join('|'), 'g'));
  return (text) => patterns.reduce((clean, pattern) => clean.replace(pattern, MASK), text);
}

/** Parts of nearly one length, so that none is too short to be told from a word. */
function partsOf(characters: readonly string[]): string[] {
  const length = Math.ceil(characters.length / Math.ceil(characters.length / MAX_PART_LENGTH));
  const starts = characters.map((_, index) => index).filter((index) => index % length === 0);
  return starts.map((start) => characters.slice(start, start + length).join(''));
}

/** A secret as it is, and as JSON, addresses, forms, HTML, SQL, Base64 and hexadecimal digits spell it. */
function patternsOf(secret: string): string[] {
  return [
    // First, for it takes the whole of a last character that is escaped.
    ...encodedPatterns(secret),
    escaped(secret),
    escaped(JSON.stringify(secret).slice(1, -1)),
    ...[0, 1, 2].flatMap((start) => inBase64(Buffer.from(secret), start)),
    anyCase(Buffer.from(secret).toString('hex')),
  ];
}

/** What may stand between two characters: line breaks, zeros, and the backslashes of nested escapes. */
const WHITESPACE_PATTERN = '[\\\\\\u0000-\\u001f\\u007f-\\u009f\\ufffd]';

/** Characters, quotes that follow one another as one, with what of {@link WHITESPACE_PATTERN} stands before them. */
const TEXT_UNITS = new RegExp(`(${WHITESPACE_PATTERN}*)((['"\`])\\3*|[^]|$)`, 'gu');

/** Each character in any spelling; nothing when too few are left that can be told from what stands between them. */
function encodedPatterns(secret: string): string[] {
  const units = [...secret.matchAll(TEXT_UNITS)].map(([, run, unit]) => [run!, unit!] as const);
  if (units.map(([, unit]) => unit).join('').length < MIN_SECRET_LENGTH) {
    return [];
  }
  const patterns = units.map(([run, unit], index) => {
    const [character = ''] = [...unit];
    const gap = gapPattern(run, character);
    // Not a run at the start, which would be tried again from each of its characters.
    const before = run + unit === '' || (run === '' && index === 0) ? '' : index === 0 ? gap : repeated(gap, run);
    const one = character === '' ? '' : `(?:${escapesOf(character)}|${escaped(character)})`;
    // SQL and CSV double quotes.
    const more = /['"`]/.test(unit) ? `(?:${repeated(gap, '')}${one}){${unit.length - 1}}${one}{0,${unit.length}}` : '';
    return `${before}${one}${more}`;
  });
  return [patterns.join('')];
}

/**
 * One of {@link WHITESPACE_PATTERN} before a character, also as JSON or an address escapes it. No more than one way of reading a
 * text may go on for long, or it would take for ever: so not an escape whose letter may be the character itself.
 */
function gapPattern(run: string, next: string): string {
  const letters = [...'0bfnrtv'].filter((letter) => letter !== next);
  const numbers = ['u00', 'x'].map((kind) => `${kind}[01][0-9a-fA-F]${kind[0] === next ? `(?=${next})` : ''}`);
  const percent = next === '%' ? [] : '%(?:25)*[01][0-9a-fA-F]';
  const backslash = run.includes('\\') ? escapesOf('\\') : [];
  return `(?:${[backslash, `\\\\(?:${[...letters, ...numbers].join('|')})`, percent, WHITESPACE_PATTERN].flat().join('|')})`;
}

/** Escapes double backslashes, perhaps three times. An open end would be tried anew from inside a longer run. */
function repeated(gap: string, run: string): string {
  return `${gap}{${Math.min(run.length, 1)},${run.length * 8 + 8}}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/** The spellings of a character other than itself; those of addresses and HTML may be nested. */
function escapesOf(character: string): string {
  const code = character.codePointAt(0)!;
  const bytes = [...Buffer.from(character)].map((byte) => digits(byte, 2));
  const units = character.split('').map((unit) => `\\\\u${digits(unit.charCodeAt(0), 4)}`);
  const entities = [`#0*${code}`, `#[xX]0*${digits(code, 1)}`, ENTITIES[character] ?? []].flat();
  return [
    bytes.map((byte) => `%(?:25)*${byte}`).join(''),
    bytes.map((byte) => `\\\\x${byte}`).join('\\\\*'),
    units.join('\\\\*'),
    `&(?:amp;)*(?:${entities.join('|')});`,
    character === ' ' ? '\\+' : [],
  ]
    .flat()
    .join('|');
}

/** The secret in Base64 behind so many bytes, e.g. those of `user:`; its first and last character may hold bits of others. */
function inBase64(secret: Buffer, start: number): string[] {
  const end = start + secret.length;
  const own = Buffer.concat([Buffer.alloc(start), secret])
    .toString('base64')
    .slice(Math.ceil((start * 4) / 3), Math.floor((end * 4) / 3));
  const characters = [...own].map((character, index) => {
    const either = { '+': '[+-]', '/': '[/_]' }[character];
    const one = either === undefined ? character : `(?:${escapesOf(character)}|${either})`;
    return index === 0 ? one : `${repeated(gapPattern('', character), '')}${one}`;
  });
  const shared = (bytes: number): string => (bytes % 3 === 0 ? '' : '[\\w+/-]?');
  return own.length > MIN_SECRET_LENGTH ? [`${shared(start)}${characters.join('')}${shared(end)}(?:=|%3[dD])*`] : [];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function digits(code: number, length: number): string {
  return anyCase(code.toString(16).padStart(length, '0'));
}

function anyCase(hexadecimal: string): string {
  return hexadecimal.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/** Control characters made visible, so that foreign text can neither move a terminal's cursor nor break a line. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the ones to be found
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, (controls) =>
    /^[\r\n\t]+$/.test(controls) ? ' ' : '\ufffd'.repeat(controls.length),
  );
}

/** The text of a report that this package wrote itself and that scripts compare: no secret can stand there. */
const REPORT_WORDS = new Set(['kind', 'region', 'outcome', 'code', 'step', 'state']);

/** A report whose every text from elsewhere went through the filter. */
export function withoutSecrets<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') {
    return redact(value) as T;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withoutSecrets(item, redact)) as T;
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, REPORT_WORDS.has(key) ? item : withoutSecrets(item, redact)]),
    ) as T;
  }
  return value;
}
