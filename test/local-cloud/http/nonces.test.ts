import { expect, it } from 'vitest';
import { Nonces } from '../../../lib/local-cloud/http/nonces';

it('takes a nonce once a key, until the requests that had it are too old', () => {
  let now = 0;
  const nonces = new Nonces(() => now);
  nonces.use('key', 'nonce');
  nonces.use('other', 'nonce');
  now = 15 * 60 * 1000;
  expect(() => nonces.use('key', 'nonce')).toThrow('used already');
  now += 1;
  nonces.use('key', 'nonce');
  expect(() => nonces.use('key', 'nonce')).toThrow('used already');
});
