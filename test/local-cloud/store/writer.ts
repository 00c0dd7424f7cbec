import * as fs from 'node:fs';
import { Store } from '../../../lib/local-cloud/store/store';
import { anyKey, anyShape } from './any-shape';

/**
 * Commits numbered pairs for ever, and says each number once it is acknowledged. Every commit writes a large row again,
 * so that the journal is compacted all the time.
 */
const store = new Store(process.argv[2]);
const left = store.table('left', anyShape<number>(), anyKey);
const right = store.table('right', anyShape<number>(), anyKey);
const large = store.table('large', anyShape<string>(), anyKey);
async function main(): Promise<void> {
  for (let number = left.size; ; number += 1) {
    const key = String(number).padStart(9, '0');
    store.commit([left.change(number, key), right.change(number, key), large.change('x'.repeat(100_000), 'same')]);
    // Waits for a slow reader, where process.stdout would keep all that it has not taken.
    fs.writeSync(1, `${number}\n`);
    // A compaction goes on between commits.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
void main();
