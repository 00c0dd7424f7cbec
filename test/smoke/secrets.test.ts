import { describe, expect, it } from 'vitest';
import { printable, redactorOf, withoutSecrets } from '../../lib/smoke/secrets';

const redact = redactorOf({
  DLA_USER: 'a-user',
  DLA_PASSWORD: 'pass$&word',
  ALICLOUD_ACCESS_KEY: 'key-id',
  ALICLOUD_SECRET_KEY: 'key-id-secret',
  ALICLOUD_SECURITY_TOKEN: 'token',
});

describe('the filter', () => {
  it('hides every secret, wherever and however often it stands', () => {
    expect(redact('pass$&word x key-id-secret, key-id; tokentoken pass$&wordpass$&word')).toBe(
      '*** x ***, ***; ****** ******',
    );
  });

  it('hides them also as JSON, an address, SQL and Base64 spell them', () => {
    const password = `p/ss+w"rd'\\1`;
    const clean = redactorOf({ DLA_PASSWORD: password });
    for (const spelled of [
      JSON.stringify(password).slice(1, -1),
      encodeURIComponent(password),
      password.replaceAll("'", "''"),
      Buffer.from(password).toString('base64'),
    ]) {
      expect(clean(`got ${spelled}!`)).toBe('got ***!');
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
])('makes %j printable', (text, expected) => {
  expect(printable(text)).toBe(expected);
});
