import { cloudCredentials, Environment } from './environment';

/** Removes every secret of the environment from a text. */
export type Redact = (text: string) => string;

const MASK = '***';

/** A shorter text is found in every other word: masking it would tell more than it hides. */
const MIN_SECRET_LENGTH = 4;

/** A filter for all text that comes from elsewhere, because a server may echo what it was sent. */
export function redactorOf(env: Environment): Redact {
  const cloud = cloudCredentials(env);
  const secrets = [env.DLA_PASSWORD, cloud?.accessKeyId, cloud?.accessKeySecret, cloud?.securityToken]
    .filter((secret) => secret !== undefined && secret.length >= MIN_SECRET_LENGTH)
    // A secret that contains another one must go first, or its rest would stay.
    .flatMap((secret) => spellingsOf(secret!))
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, MASK), text);
}

/** The secret as it is, in JSON, in an address, in SQL, in Base64 and in hexadecimal digits, as servers may repeat it. */
function spellingsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    secret.replaceAll("'", "''"),
    secret.replaceAll("'", "\\'"),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
    Buffer.from(secret).toString('base64'),
  ];
}

/** Control characters made visible, so that foreign text can neither move a terminal's cursor nor break a line. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the ones to be found
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, (controls) =>
    /^[\r\n\t]+$/.test(controls) ? ' ' : '\ufffd'.repeat(controls.length),
  );
}

/** The text of a report that this package wrote itself and that scripts compare: no secret can stand there. */
const OWN_WORDS = new Set(['kind', 'region', 'outcome', 'code', 'step', 'state']);

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
      Object.entries(value).map(([key, item]) => [key, OWN_WORDS.has(key) ? item : withoutSecrets(item, redact)]),
    ) as T;
  }
  return value;
}
