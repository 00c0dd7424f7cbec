import * as fs from 'node:fs';
import { Store } from '../../../lib/local-cloud/store/store';

/** Commits numbered pairs for ever, and says each number once it is acknowledged. */
const store = new Store(process.argv[2]);
const [left, right] = [store.table<number>('left'), store.table<number>('right')];
for (let number = left.size; ; number += 1) {
  store.commit([left.change(number, String(number)), right.change(number, String(number))]);
  // Waits for a slow reader, where process.stdout would keep all that it has not taken.
  fs.writeSync(1, `${number}\n`);
}
