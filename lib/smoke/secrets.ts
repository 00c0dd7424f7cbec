import { cloudCredentials, type Environment } from './environment';

/** Removes every secret of the environment from a text. */
export type Redact = (text: string) => string;

const MASK = '***';

/** A shorter text is found in every other word: masking it would tell more than it hides. */
const MIN_SECRET_LENGTH = 4;

/**
 * A filter for all text that comes from elsewhere, because a server may echo what it was sent. It knows a secret as it
 * is, in a URL or a form, in JSON, in Base64 (also behind other bytes) and in hexadecimal digits; no other spelling.
 */
export function redactorOf(env: Environment): Redact {
  const patterns = secretsOf(env)
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    // A secret that contains another one must go first, or its rest would stay.
    .sort((a, b) => b.length - a.length)
    .map((secret) => new RegExp([...spellingsOf(secret)].join('|'), 'g'));
  return (text) => patterns.reduce((clean, pattern) => clean.replace(pattern, MASK), text);
}

/** Every password of DLA, whatever its region, and the keys of the cloud account. */
function secretsOf(env: Environment): string[] {
  const cloud = cloudCredentials(env);
  const passwords = Object.entries(env).flatMap(([name, value]) => (/^DLA_PASSWORD(_|$)/.test(name) ? [value] : []));
  return [...passwords, cloud?.accessKeyId, cloud?.accessKeySecret, cloud?.securityToken].filter(
    (secret) => secret !== undefined,
  );
}

/** Spellings as regular expressions, none with two ways to read one text: they take linear time. */
function spellingsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret);
  return new Set([
    // First: JSON doubles a backslash, one of which the secret as it is would leave behind.
    [...secret].map(inJson).join(''),
    [...secret].map(inUrl).join(''),
    literal(secret),
    anyCase(bytes.toString('hex')),
    ...[0, 1, 2].flatMap((offset) => inBase64(bytes, offset)),
  ]);
}

/** A character as JSON spells it, in ASCII or not, with what Go and PHP escape besides. */
function inJson(character: string): string {
  const units = character.split('').map((unit) => `\\\\u${anyCase(unit.charCodeAt(0).toString(16).padStart(4, '0'))}`);
  return encoded(character, [
    literal(JSON.stringify(character).slice(1, -1)),
    units.join(''),
    ...(character === '/' ? ['\\\\/'] : []),
  ]);
}

/** A character as URLs and forms spell it; they leave some as they are, and not all the same ones. */
function inUrl(character: string): string {
  const bytes = Buffer.from(character).toString('hex').match(/../g)!;
  return encoded(character, [
    // As it is, a percent sign would begin the spelling of another character.
    ...(character === '%' ? [] : [literal(character)]),
    bytes.map((byte) => `%${anyCase(byte)}`).join(''),
    ...(character === ' ' ? ['\\+'] : []),
  ]);
}

function encoded(character: string, spellings: readonly string[]): string {
  return /[a-z0-9]/i.test(character) ? character : `(?:${spellings.join('|')})`;
}

/** The secret in Base64 behind so many other bytes; its first and last character may hold bits of its neighbours. */
function inBase64(secret: Buffer, offset: number): string[] {
  const end = offset + secret.length;
  const own = Buffer.concat([Buffer.alloc(offset), secret])
    .toString('base64')
    .slice(Math.ceil((offset * 4) / 3), Math.floor((end * 4) / 3));
  const shared = (bytes: number): string => (bytes % 3 === 0 ? '' : '[\\w+/-]?');
  const spelling = own.replace(/[+/]/g, (mark) => (mark === '+' ? '(?:[+-]|%2[bB])' : '(?:[/_]|%2[fF])'));
  return own.length > MIN_SECRET_LENGTH ? [`${shared(offset)}${spelling}${shared(end)}(?:=|%3[dD])*`] : [];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function anyCase(hexadecimal: string): string {
  return hexadecimal.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/**
 * Control characters made visible, so that foreign text can neither move a terminal's cursor nor break a line, nor turn
 * the direction of what is read.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the ones to be found
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, (controls) =>
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
    return value.map((item: unknown) => withoutSecrets(item, redact)) as T;
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, REPORT_WORDS.has(key) ? item : withoutSecrets(item, redact)]),
    ) as T;
  }
  return value;
}
