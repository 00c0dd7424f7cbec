import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, redactorOf, withoutSecrets } from '../../lib/smoke/secrets';
import { NOT_MASKED, SPELLINGS } from './spellings';

const redact = (text: string): string =>
  redactorOf({
    DLA_USER: 'a-user',
    DLA_PASSWORD: 'pass$&word',
    ALICLOUD_ACCESS_KEY: 'key-id',
    ALICLOUD_SECRET_KEY: 'key-id-secret',
    ALICLOUD_SECURITY_TOKEN: 'token',
  })(text);

describe('the filter', () => {
  it('hides every secret, wherever and however often it stands', () => {
    expect(redact('pass$&word x key-id-secret, key-id; tokentoken pass$&wordpass$&word')).toBe(
      '*** x ***, ***; ****** ******',
    );
  });

  const SECRETS = [
    'P@ss!w0rd*1',
    'p&ss<w0rd>',
    'pass word+1',
    'pässwört😀',
    'a/b/c/secret/',
    'pw\\with\\\\bs',
    `p/ss+w"rd''\\1`,
    'p%40ss',
    '???>>>~~',
  ];
  it.each(Object.entries(SPELLINGS))('hides them as %s', (_, spell) => {
    for (const secret of SECRETS) {
      // Of Base64 behind a user, the user stays.
      expect(redactorOf({ DLA_PASSWORD: secret })(`got ${spell(secret)}!`)).toMatch(/^got [\w-]*\*\*\*!$/);
    }
  });

  it.each(Object.entries(NOT_MASKED))('does not know %s', (_, spell) => {
    const text = spell('p&ss "w0rd"\\');
    expect(redactorOf({ DLA_PASSWORD: 'p&ss "w0rd"\\' })(text)).toBe(text);
  });

  it('hides any text in any of these spellings, as a whole', () => {
    const secrets = fc.string({ unit: fc.constantFrom(...'aB9ü😀/+ &<"\'\\`!*%=~'), minLength: 6, maxLength: 80 });
    fc.assert(
      fc.property(secrets, fc.constantFrom(...Object.values(SPELLINGS)), (secret, spell) => {
        expect(redactorOf({ DLA_PASSWORD: secret })(`<${spell(secret)}>`)).toMatch(/^<[\w-]*\*\*\*>$/);
      }),
    );
  });

  it('hides the password of every region, and no other variable', () => {
    const clean = redactorOf({
      DLA_PASSWORD: 'one-password',
      DLA_PASSWORD_CN_SHANGHAI: 'another-one',
      DLA_PASSWORDS: 'several',
      NO_DLA_PASSWORD: 'none-at-all',
    });
    expect(clean('one-password another-one several none-at-all')).toBe('*** *** several none-at-all');
  });

  it('takes nothing for the secret that only looks like a spelling of it', () => {
    expect(redactorOf({ DLA_PASSWORD: 'a!bcd' })('a\\/bcd a+bcd a%bcd')).toBe('a\\/bcd a+bcd a%bcd');
    expect(redactorOf({ DLA_PASSWORD: 'a%bcd' })('a%2bcd')).toBe('a%2bcd');
    // In Base64 behind other bytes four characters keep too few of their own.
    const four = Buffer.from(':pass').toString('base64');
    expect(redactorOf({ DLA_PASSWORD: 'pass' })(four)).toBe(four);
  });

  it('takes no character of the text around Base64 that holds no bit of the secret', () => {
    const nine = Buffer.from('nine char').toString('base64');
    expect(redactorOf({ DLA_PASSWORD: 'nine char' })(`abc${nine}def`)).toBe('abc***def');
  });

  it('hides a token of any length', () => {
    const part = (_: unknown, index: number) => createHash('sha256').update(`${index}`).digest('base64');
    const token = Array.from({ length: 150 }, part).join('');
    const clean = redactorOf({
      ALICLOUD_ACCESS_KEY: 'an-id',
      ALICLOUD_SECRET_KEY: 'a-secret',
      ALICLOUD_SECURITY_TOKEN: token,
    });
    for (const spell of Object.values(SPELLINGS)) {
      expect(clean(`<${spell(token)}>`)).toMatch(/^<[\w-]*\*\*\*>$/);
    }
  });

  it.each([
    'a'.repeat(40),
    '\\'.repeat(40),
    `${'\\'.repeat(20)}aaaa`,
    'c\\'.repeat(20),
    '\\\n'.repeat(20) + 'aaaa',
    "'".repeat(40),
    `${"'\\".repeat(20)}aaaa`,
    '%25'.repeat(13),
    '&amp;'.repeat(8),
  ])('takes no time for a long text, with the secret %j', { timeout: 5_000 }, (secret) => {
    const clean = redactorOf({ DLA_PASSWORD: secret });
    for (const part of [
      '\\',
      '%5c',
      '%25',
      '%2525',
      '&amp;',
      '&#0',
      '\\u005c',
      "'",
      'a',
      'a\\',
      'YWFh',
      secret.slice(0, -1),
    ]) {
      clean(`${part.repeat(200_000 / part.length)}!`);
    }
  });

  it('leaves the rest, the user too', () => {
    expect(redact('a-user PASS$&WORD pass')).toBe('a-user PASS$&WORD pass');
  });

  it('hides nothing that is too short to be told from a word, and nothing without secrets', () => {
    expect(redactorOf({ DLA_PASSWORD: 'pas', DLA_USER: 'u' })('a passing word')).toBe('a passing word');
    expect(redactorOf({ DLA_PASSWORD: 'pass' })('a passing word')).toBe('a ***ing word');
    expect(redactorOf({})('a word')).toBe('a word');
  });
});

it('goes through a whole report, but not through the words that scripts compare', () => {
  const report = {
    outcome: 'token',
    code: 'token',
    reason: 'a token',
    count: 3,
    none: null,
    list: ['token', { step: 'token', state: 'token', kind: 'token', region: 'token', detail: 'token' }],
  };
  expect(withoutSecrets(report, redact)).toEqual({
    ...report,
    reason: 'a ***',
    list: ['***', { step: 'token', state: 'token', kind: 'token', region: 'token', detail: '***' }],
  });
});

it.each([
  ['plain é 😀', 'plain é 😀'],
  ['a\r\nb\tc', 'a b c'],
  ['\u001b[1m', '\ufffd[1m'],
  ['a\n\u001bb', 'a\ufffd\ufffdb'],
  ['a\u001b\nb', 'a\ufffd\ufffdb'],
  ['\u0000\u007f\u0080\u009f', '\ufffd'.repeat(4)],
  ['passed \u202edeliaf\u202c \u2066\u200f\u2028', 'passed \ufffddeliaf\ufffd \ufffd\ufffd\ufffd'],
])('makes %j printable', (text, expected) => {
  expect(printable(text)).toBe(expected);
});
