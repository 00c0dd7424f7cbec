import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../lib/cli/command-line';
import { readCommandLine, readOptions } from '../../lib/cli/options';

const OPTIONS = {
  host: { type: 'string' },
  query: { type: 'string', multiple: true },
  tls: { type: 'boolean' },
} as const;

describe('a command line', () => {
  it('is read into values and words', () => {
    const { values, words } = readCommandLine(['a', '--host', 'h', '--tls', '--query=--x', '--query', 'y'], OPTIONS);
    expect({ ...values }).toEqual({ host: 'h', tls: true, query: ['--x', 'y'] });
    expect(words).toEqual(['a']);
  });

  it.each([
    [['--hots', 'x'], 'there is no option --hots; did you mean --host?'],
    [['--q'], 'there is no option --q; --help lists them'],
    [['--host'], '--host needs a value'],
    [['--host', '--tls'], '--host needs a value, and an option --tls follows'],
    [['--tls=yes'], '--tls takes no value'],
    [['--host', 'a', '--host', 'b'], '--host: expected once'],
    [['word'], 'a word that belongs to no option is not allowed'],
    [['--constructor'], 'there is no option --constructor'],
  ])('%j: %s', (argv, message) => {
    const run = () => readOptions(argv, OPTIONS);
    expect(run).toThrow(UsageError);
    expect(run).toThrow(message);
  });

  it('repeats no value in an error, for it might be a secret', () => {
    const secret = 'Tr0ub4dor';
    const word = fc.constantFrom(secret, '--host', '--tls', '--x', `--tls=${secret}`, `--x=${secret}`);
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        try {
          readOptions(argv, OPTIONS);
        } catch (error) {
          expect((error as Error).message).not.toContain(secret);
        }
      }),
    );
  });
});
