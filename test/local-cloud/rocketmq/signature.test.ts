import { expect, it } from 'vitest';
import type { Frame } from '../../../lib/local-cloud/rocketmq/frame';
import { isSignedWith, signatureOf } from '../../../lib/local-cloud/rocketmq/signature';

const SECRET = 'local-secret';

function signed(fields: Record<string, string>, signature: string, body = ''): Frame {
  const all = new Map([...Object.entries(fields), ['Signature', signature] as const]);
  return { code: 34, opaque: 1, flag: 0, fields: all, body: Buffer.from(body) };
}

it('is made of the values in the order of their names, as clients make it', () => {
  const fields = new Map([
    ['topic', 'T'],
    ['AccessKey', 'LTAIlocal'],
  ]);
  expect(signatureOf(fields, Buffer.alloc(0), SECRET)).toBe('3tK+4UJeZX6M5KXfE5wdNaNqeuU=');
  expect(isSignedWith(SECRET, signed(Object.fromEntries(fields), '3tK+4UJeZX6M5KXfE5wdNaNqeuU='))).toBe(true);
});

it('covers every value and the body, and fits one secret only', () => {
  const fields = { AccessKey: 'LTAIlocal', topic: 'T' };
  const signature = signatureOf(new Map(Object.entries(fields)), Buffer.from('body'), SECRET);
  expect(isSignedWith(SECRET, signed(fields, signature, 'body'))).toBe(true);
  expect(isSignedWith(SECRET, signed(fields, signature, 'Body'))).toBe(false);
  expect(isSignedWith(SECRET, signed({ ...fields, topic: 'U' }, signature, 'body'))).toBe(false);
  expect(isSignedWith(SECRET, signed({ ...fields, queueId: '0' }, signature, 'body'))).toBe(false);
  expect(isSignedWith('other-secret', signed(fields, signature, 'body'))).toBe(false);
  expect(isSignedWith(SECRET, signed(fields, '', 'body'))).toBe(false);
});

it.each([
  ['the token of a session, as the client for Go does', 'SecurityToken'],
  ['whether a message is looked for by its id, as those for Java up to 4.7 do', '_UNIQUE_KEY_QUERY'],
])('may leave out %s', (_name, left) => {
  const others = { AccessKey: 'STS.local', topic: 'T' };
  const fields = { ...others, [left]: 'true' };
  for (const covered of [fields, others]) {
    const signature = signatureOf(new Map(Object.entries(covered)), Buffer.alloc(0), SECRET);
    expect(isSignedWith(SECRET, signed(fields, signature))).toBe(true);
    expect(isSignedWith(SECRET, signed({ ...fields, topic: 'U' }, signature))).toBe(false);
  }
});
