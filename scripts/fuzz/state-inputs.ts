import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { Account } from '../../lib/local-cloud/account/account';
import { LocalCloudError } from '../../lib/local-cloud/store/local-cloud-error';
import { request } from './request';
import { type Fuzzer, type FuzzTarget, prepareAccount } from './target';

/** A snapshot of version 0.1; `npm run` is in the folder of the package. */
const VERSION_1 = path.resolve('test/local-cloud/account/version-1/snapshot.jsonl');

/** One change of a document: at a place, something else. */
interface Mutation {
  readonly at: number;
  readonly kind: 'drop' | 'twice' | 'value' | 'bytes';
  readonly value: unknown;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('drop', 'twice', 'value', 'bytes'),
  value: fc.oneof(fc.constantFrom(null, 5, 'x', [], {}, { __proto__: 1 }), fc.jsonValue({ maxDepth: 2 })),
});

/** The paths of every value in a document. */
function places(value: unknown, path_: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) {
    return [path_];
  }
  return [path_, ...Object.entries(value).flatMap(([name, one]) => places(one, [...path_, name]))];
}

function replaced(document: unknown, [name, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (name === undefined) {
    return value;
  }
  const copy: Record<string, unknown> | unknown[] = Array.isArray(document)
    ? [...(document as unknown[])]
    : { ...(document as Record<string, unknown>) };
  const members = copy as Record<string, unknown>;
  members[name] = replaced(members[name], rest, value);
  return copy;
}

function mutated(lines: readonly string[], { at, kind, value }: Mutation): string[] {
  const index = at % lines.length;
  const line = lines[index];
  switch (kind) {
    case 'drop':
      return lines.filter((_, one) => one !== index);
    case 'twice':
      return lines.flatMap((one, position) => (position === index ? [one, one] : [one]));
    case 'bytes':
      return lines.map((one, position) => (position === index ? one.slice(0, at % (line.length + 1)) : one));
    case 'value': {
      const document: unknown = JSON.parse(line);
      const all = places(document);
      const changed = JSON.stringify(replaced(document, all[at % all.length], value));
      return lines.map((one, position) => (position === index ? changed : one));
    }
  }
}

/** Imports snapshots that were changed: they are refused whole, or what they brought can be shown and exported. */
function snapshotProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  const written = fs.readFileSync(VERSION_1, 'utf8');
  const some = fc.array(mutation, { maxLength: 2 });
  return fc.asyncProperty(some, fc.boolean(), async (mutations, isOld) => {
    prepareAccount(target.account);
    const text = isOld ? written : (await request(target.httpPort, 'GET', '/_local/state')).text;
    const lines = mutations.reduce(mutated, text.trimEnd().split('\n'));
    const { status } = await request(target.httpPort, 'PUT', '/_local/state', `${lines.join('\n')}\n`);
    if (status !== 200 && status !== 400) {
      throw new Error(`${status} to a snapshot with ${JSON.stringify(mutations)}`);
    }
    for (const page of ['/', '/_local/state', '/_local/health']) {
      const shown = await request(target.httpPort, 'GET', page);
      if (shown.status !== 200) {
        throw new Error(`${shown.status} to ${page} after a snapshot with ${JSON.stringify(mutations)}: ${shown.text}`);
      }
    }
    // Who the account is stays, and what the other inputs name is there again.
    await request(target.httpPort, 'POST', '/_local/reset');
    Object.assign(target, { instanceId: prepareAccount(target.account) });
  });
}

/** Opens states whose journal was changed: every change is told, and none is taken for something else. */
function journalProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fuzz-state-'));
    const file = path.join(folder, 'journal.jsonl');
    try {
      const made = new Account(folder);
      prepareAccount(made);
      made.close();
      const bytes = fs.readFileSync(file);
      bytes[at % bytes.length] ^= mask;
      fs.writeFileSync(file, bytes);
      const opened = await Promise.resolve().then(() => new Account(folder));
      opened.close();
      throw new Error(`byte ${at % bytes.length} xor ${mask} of a journal was taken`);
    } catch (error) {
      if (!(error instanceof LocalCloudError)) {
        throw error;
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
    void target;
  });
}

export const STATE_FUZZERS: readonly Fuzzer[] = [
  { name: 'states: snapshots', share: 2, property: snapshotProperty },
  { name: 'states: journals', share: 2, property: journalProperty },
];
